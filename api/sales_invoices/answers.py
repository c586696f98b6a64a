"""SalesInvoiceResponse (Deskera B.4): one answer for every sales invoice, a draft, an order's or one made here.

Members are those of the vendor's sample and of its table of attributes, nulls explicit. Members of ours are there only
where they say something. Header amounts have the currency's decimals, a line's own tax and total up to ten.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from api.deskera import Json, print_date
from api.documents.electronic import electronic_json
from api.requests.json_request import parse_json
from api.sales_invoices.knock_offs import knockoff_info
from api.sales_invoices.made_from_orders import request_of
from database import attachments, payments, recurrences, sales_invoices
from database.electronic_forms import electronic_of
from database.tables import Attachment, Recurrence, SalesInvoice
from invoicing.document_forms import Electronic
from invoicing.invoice import Invoice
from invoicing.sales.balance import InvoiceStatus
from invoicing.sales.knock_off import KnockOff

AMOUNTS = frozenset(
    {
        "additionalChargeAmount",
        "additionalChargeTaxAmount",
        "amount",
        "baseAmount",
        "chargeAmount",
        "discount",
        "dueAmount",
        "exchangeRate",
        "percent",
        "prepaidAmount",
        "priceBaseQuantity",
        "productQuantity",
        "roundOffAmount",
        "taxAmount",
        "taxRate",
        "totalAmount",
        "unitPrice",
    }
)
"""Members that are numbers in answers and text where they are stored."""
ADDRESS = ("address1", "address2", "country", "state", "city", "postalCode", "preferred")
OUR_MEMBERS = (
    "allowances",
    "charges",
    "additionalCharges",
    "globalDiscount",
    "roundOffAmount",
    "exchangeRateDate",
    "siteCode",
    "taxPointDate",
    "taxPointCode",
    "deliveryDate",
    "paymentTerms",
    "orderId",
    "buyerReference",
)
OUR_ITEM_MEMBERS = (
    "priceBaseQuantity",
    "unit",
    "allowances",
    "charges",
    "taxCategory",
    "taxRate",
    "taxExemptionReason",
    "taxExemptionCode",
)


@dataclass(frozen=True)
class Beside:
    """What other tables hold of a sales invoice."""

    knock_offs: Sequence[KnockOff] = ()
    attachments: Sequence[Attachment] = ()
    recurrence: Recurrence | None = None
    electronic: Electronic | None = None


@dataclass(frozen=True)
class _Kept:
    """The request, with numbers where it has numbers."""

    members: Mapping[str, Any]
    items: Sequence[Mapping[str, Any]] | None = field(default=None)

    def __getitem__(self, name: str) -> Any:  # noqa: ANN401 -- JSON has any shape
        return self.members.get(name)


async def answers(session: AsyncSession, tenant: str, rows: Sequence[SalesInvoice]) -> list[Json]:
    """The answer of each row, in their order, with a fixed number of queries."""
    ids = [row.id for row in rows]
    knock_offs = await payments.knock_offs(session, ids)
    files = await attachments.of_invoices(session, tenant, ids)
    schedules = await recurrences.of_invoices(session, tenant, ids)
    documents = await sales_invoices.documents_of(session, [row for row in rows if not row.details])
    forms = await electronic_of(session, tenant, [row.invoice_id for row in rows if row.invoice_id])
    return [
        answer_of(
            row,
            documents.get(row.id),
            Beside(
                knock_offs.get(row.id, ()),
                files.get(row.id, ()),
                schedules.get(row.id),
                forms.get(row.invoice_id) if row.invoice_id else None,
            ),
        )
        for row in rows
    ]


def answer_of(row: SalesInvoice, document: Invoice | None, beside: Beside) -> Json:
    """One answer. `document` is needed of invoices that no request describes: those made from orders."""
    kept = _kept(row, document)
    is_draft = row.status == InvoiceStatus.DRAFT
    return {
        "openingInvoice": kept["openingInvoice"] is True,
        "totalAmount": row.total,
        "totalAmountInBaseCurrency": _in_base(row, kept),
        "payableAccountCode": kept["payableAccountCode"],
        "taxAmount": row.tax,
        "openingDocumentNumber": kept["openingDocumentNumber"],
        "warehouseCode": kept["warehouseCode"],
        "dropShip": kept["dropShip"],
        "backOrder": kept["backOrder"] is True,
        "status": row.status,
        "customField": _any_json(kept["customField"]),
        "attachmentIds": [file.id for file in beside.attachments] or None,
        "contactCode": row.contact_code,
        "linkedDocuments": kept["linkedDocuments"],
        "purchaseOrderRefNo": kept["purchaseOrderRefNo"],
        "journalEntryCode": kept["journalEntryCode"],
        "currency": row.currency,
        "exchangeRate": kept["exchangeRate"],
        "salesInvoiceDate": print_date(row.invoice_date),
        "salesInvoiceDueDate": print_date(row.due_date) if row.due_date else None,
        "memo": row.memo,
        "attachments": kept["attachments"],
        "unitPriceGstInclusive": kept["unitPriceGstInclusive"] is True,
        "dueAmount": row.due,
        "withheldAmount": row.withheld or None,
        "recurring": row.recurring,
        "recurringActivated": row.recurring_activated,
        "salesInvoiceItems": None if kept.items is None else [_item(item) for item in kept.items],
        "salesInvoiceRecurring": _recurring(beside.recurrence),
        "contact": _members(kept["contact"], ("name", "address", "peppolId")),
        "shipFrom": _members(kept["shipFrom"], ADDRESS),
        "shipTo": _members(kept["shipTo"], ADDRESS),
        "billTo": _members(kept["billTo"], ADDRESS),
        "shipByDate": kept["shipByDate"],
        "id": row.id,
        "salesInvoiceCode": row.code,
        "documentSequenceCode": None if is_draft else row.code,
        "sequenceFormat": kept["sequenceFormat"],
        "knockoffInfo": knockoff_info(beside.knock_offs),
        "tdsInfo": None,
        "draft": is_draft,
        "paymentStatus": row.payment_status,
        "fulfillmentStatus": row.fulfillment_status,
        "fulfillmentType": row.fulfillment_type,
        "fulfillmentComplete": kept["fulfillmentComplete"] is True,
        "contactDto": None,
        **_said(kept.members, OUR_MEMBERS),
        **({"prepaidAmount": row.prepaid} if row.prepaid else {}),
        **({"eInvoice": electronic_json(beside.electronic)} if beside.electronic else {}),
        **({"attachmentsWithLink": [_file(file) for file in beside.attachments]} if beside.attachments else {}),
    }


def _kept(row: SalesInvoice, document: Invoice | None) -> _Kept:
    members = _numbers(row.details) if row.details else request_of(document) if document else {}
    return _Kept(members, members.get("salesInvoiceItems"))


def _in_base(row: SalesInvoice, kept: _Kept) -> Decimal | None:
    """An invoice without a rate is in the base currency, or nobody knows what it is worth there."""
    if row.total_in_base is not None:
        return row.total_in_base
    return row.total if kept["exchangeRate"] == 1 else None


def _item(item: Mapping[str, Any]) -> Json:
    """B.4's members of a line; the product's code is its sequence code too."""
    return {
        "id": item.get("id"),
        "productCode": item.get("productCode"),
        "documentSequenceCode": item.get("productCode"),
        "productDescription": item.get("productDescription"),
        "productQuantity": item.get("productQuantity"),
        "unitPrice": item.get("unitPrice"),
        "discount": item.get("discount"),
        "discountInPercent": item.get("discountInPercent") is True,
        "taxCode": item.get("taxCode"),
        "taxAmount": item.get("taxAmount"),
        "totalAmount": item.get("totalAmount"),
        "productOrder": item.get("productOrder"),
        "salesInvoiceItemCode": item.get("salesInvoiceItemCode"),
        "type": item.get("type"),
        "availableQuantity": None,
        "product": None,
        "tax": None,
        "customField": _any_json(item.get("customField")),
        "invoiceLineNumber": None,
        **_said(item, OUR_ITEM_MEMBERS),
    }


def _recurring(row: Recurrence | None) -> Json | None:
    if row is None:
        return None
    return {
        "id": row.sales_invoice_id,
        "recurrenceType": row.every,
        "recurrenceFrequency": row.frequency,
        "invoiceRecurringCount": row.count,
        "recurrenceEndDate": print_date(row.end_date),
    }


def _file(file: Attachment) -> Json:
    return {
        "attachmentId": file.id,
        "attachmentFileName": file.file_name,
        "attachmentSize": file.size_bytes,
        "attachmentDate": print_date(file.created_at.date()),
    }


def _said(members: Mapping[str, Any], names: Sequence[str]) -> Json:
    return {name: members[name] for name in names if members.get(name) is not None}


def _members(value: Mapping[str, Any] | None, names: Sequence[str]) -> Json | None:
    return None if value is None else {name: value.get(name) for name in names}


def _any_json(text: str | None) -> object:
    return None if text is None else parse_json(text.encode(), exact=True)


def _numbers(value: Any, name: str = "") -> Any:  # noqa: ANN401 -- JSON has any shape
    match value:
        case str():
            return Decimal(value) if name in AMOUNTS else value
        case dict():
            return {key: _numbers(member, key) for key, member in value.items()}
        case list():
            return [_numbers(member) for member in value]
    return value
