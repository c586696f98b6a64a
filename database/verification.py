"""Reading back all that a tenant has issued, to prove it: series, chain, sums, files, balances.

Everything is read in one snapshot, a page at a time; the memory needed does not grow with the number of invoices.
"""

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import (
    ColumnElement,
    CompoundSelect,
    Date,
    Numeric,
    Select,
    Text,
    and_,
    cast,
    func,
    literal,
    or_,
    select,
    tuple_,
    union_all,
)
from sqlalchemy.ext.asyncio import AsyncSession

from database.effects import EffectKind, EffectState
from database.tables import (
    DrawnNumber,
    Effect,
    InvoiceDocument,
    IssuedInvoice,
    PaymentItem,
    ReceivedPayment,
    SalesInvoice,
    SequenceSchema,
)
from invoicing.document_forms import DocumentForm
from invoicing.invoice import InvoiceKind
from invoicing.sales.balance import InvoiceStatus, PaymentStatus
from invoicing.verification import DrawnRow, Finding, FindingKind, IssuedRow, SeriesCheck, check_document

PAGE = 500
MAX_FINDINGS = 1000
"""More are counted, not listed."""
MAX_EXTERNAL = 1000

Digest = Callable[[str], Awaitable[str | None]]
"""SHA-256 of what the document store has under a key, None when there is nothing."""


@dataclass(frozen=True)
class SeriesSummary:
    """A series as far as it was proven; `first` and `last` are counters, `external` were drawn by callers."""

    name: str
    first: int
    last: int
    issued: int
    external: int


@dataclass(frozen=True)
class ExternalNumber:
    """A number that a caller drew for a document of its own."""

    series: str
    number: str
    drawn_by: str
    drawn_at: datetime


@dataclass
class Verification:
    """What was looked at and what is wrong with it."""

    tenant: str
    series: list[SeriesSummary] = field(default_factory=list)
    documents: int = 0
    files: int = 0
    without_file: int = 0
    """Issued documents that have no PDF (yet)."""
    external_numbers: list[ExternalNumber] = field(default_factory=list)
    external_count: int = 0
    findings: list[Finding] = field(default_factory=list)
    finding_count: int = 0

    @property
    def is_clean(self) -> bool:
        """Nothing is wrong."""
        return not self.finding_count

    def add(self, found: Finding) -> None:
        """Count a finding, and keep it while there is room."""
        self.finding_count += 1
        if len(self.findings) < MAX_FINDINGS:
            self.findings.append(found)


async def verify(session: AsyncSession, tenant: str, digest: Digest) -> Verification:
    """Prove all that the tenant has issued. `session` must not have been used yet: it is given one snapshot."""
    await session.connection(execution_options={"isolation_level": "REPEATABLE READ", "postgresql_readonly": True})
    report = Verification(tenant)
    schemas = select(SequenceSchema).where(SequenceSchema.tenant == tenant).order_by(SequenceSchema.created_at)
    for schema in list(await session.scalars(schemas)):
        await _series(session, schema, report)
    await _opening_invoices(session, tenant, report)
    await _strays(session, tenant, report)
    await _files(session, tenant, digest, report)
    await _balances(session, tenant, report)
    return report


async def _series(session: AsyncSession, schema: SequenceSchema, report: Verification) -> None:
    check, external = SeriesCheck(schema.schema_type, schema.start_value), 0
    async for drawn, row in _numbers(session, schema):
        for finding in check.take(DrawnRow.model_validate(drawn, from_attributes=True), row):
            report.add(finding)
        if row is None and drawn.drawn_by.startswith("client:"):
            external += 1
            report.external_count += 1
            if len(report.external_numbers) < MAX_EXTERNAL:
                report.external_numbers.append(
                    ExternalNumber(schema.schema_type, drawn.formatted, drawn.drawn_by, drawn.drawn_at)
                )
    for finding in check.end(schema.counter):
        report.add(finding)
    report.documents += check.issued
    if check.last >= check.first:
        report.series.append(SeriesSummary(check.name, check.first, check.last, check.issued, external))


async def _numbers(
    session: AsyncSession, schema: SequenceSchema
) -> AsyncIterator[tuple[DrawnNumber, IssuedRow | None]]:
    """Every number drawn from the series with the document at its place, in order."""
    after = -1
    while True:
        page = list(
            await session.scalars(
                select(DrawnNumber)
                .where(DrawnNumber.schema_id == schema.id, DrawnNumber.counter > after)
                .order_by(DrawnNumber.counter)
                .limit(PAGE)
            )
        )
        if not page:
            return
        at = and_(
            IssuedInvoice.schema_id == schema.id,
            IssuedInvoice.counter >= page[0].counter,
            IssuedInvoice.counter <= page[-1].counter,
        )
        documents = {row.counter: row for row in await _rows(session, at)}
        for drawn in page:
            yield drawn, documents.get(drawn.counter)
        after = page[-1].counter
        session.expunge_all()


