"""`invoices job`: starting jobs, showing them, following one to its end. Steering is in tests/test_control.py."""

import asyncio
import io
import json
import os
import signal
import sys
from asyncio.subprocess import PIPE
from collections.abc import Awaitable, Callable
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from contracts.order_invoice import OrderState
from database import jobs
from database.jobs import NewJob
from database.tables import Job, JobItem
from demo.orders.manual import MANUAL
from tests.command_line import Ended, Run
from tests.service_fixtures import Service

ROOT = Path(__file__).parents[2]
Sessions = async_sessionmaker[AsyncSession]
Type = Callable[..., Awaitable[Ended]]


@pytest.fixture
def type_(command_line: Run, database_url: str, tenant: str) -> Type:
    """`invoices job ...` for this test's tenant; Temporal is away unless its address is given."""

    async def type_(*words: str, temporal: str | None = None) -> Ended:
        settings = {"DATABASE_URL": database_url} | ({"TEMPORAL_ADDRESS": temporal} if temporal else {})
        return await asyncio.to_thread(command_line, "job", *words, "--tenant", tenant, **settings)

    return type_


async def only_job(sessions: Sessions, tenant: str) -> tuple[Job, list[str]]:
    async with sessions() as session:
        [job] = await session.scalars(select(Job).where(Job.tenant == tenant))
        items = select(JobItem.order_id).where(JobItem.tenant == tenant).order_by(JobItem.position)
        return job, list(await session.scalars(items))


async def test_a_job_over_named_orders_is_on_the_books_before_temporal_hears_of_it(
    type_: Type, sessions: Sessions, tenant: str
) -> None:
    started = await type_("start", "--order", "EON2", "--order", "EON1", "--order", "EON2", "--concurrency", "7")
    job, order_ids = await only_job(sessions, tenant)
    assert started == Ended(0, f"{job.id}\n", "the job is accepted; it begins as soon as Temporal answers\n")
    assert order_ids == ["EON2", "EON1"]
    assert (job.job_type, job.concurrency, job.dry_run, job.started_at) == ("MANUAL", 7, False, None)


async def test_order_ids_come_from_a_file_or_from_standard_input(
    type_: Type, sessions: Sessions, tenant: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "ids.txt").write_bytes("\ufeffEON1\r\n\nGröße/7\n  EON2".encode())
    assert (await type_("start", "--file", str(tmp_path / "ids.txt"), "--dry-run")).status == 0
    job, order_ids = await only_job(sessions, tenant)
    assert (order_ids, job.dry_run) == (["EON1", "Größe/7", "EON2"], True)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"EON3\nEON4\n")))
    assert (await type_("start", "--file", "-")).status == 0
    async with sessions() as session:
        assert len(list(await session.scalars(select(Job).where(Job.tenant == tenant)))) == 2


async def test_what_cannot_be_a_job_is_refused_in_one_sentence(
    type_: Type, command_line: Run, database_url: str, tmp_path: Path
) -> None:
    (tmp_path / "empty").write_text("\n \n")
    (tmp_path / "latin").write_bytes(b"Gr\xf6\xdfe\n")
    (tmp_path / "spaced").write_text("EON1\nEON 2\n")
    one = "name the orders by --order, by --file, or by --automatic: one of them"
    for words, sentence in (
        ((), one),
        (("--automatic", "--order", "EON1"), one),
        (("--file", str(tmp_path / "empty")), "there is no order id in the file"),
        (("--file", str(tmp_path / "latin")), "the file is not text in UTF-8"),
        (
            ("--file", str(tmp_path / "spaced")),
            "order id 2: must hold no spaces and no characters that cannot be seen",
        ),
    ):
        assert (await type_("start", *words)).refused_with(sentence), words
    nobody = ("job", "start", "--tenant", "nobody", "--automatic")
    ended = await asyncio.to_thread(command_line, *nobody, DATABASE_URL=database_url)
    assert ended.refused_with("there is no tenant nobody")


async def test_a_job_that_there_is_not_is_refused_by_every_command(type_: Type, tenant: str) -> None:
    sentence = f"tenant {tenant} has no such job: see `invoices job list --tenant {tenant}`"
    for words in (("show",), ("watch",), ("pause",), ("resume",), ("cancel",), ("retry-failed",), ("concurrency", "3")):
        assert (await type_(words[0], str(uuid4()), *words[1:])).refused_with(sentence), words


