"""Recurrences of sales invoices: the schedule as wished, and how far it has come. Copies are sales invoices themselves.

Whoever changes a recurrence or makes a copy locks the parent's row first (`sales_invoices.lock`).
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from database import audit, sales_invoices, sites
from database.audit import Deed
from database.tables import NOW, IssuedInvoice, JsonObject, Recurrence, SalesInvoice
from invoicing.sales.recurrence import Frequency, PartlyCredited, RecurrenceState, Schedule, Standing
from invoicing.site import UTC as NO_ZONE
from invoicing.site import timezone_of


@dataclass(frozen=True)
class RecurrenceView:
    """A recurrence with all that its dates follow from."""

    parent: SalesInvoice
    recurrence: Recurrence
    standing: Standing
    zone: ZoneInfo
    """Of the seller: its days are the invoices' days."""

    @property
    def problem(self) -> str | None:
        """Why the next copy is not made, None when it will be or when none is wanted."""
        if self.standing.state is not RecurrenceState.ACTIVE:
            return None
        return str(PartlyCredited(self.parent.code)) if self.standing.is_in_doubt else self.recurrence.problem


@dataclass(frozen=True)
class Wish:
    """What a person wants of a recurrence from now on."""

    recurring: bool
    activated: bool
    schedule: Schedule | None = None
    """None leaves the schedule as it is."""


class NoSchedule(Exception):
    """The invoice is to recur, and nobody has said when."""


async def save(
    session: AsyncSession, tenant: str, sales_invoice_id: int, schedule: Schedule, now: datetime | None = None
) -> None:
    """Store the schedule of an invoice or draft; the flags `recurring` and `recurring_activated` are the caller's.

    With another rhythm, or for an invoice that had none and is issued, copies begin today in the seller's time zone:
    no date before it is made up for. A draft's begin when it is issued.
    """
    parent = await sales_invoices.get(session, tenant, sales_invoice_id)
    if parent is None:
        raise LookupError(f"tenant {tenant} has no sales invoice {sales_invoice_id}")
    row = await find(session, tenant, sales_invoice_id)
    begins_anew = row is None or not schedule.has_rhythm_of(schedule_of(row))
    if row is None:
        row = Recurrence(sales_invoice_id=sales_invoice_id, tenant=tenant)
        session.add(row)
    for name, value in schedule.model_dump().items():
        setattr(row, name, value)
    if begins_anew:
        row.active_from = await _today(session, parent, now)
    await _touch(session, row)


async def change(
    session: AsyncSession, parent: SalesInvoice, wish: Wish, actor: str, now: datetime | None = None
) -> None:
    """Start, pause, resume, stop or reschedule; dates that passed while nothing was wanted are skipped.

    So are those that passed after it had ended. What has been credited of the parent by now stops no copy any more.

    Raises:
        NoSchedule: it is to recur, and neither the wish nor an earlier one has a schedule.
    """
    before = await view_of(session, parent)
    was_running = before is not None and before.standing.state is RecurrenceState.ACTIVE
    if wish.schedule is not None:
        await save(session, parent.tenant, parent.id, wish.schedule, now)
    row = await find(session, parent.tenant, parent.id)
    if row is None and wish.recurring:
        raise NoSchedule
    parent.recurring, parent.recurring_activated = wish.recurring, wish.recurring and wish.activated
    if row is not None:
        if parent.recurring_activated and not was_running:
            row.active_from = await _today(session, parent, now)
        if parent.recurring_activated:
            row.credit_accepted = parent.credited
        row.problem = None
        await _touch(session, row)
    await sales_invoices.touch(session, parent, actor)
    await audit.record(
        session,
        parent.tenant,
        Deed(actor, "set-recurring", f"sales-invoice/{parent.code}"),
        recurring=parent.recurring,
        recurring_activated=parent.recurring_activated,
        **(_told(schedule_of(row)) if row is not None else {}),
    )


async def forget(session: AsyncSession, tenant: str, sales_invoice_id: int) -> None:
    """Take the schedule off a draft, if it has one."""
    row = await find(session, tenant, sales_invoice_id)
    if row is not None:
        await session.delete(row)
        await session.flush()


async def find(session: AsyncSession, tenant: str, sales_invoice_id: int) -> Recurrence | None:
    """The recurrence of a sales invoice, None where there never was one."""
    return (await of_invoices(session, tenant, [sales_invoice_id])).get(sales_invoice_id)


async def of_invoices(session: AsyncSession, tenant: str, ids: Collection[int]) -> dict[int, Recurrence]:
    """The recurrences of these sales invoices, by the invoice's id; those without one are absent."""
    rows = await session.scalars(
        select(Recurrence).where(Recurrence.tenant == tenant, Recurrence.sales_invoice_id.in_(ids))
    )
    return {row.sales_invoice_id: row for row in rows}


