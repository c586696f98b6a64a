"""Recurring invoices on a running service: made to recur, told of changes, waited for."""

from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import update
from temporalio.client import WorkflowHandle

from contracts import starts
from contracts.ids import recurring_workflow_id
from contracts.sales_invoice import RecurringRef
from database.issuing import SALES_SERIES
from database.tables import SalesInvoice, SequenceSchema
from tests.recurring_invoices import copies_of, every, issue_parent, wish
from tests.service_fixtures import Service
from tests.waiting import eventually

BERLIN = ZoneInfo("Europe/Berlin")


def ago(days: int) -> datetime:
    """Noon of the seller, so many days ago."""
    return datetime.now(BERLIN).replace(hour=12, minute=0, second=0, microsecond=0) - timedelta(days=days)


async def daily(service: Service, past: int, *, copies: int = 500, **flags: bool) -> SalesInvoice:
    """An invoice of `past` days ago, a copy a day, whose service was down since then."""
    parent = await issue_parent(service.sessions, service.tenant, ago(past).date())
    await wish(service.sessions, parent, every(1, "DAYS", copies=copies), now=ago(past), **flags)
    return parent


async def tell(service: Service, parent: SalesInvoice) -> WorkflowHandle[Any, Any]:
    """What is sent after every change: start the workflow, or have the running one read its schedule anew."""
    ref = RecurringRef(tenant=service.tenant, sales_invoice_id=parent.id)
    await starts.start(service.temporal, starts.recurrence(ref))
    return service.temporal.get_workflow_handle(recurring_workflow_id(service.tenant, parent.id))


async def have(service: Service, parent: SalesInvoice, count: int, seconds: float = 40) -> None:
    async def are_made() -> bool:
        return len(await copies_of(service.sessions, parent)) >= count

    await eventually(are_made, seconds=seconds, what=f"{count} copies")


async def waits(handle: WorkflowHandle[Any, Any], word: str) -> None:
    """Until the workflow has read its schedule and says what it waits for."""

    async def does() -> bool:
        metadata: Any = await handle.query("__temporal_workflow_metadata")
        return word in str(metadata)

    await eventually(does, what=word)


async def exhaust_series(service: Service) -> None:
    """The last number of the series has been drawn."""
    await _set_last_number(service, SequenceSchema.counter)


async def mend_series(service: Service) -> None:
    await _set_last_number(service, 9_999_999)


async def _set_last_number(service: Service, last: Any) -> None:
    async with service.sessions.begin() as session:
        await session.execute(
            update(SequenceSchema)
            .where(SequenceSchema.tenant == service.tenant, SequenceSchema.schema_type == SALES_SERIES)
            .values(max_value=last)
        )
