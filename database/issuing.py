"""Issuing a document: number, rules, row, hash link and audit event in one local transaction.

Every invoice and credit note of the service is issued here, whether it was made from an order or not.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from uuid import UUID, uuid4

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from database import audit, invoices, sales_invoices, sequence_schemas, sequences
from database.audit import Deed
from database.document_finish import find_finish
from database.invoices import SeriesPlace
from database.sales_invoices import Entry
from database.sequence_schemas import NEW
from database.sequences import format_of
from database.tables import JsonObject, SalesInvoice, SequenceSchema
from invoicing.invoice import Invoice, InvoiceKind
from invoicing.numbering import (
    NumberFormat,
    counters_printing,
    format_number,
    invoice_placeholders,
    invoice_shapes,
    placeholder_values,
)
from invoicing.rules.all_rules import require_valid

ORDER_SERIES = "invoiceNoSequence"
"""Series of invoices that are made from orders (Emporix A.1)."""
SALES_SERIES = "salesInvoiceNoSequence"
"""Series of sales invoices that name no `sequenceFormat`."""
CREDIT_NOTE_SERIES = "creditNoteNoSequence"

DEFAULT_FORMATS = {SALES_SERIES: "", CREDIT_NOTE_SERIES: "CN-"}
"""Text before seven digits (Deskera B.7), for tenants that have configured no such series."""
DEFAULT_DIGITS = 7


NO_ID, NO_NUMBER = UUID(int=0), "0"
"""Of a document that is only tried."""


class NumberToCome(Exception):
    """A series of the tenant has yet to print this number."""

    def __init__(self, number: str, schema_type: str) -> None:
        super().__init__(f"the series {schema_type} has yet to print the number {number}: it would stop there")


Make = Callable[[UUID, str], Invoice]
"""The document with this id and this number."""


@dataclass(frozen=True)
class Issue:
    """Where a document's number comes from, and what is written beside it."""

    tenant: str
    site: JsonObject
    """The site's body: placeholders of the number format read it."""
    issue_date: date
    entry: Entry
    schema_type: str = SALES_SERIES
    vendor: str | None = None
    order_round: int | None = None
    """Of an order's invoice."""
    draft: SalesInvoice | None = None
    """The draft that becomes the invoice; the caller holds its lock."""
    noted: JsonObject = field(default_factory=dict)
    """What the audit trail shall say beside the figures."""
    may_be_refused: bool = True
    """Whether the tenant's wish for electronic invoices may keep it from being issued. Not once it is charged for."""
    predates_rules: bool = False
    """The figures were made before there were rules to judge them, and an order may have been charged by them since: to
    refuse them now would leave that money without an invoice for ever. Of no document whose figures are made today."""


async def issue(session: AsyncSession, wanted: Issue, make: Make) -> Invoice:
    """Draw the next number of the series and issue the document that `make` returns for it, finished.

    Raises:
        ElectronicIncomplete: it lacks what an electronic invoice must say, and the tenant issues none without.
        NoActiveSchema, SeriesExhausted, MissingPlaceholder: there is no number to be had.
        NumberTaken: another series of the tenant prints the same numbers.
        RulesViolated: the figures break a rule of EN 16931; nothing is issued.
    """
    finish = await find_finish(session, wanted.tenant, wanted.site)
    if wanted.may_be_refused:
        finish.require_complete(make(NO_ID, NO_NUMBER))
    await ensure_series(session, wanted.tenant, wanted.schema_type)
    drawn = await sequences.draw(session, wanted.tenant, wanted.schema_type)
    given = invoice_placeholders(wanted.issue_date, wanted.vendor)
    values = placeholder_values(drawn.format, given, datetime.now(UTC), wanted.site)
    invoice = finish.finished(make(uuid4(), format_number(drawn.format, drawn.counter, values)))
    await sequences.record(session, drawn, invoice.number, drawn_by=f"{_subject(invoice)}:{invoice.id}")
    await _enter(session, wanted, invoice, SeriesPlace(drawn.schema_id, drawn.counter))
    return invoice