async def test_without_temporal_a_running_job_cannot_be_paused_and_can_be_cancelled(
    type_: Type, sessions: Sessions, tenant: str
) -> None:
    async with sessions.begin() as session:
        job_id = await jobs.create_job(session, NewJob(tenant, "MANUAL", ["EON1"]))
        await jobs.begin_job(session, tenant, job_id)
    away = "Temporal does not answer: check INVOICES_TEMPORAL_ADDRESS"
    assert (await type_("pause", str(job_id))).refused_with(away)
    cancelled = await type_("cancel", str(job_id))
    assert cancelled.status == 0
    assert cancelled.output.endswith("The job is cancelled as soon as Temporal answers\n")


async def test_jobs_are_listed_the_newest_first_and_by_state(type_: Type, sessions: Sessions, tenant: str) -> None:
    made = []
    for number in (1, 2, 3):
        async with sessions.begin() as session:
            made.append(await jobs.create_job(session, NewJob(tenant, "MANUAL", [f"EON{number}"])))
            if number == 2:
                await jobs.begin_job(session, tenant, made[-1])
                await jobs.finish_job(session, tenant, made[-1])
    listed = (await type_("list")).output.splitlines()
    assert [line.split()[0] for line in listed] == [str(job_id) for job_id in reversed(made)]
    assert [line.split()[0] for line in (await type_("list", "--limit", "1")).output.splitlines()] == [str(made[2])]
    [done] = (await type_("list", "--state", "done")).output.splitlines()
    assert (done.split()[0], "DONE" in done) == (str(made[1]), True)


async def test_a_job_is_followed_to_its_end(type_: Type, service: Service) -> None:
    for order_id in ("EON1", "EON2"):
        service.shop.add_order(MANUAL["EON9004"](order_id))
    words = ("start", "--order", "EON1", "--order", "EON2", "--order", "EON404", "--watch")
    watched = await type_(*words, temporal=service.settings.temporal_address)
    job, _ = await only_job(service.sessions, service.tenant)
    lines = watched.output.splitlines()
    assert (watched.status, watched.errors, lines[0]) == (0, "", str(job.id))
    assert "3/3  2 succeeded, 1 failed, 0 on hold" in lines[-2]
    assert lines[-2].startswith("DONE")
    assert lines[-1] == f"the job has ended: invoices job show {job.id} --tenant {service.tenant}"
    as_json = await type_("watch", str(job.id), "--json", temporal=service.settings.temporal_address)
    [line] = map(json.loads, as_json.output.splitlines())
    assert (line["state"], line["success"], line["failure"], line["total"]) == ("DONE", 2, 1, 3)


async def test_only_so_many_failed_orders_are_shown(type_: Type, service: Service) -> None:
    job_id = await service.start("EON404", "EON405", "EON406")
    await service.job(job_id).result()
    shown = await type_("show", str(job_id), "--limit", "2", temporal=service.settings.temporal_address)
    assert [line.split()[0] for line in shown.output.splitlines() if "unknown_order" in line] == ["EON404", "EON405"]
    assert shown.output.splitlines()[-1] == "and 1 more: --limit shows them"


async def test_ctrl_c_ends_the_watching_and_not_the_job(service: Service) -> None:
    """In a process of its own, as signals are the process's."""
    service.shop.add_order(MANUAL["EON9004"]("EON1"))
    service.shop.fault("GET .*/salesorders/", "status", times=None)
    job_id = await service.start("EON1")
    watching = await start_watching(service, job_id)
    assert watching.stdout is not None
    assert b"0/1" in await asyncio.wait_for(watching.stdout.readline(), 30)
    watching.send_signal(signal.SIGINT)
    _, errors = await asyncio.wait_for(watching.communicate(), 30)
    words = f"the job goes on: invoices job watch {job_id} --tenant {service.tenant}\n"
    assert (watching.returncode, errors.decode()) == (130, words)
    service.shop.clear_faults()
    await service.job(job_id).result()
    assert (await service.items(job_id))["EON1"].item.state == OrderState.SUCCESS


async def start_watching(service: Service, job_id: UUID) -> asyncio.subprocess.Process:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("INVOICES_")}
    settings = {
        "INVOICES_DATABASE_URL": service.settings.database_url.get_secret_value(),
        "INVOICES_TEMPORAL_ADDRESS": service.settings.temporal_address,
        "PYTHONUNBUFFERED": "1",
    }
    words = (sys.executable, "-m", "cli", "job", "watch", str(job_id), "--tenant", service.tenant)
    return await asyncio.create_subprocess_exec(*words, cwd=ROOT, env=clean | settings, stdout=PIPE, stderr=PIPE)
