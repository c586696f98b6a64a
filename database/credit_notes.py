"""Credit notes: issued with all that they change, in one transaction under their invoice's lock."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from database import audit, effects, invoices, mail_requests, refunds, sales_invoices, sites
from database.audit import Deed
from database.effects import EffectKind, EffectState, NewEffect
from database.issuing import CREDIT_NOTE_SERIES, Issue, issue
from database.mail_requests import MailWish
from database.sales_invoices import Entry
from database.tables import Effect, IssuedInvoice, SalesInvoice
from invoicing.credit.credit_note import CreditNoteDetails, make_credit_note, refund_of, refunded_by
from invoicing.credit.crediting import CreditRejected, CreditWish, credit
from invoicing.invoice import Invoice, InvoiceKind
from invoicing.mail_address import is_mail_address
from invoicing.site import UTC, read_site


@dataclass(frozen=True)
class Crediting:
    """What somebody wants credited."""

    actor: str
    wish: CreditWish
    refund_key: Callable[[UUID], str]
    """The idempotency key of a credit note's refund."""
    reason: str | None = None
    issue_date: date | None = None
    """None: today on the clock of the invoice's site."""


@dataclass(frozen=True)
class Credited:
    """An issued credit note; `mail_id` is the mail that takes it to the buyer, None where there is no address."""

    credit_note: Invoice
    refund: Effect | None
    mail_id: UUID | None


@dataclass(frozen=True)
class CreditNoteView:
    """A credit note, and how far its refund is (None: it gives nothing back)."""

    row: IssuedInvoice
    document: Invoice
    refund: Effect | None


async def issue_credit_note(session: AsyncSession, row: SalesInvoice, wanted: Crediting) -> Credited:
    """Credit an issued invoice: number, document, balance, refund, mail and audit events, all or none.

    The caller holds the lock of the invoice's row, so that of two credit notes the second sees the first; it starts
    `CreditNoteSettlement` for what is returned.

    Raises:
        NothingLeft, CreditExceeds, CreditRejected: see `invoicing.credit.crediting.credit`; a draft has nothing to
            credit.
        NoActiveSchema, SeriesExhausted, MissingPlaceholder, NumberTaken: there is no number to be had.
        ElectronicIncomplete, RulesViolated: as `issue`.
    """
    invoice = await sales_invoices.document_of(session, row)
    if invoice is None:
        raise CreditRejected("salesInvoiceCode", "is a draft, and nothing of it has been invoiced")
    earlier = await documents_of(session, row.tenant, invoice.id)
    figures = credit(invoice, earlier, wanted.wish)
    capture = await _capture_for(session, invoice)
    refund = refund_of(
        figures.totals.total,
        due=sales_invoices.balance_of(row).due,
        captured=_amount(capture),
        refunded=refunded_by(earlier),
    )
    place = await _place(session, invoice, wanted)

    def make(credit_note_id: UUID, number: str) -> Invoice:
        details = CreditNoteDetails(credit_note_id, number, place.issue_date, refund, wanted.reason)
        return make_credit_note(invoice, figures, details)

    note = await issue(session, place, make)
    await sales_invoices.settle(session, row, wanted.actor, credited=note.totals.total)
    await _record(session, row, note, refund, wanted.actor)
    effect = await _want_refund(session, note, capture, wanted) if capture and refund else None
    return Credited(note, effect, await _want_mail(session, note, wanted.actor))


async def documents_of(session: AsyncSession, tenant: str, invoice_id: UUID) -> list[Invoice]:
    """The credit notes of an invoice as they were issued, the oldest first."""
    rows = await session.scalars(_credit_notes(tenant).where(IssuedInvoice.corrects == invoice_id).order_by(*_OLDEST))
    return [Invoice.model_validate(row.document) for row in rows]


async def find(session: AsyncSession, tenant: str, number: str) -> CreditNoteView | None:
    """By its number."""
    rows = _credit_notes(tenant).where(IssuedInvoice.number == number)
    return next(iter(await _views(session, tenant, rows)), None)


async def list_of_order(session: AsyncSession, tenant: str, order_id: str) -> list[CreditNoteView]:
    """The credit notes of all invoices that the order ever had, the oldest first."""
    return await _views(session, tenant, _credit_notes(tenant).where(IssuedInvoice.order_id == order_id))


async def list_page(
    session: AsyncSession, tenant: str, invoice_number: str | None, *, limit: int, offset: int
) -> tuple[list[CreditNoteView], int]:
    """A page of the credit notes (of one invoice, where its number is given), the oldest first; and the count."""
    rows = _credit_notes(tenant)
    if invoice_number is not None:
        corrected = select(IssuedInvoice.id).where(
            IssuedInvoice.tenant == tenant, IssuedInvoice.number == invoice_number
        )
        rows = rows.where(IssuedInvoice.corrects.in_(corrected))
    total = await session.scalar(select(func.count()).select_from(rows.subquery())) or 0
    return await _views(session, tenant, rows.limit(limit).offset(offset)), total


