"""`invoices schedule`: when automatic jobs are begun."""

import re
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import click

from api.errors.api_error import ApiError
from api.requests.request_bodies import read_body
from api.schedules.bodies import (
    REFUSAL,
    BackfillBody,
    CalendarAnswer,
    NewScheduleBody,
    Overlap,
    ScheduleAnswer,
    ScheduleList,
    ScheduleSummary,
)
from api.schedules.gate import ClientScheduleGate, NoSuchSchedule, ScheduleExists, ScheduleGate, SpecRefused
from api.schedules.mapping import overlap_policy, to_schedule
from api.schedules.schedules import known, list_schedules, read_schedule
from api.schedules.terms import shown_duration
from api.security.access import TENANT
from commands.running import Refused, read_settings, run, transaction
from contracts.temporal_client import connect
from database.tenants import tenant_exists
from settings import Settings
from worker import temporal_target

OPTIONS = {"calendars": "--calendar", "intervals": "--every"}
"""Members that are not named like their option."""
SAID_ALWAYS = ("hour", "minute")
UNSAID = {"second": "0"}
"""What calendar fields are when nothing is said; the others take everything."""
NOTED = "by the command line"

Command = Callable[[ScheduleGate], Awaitable[None]]

tenant_option = click.option("--tenant", required=True)
name_argument = click.argument("name")
overlap_option = click.option("--overlap", help=f"While a job of the schedule runs: {', '.join(Overlap)}.")
note_option = click.option("--note", help="Why; shown with the schedule.")


@click.group()
def schedule() -> None:
    """Schedules of automatic jobs; `temporal schedule` knows them as jobs/TENANT/NAME."""


@schedule.command()
@name_argument
@tenant_option
@click.option("--calendar", "calendars", multiple=True, help="As 'hour=2 minute=30 dayOfWeek=mon-fri'; repeatable.")
@click.option("--every", "intervals", multiple=True, help="As 6h, or 6h/15m for a quarter past; repeatable.")
@click.option("--time-zone", help="Whose clock the calendars mean, as Europe/Berlin.")
@overlap_option
@click.option("--catchup-window", help="How late a time that was missed is still run; 24h unless said.")
@click.option("--jitter", help="Each run begins up to so much later.")
@click.option("--start-at", help="No time before this one, as 2027-01-01T00:00:00Z.")
@click.option("--end-at", help="No time after this one.")
@click.option("--paused", is_flag=True, help="Run nothing yet.")
@note_option
@click.option("--dry-run", is_flag=True, help="Its jobs only validate and recalculate.")
@click.option("--replace", is_flag=True, help="Replace the schedule of this name, as a whole.")
def create(name: str, tenant: str, *, replace: bool, **options: Any) -> None:  # noqa: ANN401 -- read by the body's model
    """Make schedule NAME."""
    calendars = [_calendar(text) for text in options.pop("calendars")]
    intervals = [_interval(text) for text in options.pop("intervals")]
    given = {"name": name, "calendars": calendars, "intervals": intervals} | _given(options)
    with _refusals(tenant, name):
        body = read_body(NewScheduleBody, given, REFUSAL)
        body.check()
        shown = run(_create(read_settings(), tenant, body, replace=replace))
    for line in _lines(shown):
        click.echo(line)


@schedule.command("list")
@tenant_option
def list_(tenant: str) -> None:
    """Show every schedule and when it runs next."""
    with _refusals(tenant):
        listed = run(_list(read_settings(), tenant))
    for summary in listed.schedules:
        click.echo(_line(summary))


@schedule.command()
@name_argument
@tenant_option
@click.option("--json", "as_json", is_flag=True, help="Print the answer of the API.")
def show(name: str, tenant: str, *, as_json: bool) -> None:
    """Show schedule NAME with its next times and its latest runs."""
    with _refusals(tenant, name):
        shown = run(_show(read_settings(), tenant, name))
    for line in [shown.model_dump_json(by_alias=True, exclude_none=True)] if as_json else _lines(shown):
        click.echo(line)


@schedule.command()
@name_argument
@tenant_option
@note_option
def pause(name: str, tenant: str, note: str | None) -> None:
    """Run no more times of schedule NAME; its jobs under way go on."""
    _tell(tenant, name, lambda gate: gate.pause(tenant, name, note or f"Paused {NOTED}"))
    click.echo(f"schedule {name} is paused")


@schedule.command()
@name_argument
@tenant_option
@note_option
def resume(name: str, tenant: str, note: str | None) -> None:
    """Run schedule NAME again, from its next time on."""
    _tell(tenant, name, lambda gate: gate.resume(tenant, name, note or f"Resumed {NOTED}"))
    click.echo(f"schedule {name} goes on")


@schedule.command()
@name_argument
@tenant_option
@overlap_option
def trigger(name: str, tenant: str, overlap: str | None) -> None:
    """Begin the job of schedule NAME now, paused or not."""
    policy = overlap_policy(_overlap(overlap)) if overlap else None
    _tell(tenant, name, lambda gate: gate.trigger(tenant, name, policy))
    click.echo(f"the job of schedule {name} is being begun")


@schedule.command()
@name_argument
@tenant_option
@click.option("--from", "from_", required=True, help="The first time, as 2027-01-01T00:00:00Z.")
@click.option("--to", required=True, help="The last time.")
@overlap_option
def backfill(name: str, tenant: str, from_: str, to: str, overlap: str | None) -> None:
    """Run the past times of schedule NAME, each for the orders of its own time; one after the other unless said."""
    given = {"from": from_, "to": to} | ({"overlap": overlap} if overlap else {})
    with _refusals(tenant, name):
        body = read_body(BackfillBody, given, "The backfill is not valid")
        body.check(datetime.now(UTC))
    policy = overlap_policy(body.overlap)
    _tell(tenant, name, lambda gate: gate.backfill(tenant, name, body.from_, body.to, policy))
    click.echo(f"the times of schedule {name} are being run")