async def _rows(session: AsyncSession, where: ColumnElement[bool]) -> list[IssuedRow]:
    found = await session.scalars(select(IssuedInvoice).where(where).order_by(IssuedInvoice.counter, IssuedInvoice.id))
    return [IssuedRow.model_validate(row, from_attributes=True) for row in found]


async def _opening_invoices(session: AsyncSession, tenant: str, report: Verification) -> None:
    """Documents that stand in no series are proven one by one."""
    after = UUID(int=0)
    while True:
        no_series = and_(IssuedInvoice.tenant == tenant, IssuedInvoice.schema_id.is_(None), IssuedInvoice.id > after)
        page = [
            IssuedRow.model_validate(row, from_attributes=True)
            for row in await session.scalars(
                select(IssuedInvoice).where(no_series).order_by(IssuedInvoice.id).limit(PAGE)
            )
        ]
        if not page:
            return
        for row in page:
            report.documents += 1
            if not row.document.get("is_opening"):
                report.add(Finding(kind=FindingKind.GAP, subject=row.number, message="it stands in no series"))
            for finding in check_document(row):
                report.add(finding)
        after = page[-1].id
        session.expunge_all()


async def _strays(session: AsyncSession, tenant: str, report: Verification) -> None:
    """Documents at a place that nobody drew, and numbers that stand on two documents."""
    drawn = select(DrawnNumber.counter).where(
        DrawnNumber.schema_id == IssuedInvoice.schema_id, DrawnNumber.counter == IssuedInvoice.counter
    )
    stray = select(IssuedInvoice.number).where(
        IssuedInvoice.tenant == tenant, IssuedInvoice.schema_id.is_not(None), ~drawn.exists()
    )
    for number in await session.scalars(stray):
        report.add(Finding(kind=FindingKind.REPEAT, subject=number, message="nobody drew its place in the series"))
    twice = (
        select(IssuedInvoice.number)
        .where(IssuedInvoice.tenant == tenant)
        .group_by(IssuedInvoice.number)
        .having(func.count() > 1)
    )
    for number in await session.scalars(twice):
        report.add(Finding(kind=FindingKind.REPEAT, subject=number, message="two documents bear it"))


async def _files(session: AsyncSession, tenant: str, digest: Digest, report: Verification) -> None:
    """Every stored file against the digest that was taken when it was stored."""
    after: tuple[UUID, str] = (UUID(int=0), "")
    while True:
        place = (InvoiceDocument.invoice_id, InvoiceDocument.form)
        statement = (
            select(InvoiceDocument, IssuedInvoice.number)
            .join(IssuedInvoice, IssuedInvoice.id == InvoiceDocument.invoice_id)
            .where(InvoiceDocument.tenant == tenant, tuple_(*place) > tuple_(*after))
            .order_by(*place)
            .limit(PAGE)
        )
        page: Sequence[Any] = (await session.execute(statement)).all()
        if not page:
            break
        for document, number in page:
            report.files += 1
            found = await digest(document.key)
            if found != document.sha256:
                message = "is missing" if found is None else f"has other bytes than were stored ({found})"
                report.add(Finding(kind=FindingKind.DOCUMENT, subject=number, message=f"its {document.form} {message}"))
        after = page[-1][0].invoice_id, page[-1][0].form
        session.expunge_all()
    is_its_pdf = and_(InvoiceDocument.invoice_id == IssuedInvoice.id, InvoiceDocument.form == DocumentForm.PDF)
    with_file = select(InvoiceDocument.invoice_id).where(is_its_pdf)
    without = select(func.count()).select_from(IssuedInvoice).where(IssuedInvoice.tenant == tenant, ~with_file.exists())
    report.without_file = await session.scalar(without) or 0