async def credited_numbers(session: AsyncSession, tenant: str, order_id: str) -> frozenset[str]:
    """Numbers of the order's invoices that were credited in full: what the order still says of them counts no more."""
    rows = await session.scalars(
        select(IssuedInvoice.number)
        .join(SalesInvoice, SalesInvoice.invoice_id == IssuedInvoice.id)
        .where(
            IssuedInvoice.tenant == tenant,
            IssuedInvoice.order_id == order_id,
            IssuedInvoice.kind == InvoiceKind.INVOICE,
            SalesInvoice.credited_in_full,
        )
    )
    return frozenset(rows)


async def latest_invoice_of_order(session: AsyncSession, tenant: str, order_id: str) -> SalesInvoice | None:
    """The order's invoice of the last round: the one that stands, else the one that was credited last."""
    return await session.scalar(
        select(SalesInvoice)
        .join(IssuedInvoice, IssuedInvoice.id == SalesInvoice.invoice_id)
        .where(
            IssuedInvoice.tenant == tenant,
            IssuedInvoice.order_id == order_id,
            IssuedInvoice.kind == InvoiceKind.INVOICE,
        )
        .order_by(IssuedInvoice.order_round.desc())
        .limit(1)
    )


_OLDEST = (IssuedInvoice.issued_at, IssuedInvoice.counter, IssuedInvoice.id)


def _credit_notes(tenant: str) -> Select[IssuedInvoice]:
    return select(IssuedInvoice).where(IssuedInvoice.tenant == tenant, IssuedInvoice.kind == InvoiceKind.CREDIT_NOTE)


async def _views(session: AsyncSession, tenant: str, query: Select[IssuedInvoice]) -> list[CreditNoteView]:
    rows: Sequence[IssuedInvoice] = list(await session.scalars(query.order_by(*_OLDEST)))
    made = await refunds.refunds_of(session, tenant, [row.id for row in rows])
    return [CreditNoteView(row, Invoice.model_validate(row.document), made.get(row.id)) for row in rows]


async def _capture_for(session: AsyncSession, invoice: Invoice) -> Effect | None:
    """The capture that paid the invoice, if one did."""
    row = await invoices.find_by_id(session, invoice.tenant, invoice.id)
    if row is None or row.order_id is None or row.order_round is None:
        return None
    capture = await effects.latest_capture(session, row.tenant, row.order_id, row.order_round)
    return capture if capture and capture.state == EffectState.DONE else None


def _amount(capture: Effect | None) -> Decimal:
    return capture.amount or Decimal(0) if capture else Decimal(0)


async def _place(session: AsyncSession, invoice: Invoice, wanted: Crediting) -> Issue:
    """Series and date, which is at most today's, and never before the invoice's.

    The site may be gone by now: then only its placeholders and its clock are missing.

    Raises:
        CreditRejected: the wanted date is out of these bounds.
    """
    view = await sites.get_site(session, invoice.tenant, invoice.site_code)
    today = datetime.now(read_site(view.body).timezone if view else UTC).date()
    if wanted.issue_date is not None and wanted.issue_date < invoice.issue_date:
        raise CreditRejected("creditNoteDate", "is before the invoice's date")
    latest = max(today, invoice.issue_date)
    if wanted.issue_date is not None and wanted.issue_date > latest:
        raise CreditRejected("creditNoteDate", f"is after {latest}, and that day has not come yet")
    return Issue(
        tenant=invoice.tenant,
        site=view.body if view else {},
        issue_date=wanted.issue_date or latest,
        entry=Entry(actor=wanted.actor),
        schema_type=CREDIT_NOTE_SERIES,
    )


async def _record(session: AsyncSession, row: SalesInvoice, note: Invoice, refund: Decimal, actor: str) -> None:
    await audit.record(
        session,
        row.tenant,
        Deed(actor, "credit", f"sales-invoice/{row.code}"),
        creditNote=note.number,
        total=str(note.totals.total),
        currency=note.currency,
        refund=str(refund),
    )


async def _want_refund(session: AsyncSession, note: Invoice, capture: Effect, wanted: Crediting) -> Effect:
    """The refund on the ledger, of the transaction that was captured."""
    new = NewEffect(
        tenant=note.tenant,
        key=wanted.refund_key(note.id),
        order_id=capture.order_id,
        amount=note.settlement.captured,
        currency=capture.currency or note.currency,
        transaction_id=capture.transaction_id or "",
        requested_by=wanted.actor,
        order_round=capture.order_round,
        kind=EffectKind.REFUND,
        credit_note_id=note.id,
    )
    await effects.start_effect(session, new, EffectState.WANTED)
    return await effects.get_effect(session, note.tenant, new.key)


async def _want_mail(session: AsyncSession, note: Invoice, actor: str) -> UUID | None:
    address = note.buyer.email
    if address is None or not is_mail_address(address):
        return None
    return (await mail_requests.add(session, note.tenant, note.id, MailWish((address,), requested_by=actor))).id
