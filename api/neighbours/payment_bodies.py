"""Bodies of received payments (Deskera B.7)."""

from enum import StrEnum
from typing import Annotated, Any

from pydantic import AfterValidator, Field

from api.deskera import Amount, DeskeraDate, DeskeraModel, Json, Text, stored, to_json
from api.requests.json_request import parse_json
from api.requests.request_bodies import refused
from database.payments import PaymentView
from database.tables import JsonObject
from invoicing.sales.knock_off import RECEIVE_PAYMENT, PaidItem

SALES_INVOICE = "SALES_INVOICE"
MAX_ITEMS = 500
CUSTOM_FIELD = "customField"


def _sales_invoice(document_type: str) -> str:
    if document_type != SALES_INVOICE:
        raise refused(f"must be {SALES_INVOICE}")
    return document_type


SalesInvoiceType = Annotated[Text, AfterValidator(_sales_invoice)]
"""DOCUMENT_TYPE of what is settled and fulfilled here (B.5)."""

ExchangeRate = Annotated[Amount, Field(gt=0)]
"""Units of the base currency for one unit of the document's currency (B.8)."""


class PaymentType(StrEnum):
    """How the money came (B.7)."""

    CHEQUE = "CHEQUE"
    CASH = "CASH"
    BANK_TRANSFER = "BANK_TRANSFER"


class PaymentItemRequest(DeskeraModel):
    """What is for one invoice; `taxCode` and `taxAmount` are kept as they are sent and change no figure."""

    document_type: SalesInvoiceType = SALES_INVOICE
    document_code: Annotated[Text, Field(min_length=1)]
    payment_amount: Amount
    exchange_rate: ExchangeRate | None = None
    """Without it, the payment's, else the rate at which the invoice was issued."""
    tax_code: Text | None = None
    tax_amount: Amount | None = None


class PaymentRequest(DeskeraModel):
    """Money received. `amount` may be left out; where it is stated, the items must come to it."""

    receive_payment_item_dto_list: Annotated[list[PaymentItemRequest], Field(min_length=1, max_length=MAX_ITEMS)]
    currency: Annotated[Text, Field(min_length=1)]
    exchange_rate: ExchangeRate | None = None
    amount: Amount | None = None
    account_code_pay_to: Text | None = None
    payment_type: PaymentType | None = None
    document_date: DeskeraDate
    contact_code: Text | None = None
    memo: Text | None = None
    reference_number: Text | None = None
    reference_date: DeskeraDate | None = None
    check_number: Text | None = None
    custom_field: Any = None

    def paid_items(self) -> tuple[PaidItem, ...]:
        """What is for which invoice."""
        return tuple(
            PaidItem(
                invoice_code=item.document_code,
                amount=item.payment_amount,
                exchange_rate=item.exchange_rate or self.exchange_rate,
            )
            for item in self.receive_payment_item_dto_list
        )


def kept(request: PaymentRequest) -> JsonObject:
    """The request as the database keeps it; `customField` as text, so that its numbers come back as numbers."""
    body: JsonObject = stored(request.model_dump(by_alias=True))
    return {**body, CUSTOM_FIELD: to_json(request.custom_field).decode()}


def payment_answer(view: PaymentView) -> Json:
    """The payment with everything that was sent, its code, and the rates that count."""
    payment, body = view.payment, view.payment.body
    request = PaymentRequest.model_validate({**body, CUSTOM_FIELD: parse_json(body[CUSTOM_FIELD].encode(), exact=True)})
    sent = request.receive_payment_item_dto_list
    return {
        "id": payment.id,
        "code": payment.code,
        "documentSequenceCode": payment.code,
        "documentType": RECEIVE_PAYMENT,
        **request.model_dump(by_alias=True),
        "amount": payment.amount,
        "receivePaymentItemDtoList": [
            {**item.model_dump(by_alias=True), "paymentAmount": row.amount, "exchangeRate": row.exchange_rate}
            for item, row in zip(sent, view.items, strict=True)
        ],
    }