async def view_of(session: AsyncSession, parent: SalesInvoice) -> RecurrenceView | None:
    """The recurrence of this invoice as it is now, None where there never was one."""
    row = await find(session, parent.tenant, parent.id)
    if row is None:
        return None
    origin = await _origin_of(session, parent)
    standing = Standing(
        schedule=schedule_of(row),
        start=parent.invoice_date,
        active_from=row.active_from or (origin.issued_on if origin else parent.invoice_date),
        made=frozenset(await _dates_made(session, parent)),
        is_draft=parent.invoice_id is None,
        is_recurring=parent.recurring,
        is_activated=parent.recurring_activated,
        is_withdrawn=parent.credited_in_full,
        is_in_doubt=parent.credited > row.credit_accepted,
    )
    return RecurrenceView(parent, row, standing, origin.zone if origin else NO_ZONE)


async def views(session: AsyncSession, tenant: str) -> list[RecurrenceView]:
    """Every recurrence of the tenant as it is now, the oldest invoice first."""
    parents = await session.scalars(
        select(SalesInvoice)
        .join(Recurrence, Recurrence.sales_invoice_id == SalesInvoice.id)
        .where(SalesInvoice.tenant == tenant)
        .order_by(SalesInvoice.id)
    )
    found = [await view_of(session, parent) for parent in parents.all()]
    return [view for view in found if view is not None]


async def copies_of(session: AsyncSession, parent: SalesInvoice, *, limit: int, offset: int = 0) -> list[SalesInvoice]:
    """The copies made of an invoice, in the order of their making."""
    rows = await session.scalars(
        select(SalesInvoice)
        .where(SalesInvoice.tenant == parent.tenant, SalesInvoice.parent_id == parent.id)
        .order_by(SalesInvoice.occurrence)
        .limit(limit)
        .offset(offset)
    )
    return list(rows)


async def find_copy(session: AsyncSession, parent: SalesInvoice, day: date) -> SalesInvoice | None:
    """The copy dated that day."""
    return await session.scalar(
        select(SalesInvoice).where(
            SalesInvoice.tenant == parent.tenant,
            SalesInvoice.parent_id == parent.id,
            SalesInvoice.invoice_date == day,
        )
    )


async def note_problem(session: AsyncSession, tenant: str, sales_invoice_id: int, problem: str | None) -> None:
    """Why the copy that is due cannot be made, None when it can."""
    await session.execute(
        update(Recurrence)
        .where(Recurrence.tenant == tenant, Recurrence.sales_invoice_id == sales_invoice_id)
        .values(problem=problem, updated_at=NOW)
    )


def schedule_of(row: Recurrence) -> Schedule:
    """The schedule as the domain reads it."""
    return Schedule(every=row.every, frequency=Frequency(row.frequency), count=row.count, end_date=row.end_date)


@dataclass(frozen=True)
class _Origin:
    """When and where the parent was issued."""

    issued_on: date
    zone: ZoneInfo


async def _origin_of(session: AsyncSession, parent: SalesInvoice) -> _Origin | None:
    """None of a draft. A site that is there no more has no time zone: its days are UTC's."""
    if parent.invoice_id is None:
        return None
    columns = select(IssuedInvoice.issued_at, IssuedInvoice.document["site_code"].astext)
    found = await session.execute(
        columns.where(IssuedInvoice.tenant == parent.tenant, IssuedInvoice.id == parent.invoice_id)
    )
    issued_at, site_code = found.one()
    site = await sites.get_site(session, parent.tenant, site_code)
    zone = timezone_of(site.body) if site else NO_ZONE
    return _Origin(issued_at.astimezone(zone).date(), zone)


async def _today(session: AsyncSession, parent: SalesInvoice, now: datetime | None) -> date | None:
    origin = await _origin_of(session, parent)
    return (now or datetime.now(UTC)).astimezone(origin.zone).date() if origin else None


async def _dates_made(session: AsyncSession, parent: SalesInvoice) -> list[date]:
    made = select(SalesInvoice.invoice_date).where(
        SalesInvoice.tenant == parent.tenant, SalesInvoice.parent_id == parent.id
    )
    return list(await session.scalars(made))


async def _touch(session: AsyncSession, row: Recurrence) -> None:
    row.updated_at = (await session.scalars(select(func.now()))).one()
    await session.flush()


def _told(schedule: Schedule) -> JsonObject:
    return {
        "every": schedule.every,
        "frequency": schedule.frequency,
        "count": schedule.count,
        "end_date": schedule.end_date.isoformat(),
    }
