"""Limits on how often somebody downstream is called, which hold across all worker processes."""

import asyncio
from collections.abc import Mapping
from contextvars import ContextVar
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio import activity

from database.rate_slots import Caller, Limit, take_turn
from integrations.pace import Downstream, HeldBack

LONGEST_WAIT_SECONDS = 2.0
"""Who has to wait longer gives its place in the worker to somebody else and comes back later."""
LONGEST_LOCAL_WAIT_SECONDS = 0.5
"""The same of a local activity, which holds up its workflow too."""

_taken_ahead: ContextVar[frozenset[Downstream]] = ContextVar("taken_ahead", default=frozenset())


class RateLimit(Protocol):
    """Calls a second to somebody downstream; 0 is no limit."""

    @property
    def total(self) -> float:
        """For all tenants together."""

    @property
    def tenant(self) -> float:
        """For each tenant."""

    @property
    def tenants(self) -> Mapping[str, float]:
        """For the tenants that have a limit of their own."""


class DatabasePace:
    """Turns that are taken in the database, by one statement a call; without limits none is sent."""

    def __init__(self, sessions: async_sessionmaker[AsyncSession], limits: Mapping[Downstream, RateLimit]) -> None:
        self._sessions = sessions
        self._limits = limits

    def is_limited(self, downstream: Downstream, tenant: str) -> bool:
        """See `Pace.is_limited`."""
        return bool(self._limits_of(downstream, tenant))

    async def wait(self, downstream: Downstream, tenant: str) -> None:
        """See `Pace.wait`."""
        taken = _taken_ahead.get()
        if downstream in taken:
            _taken_ahead.set(taken - {downstream})
            return
        if limits := self._limits_of(downstream, tenant):
            await self._take(downstream, limits)

    async def take_ahead(self, downstream: Downstream, tenant: str) -> None:
        """See `Pace.take_ahead`."""
        await self.wait(downstream, tenant)
        _taken_ahead.set(_taken_ahead.get() | {downstream})

    def _limits_of(self, downstream: Downstream, tenant: str) -> list[Limit]:
        limit = self._limits.get(downstream)
        if limit is None:
            return []
        rates = {str(downstream): limit.total, f"{downstream}/{tenant}": limit.tenants.get(tenant, limit.tenant)}
        return [Limit(scope, rate) for scope, rate in rates.items() if rate]

    async def _take(self, downstream: Downstream, limits: list[Limit]) -> None:
        caller = _caller()
        async with self._sessions() as session:
            await session.connection(execution_options={"isolation_level": "AUTOCOMMIT"})
            turn = await take_turn(session, limits, caller)
        if turn.come_back_in is not None:
            raise HeldBack(
                f"The {downstream.replace('-', ' ')} is called as often as INVOICES_RATE_LIMITS allows.",
                retry_after_seconds=turn.come_back_in if caller.may_queue else None,
            )
        await asyncio.sleep(turn.wait)


def _caller() -> Caller:
    """A local activity is followed by a regular one at once, and only that comes back when it is told to."""
    if not activity.in_activity() or activity.info().is_local:
        return Caller(LONGEST_LOCAL_WAIT_SECONDS, may_queue=False)
    return Caller(LONGEST_WAIT_SECONDS, is_expected=activity.info().attempt > 1)
