"""Credit notes of sales invoices: what is taken back of an issued invoice, numbered in a series of its own.

The vendor names the document and no endpoint; these are in its manner. Invoices that were made from orders are credited
here too, by their number: the way for orders whose id holds a slash.
"""

from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, QueryParameter
from litestar.response import Stream
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED, HTTP_202_ACCEPTED
from sqlalchemy.ext.asyncio import AsyncSession

from api.credit_notes.answers import STATUS, RefundStatus, sales_credit_note
from api.credit_notes.bodies import (
    NOT_CREDITED,
    NOT_RECORDED,
    CreditNoteJson,
    CreditNoteRequest,
    OutsideJson,
    RefundedOutside,
)
from api.credit_notes.crediting import found, issue_credit_note
from api.credit_notes.settlement import record_refund, retry_settlement
from api.deskera import answer, page_of, spring_page
from api.documents.awaited_documents import awaited_pdf, awaited_ubl
from api.errors.api_error import ApiError
from api.outbox import start_noted
from api.requests.idempotency import IdempotencyKey, keyed_request, made_before, remember, request_hash
from api.requests.operation_ids import on_each_path
from api.requests.request_bodies import read_body
from api.security.access import INVOICE_MANAGE, INVOICE_VIEW, Access
from api.services import ApiServices
from api.temporal_gate import RetryAnswer
from contracts.sales_invoice import InvoiceRef
from contracts.temporal_client import TemporalAway
from database import credit_notes, invoices, sales_invoices
from database.refunds import NotRefused

SalesInvoiceCode = Annotated[str | None, QueryParameter(name="salesInvoiceCode")]
VIEW = {"scopes": [INVOICE_VIEW, INVOICE_MANAGE]}


