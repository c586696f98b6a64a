"""Schedules from a shell: `invoices schedule` and plain `temporal schedule`, each seeing what the other made."""

import asyncio
import json
import os
import re
import shlex
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select
from temporalio.client import Client as TemporalClient

from api.schedules.gate import ClientScheduleGate
from api.schedules.schedules import list_schedules, read_schedule
from contracts.ids import schedule_prefix
from database.tables import Job
from demo.embedded.temporal import temporal_binary
from tests.command_line import Ended, Run
from tests.database_fixtures import Sessions
from tests.service_fixtures import Service
from tests.waiting import eventually


class Shell:
    """Types commands for this test's tenant."""

    def __init__(self, run: Run, settings: dict[str, str], tenant: str) -> None:
        self.run, self.settings, self.tenant = run, settings, tenant

    async def invoices(self, line: str) -> Ended:
        arguments = [*shlex.split(line), "--tenant", self.tenant]
        return await asyncio.to_thread(self.run, "schedule", *arguments, **self.settings)

    async def temporal(self, line: str) -> str:
        arguments = shlex.split(line.replace("TENANT", self.tenant))
        address, environment = self.settings["TEMPORAL_ADDRESS"], {"PATH": os.environ["PATH"], "HOME": "/nonexistent"}
        process = await asyncio.create_subprocess_exec(
            temporal_binary(),
            "schedule",
            *arguments,
            "--address",
            address,
            "--namespace",
            "invoices",
            stdout=PIPE,
            stderr=PIPE,
            env=environment,
        )
        output, errors = await process.communicate()
        assert process.returncode == 0, errors.decode()
        return output.decode()


@pytest.fixture
async def shell(
    command_line: Run, database_url: str, temporal_address: str, temporal_client: TemporalClient, tenant: str
) -> AsyncIterator[Shell]:
    yield Shell(command_line, {"DATABASE_URL": database_url, "TEMPORAL_ADDRESS": temporal_address}, tenant)
    gate = ClientScheduleGate(temporal_client)
    for listed in await gate.list(tenant):
        await gate.delete(tenant, listed.id.removeprefix(schedule_prefix(tenant)))


NIGHTLY = "create nightly --calendar 'hour=2 minute=30 dayOfWeek=mon-fri' --time-zone Europe/Berlin"


async def test_a_schedule_is_made_listed_shown_and_deleted(shell: Shell) -> None:
    made = await shell.invoices(f"{NIGHTLY} --start-at 2031-03-03T00:00:00Z --note 'every night' --every 6h/15m")
    assert (made.status, made.errors) == (0, "")
    first, policies, counts, note, *times = made.output.splitlines()
    line = "nightly  active  next 2031-03-03 01:15 +0100  (minute=30 hour=2 dayOfWeek=1-5) Europe/Berlin; every 6h/15m"
    assert first == line
    assert policies == "overlap SKIP, catch-up window 24h, jitter 0s"
    assert counts == "0 started, 0 running, 0 skipped, 0 missed"
    assert note == "note: every night"
    assert times[:2] == ["next  2031-03-03 01:15 +0100", "next  2031-03-03 02:30 +0100"]
    assert len(times) == 10

    async def is_listed() -> bool:
        return (await shell.invoices("list")).output == f"{line}\n"

    await eventually(is_listed, what="the list")
    shown = await shell.invoices("show nightly --json")
    assert json.loads(shown.output)["calendars"][0]["dayOfWeek"] == "1-5"
    assert (await shell.invoices("delete nightly")).output == "schedule nightly is deleted\n"
    gone = f"tenant {shell.tenant} has no schedule nightly: see `invoices schedule list`"
    for line in ("show", "delete", "pause", "resume", "trigger"):
        assert (await shell.invoices(f"{line} nightly")).refused_with(gone)


