"""Turns: as many as the rate says, whoever asks, and in order for those who were told to come back.

Most rates are 0.1 a second, ten seconds a turn, so that no delay of the test's own changes what it sees.
"""

import asyncio
from collections.abc import AsyncIterator

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from database.engine import create_engine, create_sessions
from database.rate_slots import LONGEST_QUEUE_SECONDS, Caller, Limit, Turn, take_turn

Sessions = async_sessionmaker[AsyncSession]
PATIENT, ANEW, EXPECTED = Caller(1_000), Caller(2), Caller(2, is_expected=True)
SLOW = 0.1


async def take(sessions: Sessions, caller: Caller, *limits: Limit) -> Turn:
    async with sessions() as session:
        await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
        return await take_turn(session, limits, caller)


async def let_pass(sessions: Sessions, seconds: float, *limits: Limit) -> None:
    """As if so much time had gone by."""
    statement = text(
        "UPDATE rate_slots SET free_at = free_at - make_interval(secs => :seconds),"
        " queue_ends_at = queue_ends_at - make_interval(secs => :seconds) WHERE scope = ANY (:scopes)"
    )
    async with sessions.begin() as session:
        await session.execute(statement, {"seconds": seconds, "scopes": [limit.scope for limit in limits]})


@pytest.fixture
def gateway(tenant: str) -> Limit:
    """A limit of the test's own, one turn in ten seconds."""
    return Limit(f"gateway {tenant}", SLOW)


@pytest.fixture
async def other_engine(database_url: str) -> AsyncIterator[AsyncEngine]:
    """Another process, as far as PostgreSQL knows."""
    engine = create_engine(database_url, pool_size=5)
    yield engine
    await engine.dispose()


async def test_turns_lie_one_interval_apart(sessions: Sessions, gateway: Limit) -> None:
    waits = [(await take(sessions, PATIENT, gateway)).wait for _ in range(4)]
    assert waits[0] == 0
    assert waits[1:] == [pytest.approx(10, abs=2), pytest.approx(20, abs=2), pytest.approx(30, abs=2)]


async def test_what_was_not_used_of_the_last_second_may_be_used_at_once(sessions: Sessions, tenant: str) -> None:
    limit = Limit(f"burst {tenant}", 4)
    assert [(await take(sessions, PATIENT, limit)).wait for _ in range(4)] == [0, 0, 0, 0]
    waits = [(await take(sessions, PATIENT, limit)).wait for _ in range(40)]
    assert waits[-1] == pytest.approx(10, abs=2)


async def test_what_was_not_used_before_is_lost(sessions: Sessions, gateway: Limit) -> None:
    await take(sessions, PATIENT, gateway)
    await let_pass(sessions, 3600, gateway)
    waits = [(await take(sessions, PATIENT, gateway)).wait for _ in range(2)]
    assert waits == [0, pytest.approx(10, abs=2)]


async def test_two_processes_at_once_never_get_the_same_turn(
    sessions: Sessions, other_engine: AsyncEngine, gateway: Limit
) -> None:
    others = create_sessions(other_engine)
    turns = await asyncio.gather(*(take(one, PATIENT, gateway) for one in [sessions, others] * 10))
    assert sorted(turn.wait for turn in turns) == [pytest.approx(10 * place, abs=4) for place in range(20)]


async def test_a_turn_that_is_too_far_off_is_not_taken(sessions: Sessions, gateway: Limit) -> None:
    await take(sessions, ANEW, gateway)
    refused = await take(sessions, ANEW, gateway)
    assert refused.come_back_in == pytest.approx(10, abs=2)
    assert (await take(sessions, PATIENT, Limit(gateway.scope, SLOW))).come_back_in is not None
    assert (await take(sessions, Caller(1_000, is_expected=True), gateway)).wait == pytest.approx(10, abs=2)


async def test_those_who_come_too_early_are_told_to_come_back_one_after_another(
    sessions: Sessions, gateway: Limit
) -> None:
    await take(sessions, ANEW, gateway)
    told = [(await take(sessions, ANEW, gateway)).come_back_in for _ in range(3)]
    assert told == [pytest.approx(10, abs=2), pytest.approx(20, abs=2), pytest.approx(30, abs=2)]


