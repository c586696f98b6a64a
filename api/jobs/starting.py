"""Accepting a job: into the books first, then to Temporal."""

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.service import RPCError

import logs
from api.errors.api_error import ApiError
from api.jobs.bodies import JobCreated
from api.jobs.job_control import run_of
from api.requests.idempotency import HEADER
from api.services import ApiServices
from contracts.temporal_client import TemporalAway
from database import jobs
from database.jobs import IdempotencyConflict, NewJob

REFUSAL = "The request is not valid"

log = logs.get_logger(__name__)


async def accept_job(session: AsyncSession, services: ApiServices, new: NewJob) -> JobCreated:
    """Store and start the job. It ends the handler's transaction.

    The job is committed before Temporal hears of it. When Temporal is away, a worker starts it later. A repeat
    starts none that has begun: Temporal may have forgotten that it ran, and would run it again.

    Raises:
        ApiError: 409, the idempotency key came before with another body.
    """
    try:
        job_id = await jobs.create_job(session, new)
    except IdempotencyConflict:
        raise ApiError(409, f"The {HEADER} was used with another body", field=HEADER) from None
    job = await jobs.load_job(session, new.tenant, job_id)
    run = run_of(job, services.settings, await jobs.count_items(session, new.tenant, job_id))
    await session.commit()
    if job.started_at is not None:
        return JobCreated(job_id=str(job_id))
    try:
        await services.temporal.start_job(run)
    except (TemporalAway, RPCError) as error:
        log.warning("job_not_started_yet", job_id=str(job_id), error=str(error))
    return JobCreated(job_id=str(job_id))
