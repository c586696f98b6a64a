"""`invoices job`: start jobs, look at them, follow them, steer them."""

from collections.abc import Iterable, Sequence
from typing import TextIO
from uuid import UUID

import click
from pydantic import TypeAdapter, ValidationError

from api.jobs import job_control
from api.jobs.bodies import OrderId
from api.jobs.job_control import NoSuchJob
from commands import job_watch
from commands.job_report import job_line, job_lines, order_lines
from commands.running import Refused, read_settings, run
from commands.steering import Desk, accepted, no_such_job, steering
from contracts.invoice_job import MAX_CONCURRENCY, JobType, RetryFailed
from contracts.order_invoice import OrderState
from contracts.temporal_client import TemporalAway
from database import job_lists, jobs
from database.job_lists import ItemView, JobFilter, JobState
from database.jobs import JobView, NewJob
from database.tenants import tenant_exists
from settings import Settings

INTERRUPTED = 130
ORDER_ID = TypeAdapter(OrderId)

tenant_option = click.option("--tenant", required=True)
job_argument = click.argument("job_id", metavar="JOB", type=click.UUID)
json_option = click.option("--json", "as_json", is_flag=True, help="One JSON object a line, whenever the job changes.")


@click.group()
def job() -> None:
    """Jobs: orders that are invoiced together."""


@job.command("list")
@tenant_option
@click.option("--state", type=click.Choice([state.value for state in JobState], case_sensitive=False))
@click.option("--limit", type=click.IntRange(1, 1000), default=20, show_default=True)
def list_jobs(tenant: str, state: str | None, limit: int) -> None:
    """Show the tenant's jobs, the newest first."""
    wanted = JobFilter(state=JobState(state) if state else None)
    for view in run(_list(read_settings(), tenant, wanted, limit)):
        click.echo(job_line(view))


@job.command("show")
@job_argument
@tenant_option
@click.option("--limit", type=click.IntRange(1, 10_000), default=50, show_default=True, help="Orders shown at most.")
def show_job(job_id: UUID, tenant: str, limit: int) -> None:
    """Show how a job stands, its failed and held orders, and the one command that moves each of them on.

    Of a dry run, the orders that would be invoiced too.
    """
    for line in run(_show(read_settings(), tenant, job_id, limit)):
        click.echo(line)


@job.command("start")
@tenant_option
@click.option("--order", "order_ids", multiple=True, metavar="ID", help="An order; may be repeated.")
@click.option("--file", type=click.File("r", encoding="utf-8-sig"), help="Order ids, one a line; - for standard input.")
@click.option("--automatic", is_flag=True, help="The orders that the tenant's `invoiceSettings` find.")
@click.option("--dry-run", is_flag=True, help="Only validate and recalculate: nothing is captured, issued or sent.")
@click.option("--concurrency", type=click.IntRange(1, MAX_CONCURRENCY), help="Orders to run at once.")
@click.option("--watch", is_flag=True, help="Follow it to its end.")
@json_option
@click.pass_context
def start_job(
    context: click.Context,
    *,
    tenant: str,
    order_ids: tuple[str, ...],
    file: TextIO | None,
    automatic: bool,
    dry_run: bool,
    concurrency: int | None,
    watch: bool,
    as_json: bool,
) -> None:
    """Start a job over given orders, or over those that the tenant's settings find."""
    if [bool(order_ids), file is not None, automatic].count(True) != 1:
        raise Refused("name the orders by --order, by --file, or by --automatic: one of them")
    new = NewJob(
        tenant=tenant,
        job_type=JobType.AUTOMATIC if automatic else JobType.MANUAL,
        order_ids=_valid(file if file is not None else order_ids),
        dry_run=dry_run,
        concurrency=concurrency,
    )
    if not automatic and not new.order_ids:
        raise Refused("there is no order id in the file")
    settings = read_settings()
    job_id, has_begun = run(_start(settings, new))
    if not as_json:
        click.echo(str(job_id))
    if not has_begun:
        click.echo("the job is accepted; it begins as soon as Temporal answers", err=True)
    if watch:
        _follow(context, settings, tenant, job_id, as_json=as_json)


@job.command("watch")
@job_argument
@tenant_option
@json_option
@click.pass_context
def watch_job(context: click.Context, *, job_id: UUID, tenant: str, as_json: bool) -> None:
    """Follow a job to its end with a progress bar. Ctrl-C ends the watching, not the job."""
    _follow(context, read_settings(), tenant, job_id, as_json=as_json)


@job.command("pause")
@job_argument
@tenant_option
def pause_job(job_id: UUID, tenant: str) -> None:
    """Begin no more orders; those under way are finished."""
    click.echo(run(_pause(read_settings(), tenant, job_id)))


@job.command("resume")
@job_argument
@tenant_option
def resume_job(job_id: UUID, tenant: str) -> None:
    """Go on with a paused job."""
    click.echo(run(_resume(read_settings(), tenant, job_id)))


@job.command("cancel")
@job_argument
@tenant_option
def cancel_job(job_id: UUID, tenant: str) -> None:
    """End a job: what is captured is finished, nothing more is begun. Works while Temporal is away, too."""
    click.echo(run(_cancel(read_settings(), tenant, job_id)))