async def test_a_schedule_is_paused_resumed_and_replaced(shell: Shell) -> None:
    await shell.invoices(NIGHTLY)
    again = await shell.invoices(NIGHTLY)
    assert again.refused_with(f"tenant {shell.tenant} has a schedule nightly: --replace replaces it")
    assert (await shell.invoices("pause nightly --note stocktaking")).output == "schedule nightly is paused\n"
    shown = json.loads((await shell.invoices("show nightly --json")).output)
    assert (shown["paused"], shown["note"]) == (True, "stocktaking")
    assert (await shell.invoices("resume nightly")).output == "schedule nightly goes on\n"
    replaced = await shell.invoices("create nightly --replace --every 1h --overlap ALLOW_ALL --dry-run --paused")
    assert replaced.output.splitlines()[1] == "overlap ALLOW_ALL, catch-up window 24h, jitter 0s, dry run"
    assert replaced.output.startswith("nightly  paused  next ")


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("create n", "--calendar: a schedule needs at least one calendar or interval"),
        ("create n --calendar hour=2", "--time-zone: is required with calendars"),
        ("create n --calendar hour=25 --time-zone UTC", "--calendar hour: 25 is not from 0 to 23"),
        ("create n --calendar hours=2 --time-zone UTC", "--calendar hours: is not known"),
        ("create n --calendar '2 30'", "--calendar must be written like 'hour=2 minute=30 dayOfWeek=mon-fri'"),
        ("create n --every 1h/1h", "--every offset: must be less than every"),
        ("create n --every 1h --catchup-window 1s", "--catchup-window: must be from 1m to 8784h"),
        (
            "trigger n --overlap NO",
            "--overlap must be one of SKIP, BUFFER_ONE, BUFFER_ALL, CANCEL_OTHER, TERMINATE_OTHER, ALLOW_ALL",
        ),
        ("backfill n --from 2026-01-01T00:00:00Z --to 2126-01-01T00:00:00Z", "--to: must not lie ahead"),
        (
            "create n --calendar hour=2 --time-zone Mars/Olympus",
            "--time-zone: must be the name of a zone of the IANA time zone database, as Europe/Berlin",
        ),
    ],
)
async def test_what_is_wrong_is_said_by_its_option(shell: Shell, line: str, sentence: str) -> None:
    assert (await shell.invoices(line)).refused_with(sentence)


async def test_a_schedule_needs_a_tenant_that_exists_and_servers_that_answer(
    shell: Shell, command_line: Run, nowhere: dict[str, str]
) -> None:
    unknown = Shell(command_line, shell.settings, "nosuchtenant")
    assert (await unknown.invoices(NIGHTLY)).refused_with("there is no tenant nosuchtenant")
    odd = Shell(command_line, shell.settings, "a' OR '1'='1")
    words = "--tenant must be 3 to 16 lower-case letters and digits, beginning with a letter"
    assert (await odd.invoices("list")).refused_with(words)
    without_temporal = Shell(command_line, {"DATABASE_URL": shell.settings["DATABASE_URL"]}, shell.tenant)
    away = "Temporal does not answer: check INVOICES_TEMPORAL_ADDRESS"
    for line in ("list", "show nightly", "pause nightly", NIGHTLY):
        assert (await without_temporal.invoices(line)).refused_with(away), line


PAGE = (Path(__file__).parents[2] / "docs" / "schedules.md").read_text(encoding="utf-8")
PLAIN = re.findall(r"^temporal schedule (create .+)$", PAGE, re.MULTILINE)[0].replace("acme", "TENANT")
"""As docs/schedules.md has it."""


async def test_a_schedule_that_the_temporal_command_made_is_one_of_ours(
    shell: Shell, temporal_client: TemporalClient, sessions: Sessions
) -> None:
    gate, tenant = ClientScheduleGate(temporal_client), shell.tenant
    await shell.temporal(PLAIN)

    async def is_listed() -> bool:
        return [listed.name for listed in (await list_schedules(gate, tenant)).schedules] == ["nightly"]

    await eventually(is_listed, what="the list")
    async with sessions() as session:
        shown = await read_schedule(gate, session, tenant, "nightly")
    assert (shown.problem, shown.time_zone, shown.overlap) == (None, "Europe/Berlin", "SKIP")
    assert shown.catchup_window == timedelta(hours=24)
    calendar = shown.calendars[0]
    assert (calendar.hour, calendar.minute, calendar.day_of_week) == ("2", "30", "1-5")
    assert len(shown.next_times) == 10
    await shell.temporal("toggle --schedule-id jobs/TENANT/nightly --pause --reason stocktaking")
    assert json.loads((await shell.invoices("show nightly --json")).output)["note"] == "stocktaking"
    assert f"jobs/{tenant}/nightly" in await shell.temporal("list")
    await shell.temporal("delete --schedule-id jobs/TENANT/nightly")
    assert (await shell.invoices("show nightly")).status == 1


