"""Lists of sales invoices: filtered, searched, sorted, page by page (Deskera B.2). Drafts are among them."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any, TypeVarTuple

from sqlalchemy import ColumnElement, Numeric, Select, and_, case, cast, func, not_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from database.tables import Contact, IssuedInvoice, SalesInvoice
from invoicing.invoice import InvoiceKind
from invoicing.sales.balance import InvoiceStatus, PaymentStatus
from invoicing.sales.fulfilment import FulfillmentStatus, FulfillmentType

Columns = TypeVarTuple("Columns")
Value = str | int | bool | Decimal | date


class Kind(StrEnum):
    """Where a sales invoice comes from."""

    SALES = "SALES"
    """Made through the API."""
    ORDER = "ORDER"
    """Made from an order of the shop."""
    OPENING = "OPENING"
    """Carried over from other books."""
    RECURRING = "RECURRING"
    """A copy that a recurring invoice made."""


@dataclass(frozen=True)
class Field:
    """What a list can be filtered by."""

    column: ColumnElement[Any]
    holds: type[Value] = str
    """What its values are: of a `StrEnum`, its members."""


@dataclass(frozen=True)
class AnyOf:
    """The field is one of the values; without any, it is not null."""

    field: str
    values: tuple[Value, ...] = ()


@dataclass(frozen=True)
class Range:
    """The field lies between two values, both included; None leaves an end open."""

    field: str
    least: date | Decimal | None
    most: date | Decimal | None


@dataclass(frozen=True)
class Overdue:
    """Something is due, and was to be paid before that day; or, if not `wanted`, it is not so."""

    on: date
    wanted: bool = True


@dataclass(frozen=True)
class Filters:
    """All of these must hold."""

    any_of: tuple[AnyOf, ...] = ()
    ranges: tuple[Range, ...] = ()
    overdue: Overdue | None = None
    search: str | None = None
    """Part of the number, the contact's name, the memo or the buyer's order number; case does not count."""


@dataclass(frozen=True)
class Sorting:
    """By which of `SORTS`, and which end first; equals are in the order of their ids."""

    by: str = "createdDate"
    descending: bool = True


_IN_BASE = func.coalesce(
    SalesInvoice.total_in_base,
    case((cast(SalesInvoice.details["exchangeRate"].astext, Numeric) == 1, SalesInvoice.total)),
)
"""As it is answered: null where nobody said a rate, as of an order's invoice."""
_NUMBER = case((SalesInvoice.invoice_id.is_not(None), SalesInvoice.code), else_=None)
_KIND = case(
    (IssuedInvoice.order_id.is_not(None), Kind.ORDER),
    (SalesInvoice.parent_id.is_not(None), Kind.RECURRING),
    (
        or_(
            and_(SalesInvoice.invoice_id.is_not(None), IssuedInvoice.schema_id.is_(None)),
            SalesInvoice.details["openingInvoice"].astext == "true",
        ),
        Kind.OPENING,
    ),
    else_=Kind.SALES,
)

FIELDS: Mapping[str, Field] = {
    "id": Field(SalesInvoice.id.expression, int),
    "salesInvoiceCode": Field(SalesInvoice.code.expression),
    "documentSequenceCode": Field(_NUMBER),
    "status": Field(SalesInvoice.status.expression, InvoiceStatus),
    "draft": Field(SalesInvoice.invoice_id.is_(None), bool),
    "contactCode": Field(SalesInvoice.contact_code.expression),
    "contactName": Field(SalesInvoice.contact_name.expression),
    "currency": Field(SalesInvoice.currency.expression),
    "salesInvoiceDate": Field(SalesInvoice.invoice_date.expression, date),
    "salesInvoiceDueDate": Field(SalesInvoice.due_date.expression, date),
    "totalAmount": Field(SalesInvoice.total.expression, Decimal),
    "taxAmount": Field(SalesInvoice.tax.expression, Decimal),
    "totalAmountInBaseCurrency": Field(_IN_BASE, Decimal),
    "dueAmount": Field(SalesInvoice.due.expression, Decimal),
    "withheldAmount": Field(func.nullif(SalesInvoice.withheld, 0), Decimal),
    "paymentStatus": Field(SalesInvoice.payment_status.expression, PaymentStatus),
    "fulfillmentStatus": Field(SalesInvoice.fulfillment_status.expression, FulfillmentStatus),
    "fulfillmentType": Field(SalesInvoice.fulfillment_type.expression, FulfillmentType),
    "memo": Field(SalesInvoice.memo.expression),
    "purchaseOrderRefNo": Field(SalesInvoice.purchase_order_reference.expression),
    "recurring": Field(SalesInvoice.recurring.expression, bool),
    "recurringActivated": Field(SalesInvoice.recurring_activated.expression, bool),
    "orderId": Field(IssuedInvoice.order_id.expression),
    "kind": Field(_KIND, Kind),
}
"""By the names that callers know them by."""