async def issue_opening(session: AsyncSession, wanted: Issue, make: Make, number: str) -> Invoice:
    """Enter an invoice of other books under the number that it had there; no series is touched.

    Raises:
        NumberToCome: a series would print that number one day, and could go no further then.
        NumberTaken, RulesViolated: as `issue`.
    """
    finish = await find_finish(session, wanted.tenant, wanted.site)
    await _require_never_printed(session, wanted.tenant, number)
    invoice = finish.finished(make(uuid4(), number))
    await _enter(session, wanted, invoice, None)
    return invoice


async def ensure_series(session: AsyncSession, tenant: str, schema_type: str) -> None:
    """Make the default series of sales invoices or credit notes where the tenant has none of that type."""
    if schema_type not in DEFAULT_FORMATS:
        return
    if await sequences.has_schema(session, tenant, schema_type):
        return
    schema = {
        **_default_format(schema_type).model_dump(),
        "id": uuid4(),
        "tenant": tenant,
        "name": schema_type,
        "schema_type": schema_type,
        "start_value": 0,
        "active": True,
        "counter": 0,
        "version": NEW + 1,
    }
    await session.execute(insert(SequenceSchema).values(**schema).on_conflict_do_nothing())


def _default_format(schema_type: str) -> NumberFormat:
    return NumberFormat(
        pre_text=DEFAULT_FORMATS[schema_type], number_of_digits=DEFAULT_DIGITS, max_value=10**DEFAULT_DIGITS - 1
    )


async def _require_never_printed(session: AsyncSession, tenant: str, number: str) -> None:
    schemas = await sequence_schemas.list_schemas(session, tenant)
    series = [(schema.schema_type, format_of(schema), schema.counter) for schema in schemas]
    to_be_made = DEFAULT_FORMATS.keys() - {schema.schema_type for schema in schemas}
    series += [(schema_type, _default_format(schema_type), 0) for schema_type in sorted(to_be_made)]
    for schema_type, number_format, counter in series:
        counters = counters_printing(number_format, number, invoice_shapes(number_format))
        if any(printed > counter for printed in counters):
            raise NumberToCome(number, schema_type)


async def _enter(session: AsyncSession, wanted: Issue, invoice: Invoice, place: SeriesPlace | None) -> None:
    if not wanted.predates_rules:
        require_valid(invoice)
    await invoices.add_invoice(session, invoice, place, order_round=wanted.order_round)
    if invoice.kind is InvoiceKind.INVOICE:
        await sales_invoices.enter_issued(session, invoice, wanted.entry, wanted.draft)
    await audit.record(
        session,
        invoice.tenant,
        Deed(wanted.entry.actor, "issue", document_name(invoice)),
        total=str(invoice.totals.total),
        currency=invoice.currency,
        order=invoice.order_id,
        corrects=invoice.preceding.number if invoice.preceding else None,
        **_left_out(invoice),
        **wanted.noted,
    )


def _left_out(invoice: Invoice) -> dict[str, list[JsonObject]]:
    """Electronic forms that were wanted and cannot be made, and what they lack."""
    electronic = invoice.electronic
    if electronic is None or not electronic.left_out:
        return {}
    missing = [term.model_dump(mode="json") for term in electronic.missing]
    return {"notMade": [{"form": form.value} for form in electronic.left_out], "missing": missing}


def document_name(invoice: Invoice) -> str:
    """What the audit trail calls the document."""
    kind = "credit-note" if invoice.kind is InvoiceKind.CREDIT_NOTE else "sales-invoice"
    return f"{kind}/{invoice.number}"


def _subject(invoice: Invoice) -> str:
    return "credit-note" if invoice.kind is InvoiceKind.CREDIT_NOTE else "invoice"
