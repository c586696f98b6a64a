"""Fulfilments of sales invoices (Deskera B.7).

Where the vendor's documents leave it open:

- `quantityRequired` and `pendingQuantity` of a request are not looked at; the answer's are reckoned: the item's whole
  quantity, and what is left of it afterwards.
- A quantity of a product that several items are of goes to the first of them that has any left.
- With `autoFulfilled` the items may be left out; where they are there, they must come to all that is left.
- A back order is fulfilled as any other invoice, but not by `fulfillmentComplete` when it is issued.
"""

from typing import Annotated

from litestar import Controller, Response, delete, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_200_OK
from sqlalchemy.ext.asyncio import AsyncSession

from api.deskera import answer, page_of, spring_page
from api.errors.api_error import ApiError, Detail
from api.neighbours.fulfillment_bodies import FulfillmentRequest, fulfillment_answer, kept
from api.requests.idempotency import IdempotencyKey, keyed_request, made_before, remember, request_hash
from api.security.access import INVOICE_MANAGE, INVOICE_VIEW, Access
from database import fulfillments
from database.fulfillments import FulfillmentView, NewFulfillment
from invoicing.sales.fulfilment import FulfilmentFault, FulfilmentRejected

NOT_FULFILLED = "The sales invoice could not be fulfilled."
NO_INVOICE = "Sales invoice not found."
NO_FULFILLMENT = "Fulfillment not found."


class FulfillmentController(Controller):
    """Goods sent and services rendered."""

    path = "/v1/sales/fulfillments"
    tags = ["Fulfilments"]  # noqa: RUF012 -- Litestar's own way to declare it

    @post(
        operation_id="createFulfillment",
        summary="Fulfil items of a sales invoice",
        status_code=HTTP_200_OK,
        opt={"scopes": [INVOICE_MANAGE], "exact_numbers": True},
    )
    async def create(
        self,
        data: JSONBody[FulfillmentRequest],
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """All of its items or none; the invoice's `fulfillmentStatus` follows at once."""
        keyed = keyed_request(access.tenant, "createFulfillment", idempotency_key, request_hash(data))
        code = await made_before(session, keyed)
        if code is None:
            view = await _fulfil(session, access, data)
            await remember(session, keyed, view.fulfillment.code)
        else:
            view = await _made(session, access.tenant, code)
        return answer(fulfillment_answer(view))

    @get(
        operation_id="listFulfillments",
        summary="List fulfilments",
        opt={"scopes": [INVOICE_VIEW, INVOICE_MANAGE]},
    )
    async def list_fulfillments(
        self,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        limit: FromQuery[str | None] = None,
        page: FromQuery[str | None] = None,
        sales_invoice_code: Annotated[str | None, QueryParameter(name="salesInvoiceCode")] = None,
    ) -> Response[bytes]:
        """The newest first; `salesInvoiceCode` lists those of one invoice."""
        number, size = page_of({"limit": limit or "", "page": page or ""})
        views, total = await fulfillments.list_fulfillments(
            session, access.tenant, invoice_code=sales_invoice_code, limit=size, offset=number * size
        )
        content = [fulfillment_answer(view) for view in views]
        return answer(spring_page(content, page=number, limit=size, total=total, is_sorted=True))

    @get(
        "/{code:str}",
        operation_id="getFulfillment",
        summary="Read a fulfilment",
        opt={"scopes": [INVOICE_VIEW, INVOICE_MANAGE]},
    )
    async def get_fulfillment(
        self, code: FromPath[str], access: NamedDependency[Access], session: NamedDependency[AsyncSession]
    ) -> Response[bytes]:
        """By its code."""
        view = await fulfillments.find(session, access.tenant, code)
        if view is None:
            raise ApiError(404, NO_FULFILLMENT)
        return answer(fulfillment_answer(view))


class FulfillmentDeletionController(Controller):
    """The vendor deletes a fulfilment beside the invoices (Deskera B.2)."""

    path = "/v1/invoices/sales/fulfillments"
    tags = ["Fulfilments"]  # noqa: RUF012 -- Litestar's own way to declare it

    @delete(
        operation_id="deleteFulfillment",
        summary="Take a fulfilment of a sales invoice back",
        opt={"scopes": [INVOICE_MANAGE]},
    )
    async def delete_fulfillment(
        self,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        fulfillment_code: Annotated[str, QueryParameter(name="fulfillmentCode")],
        sales_invoice_code: Annotated[str, QueryParameter(name="salesInvoiceCode")],
    ) -> None:
        """Its quantities are left to fulfil again."""
        actor = f"client:{access.client_id}"
        if not await fulfillments.take_back(session, access.tenant, sales_invoice_code, fulfillment_code, actor):
            raise ApiError(404, NO_FULFILLMENT)


async def _fulfil(session: AsyncSession, access: Access, data: FulfillmentRequest) -> FulfillmentView:
    if data.day is None:
        raise ApiError(400, NOT_FULFILLED, details=[Detail("is required", "fulfillmentDate")])
    new = NewFulfillment(
        actor=f"client:{access.client_id}",
        day=data.day,
        wishes=data.wishes(),
        is_auto=bool(data.auto_fulfilled),
        wanted_type=data.fulfillment_type,
        body=kept(data),
    )
    try:
        view = await fulfillments.fulfil(session, access.tenant, data.document_code, new)
    except FulfilmentRejected as error:
        raise ApiError(400, NOT_FULFILLED, details=[_detail(fault) for fault in error.faults]) from error
    if view is None:
        fault = Detail(f"there is no sales invoice {data.document_code}", "documentCode")
        raise ApiError(404, NO_INVOICE, details=[fault])
    return view


async def _made(session: AsyncSession, tenant: str, code: str) -> FulfillmentView:
    """What an earlier request under the same key made."""
    view = await fulfillments.find(session, tenant, code)
    if view is None:
        raise ApiError(409, f"The fulfilment {code} was made by this request, and has been taken back since")
    return view


def _detail(fault: FulfilmentFault) -> Detail:
    place = "" if fault.position is None else f"fulfillmentItems.{fault.position}."
    return Detail(fault.message, f"{place}{fault.member}")