async def _balances(session: AsyncSession, tenant: str, report: Verification) -> None:
    """What each invoice says of its settlement against the payments and credit notes themselves."""
    without = (
        select(IssuedInvoice.number)
        .outerjoin(SalesInvoice, SalesInvoice.invoice_id == IssuedInvoice.id)
        .where(IssuedInvoice.tenant == tenant, IssuedInvoice.kind == InvoiceKind.INVOICE, SalesInvoice.id.is_(None))
    )
    for number in await session.scalars(without):
        report.add(Finding(kind=FindingKind.BALANCE, subject=number, message="nothing says what is due on it"))
    for code, message in (await session.execute(_wrong_balances(tenant))).all():
        report.add(Finding(kind=FindingKind.BALANCE, subject=code, message=message))
    for code in await session.scalars(_wrong_payments(tenant)):
        report.add(Finding(kind=FindingKind.BALANCE, subject=code, message="its amount is not the sum of its items"))
    for number in await session.scalars(_wrong_references(tenant)):
        message = "the invoice that its row refers to is not the one that it names"
        report.add(Finding(kind=FindingKind.FIGURES, subject=number, message=message))
    for number in await session.scalars(_wrong_captures(tenant)):
        message = "the payment that it says was captured or given back is not the ledger's"
        report.add(Finding(kind=FindingKind.BALANCE, subject=number, message=message))


def _wrong_payments(tenant: str) -> Select[str]:
    items = (
        select(func.coalesce(func.sum(PaymentItem.amount), 0))
        .where(PaymentItem.payment_id == ReceivedPayment.id)
        .scalar_subquery()
    )
    return select(ReceivedPayment.code).where(ReceivedPayment.tenant == tenant, ReceivedPayment.amount != items)


def _wrong_references(tenant: str) -> Select[str]:
    named = IssuedInvoice.document["preceding"]["invoice_id"].astext
    return select(IssuedInvoice.number).where(
        IssuedInvoice.tenant == tenant, cast(IssuedInvoice.corrects, Text).is_distinct_from(named)
    )


def _wrong_captures(tenant: str) -> Select[str]:
    """Invoices that say "captured" without a capture of that amount in the ledger, and the other way round."""
    says = IssuedInvoice.document["settlement"]
    done = (
        select(func.coalesce(func.sum(Effect.amount), 0))
        .where(
            Effect.tenant == tenant,
            Effect.order_id == IssuedInvoice.order_id,
            Effect.order_round == IssuedInvoice.order_round,
            Effect.kind == EffectKind.CAPTURE,
            Effect.state == EffectState.DONE,
        )
        .scalar_subquery()
    )
    return select(IssuedInvoice.number).where(
        IssuedInvoice.tenant == tenant,
        IssuedInvoice.kind == InvoiceKind.INVOICE,
        IssuedInvoice.order_id.is_not(None),
        says["captured"].astext.cast(Numeric) != done,
    )


def _wrong_balances(tenant: str) -> CompoundSelect[Any]:
    received = (
        select(func.coalesce(func.sum(PaymentItem.amount), 0))
        .where(PaymentItem.sales_invoice_id == SalesInvoice.id)
        .scalar_subquery()
    )
    notes = IssuedInvoice.__table__.alias("credit_notes")
    credited = (
        select(func.coalesce(func.sum(notes.c.total), 0))
        .where(notes.c.corrects == SalesInvoice.invoice_id)
        .scalar_subquery()
    )
    is_open = SalesInvoice.status == InvoiceStatus.OPEN
    is_received = SalesInvoice.payment_status == PaymentStatus.RECEIVED
    stated = IssuedInvoice.document
    exchanged = stated["exchange"]["total"].astext.cast(Numeric)
    wrong = {
        "its total, tax or dates are not the document's": or_(
            SalesInvoice.total != IssuedInvoice.total,
            SalesInvoice.tax != IssuedInvoice.tax,
            SalesInvoice.code != IssuedInvoice.number,
            SalesInvoice.currency != IssuedInvoice.currency,
            SalesInvoice.invoice_date != IssuedInvoice.issue_date,
            SalesInvoice.due_date.is_distinct_from(stated["due_date"].astext.cast(Date)),
        ),
        "what it says was prepaid or withheld is not the document's": or_(
            SalesInvoice.prepaid != IssuedInvoice.total - IssuedInvoice.payable,
            SalesInvoice.withheld != func.coalesce(stated["withheld"].astext.cast(Numeric), 0),
        ),
        "its total in the base currency is not the document's": SalesInvoice.total_in_base != exchanged,
        "received is not the sum of its payments": SalesInvoice.received != received,
        "credited is not the sum of its credit notes": SalesInvoice.credited != credited,
        "it is credited by more than its total": credited > func.greatest(IssuedInvoice.total, 0),
        "its status does not follow from what is due": or_(
            is_open != (SalesInvoice.due > 0), is_received == (SalesInvoice.due > 0)
        ),
    }
    parts = [
        select(SalesInvoice.code, literal(message))
        .join(IssuedInvoice, IssuedInvoice.id == SalesInvoice.invoice_id)
        .where(SalesInvoice.tenant == tenant, condition)
        for message, condition in wrong.items()
    ]
    return union_all(*parts)
