"""Starting workflows from a handler: noted in the handler's transaction, started after its commit.

begun = await noted(session, access.tenant, starts.document_of(ref))
await session.commit()
await start_noted(services, begun)
"""

from dataclasses import dataclass
from typing import Protocol
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

import logs
from api.temporal_gate import TemporalGate
from contracts.starts import Start
from database import outbox

log = logs.get_logger(__name__)


@dataclass(frozen=True)
class Noted:
    """A start that the outbox holds."""

    id: UUID
    start: Start


class Starting(Protocol):
    """What starting takes; `ApiServices` is one."""

    @property
    def sessions(self) -> async_sessionmaker[AsyncSession]:
        """The database."""
        ...

    @property
    def temporal(self) -> TemporalGate:
        """Who starts."""
        ...


async def noted(session: AsyncSession, tenant: str, wanted: Start) -> Noted:
    """Write the start into the outbox."""
    return Noted(await outbox.add_start(session, tenant, wanted.model_dump(mode="json")), wanted)


async def noted_before(session: AsyncSession, tenant: str, workflow_id: str) -> list[Noted]:
    """What the outbox holds of a workflow that nobody has started yet: Temporal was away, or the process died."""
    pending = await outbox.pending_starts_of(session, tenant, workflow_id)
    return [Noted(entry.id, Start.model_validate(entry.body)) for entry in pending]


async def start_noted(services: Starting, *begun: Noted) -> None:
    """Start what was noted, after the commit. What cannot be started now, the worker starts later.

    Never raises: what made it necessary is done, and an error would have the caller do it again.
    """
    for entry in begun:
        try:
            await services.temporal.start(entry.start)
            async with services.sessions.begin() as session:
                await outbox.mark_started(session, entry.id)
        except Exception as error:  # noqa: BLE001 -- whatever it is, the row stays and the worker tries again
            log.warning("workflow_not_started", workflow_id=entry.start.workflow_id, error=type(error).__name__)