class CreditNoteController(Controller):
    """Credit notes."""

    path = "/v1/credit-notes"
    tags = ["Credit notes"]  # noqa: RUF012 -- Litestar's own way to declare it

    @post(
        operation_id="createCreditNote",
        summary="Credit an issued sales invoice, in full or in part",
        status_code=HTTP_201_CREATED,
        opt={"scopes": [INVOICE_MANAGE], "exact_numbers": True},
    )
    async def create(
        self,
        data: CreditNoteJson,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """What is due on the invoice goes down at once; a captured payment is given back by a workflow."""
        body = read_body(CreditNoteRequest, data, NOT_CREDITED)
        keyed = keyed_request(access.tenant, "createCreditNote", idempotency_key, request_hash(body))
        made = await made_before(session, keyed)
        if made is not None:
            return answer(sales_credit_note(await found(session, access.tenant, made)), HTTP_201_CREATED)
        row = await sales_invoices.find(session, access.tenant, body.sales_invoice_code)
        if row is None:
            raise ApiError(404, "Sales invoice not found.", field="salesInvoiceCode")
        issued = await issue_credit_note(session, access, row.id, body, body.credit_note_date)
        await remember(session, keyed, issued.view.row.number)
        shown = sales_credit_note(issued.view)
        await session.commit()
        await start_noted(services, issued.begun)
        return answer(shown, HTTP_201_CREATED)

    @get(operation_id="listCreditNotes", summary="List credit notes", opt=VIEW)
    async def list_credit_notes(
        self,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        limit: FromQuery[str | None] = None,
        page: FromQuery[str | None] = None,
        sales_invoice_code: SalesInvoiceCode = None,
    ) -> Response[bytes]:
        """The oldest first; `salesInvoiceCode` lists those of one invoice."""
        number, size = page_of({"limit": limit or "", "page": page or ""})
        views, total = await credit_notes.list_page(
            session, access.tenant, sales_invoice_code, limit=size, offset=number * size
        )
        content = [sales_credit_note(view) for view in views]
        return answer(spring_page(content, page=number, limit=size, total=total, is_sorted=True))

    @get(
        ["/{code:str}", "/code/{code:path}"],
        operation_id=on_each_path("getCreditNote"),
        summary="Read a credit note",
        opt=VIEW,
    )
    async def read(
        self, code: FromPath[str], access: NamedDependency[Access], session: NamedDependency[AsyncSession]
    ) -> Response[bytes]:
        """By its number. One with a slash in it is read under `/code/`."""
        return answer(sales_credit_note(await found(session, access.tenant, code.removeprefix("/"))))

    @get(
        ["/{code:str}/pdf", "/pdf/{code:path}"],
        operation_id=on_each_path("downloadCreditNotePdf"),
        summary="Download a credit note",
        media_type=invoices.PDF,
        opt=VIEW,
    )
    async def pdf(
        self,
        code: FromPath[str],
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
    ) -> Stream:
        """The PDF as it was stored. One that is not there yet is made, which takes a moment."""
        row = (await found(session, access.tenant, code.removeprefix("/"))).row
        ref = InvoiceRef(tenant=access.tenant, invoice_id=row.id, number=row.number)
        return await awaited_pdf(session, services, ref)

    @get(
        ["/{code:str}/ubl", "/ubl/{code:path}"],
        operation_id=on_each_path("downloadCreditNoteUbl"),
        summary="Download a credit note as UBL",
        media_type=invoices.XML,
        opt=VIEW,
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

        `profile` is `peppol` or `xrechnung`; without one it is the one that the credit note was issued with.
        """
        note = (await found(session, access.tenant, code.removeprefix("/"))).document
        return await awaited_ubl(session, services, note, profile)

    @post(
        "/{code:str}/retry",
        operation_id="retryCreditNote",
        summary="Try the settlement of a held credit note again",
        status_code=HTTP_202_ACCEPTED,
        opt={"scopes": [INVOICE_MANAGE]},
    )
    async def retry(
        self,
        code: FromPath[str],
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
    ) -> Response[bytes]:
        """Refund, PDF and mail go on from where they stopped; what has happened does not happen again."""
        await found(session, access.tenant, code)
        await session.commit()
        try:
            outcome = await retry_settlement(services.temporal, services.sessions, access.tenant, code)
        except TemporalAway as error:
            raise ApiError(503, "Temporal does not answer; try again", headers={"Retry-After": "5"}) from error
        if outcome is RetryAnswer.NOT_HELD:
            raise ApiError(409, "The credit note is not on hold")
        return answer({"message": "The credit note is being tried again"}, HTTP_202_ACCEPTED)

    @post(
        "/{code:str}/refund",
        operation_id="recordCreditNoteRefund",
        summary="Record that a refused refund was given back outside",
        status_code=HTTP_200_OK,
        opt={"scopes": [INVOICE_MANAGE], "exact_numbers": True},
    )
    async def record_refund(
        self,
        *,
        code: FromPath[str],
        data: OutsideJson,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
    ) -> Response[bytes]:
        """For a refund that the gateway refuses; `reference` is the gateway's refund id where it was made there.

        Nothing is sent to the gateway. PDF and mail follow, and the order may be invoiced again. 409 while the refund
        is under way or its outcome is not known, and when the money is back already.
        """
        body = read_body(RefundedOutside, data, NOT_RECORDED)
        view = await found(session, access.tenant, code)
        try:
            await record_refund(session, view, body.reference, actor=f"client:{access.client_id}", note=body.note)
        except NotRefused as error:
            status = STATUS[error.state] if error.state else RefundStatus.NONE
            words = f"The refund is {status}; only a REFUSED one can be recorded as given back outside"
            raise ApiError(409, words) from error
        shown = sales_credit_note(await found(session, access.tenant, code))
        await session.commit()
        try:
            await retry_settlement(services.temporal, services.sessions, access.tenant, code)
        except TemporalAway as error:
            words = "The refund is recorded. Temporal does not answer: try the credit note again later"
            raise ApiError(503, words, headers={"Retry-After": "5"}) from error
        return answer(shown)