@job.command("retry-failed")
@job_argument
@tenant_option
@click.option("--held", is_flag=True, help="Those too that wait for a person.")
def retry_failed(*, job_id: UUID, tenant: str, held: bool) -> None:
    """Run the failed orders of a job again, and only them, under the same job."""
    click.echo(run(_retry_failed(read_settings(), tenant, job_id, RetryFailed(held=held))))


@job.command("concurrency")
@job_argument
@click.argument("orders", type=click.IntRange(1, MAX_CONCURRENCY))
@tenant_option
def set_concurrency(job_id: UUID, orders: int, tenant: str) -> None:
    """Run so many ORDERS at once from now on."""
    click.echo(run(_set_concurrency(read_settings(), tenant, job_id, orders)))


async def _pause(settings: Settings, tenant: str, job_id: UUID) -> str:
    async with steering(settings) as desk:
        return await accepted(job_control.pause(desk, tenant, job_id), tenant)


async def _resume(settings: Settings, tenant: str, job_id: UUID) -> str:
    async with steering(settings) as desk:
        return await accepted(job_control.resume(desk, tenant, job_id), tenant)


async def _cancel(settings: Settings, tenant: str, job_id: UUID) -> str:
    async with steering(settings) as desk:
        return await accepted(job_control.cancel(desk, tenant, job_id), tenant)


async def _retry_failed(settings: Settings, tenant: str, job_id: UUID, wish: RetryFailed) -> str:
    async with steering(settings) as desk:
        return await accepted(job_control.retry_failed(desk, tenant, job_id, wish), tenant)


async def _set_concurrency(settings: Settings, tenant: str, job_id: UUID, orders: int) -> str:
    async with steering(settings) as desk:
        return await accepted(job_control.set_concurrency(desk, tenant, job_id, orders), tenant)


async def _list(settings: Settings, tenant: str, wanted: JobFilter, limit: int) -> list[JobView]:
    async with steering(settings) as desk, desk.sessions.begin() as session:
        return (await job_lists.list_jobs(session, tenant, limit=limit, offset=0, wanted=wanted))[0]


async def _show(settings: Settings, tenant: str, job_id: UUID, limit: int) -> list[str]:
    async with steering(settings) as desk:
        try:
            standing = await job_control.standing(desk, tenant, job_id)
        except NoSuchJob:
            raise no_such_job(tenant) from None
        states = [OrderState.HELD, OrderState.FAILURE, *([OrderState.SUCCESS] if standing.view.job.dry_run else [])]
        listed = await _in_states(desk, tenant, job_id, states, limit)
    lines = [*job_lines(standing)]
    for view in listed:
        lines += ["", *order_lines(view)]
    rest = sum(standing.view.counts.get(state, 0) for state in states) - len(listed)
    return [*lines, "", f"and {rest:,} more: --limit shows them"] if rest > 0 else lines


async def _in_states(desk: Desk, tenant: str, job_id: UUID, states: Sequence[OrderState], limit: int) -> list[ItemView]:
    """Orders in one state after the other: those on hold, which somebody must move, come first."""
    found: list[ItemView] = []
    async with desk.sessions.begin() as session:
        for state in states:
            rest = limit - len(found)
            found += await job_lists.list_items(session, tenant, job_id, state=state, limit=rest)
    return found


async def _start(settings: Settings, new: NewJob) -> tuple[UUID, bool]:
    """The new job's id, and whether Temporal has heard of it; if not, a worker starts it."""
    async with steering(settings) as desk:
        async with desk.sessions.begin() as session:
            if not await tenant_exists(session, new.tenant):
                raise Refused(f"there is no tenant {new.tenant}")
            job_id = await jobs.create_job(session, new)
            made = await jobs.load_job(session, new.tenant, job_id)
            run = job_control.run_of(made, settings, await jobs.count_items(session, new.tenant, job_id))
        try:
            await desk.temporal.start_job(run)
        except TemporalAway:
            return job_id, False
    return job_id, True


def _valid(order_ids: Iterable[str]) -> list[str]:
    """The ids, without empty lines.

    Raises:
        Refused: one of them cannot be an order's; the message says which.
    """
    valid: list[str] = []
    try:
        for number, given in enumerate(order_ids, start=1):
            if order_id := given.strip():
                valid.append(_valid_id(order_id, number))
    except UnicodeDecodeError:
        raise Refused("the file is not text in UTF-8") from None
    return valid


def _valid_id(order_id: str, number: int) -> str:
    try:
        return ORDER_ID.validate_python(order_id)
    except ValidationError as error:
        raise Refused(f"order id {number}: {error.errors()[0]['msg']}") from None


def _follow(context: click.Context, settings: Settings, tenant: str, job_id: UUID, *, as_json: bool) -> None:
    try:
        run(_watch(settings, tenant, job_id, as_json=as_json))
    except KeyboardInterrupt:
        click.echo(f"the job goes on: invoices job watch {job_id} --tenant {tenant}", err=True)
        context.exit(INTERRUPTED)
    if not as_json:
        click.echo(f"the job has ended: invoices job show {job_id} --tenant {tenant}")


async def _watch(settings: Settings, tenant: str, job_id: UUID, *, as_json: bool) -> None:
    async with steering(settings) as desk:
        with job_watch.view_for(as_json=as_json) as view:
            try:
                await job_watch.watch(desk, tenant, job_id, view)
            except NoSuchJob:
                raise no_such_job(tenant) from None
