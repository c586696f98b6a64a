"""Received payments (Deskera B.7): money that came in for sales invoices.

Where the vendor's documents leave it open:

- A payment is in the currency of its invoices; another one is refused, nothing is converted.
- It pays for invoices only: money without an invoice, and more than is due, is refused.
- A payment is never changed or taken back, so the vendor's `PUT /v1/invoices/sales/due-amount?revert=` is not served;
  money that goes back to the buyer is a credit note's affair.
- Any contact may pay: `contactCode` is kept and not compared with the invoice's.
"""

from typing import Annotated

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery, JSONBody, QueryParameter
from litestar.status_codes import HTTP_201_CREATED
from sqlalchemy.ext.asyncio import AsyncSession

from api.deskera import answer, page_of, spring_page
from api.errors.api_error import ApiError, Detail
from api.neighbours.payment_bodies import PaymentRequest, kept, payment_answer
from api.requests.idempotency import IdempotencyKey, keyed_request, made_before, remember, request_hash
from api.security.access import INVOICE_MANAGE, INVOICE_VIEW, Access
from database import payments
from database.payments import NewPayment, PaymentView, UnknownInvoices
from invoicing.sales.knock_off import PaymentFault, PaymentRejected

NOT_RECEIVED = "The payment could not be received."
ITEMS = "receivePaymentItemDtoList"
LONGEST_ID = 18
"""Digits of an id; more are no id."""


class PaymentController(Controller):
    """Money received."""

    path = "/v1/payments/receive"
    tags = ["Payments"]  # noqa: RUF012 -- Litestar's own way to declare it

    @post(
        operation_id="receivePayment",
        summary="Receive a payment for sales invoices",
        status_code=HTTP_201_CREATED,
        opt={"scopes": [INVOICE_MANAGE], "exact_numbers": True},
    )
    async def receive(
        self,
        data: JSONBody[PaymentRequest],
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """All of its items or none. What is due on the invoices, and their status, follow at once."""
        keyed = keyed_request(access.tenant, "receivePayment", idempotency_key, request_hash(data))
        code = await made_before(session, keyed)
        if code is None:
            view = await _receive(session, access, data)
            await remember(session, keyed, view.payment.code)
        else:
            view = await _found(session, access.tenant, code)
        return answer(payment_answer(view), HTTP_201_CREATED)

    @get(operation_id="listPayments", summary="List received payments", opt={"scopes": [INVOICE_VIEW, INVOICE_MANAGE]})
    async def list_payments(
        self,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        limit: FromQuery[str | None] = None,
        page: FromQuery[str | None] = None,
        sales_invoice_code: Annotated[str | None, QueryParameter(name="salesInvoiceCode")] = None,
    ) -> Response[bytes]:
        """The newest first; `salesInvoiceCode` lists those of one invoice."""
        number, size = page_of({"limit": limit or "", "page": page or ""})
        views, total = await payments.list_payments(
            session, access.tenant, invoice_code=sales_invoice_code, limit=size, offset=number * size
        )
        content = [payment_answer(view) for view in views]
        return answer(spring_page(content, page=number, limit=size, total=total, is_sorted=True))

    @get(
        "/{code:str}",
        operation_id="getPayment",
        summary="Read a received payment",
        opt={"scopes": [INVOICE_VIEW, INVOICE_MANAGE]},
    )
    async def get_payment(
        self, code: FromPath[str], access: NamedDependency[Access], session: NamedDependency[AsyncSession]
    ) -> Response[bytes]:
        """By its id, or by its code."""
        is_id = code.isascii() and code.isdecimal() and len(code) <= LONGEST_ID
        if not is_id:
            return answer(payment_answer(await _found(session, access.tenant, code)))
        return answer(payment_answer(_there(await payments.get(session, access.tenant, int(code)))))

    @get(
        "/code/{code:str}",
        operation_id="getPaymentByCode",
        summary="Read a received payment by its code",
        opt={"scopes": [INVOICE_VIEW, INVOICE_MANAGE]},
    )
    async def get_payment_by_code(
        self, code: FromPath[str], access: NamedDependency[Access], session: NamedDependency[AsyncSession]
    ) -> Response[bytes]:
        """By its code."""
        return answer(payment_answer(await _found(session, access.tenant, code)))


async def _receive(session: AsyncSession, access: Access, data: PaymentRequest) -> PaymentView:
    new = NewPayment(
        tenant=access.tenant,
        actor=f"client:{access.client_id}",
        document_date=data.document_date,
        currency=data.currency,
        amount=data.amount,
        items=data.paid_items(),
        body=kept(data),
    )
    try:
        return await payments.receive(session, new)
    except UnknownInvoices as error:
        raise _unknown(data, error) from error
    except PaymentRejected as error:
        raise ApiError(400, NOT_RECEIVED, details=[_detail(fault) for fault in error.faults]) from error


def _unknown(data: PaymentRequest, error: UnknownInvoices) -> ApiError:
    """404 that names each item whose invoice there is not."""
    items = enumerate(data.receive_payment_item_dto_list)
    details = [
        Detail(f"there is no sales invoice {item.document_code}", f"{ITEMS}.{position}.documentCode")
        for position, item in items
        if item.document_code in error.codes
    ]
    return ApiError(404, "Sales invoice not found.", details=details)


def _detail(fault: PaymentFault) -> Detail:
    place = "" if fault.position is None else f"{ITEMS}.{fault.position}."
    return Detail(fault.message, f"{place}{fault.member}")


async def _found(session: AsyncSession, tenant: str, code: str) -> PaymentView:
    return _there(await payments.find(session, tenant, code))


def _there(view: PaymentView | None) -> PaymentView:
    if view is None:
        raise ApiError(404, "Payment not found.")
    return view
