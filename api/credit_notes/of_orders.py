"""Credit notes of an order's invoice.

Once it is credited in full and its money has gone back, a job that names the order invoices it anew.
"""

from uuid import UUID

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.status_codes import HTTP_201_CREATED
from sqlalchemy.ext.asyncio import AsyncSession

from api.credit_notes.answers import order_credit_note
from api.credit_notes.bodies import NOT_CREDITED, OrderCreditJson, OrderCreditRequest
from api.credit_notes.crediting import found, issue_credit_note
from api.deskera import answer
from api.errors.api_error import ApiError
from api.outbox import start_noted
from api.requests.idempotency import IdempotencyKey, keyed_request, made_before, remember, request_hash
from api.requests.request_bodies import read_body
from api.security.access import INVOICE_MANAGE, INVOICE_VIEW, Access
from api.services import ApiServices
from database import credit_notes

VIEW = {"scopes": [INVOICE_VIEW, INVOICE_MANAGE]}


class OrderCreditNoteController(Controller):
    """Credit notes by the order's own id. An id with a slash in it does not fit: see `/v1/credit-notes`."""

    path = "/invoice/{tenant:str}/orders/{order_id:str}/credit-notes"
    tags = ["Credit notes"]  # noqa: RUF012 -- Litestar's own way to declare it

    @post(
        operation_id="createOrderCreditNote",
        summary="Credit the order's invoice, in full or in part",
        status_code=HTTP_201_CREATED,
        opt={"scopes": [INVOICE_MANAGE], "exact_numbers": True},
    )
    async def create(
        self,
        *,
        order_id: FromPath[str],
        data: OrderCreditJson,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """A captured payment is given back by a workflow, at most once; `refund` says how far that is."""
        body = read_body(OrderCreditRequest, data, NOT_CREDITED)
        base_url = services.settings.public_base_url
        hashed = request_hash([order_id, body])
        keyed = keyed_request(access.tenant, "createOrderCreditNote", idempotency_key, hashed)
        made = await made_before(session, keyed)
        if made is not None:
            return answer(order_credit_note(await found(session, access.tenant, made), base_url), HTTP_201_CREATED)
        row = await credit_notes.latest_invoice_of_order(session, access.tenant, order_id)
        if row is None:
            raise ApiError(404, "The order has no invoice", field="orderId")
        issued = await issue_credit_note(session, access, row.id, body)
        await remember(session, keyed, issued.view.row.number)
        shown = order_credit_note(issued.view, base_url)
        await session.commit()
        await start_noted(services, issued.begun)
        return answer(shown, HTTP_201_CREATED)

    @get(operation_id="listOrderCreditNotes", summary="List the order's credit notes", opt=VIEW)
    async def list_credit_notes(
        self,
        order_id: FromPath[str],
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
    ) -> Response[bytes]:
        """Those of all invoices that the order ever had, the oldest first."""
        views = await credit_notes.list_of_order(session, access.tenant, order_id)
        base_url = services.settings.public_base_url
        return answer({"creditNotes": [order_credit_note(view, base_url) for view in views], "total": len(views)})

    @get("/{credit_note_id:uuid}", operation_id="getOrderCreditNote", summary="Read a credit note", opt=VIEW)
    async def read(
        self,
        order_id: FromPath[str],
        credit_note_id: FromPath[UUID],
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
    ) -> Response[bytes]:
        """With what has become of its refund."""
        views = await credit_notes.list_of_order(session, access.tenant, order_id)
        for view in views:
            if view.row.id == credit_note_id:
                return answer(order_credit_note(view, services.settings.public_base_url))
        raise ApiError(404, "The order has no such credit note", field="creditNoteId")
