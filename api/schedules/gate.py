"""What the API asks of Temporal about schedules. A Protocol, so that HTTP can be tested without a Temporal server."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, cast

from pydantic import ValidationError
from temporalio.api.common.v1 import Payload
from temporalio.client import (
    Client,
    Schedule,
    ScheduleActionStartWorkflow,
    ScheduleAlreadyRunningError,
    ScheduleBackfill,
    ScheduleDescription,
    ScheduleHandle,
    ScheduleListDescription,
    ScheduleOverlapPolicy,
    ScheduleUpdate,
)
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.service import RPCError, RPCStatusCode

from contracts import temporal_client
from contracts.ids import schedule_id, schedule_prefix
from contracts.scheduled_job import ScheduledWish
from contracts.search_attributes import TENANT


class ScheduleExists(Exception):
    """The tenant has a schedule of this name."""


class NoSuchSchedule(Exception):
    """The tenant has no schedule of this name."""


class SpecRefused(Exception):
    """Temporal takes no such schedule; its message is the server's sentence."""


@dataclass(frozen=True)
class Described:
    """A schedule as Temporal describes it, and what its action asks for (None: nothing that we understand)."""

    description: ScheduleDescription
    wish: ScheduledWish | None


class ScheduleGate(Protocol):
    """Makes and steers the schedules of a tenant.

    Every method may raise `contracts.temporal_client.TemporalAway`, and but for `create` and `list` `NoSuchSchedule`.
    """

    async def create(self, tenant: str, name: str, schedule: Schedule) -> None:
        """Make it.

        Raises:
            ScheduleExists: there is one of this name.
            SpecRefused: Temporal's word on what it is made of.
        """
        ...

    async def replace(self, tenant: str, name: str, schedule: Schedule) -> None:
        """Put `schedule` in place of the one that is there.

        Raises:
            SpecRefused: as `create`.
        """
        ...

    async def describe(self, tenant: str, name: str) -> Described:
        """Read one."""
        ...

    async def list(self, tenant: str) -> list[ScheduleListDescription]:
        """All of the tenant's, by id. Temporal's list follows a change after a moment."""
        ...

    async def pause(self, tenant: str, name: str, note: str) -> None:
        """Run no more times; those that pass meanwhile are not run later."""
        ...

    async def resume(self, tenant: str, name: str, note: str) -> None:
        """Run times again, from now on."""
        ...

    async def trigger(self, tenant: str, name: str, overlap: ScheduleOverlapPolicy | None) -> None:
        """Run it now, paused or not."""
        ...

    async def backfill(
        self, tenant: str, name: str, first: datetime, last: datetime, overlap: ScheduleOverlapPolicy
    ) -> None:
        """Run its times from `first` to `last`, both included, paused or not."""
        ...

    async def delete(self, tenant: str, name: str) -> None:
        """Run no more times, for ever; jobs under way go on."""
        ...


@dataclass(frozen=True)
class ClientScheduleGate:
    """The gate over a Temporal client."""

    client: Client

    async def create(self, tenant: str, name: str, schedule: Schedule) -> None:
        """Make it."""
        try:
            async with _said():
                await self.client.create_schedule(
                    schedule_id(tenant, name),
                    schedule,
                    search_attributes=TypedSearchAttributes([SearchAttributePair(TENANT, tenant)]),
                    rpc_timeout=temporal_client.RPC_TIMEOUT,
                )
        except ScheduleAlreadyRunningError:
            raise ScheduleExists(name) from None

    async def replace(self, tenant: str, name: str, schedule: Schedule) -> None:
        """Put `schedule` in place of the one that is there."""
        async with _said():
            await self._handle(tenant, name).update(
                lambda _current: ScheduleUpdate(schedule), rpc_timeout=temporal_client.RPC_TIMEOUT
            )

    async def describe(self, tenant: str, name: str) -> Described:
        """Read one."""
        async with _said():
            description = await self._handle(tenant, name).describe(rpc_timeout=temporal_client.RPC_TIMEOUT)
        return Described(description, await self._wish_of(description))

    async def list(self, tenant: str) -> list[ScheduleListDescription]:
        """All of the tenant's, by id."""
        query = f"ScheduleId STARTS_WITH '{schedule_prefix(tenant)}'"
        async with _said():
            found = await self.client.list_schedules(query, page_size=1000, rpc_timeout=temporal_client.RPC_TIMEOUT)
            return sorted([listed async for listed in found], key=lambda listed: listed.id)

    async def pause(self, tenant: str, name: str, note: str) -> None:
        """Run no more times."""
        async with _said():
            await self._handle(tenant, name).pause(note=note, rpc_timeout=temporal_client.RPC_TIMEOUT)

    async def resume(self, tenant: str, name: str, note: str) -> None:
        """Run times again."""
        async with _said():
            await self._handle(tenant, name).unpause(note=note, rpc_timeout=temporal_client.RPC_TIMEOUT)

    async def trigger(self, tenant: str, name: str, overlap: ScheduleOverlapPolicy | None) -> None:
        """Run it now."""
        async with _said():
            await self._handle(tenant, name).trigger(overlap=overlap, rpc_timeout=temporal_client.RPC_TIMEOUT)

    async def backfill(
        self, tenant: str, name: str, first: datetime, last: datetime, overlap: ScheduleOverlapPolicy
    ) -> None:
        """Run its times from `first` to `last`."""
        async with _said():
            await self._handle(tenant, name).backfill(
                ScheduleBackfill(first, last, overlap=overlap), rpc_timeout=temporal_client.RPC_TIMEOUT
            )

    async def delete(self, tenant: str, name: str) -> None:
        """Run no more times, for ever."""
        async with _said():
            await self._handle(tenant, name).delete(rpc_timeout=temporal_client.RPC_TIMEOUT)

    def _handle(self, tenant: str, name: str) -> ScheduleHandle:
        return self.client.get_schedule_handle(schedule_id(tenant, name))

    async def _wish_of(self, description: ScheduleDescription) -> ScheduledWish | None:
        action = description.schedule.action
        if not isinstance(action, ScheduleActionStartWorkflow):
            return None
        try:
            (wish,) = await self.client.data_converter.decode(cast("list[Payload]", action.args), [ScheduledWish])
        except (ValidationError, ValueError, KeyError):
            return None
        return cast("ScheduledWish", wish)


@asynccontextmanager
async def _said() -> AsyncIterator[None]:
    """What Temporal answers as an exception of ours."""
    try:
        async with temporal_client.away_is_said():
            yield
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            raise NoSuchSchedule from error
        if error.status is RPCStatusCode.INVALID_ARGUMENT:
            raise SpecRefused(error.message) from error
        raise