async def test_whoever_comes_back_goes_before_those_who_come_anew(sessions: Sessions, gateway: Limit) -> None:
    await take(sessions, ANEW, gateway)
    for _ in range(2):
        await take(sessions, ANEW, gateway)
    await let_pass(sessions, 12, gateway)
    assert (await take(sessions, ANEW, gateway)).come_back_in == pytest.approx(18, abs=2)
    assert (await take(sessions, EXPECTED, gateway)) == Turn(0)
    assert (await take(sessions, EXPECTED, gateway)).come_back_in == pytest.approx(28, abs=2)


async def test_once_all_have_come_back_nobody_is_before_who_comes_anew(sessions: Sessions, gateway: Limit) -> None:
    await take(sessions, ANEW, gateway)
    await take(sessions, ANEW, gateway)
    await let_pass(sessions, 21, gateway)
    assert await take(sessions, ANEW, gateway) == Turn(0)


async def test_who_will_not_come_back_is_not_waited_for(sessions: Sessions, gateway: Limit) -> None:
    await take(sessions, ANEW, gateway)
    for _ in range(5):
        assert (await take(sessions, Caller(2, may_queue=False), gateway)).come_back_in == pytest.approx(10, abs=2)
    await let_pass(sessions, 11, gateway)
    assert await take(sessions, ANEW, gateway) == Turn(0)


async def test_nobody_is_told_to_stay_away_for_longer_than_the_longest_queue(sessions: Sessions, tenant: str) -> None:
    limit = Limit(f"hours {tenant}", 0.001)
    await take(sessions, ANEW, limit)
    for _ in range(2):
        assert (await take(sessions, ANEW, limit)).come_back_in == pytest.approx(LONGEST_QUEUE_SECONDS, abs=2)


async def test_a_turn_is_taken_in_all_scopes_or_in_none(sessions: Sessions, tenant: str, gateway: Limit) -> None:
    busy, free = Limit(f"{gateway.scope}/busy", SLOW), Limit(f"{gateway.scope}/free", SLOW)
    everybody = Limit(gateway.scope, 0.5)
    assert await take(sessions, ANEW, everybody, busy) == Turn(0)
    assert (await take(sessions, ANEW, everybody, busy)).come_back_in == pytest.approx(10, abs=2)
    assert (await take(sessions, PATIENT, everybody, free)).wait == pytest.approx(2, abs=1)


async def test_the_longest_of_several_waits_counts(sessions: Sessions, gateway: Limit) -> None:
    everybody, tenant = Limit(gateway.scope, 0.5), Limit(f"{gateway.scope}/acme", SLOW)
    waits = [(await take(sessions, PATIENT, everybody, tenant)).wait for _ in range(3)]
    assert waits == [0, pytest.approx(10, abs=2), pytest.approx(20, abs=2)]


async def test_one_tenants_limit_does_not_slow_another(sessions: Sessions, gateway: Limit) -> None:
    acme, globex = Limit(f"{gateway.scope}/acme", SLOW), Limit(f"{gateway.scope}/globex", SLOW)
    for _ in range(5):
        await take(sessions, PATIENT, acme)
    assert await take(sessions, ANEW, globex) == Turn(0)


async def test_many_callers_with_two_scopes_do_not_stop_each_other(
    sessions: Sessions, other_engine: AsyncEngine, gateway: Limit
) -> None:
    """Rows are locked in one order, whatever order they are named in."""
    others = create_sessions(other_engine)
    everybody, tenant = Limit(gateway.scope, SLOW), Limit(f"{gateway.scope}/acme", 0.5)
    pairs = [(sessions, (everybody, tenant)), (others, (tenant, everybody))] * 20
    turns = await asyncio.gather(*(take(one, PATIENT, *limits) for one, limits in pairs))
    assert sorted(turn.wait for turn in turns) == [pytest.approx(10 * place, abs=5) for place in range(40)]
