"""The jobs of a schedule's runs."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from database.tables import Job


async def jobs_by_key(session: AsyncSession, tenant: str, keys: Sequence[str]) -> dict[str, Job]:
    """The tenant's jobs that have one of these idempotency keys."""
    found = await session.scalars(select(Job).where(Job.tenant == tenant, Job.idempotency_key.in_(keys)))
    return {job.idempotency_key: job for job in found if job.idempotency_key is not None}
