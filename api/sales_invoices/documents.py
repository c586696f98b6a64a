"""The documents of sales invoices: their PDF, and mails that carry it (Deskera B.2, B.7).

Where the vendor's documents leave it open:

- A mail is answered with 200 once the mail server has taken it for everybody who is named, with 400 once it has refused
  it for good (nobody gets it then), and with 202 while it is still tried. A refused mail is asked for anew.
- `to`, `cc` and `bcc` are one address or several, parted by commas or semicolons. Without `to` it goes to the contact.
- `body` is plain text and stands instead of our own words; `isEncoded` says that it is Base64 of UTF-8 text.
- Of the documents, sales invoices and credit notes are sent; the PDF is always attached.
- Payment links, templates, `saveContact` and `recurring` are accepted and change nothing.
"""

from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg, FromPath, FromQuery
from litestar.response import Stream
from litestar.status_codes import HTTP_200_OK
from sqlalchemy.ext.asyncio import AsyncSession

from api.deskera import answer, page_of, spring_page
from api.documents.awaited_documents import awaited_pdf, awaited_ubl
from api.errors.api_error import ApiError
from api.mails.bodies import EmailBody, mail_json
from api.mails.requested_mails import NOT_SENT, mail_outcome, request_mail
from api.outbox import start_noted
from api.requests.idempotency import IdempotencyKey, keyed_request, made_before, remember, request_hash
from api.requests.operation_ids import on_each_path
from api.requests.request_bodies import read_body
from api.sales_invoices.draft_documents import draft_pdf
from api.security.access import INVOICE_MANAGE, INVOICE_VIEW, Access
from api.services import ApiServices
from contracts.sales_invoice import InvoiceRef
from database import document_mails, invoices, sales_invoices
from database.tables import SalesInvoice

READ = {"scopes": [INVOICE_VIEW, INVOICE_MANAGE]}
EMAIL = {
    "sendEmailRequest": {
        "to": "accounts@customer.example",
        "cc": "",
        "subject": "Your invoice",
        "body": "Hello,\n\nplease find your invoice attached.",
        "exportDocumentRequest": {"documentCode": "0000001", "documentType": "SALES_INVOICE"},
    }
}
EmailJson = Annotated[object, BodyKwarg(examples=[Example(summary="An invoice to a customer", value=EMAIL)])]


class SalesInvoiceDocumentController(Controller):
    """PDF and mail of a sales invoice. A number with a slash in it comes last in the path."""

    path = "/v1/invoices"
    tags = ["Sales invoices"]  # noqa: RUF012 -- Litestar's own way to declare it

    @get(
        ["/sales/{code:str}/pdf", "/sales/pdf/{code:path}"],
        operation_id=on_each_path("downloadSalesInvoicePdf"),
        summary="Download a sales invoice",
        media_type=invoices.PDF,
        opt=READ,
    )
    async def pdf(
        self,
        code: FromPath[str],
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
    ) -> Stream | Response[bytes]:
        """The PDF as it was stored. One that is not there yet is made, which takes a moment.

        Of a draft, its preview: the page that it would have, with the word for a draft across it. Nobody stores that.
        """
        row = await _found(session, access.tenant, code)
        if row.invoice_id is None:
            return await draft_pdf(session, access, services, row)
        return await awaited_pdf(session, services, _issued_as(row, row.invoice_id))

    @get(
        ["/sales/{code:str}/ubl", "/sales/ubl/{code:path}"],
        operation_id=on_each_path("downloadSalesInvoiceUbl"),
        summary="Download a sales invoice as UBL",
        media_type=invoices.XML,
        opt=READ,
    )
    async def ubl(
        self,
        code: FromPath[str],
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
        profile: FromQuery[str | None] = None,
    ) -> Stream:
        """As it was stored, or made now; 409 with all that it lacks where it cannot be made.

        `profile` is `peppol` or `xrechnung`; without one it is the one that the invoice was issued with.
        """
        ref = await _issued(session, access.tenant, code)
        invoice = await invoices.load(session, ref.tenant, ref.invoice_id)
        return await awaited_ubl(session, services, invoice, profile)

    @post(
        "/email",
        operation_id="sendSalesInvoiceEmail",
        summary="Send or resend a sales invoice",
        status_code=HTTP_200_OK,
        opt={"scopes": [INVOICE_MANAGE]},
    )
    async def email(
        self,
        data: EmailJson,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """200 when the mail server has taken the mail, 202 while it is still tried, 400 when it is refused."""
        body = read_body(EmailBody, data, NOT_SENT)
        keyed = keyed_request(access.tenant, "sendSalesInvoiceEmail", idempotency_key, request_hash(body))
        made = await made_before(session, keyed)
        if made is not None:
            await session.commit()
            return await mail_outcome(services, access.tenant, UUID(made))
        row, begun = await request_mail(session, access, body)
        mail_id = row.id
        await remember(session, keyed, str(mail_id))
        await session.commit()
        await start_noted(services, begun)
        return await mail_outcome(services, access.tenant, mail_id)

    @get(
        ["/sales/{code:str}/mails", "/sales/mails/{code:path}"],
        operation_id=on_each_path("listSalesInvoiceMails"),
        summary="List the mails of a sales invoice",
        opt=READ,
    )
    async def mails(
        self,
        code: FromPath[str],
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        limit: FromQuery[str | None] = None,
        page: FromQuery[str | None] = None,
    ) -> Response[bytes]:
        """The newest first, that of an order's own invoice among them.

        `state` is REQUESTED, STARTED (outcome unknown), SENT or REFUSED. `recipients` tells for each whether the mail
        is QUEUED, SENT, DEFERRED (not taken yet) or BOUNCED.
        """
        number, size = page_of({"limit": limit or "", "page": page or ""})
        ref = await _issued(session, access.tenant, code)
        mails, total = await document_mails.list_page(
            session, access.tenant, ref.invoice_id, limit=size, offset=number * size
        )
        content = [mail_json(mail) for mail in mails]
        return answer(spring_page(content, page=number, limit=size, total=total, is_sorted=True))


async def _issued(session: AsyncSession, tenant: str, code: str) -> InvoiceRef:
    row = await _found(session, tenant, code)
    if row.invoice_id is None:
        raise ApiError(409, "A draft has no document.")
    return _issued_as(row, row.invoice_id)


async def _found(session: AsyncSession, tenant: str, code: str) -> SalesInvoice:
    row = await sales_invoices.find(session, tenant, code.removeprefix("/"))
    if row is None:
        raise ApiError(404, "Sales invoice not found.")
    return row


def _issued_as(row: SalesInvoice, invoice_id: UUID) -> InvoiceRef:
    return InvoiceRef(tenant=row.tenant, invoice_id=invoice_id, number=row.code)
