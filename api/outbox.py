"""Starting workflows from a handler: noted in the handler's transaction, started after its commit.

begun = await noted(session, access.tenant, starts.document_of(ref))
await session.commit()
await start_noted(services, begun)
"""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.service import RPCError

import logs
from api.services import ApiServices
from contracts.starts import Start
from contracts.temporal_client import TemporalAway
from database import outbox

log = logs.get_logger(__name__)


@dataclass(frozen=True)
class Noted:
    """A start that the outbox holds."""

    id: UUID
    start: Start


async def noted(session: AsyncSession, tenant: str, wanted: Start) -> Noted:
    """Write the start into the outbox."""
    return Noted(await outbox.add_start(session, tenant, wanted.model_dump(mode="json")), wanted)


async def start_noted(services: ApiServices, *begun: Noted) -> None:
    """Start what was noted, after the commit. What Temporal does not take now, the worker starts later."""
    for entry in begun:
        try:
            await services.temporal.start(entry.start)
        except (TemporalAway, RPCError) as error:
            log.warning("workflow_not_started", workflow_id=entry.start.workflow_id, error=type(error).__name__)
            continue
        async with services.sessions.begin() as session:
            await outbox.mark_started(session, entry.id)
