"""Starting workflows after the commit: at once where Temporal answers, by the worker's sweep where it does not."""

from datetime import timedelta
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.outbox import noted, start_noted
from api.services import ApiServices
from contracts import starts
from contracts.sales_invoice import InvoiceRef
from contracts.starts import Start
from database import outbox
from tests.api_fixtures import TemporalGateFake

Sessions = async_sessionmaker[AsyncSession]


def wanted(tenant: str) -> Start:
    return starts.document_of(InvoiceRef(tenant=tenant, invoice_id=uuid4(), number="R1"))


async def left(sessions: Sessions) -> list[Start]:
    async with sessions() as session:
        pending = await outbox.pending_starts(session, older_than=timedelta(0), limit=10_000)
    return [Start.model_validate(each.body) for each in pending]


async def test_what_was_committed_is_started_and_not_started_again(
    api_services: ApiServices, sessions: Sessions, tenant: str, temporal_gate: TemporalGateFake
) -> None:
    start = wanted(tenant)
    async with sessions.begin() as session:
        begun = await noted(session, tenant, start)
    await start_noted(api_services, begun)
    assert temporal_gate.outbox == [start]
    assert start not in await left(sessions)


async def test_what_temporal_does_not_take_stays_for_the_worker(
    api_services: ApiServices, sessions: Sessions, tenant: str, temporal_gate: TemporalGateFake
) -> None:
    temporal_gate.is_away = True
    starts_wanted = [wanted(tenant), wanted(tenant)]
    async with sessions.begin() as session:
        begun = [await noted(session, tenant, start) for start in starts_wanted]
    await start_noted(api_services, *begun)
    assert [start for start in await left(sessions) if start in starts_wanted] == starts_wanted


async def test_once_it_is_committed_no_fault_of_ours_makes_the_caller_do_it_again(
    api_services: ApiServices, sessions: Sessions, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error after the commit would be answered by a second request, and that by a second invoice."""
    start = wanted(tenant)
    async with sessions.begin() as session:
        begun = await noted(session, tenant, start)

    async def no_connection(*_: object) -> None:
        raise TimeoutError("no connection is free")

    monkeypatch.setattr(outbox, "mark_started", no_connection)
    await start_noted(api_services, begun)
    assert start in await left(sessions)