async def test_the_temporal_command_shows_and_deletes_what_we_made(shell: Shell) -> None:
    await shell.invoices(f"{NIGHTLY} --paused --note 'every night'")
    described = json.loads(await shell.temporal("describe --schedule-id jobs/TENANT/nightly --output json"))
    action = described["schedule"]["action"]["startWorkflow"]
    assert action["workflowId"] == f"scheduled-job/{shell.tenant}/nightly"
    assert described["schedule"]["spec"]["timezoneName"] == "Europe/Berlin"
    assert described["schedule"]["state"] == {"notes": "every night", "paused": True}
    await shell.temporal("toggle --schedule-id jobs/TENANT/nightly --unpause --reason 'on again'")
    assert json.loads((await shell.invoices("show nightly --json")).output)["paused"] is False
    await shell.temporal("delete --schedule-id jobs/TENANT/nightly")


async def jobs_of(service: Service) -> list[Job]:
    async with service.sessions() as session:
        rows = select(Job).where(Job.tenant == service.tenant).order_by(Job.query_time)
        return list(await session.scalars(rows))


@pytest.mark.parametrize("form", ["invoices", "temporal"])
async def test_a_trigger_and_a_backfill_from_a_shell_run_jobs(shell: Shell, service: Service, form: str) -> None:
    day = datetime.now(UTC).replace(hour=2, minute=30, second=0, microsecond=0) - timedelta(days=3)
    first, last = f"{day:%Y-%m-%dT%H:%M:%SZ}", f"{day + timedelta(days=1):%Y-%m-%dT%H:%M:%SZ}"
    if form == "invoices":
        await shell.invoices("create nightly --calendar 'hour=2 minute=30' --time-zone UTC --paused")
        backfilled = await shell.invoices(f"backfill nightly --from {first} --to {last}")
        assert backfilled.output == "the times of schedule nightly are being run\n"
    else:
        await shell.temporal(PLAIN.replace("Europe/Berlin", "UTC").replace(',"dayOfWeek":"1-5"', ""))
        times = f"--start-time {first} --end-time {last} --overlap-policy BufferAll"
        await shell.temporal(f"backfill --schedule-id jobs/TENANT/nightly {times}")
    await eventually(_ended(service, 2), seconds=40, what="two jobs")
    assert [job.query_time for job in await jobs_of(service)] == [day, day + timedelta(days=1)]
    await eventually(_nothing_runs(shell, 2), seconds=60, what="the schedule's word that nothing runs")
    before = datetime.now(UTC).replace(microsecond=0)
    if form == "invoices":
        triggered = await shell.invoices("trigger nightly")
        assert triggered.output == "the job of schedule nightly is being begun\n"
    else:
        await shell.temporal("trigger --schedule-id jobs/TENANT/nightly")
    await eventually(_ended(service, 3), seconds=40, what="a third job")
    last_job = (await jobs_of(service))[-1]
    assert last_job.query_time is not None
    assert last_job.query_time >= before
    assert {job.schedule for job in await jobs_of(service)} == {"nightly"}
    await eventually(_nothing_runs(shell, 3), seconds=60, what="the schedule's word that nothing runs")
    lines = (await shell.invoices("show nightly")).output.splitlines()
    assert lines[-1] == f"ran   {day:%Y-%m-%d} 02:30 +0000  job {(await jobs_of(service))[0].id} DONE"


def _nothing_runs(shell: Shell, started: int) -> Callable[[], Any]:
    """The schedule hears a moment later than the books that a job has ended, and starts none beside it."""

    async def condition() -> bool:
        shown = (await shell.invoices("show nightly")).output.splitlines()
        return f"{started} started, 0 running, 0 skipped, 0 missed" in shown

    return condition


def _ended(service: Service, count: int) -> Callable[[], Any]:
    async def condition() -> bool:
        return [bool(job.finished_at) for job in await jobs_of(service)] == [True] * count

    return condition
