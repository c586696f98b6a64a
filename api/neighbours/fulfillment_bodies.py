"""Bodies of fulfilments (Deskera B.7)."""

from datetime import date
from typing import Annotated, Any

from pydantic import Field

from api.deskera import Amount, DeskeraDate, DeskeraModel, Json, Text, print_date, to_json
from api.neighbours.payment_bodies import SALES_INVOICE, SalesInvoiceType
from api.requests.json_request import parse_json
from api.requests.request_bodies import Flag
from database.fulfillments import FulfillmentView
from database.tables import JsonObject
from invoicing.sales.fulfilment import FulfilledPart, FulfillmentType, Wish

MAX_ITEMS = 1_000


class FulfillmentItemRequest(DeskeraModel):
    """How much of one item, which its code or its product's finds; its other quantities are reckoned here."""

    product_code: Text | None = None
    document_item_code: Text | None = None
    fulfilled_quantity: Amount
    warehouse_code: Text | None = None
    fulfillment_date: DeskeraDate | None = None


class FulfillmentRequest(DeskeraModel):
    """Goods sent, or services rendered, for one invoice."""

    document_code: Annotated[Text, Field(min_length=1)]
    document_type: SalesInvoiceType = SALES_INVOICE
    fulfillment_items: Annotated[list[FulfillmentItemRequest] | None, Field(max_length=MAX_ITEMS)] = None
    auto_fulfilled: Flag | None = None
    fulfillment_date: DeskeraDate | None = None
    """Without it, the latest day of its items; one of them must be there."""
    fulfillment_type: FulfillmentType | None = None
    memo: Text | None = None
    custom_field: Any = None

    @property
    def day(self) -> date | None:
        """The day of the whole."""
        if self.fulfillment_date is not None:
            return self.fulfillment_date
        days = [item.fulfillment_date for item in self.fulfillment_items or () if item.fulfillment_date]
        return max(days, default=None)

    def wishes(self) -> tuple[Wish, ...]:
        """What is to be fulfilled."""
        return tuple(
            Wish(
                item_code=item.document_item_code or None,
                product_code=item.product_code or None,
                quantity=item.fulfilled_quantity,
                warehouse_code=item.warehouse_code,
                day=item.fulfillment_date,
            )
            for item in self.fulfillment_items or ()
        )


def kept(request: FulfillmentRequest) -> JsonObject:
    """What the database keeps of the request beside its items; `customField` as text: its numbers stay numbers."""
    return {
        "autoFulfilled": bool(request.auto_fulfilled),
        "memo": request.memo,
        "customField": to_json(request.custom_field).decode(),
    }


def fulfillment_answer(view: FulfillmentView) -> Json:
    """The fulfilment with its code; its items as they were taken off the invoice."""
    fulfillment = view.fulfillment
    body, day = fulfillment.body, print_date(fulfillment.fulfillment_date)
    return {
        "id": fulfillment.id,
        "fulfillmentCode": fulfillment.code,
        "documentSequenceCode": fulfillment.code,
        "documentCode": view.invoice_code,
        "documentType": SALES_INVOICE,
        "autoFulfilled": body.get("autoFulfilled", True),
        "fulfillmentDate": day,
        "fulfillmentType": fulfillment.fulfillment_type,
        "memo": body.get("memo"),
        "customField": parse_json(body.get("customField", "null").encode(), exact=True),
        "fulfillmentItems": [_item(part, fulfillment.fulfillment_date) for part in view.parts],
    }


def _item(part: FulfilledPart, day: date) -> Json:
    return {
        "productCode": part.product_code,
        "documentItemCode": part.item_code,
        "fulfilledQuantity": part.quantity,
        "quantityRequired": part.required,
        "pendingQuantity": part.pending,
        "warehouseCode": part.warehouse_code,
        "fulfillmentDate": print_date(part.day or day),
    }
