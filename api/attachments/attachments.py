"""Attachments: files that are kept with sales invoices.

The vendor documents `attachmentIds` and `attachmentsWithLink` but no endpoint that makes them (Deskera C), so these are
ours. A file is uploaded on its own and named in `attachmentIds` later, or uploaded straight to an invoice. It can be
deleted until the invoice that it is with has been issued: from then on it is part of what is kept for the auditor.
"""

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from litestar import Controller, Request, Response, delete, get, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.params import FromPath
from sqlalchemy.ext.asyncio import AsyncSession

from api.attachments.upload import FORM, receive_files
from api.deskera import Json, answer, print_date
from api.documents.stored_documents import stored_answer
from api.errors.api_error import ApiError
from api.requests.streamed_bodies import FILES, takes
from api.security.access import INVOICE_MANAGE, INVOICE_VIEW, Access
from api.services import ApiServices
from database import attachments, audit, sales_invoices
from database.audit import Deed
from database.tables import Attachment, SalesInvoice
from invoicing.sales.balance import InvoiceStatus

INVOICE_NOT_FOUND = "Sales invoice not found."
NO_RENDERING = "default-src 'none'; sandbox"
"""A browser that shows the file after all runs nothing of it."""

Caller = Request[object, Access, State]


def attachment_json(row: Attachment, base_url: str) -> Json:
    """The attachment as it is listed: the members of `attachmentsWithLink` (B.4), and ours."""
    return {
        "attachmentId": row.id,
        "attachmentFileName": row.file_name,
        "attachmentSize": row.size_bytes,
        "attachmentDate": print_date(row.created_at.date()),
        "mediaType": row.media_type,
        "sha256": row.sha256,
        "downloadLink": f"{base_url.rstrip('/')}/v1/attachments/{row.id}",
    }


class AttachmentController(Controller):
    """Uploading, listing, downloading, deleting."""

    path = "/v1"
    tags = ["Attachments"]  # noqa: RUF012 -- Litestar's own way to declare it

    @post(
        "/attachments",
        operation_id="uploadAttachments",
        summary="Upload files",
        operation_class=takes({FORM: FILES}),
        opt={"scopes": [INVOICE_MANAGE]},
        request_max_body_size=None,
    )
    async def upload(
        self,
        request: Caller,
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
        access: NamedDependency[Access],
    ) -> Response[bytes]:
        """A form (`multipart/form-data`) of 1 to 20 files; their `attachmentId`s go into a sales invoice later.

        PDF, PNG, JPEG, GIF, WebP, office documents, ZIP, XML, JSON, CSV and text are taken, judged by content and name.
        """
        rows = await _upload(request, session, services, access)
        return _listed(rows, services, 201)

    @post(
        "/invoices/sales/{sales_invoice_id:int}/attachments",
        operation_id="uploadSalesInvoiceAttachments",
        summary="Upload files to a sales invoice",
        operation_class=takes({FORM: FILES}),
        opt={"scopes": [INVOICE_MANAGE]},
        request_max_body_size=None,
    )
    async def upload_to(
        self,
        sales_invoice_id: FromPath[int],
        request: Caller,
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
        access: NamedDependency[Access],
    ) -> Response[bytes]:
        """As `POST /v1/attachments`, and attached at once; drafts and issued invoices take files."""
        async with services.sessions.begin() as before:
            # In a transaction of its own: a slow upload must not hold one open.
            await _require(before, access.tenant, sales_invoice_id)
        rows = await _upload(request, session, services, access)
        invoice = await _locked(session, access.tenant, sales_invoice_id)
        await attachments.attach(session, access.tenant, invoice.id, [row.id for row in rows])
        await sales_invoices.touch(session, invoice, _actor(access))
        deed = Deed(_actor(access), "change", f"sales-invoice/{invoice.code}")
        await audit.record(session, access.tenant, deed, attached=", ".join(str(row.id) for row in rows))
        return _listed(rows, services, 201)

    @get(
        "/invoices/sales/{sales_invoice_id:int}/attachments",
        operation_id="listSalesInvoiceAttachments",
        summary="List the files of a sales invoice",
        opt={"scopes": [INVOICE_VIEW, INVOICE_MANAGE]},
    )
    async def list_of(
        self,
        sales_invoice_id: FromPath[int],
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
        access: NamedDependency[Access],
    ) -> Response[bytes]:
        """In the order in which they were uploaded."""
        invoice = await _require(session, access.tenant, sales_invoice_id)
        found = await attachments.of_invoices(session, access.tenant, [invoice.id])
        return _listed(found.get(invoice.id, []), services, 200)

    @get(
        "/attachments/{attachment_id:int}",
        operation_id="downloadAttachment",
        summary="Download a file",
        opt={"scopes": [INVOICE_VIEW, INVOICE_MANAGE]},
    )
    async def download(
        self,
        attachment_id: FromPath[int],
        request: Caller,
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
        access: NamedDependency[Access],
    ) -> Response[Any]:
        """The file as it was uploaded; its digest is the `ETag`."""
        row = await _attachment(session, access.tenant, attachment_id)
        headers = {
            "ETag": f'"{row.sha256}"',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": NO_RENDERING,
            "Cache-Control": "private, no-cache",
        }
        if f'"{row.sha256}"' in request.headers.get("if-none-match", ""):
            return Response(None, status_code=304, headers=headers)
        headers["Content-Disposition"] = _disposition(row.file_name)
        headers["Content-Length"] = str(row.size_bytes)
        await session.commit()  # the store may take its time, and other requests want the connection
        return await stored_answer(services.documents, row.key, row.media_type, headers)

    @delete(
        "/attachments/{attachment_id:int}",
        operation_id="deleteAttachment",
        summary="Delete a file",
        opt={"scopes": [INVOICE_MANAGE]},
    )
    async def delete(
        self,
        attachment_id: FromPath[int],
        session: NamedDependency[AsyncSession],
        access: NamedDependency[Access],
    ) -> None:
        """Only while it is with no issued invoice."""
        row = await _attachment(session, access.tenant, attachment_id)
        if row.sales_invoice_id is not None:
            invoice = await _locked(session, access.tenant, row.sales_invoice_id)
            if invoice.status != InvoiceStatus.DRAFT:
                raise ApiError(400, f"The attachment belongs to the issued invoice {invoice.code} and stays with it")
        if not await attachments.delete(session, row):
            raise ApiError(409, "The attachment was changed at the same moment: look at it again")
        await audit.record(session, access.tenant, Deed(_actor(access), "delete", f"attachment/{row.id}"))


