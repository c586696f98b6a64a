"""Which documents refer to a sales invoice: its credit notes, its copies, and invoices that name it."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from sqlalchemy import CompoundSelect, Select, String, case, literal, or_, select, union_all
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.asyncio import AsyncSession

from database.tables import IssuedInvoice, SalesInvoice

SALES_INVOICE = "SALES_INVOICE"
CREDIT_NOTE = "CREDIT_NOTE"


Rows = Select[*tuple[Any, ...]]


class Relation(StrEnum):
    """What the other document is to the invoice."""

    CREDITS = "CREDITS"
    """A credit note on it."""
    COPIES = "COPIES"
    """A copy that its recurrence made."""
    NAMES = "NAMES"
    """An invoice that has it among its `linkedDocuments`."""


@dataclass(frozen=True)
class Referring:
    """A document that refers to an invoice."""

    relation: Relation
    document_type: str
    code: str
    number: str | None
    """None of a draft."""
    document_date: date
    total: Decimal
    currency: str


async def referring_to(session: AsyncSession, row: SalesInvoice, *, limit: int, offset: int) -> list[Referring]:
    """In order of their dates, then of their codes."""
    found = _credit_notes(row), _copies(row), _naming(row)
    everything: CompoundSelect[*tuple[Any, ...]] = union_all(*(each for each in found if each is not None))
    ordered = everything.order_by("document_date", "code").limit(limit).offset(offset)
    return [Referring(Relation(relation), *rest) for relation, *rest in await session.execute(ordered)]


async def order_of(session: AsyncSession, tenant: str, invoice_id: UUID) -> tuple[str, str | None] | None:
    """The shop's order that an invoice was made from, and its date (ISO); None where it was made from none."""
    columns = select(IssuedInvoice.order_id, IssuedInvoice.document["order_date"].astext)
    found = await session.execute(columns.where(IssuedInvoice.tenant == tenant, IssuedInvoice.id == invoice_id))
    order_id, order_date = found.one()
    return (order_id, order_date) if order_id is not None else None


def _credit_notes(row: SalesInvoice) -> Rows | None:
    if row.invoice_id is None:
        return None
    return select(
        literal(Relation.CREDITS.value, String).label("relation"),
        literal(CREDIT_NOTE, String).label("document_type"),
        IssuedInvoice.number.label("code"),
        IssuedInvoice.number.label("number"),
        IssuedInvoice.issue_date.label("document_date"),
        IssuedInvoice.total.label("total"),
        IssuedInvoice.currency.label("currency"),
    ).where(IssuedInvoice.tenant == row.tenant, IssuedInvoice.corrects == row.invoice_id)


def _copies(row: SalesInvoice) -> Rows:
    return _invoices(Relation.COPIES, row).where(SalesInvoice.parent_id == row.id)


def _naming(row: SalesInvoice) -> Rows:
    """Links name a document by its code or by its number."""
    linked = SalesInvoice.details["linkedDocuments"]
    names = [
        linked.contains(literal([{"documentType": SALES_INVOICE, member: row.code}], JSONB))
        for member in ("documentCode", "documentSequenceCode")
    ]
    return _invoices(Relation.NAMES, row).where(
        or_(*names), SalesInvoice.id != row.id, SalesInvoice.parent_id.is_distinct_from(row.id)
    )


def _invoices(relation: Relation, row: SalesInvoice) -> Rows:
    return select(
        literal(relation.value, String).label("relation"),
        literal(SALES_INVOICE, String).label("document_type"),
        SalesInvoice.code.label("code"),
        case((SalesInvoice.invoice_id.is_not(None), SalesInvoice.code), else_=None).label("number"),
        SalesInvoice.invoice_date.label("document_date"),
        SalesInvoice.total.label("total"),
        SalesInvoice.currency.label("currency"),
    ).where(SalesInvoice.tenant == row.tenant)