@schedule.command()
@name_argument
@tenant_option
def delete(name: str, tenant: str) -> None:
    """Delete schedule NAME; jobs that it has begun go on."""
    _tell(tenant, name, lambda gate: gate.delete(tenant, name))
    click.echo(f"schedule {name} is deleted")


def _tell(tenant: str, name: str, command: Command) -> None:
    with _refusals(tenant, name):
        known(name)
        run(_told(read_settings(), command))


async def _told(settings: Settings, command: Command) -> None:
    await command(await _gate(settings))


async def _create(settings: Settings, tenant: str, body: NewScheduleBody, *, replace: bool) -> ScheduleAnswer:
    async with transaction(settings) as session:
        if not await tenant_exists(session, tenant):
            raise Refused(f"there is no tenant {tenant}")
        gate, wanted = await _gate(settings), to_schedule(tenant, body.name, body)
        if replace:
            await gate.replace(tenant, body.name, wanted)
        else:
            await gate.create(tenant, body.name, wanted)
        return await read_schedule(gate, session, tenant, body.name)


async def _list(settings: Settings, tenant: str) -> ScheduleList:
    return await list_schedules(await _gate(settings), tenant)


async def _show(settings: Settings, tenant: str, name: str) -> ScheduleAnswer:
    async with transaction(settings) as session:
        return await read_schedule(await _gate(settings), session, tenant, known(name))


async def _gate(settings: Settings) -> ClientScheduleGate:
    return ClientScheduleGate(await connect(temporal_target(settings)))


@contextmanager
def _refusals(tenant: str, name: str = "") -> Iterator[None]:
    if not TENANT.fullmatch(tenant):
        raise Refused("--tenant must be 3 to 16 lower-case letters and digits, beginning with a letter")
    try:
        yield
    except NoSuchSchedule:
        raise Refused(f"tenant {tenant} has no schedule {name}: see `invoices schedule list`") from None
    except ScheduleExists:
        raise Refused(f"tenant {tenant} has a schedule {name}: --replace replaces it") from None
    except SpecRefused as error:
        raise Refused(f"Temporal takes no such schedule: {error}") from None
    except ApiError as error:
        raise Refused("; ".join(f"{_option(detail.field)}: {detail.message}" for detail in error.details)) from None


def _option(field: str | None) -> str:
    """The option that a member of the body came from, and what of it."""
    first, *rest = (field or "").split(".")
    option = "NAME" if first == "name" else OPTIONS.get(first, "--" + re.sub("([A-Z])", r"-\1", first).lower())
    return " ".join([option, *(part for part in rest if not part.isdigit())])


def _given(options: dict[str, Any]) -> dict[str, Any]:
    """Options that were given, by the members that they mean."""
    return {
        re.sub("_([a-z])", lambda found: found[1].upper(), name): value
        for name, value in options.items()
        if value not in {None, False}
    }


def _calendar(text: str) -> dict[str, str]:
    fields = [field.partition("=") for field in text.split()]
    if not fields or any(not separator for _, separator, _ in fields):
        raise Refused("--calendar must be written like 'hour=2 minute=30 dayOfWeek=mon-fri'")
    return {name: value for name, _, value in fields}


def _interval(text: str) -> dict[str, str]:
    every, separator, offset = text.partition("/")
    return {"every": every, "offset": offset} if separator else {"every": every}


def _overlap(text: str) -> Overlap:
    try:
        return Overlap(text)
    except ValueError:
        raise Refused(f"--overlap must be one of {', '.join(Overlap)}") from None


def _line(summary: ScheduleSummary) -> str:
    state = "paused" if summary.paused else "active"
    upcoming = f"next {_instant(summary.next_times[0])}" if summary.next_times else "no next time"
    return f"{summary.name}  {state}  {upcoming}  {_times(summary)}"


def _times(summary: ScheduleSummary) -> str:
    calendars = [_calendar_words(calendar) for calendar in summary.calendars]
    zone = [summary.time_zone] if summary.time_zone else []
    intervals = [
        f"every {shown_duration(i.every)}" + (f"/{shown_duration(i.offset)}" if i.offset else "")
        for i in summary.intervals
    ]
    return "; ".join([" ".join([*calendars, *zone]), *intervals] if calendars else intervals)


def _calendar_words(calendar: CalendarAnswer) -> str:
    said = calendar.model_dump(by_alias=True)
    telling = {name: text for name, text in said.items() if name in SAID_ALWAYS or text != UNSAID.get(name, "*")}
    return "(" + " ".join(f"{name}={text}" for name, text in telling.items()) + ")"


def _instant(instant: datetime) -> str:
    return f"{instant:%Y-%m-%d %H:%M %z}"


def _lines(shown: ScheduleAnswer) -> Iterator[str]:
    yield _line(shown)
    yield (
        f"overlap {shown.overlap}, catch-up window {shown_duration(shown.catchup_window)}, "
        f"jitter {shown_duration(shown.jitter)}{', dry run' if shown.dry_run else ''}"
    )
    counts = shown.counts
    yield f"{counts.started} started, {counts.running} running, {counts.skipped} skipped, {counts.missed} missed"
    if shown.note:
        yield f"note: {shown.note}"
    if shown.problem:
        yield f"problem: {shown.problem}"
    for instant in shown.next_times:
        yield f"next  {_instant(instant)}"
    for ran in shown.runs:
        job = f"job {ran.job_id} {ran.job_status}" if ran.job_id else f"no job: see workflow {ran.workflow_id}"
        yield f"ran   {_instant(ran.query_time or ran.scheduled_at)}  {job}"
