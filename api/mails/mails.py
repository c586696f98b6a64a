"""Mails of issued documents: what became of them, for whom, and sending one again.

The vendor knows neither; these are in the manner of the Invoice Service.
"""

from typing import Annotated
from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody, QueryParameter
from litestar.status_codes import HTTP_202_ACCEPTED
from sqlalchemy.ext.asyncio import AsyncSession

from api.deskera import answer
from api.errors.api_error import ApiError
from api.mails.bodies import ResendRequest, mail_json, recipient_json
from api.mails.requested_mails import request_again
from api.outbox import start_noted
from api.requests.idempotency import IdempotencyKey, keyed_request, made_before, remember, request_hash
from api.requests.pages import PageNumber, PageSize, Window
from api.security.access import INVOICE_MANAGE, INVOICE_VIEW, Access
from api.services import ApiServices
from database import document_mails, invoices, mail_recipients, mail_requests
from database.mail_recipients import RecipientState
from database.tables import IssuedInvoice

READ = {"scopes": [INVOICE_VIEW, INVOICE_MANAGE]}


class MailController(Controller):
    """What became of the tenant's mails."""

    path = "/invoice/{tenant:str}/mails"
    tags = ["Mails"]  # noqa: RUF012 -- Litestar's own way to declare it

    @get(operation_id="listMails", summary="List mails by recipient", opt=READ)
    async def index(
        self,
        session: NamedDependency[AsyncSession],
        access: NamedDependency[Access],
        state_: Annotated[RecipientState | None, QueryParameter(name="state")] = None,
        page_number: PageNumber = 1,
        page_size: PageSize = 60,
    ) -> Response[bytes]:
        """One entry for each recipient of each mail, the newest first; `X-Total-Count` says how many there are.

        `state` is QUEUED, SENT (our mail server has taken it), DEFERRED (a server does not take it yet) or BOUNCED.
        `status` is the last server's code (RFC 3463), `diagnostic` its words.
        """
        window = Window(page_number, page_size)
        rows, total = await mail_recipients.list_page(
            session, access.tenant, state=state_, limit=window.size, offset=window.offset
        )
        entries = [
            {
                "messageId": row.message_id,
                "invoiceId": str(row.invoice_id),
                "number": number,
                **recipient_json(row),
                "createdAt": row.created_at.isoformat(),
            }
            for row, number in rows
        ]
        listed = answer({"mails": entries, "total": total})
        listed.set_header("X-Total-Count", str(total))
        return listed


class InvoiceMailController(Controller):
    """The mails of one document, an invoice or a credit note."""

    path = "/invoice/{tenant:str}/invoices/{invoice_id:uuid}/mails"
    tags = ["Mails"]  # noqa: RUF012 -- Litestar's own way to declare it

    @get(operation_id="listInvoiceMails", summary="List the mails of a document", opt=READ)
    async def index(
        self,
        invoice_id: FromPath[UUID],
        session: NamedDependency[AsyncSession],
        access: NamedDependency[Access],
        page_number: PageNumber = 1,
        page_size: PageSize = 60,
    ) -> Response[bytes]:
        """The newest first, each with what became of it for whom; `X-Total-Count` says how many there are."""
        await _issued(session, access.tenant, invoice_id)
        window = Window(page_number, page_size)
        mails, total = await document_mails.list_page(
            session, access.tenant, invoice_id, limit=window.size, offset=window.offset
        )
        listed = answer({"mails": [mail_json(mail) for mail in mails], "total": total})
        listed.set_header("X-Total-Count", str(total))
        return listed

    @post(
        operation_id="resendInvoice",
        summary="Mail a document again",
        status_code=HTTP_202_ACCEPTED,
        opt={"scopes": [INVOICE_MANAGE]},
    )
    async def resend(
        self,
        *,
        invoice_id: FromPath[UUID],
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
        access: NamedDependency[Access],
        data: JSONBody[ResendRequest | None] = None,
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """A new mail with a Message-ID of its own, sent by a workflow; the list of mails tells what becomes of it.

        Without `to` it goes to whom the document was mailed to first. The same `Idempotency-Key` and body send it once.
        """
        wanted = data or ResendRequest()
        hashed = request_hash([str(invoice_id), wanted])
        keyed = keyed_request(access.tenant, "resendInvoice", idempotency_key, hashed)
        issued = await _issued(session, access.tenant, invoice_id)
        made = await made_before(session, keyed)
        if made is not None:
            row = await mail_requests.find(session, access.tenant, UUID(made))
            return _accepted(made, row.recipients if row else [])
        row, begun = await request_again(session, issued, wanted, f"client:{access.client_id}")
        accepted = _accepted(str(row.id), row.recipients)
        await remember(session, keyed, str(row.id))
        await session.commit()
        await start_noted(services, begun)
        return accepted


async def _issued(session: AsyncSession, tenant: str, invoice_id: UUID) -> IssuedInvoice:
    issued = await invoices.find_by_id(session, tenant, invoice_id)
    if issued is None:
        raise ApiError(404, "The invoice does not exist", field="invoiceId")
    return issued


def _accepted(mail_id: str, to: list[str]) -> Response[bytes]:
    return answer({"mailId": mail_id, "to": to, "message": "The mail is being sent"}, HTTP_202_ACCEPTED)
