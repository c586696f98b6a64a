"""Documents that belong together with a sales invoice (Deskera B.2 `linked-...`).

`linkedDocuments` of a request are kept as they are. Where the vendor's documents leave it open:

- `linked-invoices` goes the other way: documents of ours that refer to the invoice. These are its credit notes, the
  copies that its recurrence made, and invoices that have it among their `linkedDocuments`; `relation` says which.
- `linked-quotation` lists its own links to quotations, `linked-salesorder` those to sales orders and `linked-order`
  those to orders of any kind. An order of the shop that the invoice was made from is a sales order.
- Every answer is a plain array whose entries have the same members; what is not known is null.
"""

from collections.abc import Iterable
from datetime import date

from litestar import Controller, Response, get
from litestar.di import NamedDependency
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from api.deskera import MAX_LIMIT, MAX_PAGE, Json, answer, print_date, whole_parameter
from api.errors.api_error import ApiError
from api.security.access import INVOICE_MANAGE, INVOICE_VIEW, Access
from database import linked_documents, sales_invoices
from database.linked_documents import Referring
from database.tables import SalesInvoice

READ = {"scopes": [INVOICE_VIEW, INVOICE_MANAGE]}
QUOTATION, SALES_ORDER, PURCHASE_ORDER = "QUOTATION", "SALES_ORDER", "PURCHASE_ORDER"


class LinkedDocumentController(Controller):
    """By the number of the invoice, or a draft's `salesInvoiceCode`."""

    path = "/v1/invoices/sales"
    tags = ["Linked documents"]  # noqa: RUF012 -- Litestar's own way to declare it

    @get(
        "/linked-invoices/{code:path}",
        operation_id="listReferringDocuments",
        summary="List what refers to a sales invoice",
        opt=READ,
    )
    async def invoices(
        self,
        code: FromPath[str],
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        limit: FromQuery[str] = "",
        page: FromQuery[str] = "",
    ) -> Response[bytes]:
        """Credit notes, recurring copies and invoices that name it, the oldest first; at most 1000 at a time."""
        row = await _row(session, access.tenant, code)
        sent = {"limit": limit, "page": page}
        size = whole_parameter(sent, "limit", MAX_LIMIT, MAX_LIMIT)
        offset = size * whole_parameter(sent, "page", 0, MAX_PAGE)
        found = await linked_documents.referring_to(session, row, limit=size, offset=offset)
        return answer([_referring_json(each) for each in found])

    @get("/linked-quotation/{code:path}", operation_id="listLinkedQuotations", summary="List its quotations", opt=READ)
    async def quotations(
        self, code: FromPath[str], access: NamedDependency[Access], session: NamedDependency[AsyncSession]
    ) -> Response[bytes]:
        """Quotations among its `linkedDocuments`."""
        return answer(_own(await _row(session, access.tenant, code), {QUOTATION}))

    @get(
        "/linked-salesorder/{code:path}",
        operation_id="listLinkedSalesOrders",
        summary="List its sales orders",
        opt=READ,
    )
    async def sales_orders(
        self, code: FromPath[str], access: NamedDependency[Access], session: NamedDependency[AsyncSession]
    ) -> Response[bytes]:
        """Sales orders among its `linkedDocuments`, and the shop's order that it was made from."""
        return answer(await _orders(session, access.tenant, code, {SALES_ORDER}))

    @get("/linked-order/{code:path}", operation_id="listLinkedOrders", summary="List its orders", opt=READ)
    async def orders(
        self, code: FromPath[str], access: NamedDependency[Access], session: NamedDependency[AsyncSession]
    ) -> Response[bytes]:
        """Sales and purchase orders among its `linkedDocuments`, and the shop's order that it was made from."""
        return answer(await _orders(session, access.tenant, code, {SALES_ORDER, PURCHASE_ORDER}))


async def _orders(session: AsyncSession, tenant: str, code: str, types: set[str]) -> list[Json]:
    row = await _row(session, tenant, code)
    listed = _own(row, types)
    order = await linked_documents.order_of(session, tenant, row.invoice_id) if row.invoice_id else None
    if order is not None:
        order_id, day = order
        listed.append(_entry(SALES_ORDER, order_id, order_id, day=date.fromisoformat(day) if day else None))
    return listed


def _own(row: SalesInvoice, types: Iterable[str]) -> list[Json]:
    return [
        _entry(link["documentType"].upper(), link["documentCode"], link.get("documentSequenceCode"))
        for link in row.details.get("linkedDocuments") or ()
        if link["documentType"].upper() in types
    ]


def _referring_json(found: Referring) -> Json:
    return {
        **_entry(found.document_type, found.code, found.number, day=found.document_date),
        "totalAmount": found.total,
        "currency": found.currency,
        "relation": found.relation,
    }


def _entry(document_type: str, code: str, number: str | None, *, day: date | None = None) -> Json:
    return {
        "documentType": document_type,
        "documentCode": code,
        "documentSequenceCode": number,
        "documentDate": print_date(day) if day else None,
        "totalAmount": None,
        "currency": None,
        "relation": None,
    }


async def _row(session: AsyncSession, tenant: str, code: str) -> SalesInvoice:
    row = await sales_invoices.find(session, tenant, code.removeprefix("/"))
    if row is None:
        raise ApiError(404, "Sales invoice not found.")
    return row