async def _upload(request: Caller, session: AsyncSession, services: ApiServices, access: Access) -> list[Attachment]:
    """All of the files or none of them; `session` is not used before they are there."""
    files = await receive_files(request, services, access.tenant)
    rows = await attachments.add(session, access.tenant, _actor(access), files)
    for row in rows:
        deed = Deed(_actor(access), "create", f"attachment/{row.id}")
        await audit.record(session, access.tenant, deed, sha256=row.sha256, bytes=row.size_bytes)
    return rows


def _listed(rows: Sequence[Attachment], services: ApiServices, status: int) -> Response[bytes]:
    base_url = services.settings.public_base_url
    return answer([attachment_json(row, base_url) for row in rows], status)


async def _require(session: AsyncSession, tenant: str, sales_invoice_id: int) -> SalesInvoice:
    return _found(await sales_invoices.get(session, tenant, sales_invoice_id))


async def _locked(session: AsyncSession, tenant: str, sales_invoice_id: int) -> SalesInvoice:
    return _found(await sales_invoices.lock(session, tenant, sales_invoice_id))


def _found(invoice: SalesInvoice | None) -> SalesInvoice:
    if invoice is None:
        raise ApiError(404, INVOICE_NOT_FOUND)
    return invoice


async def _attachment(session: AsyncSession, tenant: str, attachment_id: int) -> Attachment:
    row = await attachments.find(session, tenant, attachment_id)
    if row is None:
        raise ApiError(404, "Attachment not found.")
    return row


def _actor(access: Access) -> str:
    return f"client:{access.client_id}"


def _disposition(name: str) -> str:
    """To be saved under its name (RFC 6266): in ASCII for old clients, in full for the others."""
    plain = "".join(c if c.isascii() and (c.isalnum() or c in " -_.()") else "_" for c in name)
    return f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(name, safe='')}"