SORTS: Mapping[str, ColumnElement[Any]] = {
    "createdDate": SalesInvoice.id.expression,  # ids are given in the order of creation
    "salesInvoiceDate": SalesInvoice.invoice_date.expression,
    "salesInvoiceDueDate": SalesInvoice.due_date.expression,
    "totalAmount": SalesInvoice.total.expression,
    "dueAmount": SalesInvoice.due.expression,
    "documentSequenceCode": SalesInvoice.code.expression,
    "contactCode": SalesInvoice.contact_code.expression,
}


async def page(
    session: AsyncSession, tenant: str, filters: Filters, sorting: Sorting, *, limit: int, offset: int
) -> list[SalesInvoice]:
    """One page of the list. What has no value to sort by comes last."""
    rows = _matching(select(SalesInvoice), tenant, filters)
    return list(await session.scalars(rows.order_by(*_order(sorting)).limit(limit).offset(offset)))


async def count(session: AsyncSession, tenant: str, filters: Filters) -> int:
    """How many sales invoices the list holds."""
    return await session.scalar(_matching(select(func.count(SalesInvoice.id)), tenant, filters)) or 0


async def unpaid_codes(session: AsyncSession, tenant: str, filters: Filters, *, limit: int, offset: int) -> list[str]:
    """Numbers of issued invoices on which something is due, the one that was due first before the others."""
    open_ones = _matching(select(SalesInvoice.code), tenant, filters).where(_is_owed())
    by_due_date = (SalesInvoice.due_date.asc().nulls_last(), SalesInvoice.id)
    return list(await session.scalars(open_ones.order_by(*by_due_date).limit(limit).offset(offset)))


def _matching(statement: Select[*Columns], tenant: str, filters: Filters) -> Select[*Columns]:
    """The issued document is always joined; PostgreSQL leaves the join out where no condition needs it."""
    issued = and_(
        IssuedInvoice.id == SalesInvoice.invoice_id,
        IssuedInvoice.tenant == SalesInvoice.tenant,
        # Known already; it lets an order be found by the partial index of orders.
        IssuedInvoice.kind == InvoiceKind.INVOICE,
    )
    return (
        statement.select_from(SalesInvoice)
        .outerjoin(IssuedInvoice, issued)
        .where(SalesInvoice.tenant == tenant, *_conditions(tenant, filters))
    )


def _conditions(tenant: str, filters: Filters) -> list[ColumnElement[bool]]:
    conditions = [_is_any_of(wanted) for wanted in filters.any_of]
    conditions += [bound for wanted in filters.ranges for bound in _bounds(wanted)]
    if filters.overdue is not None:
        conditions.append(_is_overdue(filters.overdue))
    if filters.search:
        conditions.append(_is_found(tenant, filters.search))
    return conditions


def _is_any_of(wanted: AnyOf) -> ColumnElement[bool]:
    column = FIELDS[wanted.field].column
    return column.in_(wanted.values) if wanted.values else column.is_not(None)


def _bounds(wanted: Range) -> list[ColumnElement[bool]]:
    column = FIELDS[wanted.field].column
    bounds = []
    if wanted.least is not None:
        bounds.append(column >= wanted.least)
    if wanted.most is not None:
        bounds.append(column <= wanted.most)
    return bounds


def _is_owed() -> ColumnElement[bool]:
    """A draft asks nobody for money."""
    return and_(SalesInvoice.status == InvoiceStatus.OPEN, SalesInvoice.due > 0)


def _is_overdue(wanted: Overdue) -> ColumnElement[bool]:
    late = and_(_is_owed(), SalesInvoice.due_date < wanted.on)
    return late if wanted.wanted else not_(func.coalesce(late, False))


def _is_found(tenant: str, text: str) -> ColumnElement[bool]:
    """A contact may have been renamed since, so its present name is searched too."""
    columns = (
        SalesInvoice.code,
        SalesInvoice.contact_name,
        SalesInvoice.memo,
        SalesInvoice.purchase_order_reference,
    )
    contacts = select(Contact.code).where(Contact.tenant == tenant, Contact.name.icontains(text, autoescape=True))
    return or_(
        *(column.icontains(text, autoescape=True) for column in columns),
        SalesInvoice.contact_code.in_(contacts),
    )


def _order(sorting: Sorting) -> tuple[ColumnElement[Any], ColumnElement[Any]]:
    column, tie = SORTS[sorting.by], SalesInvoice.id
    if sorting.descending:
        return column.desc().nulls_last() if column is SORTS["salesInvoiceDueDate"] else column.desc(), tie.desc()
    return column.asc(), tie.asc()
