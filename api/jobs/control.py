"""Steering a job: pause, resume, cancel, run its failed orders again, change how many run at once; and how far it is.

Each command is an update of the workflow `InvoiceJob`, and is answered as soon as the job has taken it.
"""

from collections.abc import Awaitable
from uuid import UUID

from litestar import Controller, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_202_ACCEPTED
from pydantic import ConfigDict

from api.errors.api_error import ApiError
from api.jobs import job_control
from api.jobs.bodies import AtOnce, JobSummary, job_summary
from api.jobs.control_gate import Declined
from api.jobs.job_control import JobStanding, NoSuchJob
from api.requests.request_bodies import Body, Flag
from api.security.access import INVOICE_MANAGE, INVOICE_VIEW, Access
from api.services import ApiServices
from contracts.invoice_job import RetryFailed
from contracts.temporal_client import TemporalAway

COMMAND = {"scopes": [INVOICE_MANAGE]}


class RetryFailedRequest(Body):
    """Which orders to run again: the failed ones, with `held` those too that wait for a person."""

    model_config = ConfigDict(extra="forbid", populate_by_name=False)

    held: Flag = False


class ConcurrencyRequest(Body):
    """How many orders the job may run at once."""

    model_config = ConfigDict(extra="forbid", populate_by_name=False)

    concurrency: AtOnce


class JobSteered(Body):
    """The job has taken the command."""

    job_id: str
    message: str


class ProgressAnswer(JobSummary):
    """How far a job is. What only its workflow knows is missing when it has ended, or nobody answers for it."""

    phase: str | None = None
    """What it is doing, in a word or two."""
    running: int | None = None
    """Orders under way at this moment; `concurrency` is how many may be."""


class InvoiceJobControlController(Controller):
    """Commands to one job."""

    path = "/invoice/{tenant:str}/jobs/invoices/{job_id:str}"
    tags = ["Invoice jobs"]  # noqa: RUF012 -- Litestar's own way to declare it

    @post(
        "/pause",
        operation_id="pauseInvoiceJob",
        summary="Pause a job",
        status_code=HTTP_202_ACCEPTED,
        opt=COMMAND,
    )
    async def pause(
        self, job_id: FromPath[str], services: NamedDependency[ApiServices], access: NamedDependency[Access]
    ) -> JobSteered:
        """Orders under way are finished, no more are begun."""
        return await _steered(job_id, job_control.pause(services, access.tenant, _id_of(job_id)))

    @post(
        "/resume",
        operation_id="resumeInvoiceJob",
        summary="Go on with a paused job",
        status_code=HTTP_202_ACCEPTED,
        opt=COMMAND,
    )
    async def resume(
        self, job_id: FromPath[str], services: NamedDependency[ApiServices], access: NamedDependency[Access]
    ) -> JobSteered:
        """Orders are begun again."""
        return await _steered(job_id, job_control.resume(services, access.tenant, _id_of(job_id)))

    @post(
        "/cancel",
        operation_id="cancelInvoiceJob",
        summary="Cancel a job",
        status_code=HTTP_202_ACCEPTED,
        opt=COMMAND,
    )
    async def cancel(
        self, job_id: FromPath[str], services: NamedDependency[ApiServices], access: NamedDependency[Access]
    ) -> JobSteered:
        """Orders whose payment is captured, or being captured, are finished; the others end as `cancelled`.

        Accepted while Temporal is away, too, and carried out when it is back.
        """
        return await _steered(job_id, job_control.cancel(services, access.tenant, _id_of(job_id)))

    @post(
        "/retry-failed",
        operation_id="retryFailedOrders",
        summary="Run the failed orders of a job again",
        status_code=HTTP_202_ACCEPTED,
        opt=COMMAND,
    )
    async def retry_failed(
        self,
        job_id: FromPath[str],
        services: NamedDependency[ApiServices],
        access: NamedDependency[Access],
        data: JSONBody[RetryFailedRequest | None] = None,
    ) -> JobSteered:
        """Only them, under the same job, which begins again if it has ended; what happened does not happen again."""
        wish = RetryFailed(held=data.held if data else False)
        return await _steered(job_id, job_control.retry_failed(services, access.tenant, _id_of(job_id), wish))

    @post(
        "/concurrency",
        operation_id="setInvoiceJobConcurrency",
        summary="Change how many orders a job runs at once",
        status_code=HTTP_202_ACCEPTED,
        opt=COMMAND,
    )
    async def set_concurrency(
        self,
        job_id: FromPath[str],
        data: JSONBody[ConcurrencyRequest],
        services: NamedDependency[ApiServices],
        access: NamedDependency[Access],
    ) -> JobSteered:
        """Takes effect at once; where more are under way, they are finished."""
        wanted = job_control.set_concurrency(services, access.tenant, _id_of(job_id), data.concurrency)
        return await _steered(job_id, wanted)

    @get(
        "/progress",
        operation_id="getInvoiceJobProgress",
        summary="See how far a job is",
        opt={"scopes": [INVOICE_VIEW, INVOICE_MANAGE]},
    )
    async def progress(
        self, job_id: FromPath[str], services: NamedDependency[ApiServices], access: NamedDependency[Access]
    ) -> ProgressAnswer:
        """The books' counts, and what its workflow says of itself while it runs."""
        try:
            return _progress(await job_control.standing(services, access.tenant, _id_of(job_id)))
        except NoSuchJob:
            raise _unknown() from None


async def _steered(job_id: str, command: Awaitable[str]) -> JobSteered:
    try:
        return JobSteered(job_id=job_id, message=await command)
    except NoSuchJob:
        raise _unknown() from None
    except Declined as error:
        raise declined(error, "jobId") from error
    except TemporalAway as error:
        raise temporal_is_away() from error


def declined(error: Declined, field: str) -> ApiError:
    """409 in the words of whoever declined."""
    words = str(error)
    return ApiError(409, words[:1].upper() + words[1:], field=field)


def temporal_is_away() -> ApiError:
    """503: what was asked for may still happen, when Temporal or a worker is back."""
    words = "Temporal does not answer: the command may still be carried out; look before you give it again"
    return ApiError(503, words, headers={"Retry-After": "5"})


def _id_of(job_id: str) -> UUID:
    try:
        return UUID(job_id)
    except ValueError:
        raise _unknown() from None


def _unknown() -> ApiError:
    return ApiError(404, "The job does not exist", field="jobId")


def _progress(standing: JobStanding) -> ProgressAnswer:
    shown = job_summary(standing.view).model_dump()
    if standing.progress is not None:
        said = standing.progress
        shown |= {
            "phase": said.phase,
            "running": said.running,
            "concurrency": said.concurrency,
            "paused": said.paused or None,
        }
    return ProgressAnswer.model_validate(shown)
