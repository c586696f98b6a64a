"""Every command of docs/control.md, typed as it stands there: REST, command line, `temporal` update and signal."""

import asyncio
import json
import re
import shlex
from asyncio.subprocess import PIPE
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from string import Template
from typing import Any, cast
from uuid import UUID

import httpx
import pytest

from api.app import create_app
from api.jobs.control_gate import ClientControlGate
from api.schedules.gate import ClientScheduleGate
from api.services import ApiServices
from api.temporal_gate import ClientGate
from contracts.invoice_job import JobProgress
from contracts.order_invoice import OrderState
from database import job_lists, jobs
from database.jobs import JobView
from demo.embedded.temporal import temporal_binary
from demo.orders.automatic import AUTOMATIC
from demo.orders.manual import MANUAL
from integrations.document_store import ObjectDocumentStore
from tests.api_fixtures import TokenMaker
from tests.command_line import Run
from tests.service_fixtures import Service
from tests.waiting import eventually

PAGE = Path(__file__).parents[1] / "docs" / "control.md"
API = "http://api"
REST, COMMAND_LINE, UPDATE, SIGNAL = "REST", "command line", "update", "signal"
FORMS = (REST, COMMAND_LINE, UPDATE, SIGNAL)


def commands_of(page: Path) -> dict[str, tuple[str, str, str]]:
    """What to do -> its line over REST, on the command line, with `temporal`."""
    rows = re.findall(r"^\| (.+?) \| `(.+)` \| `(.+)` \| `(.+)` \|$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {to: (rest, line, temporal) for to, rest, line, temporal in rows}


COMMANDS = commands_of(PAGE)


def test_every_row_of_the_page_is_typed_below() -> None:
    typed = re.findall(r'operator\.type\(\s*"([^"]+)"', Path(__file__).read_text(encoding="utf-8"))
    assert COMMANDS.keys() == set(typed)


@dataclass(frozen=True)
class Operator:
    """Types the lines of the page, for this test's tenant."""

    service: Service
    http: httpx.AsyncClient
    run: Run

    async def type(self, to: str, form: str, **names: object) -> str:
        """The command's output; it must succeed."""
        line = COMMANDS[to][min(FORMS.index(form), 2)]
        if form == SIGNAL:
            line = line.replace("workflow update execute", "workflow signal")
        known = {"API": API, "JOBS": f"{API}/invoice/acme/jobs/invoices", **names}
        words = shlex.split(Template(line).substitute(known).replace("acme", self.service.tenant))
        return await {"call": self._call, "invoices": self._invoices, "temporal": self._temporal}[words[0]](words[1:])

    async def _call(self, words: list[str]) -> str:
        """`call [-X POST] URL [-d BODY]`, the walk-through's curl."""
        method = words[words.index("-X") + 1] if "-X" in words else "POST" if "-d" in words else "GET"
        body = words[words.index("-d") + 1] if "-d" in words else None
        [url] = [word for word in words if word.startswith(API)]
        answer = await self.http.request(method, url, content=body, headers={"content-type": "application/json"})
        assert answer.is_success, answer.text
        return answer.text

    async def _invoices(self, words: list[str]) -> str:
        settings = self.service.settings
        ended = await asyncio.to_thread(
            self.run,
            *words,
            DATABASE_URL=settings.database_url.get_secret_value(),
            TEMPORAL_ADDRESS=settings.temporal_address,
        )
        assert (ended.status, ended.errors) == (0, ""), ended
        return ended.output

    async def _temporal(self, words: list[str]) -> str:
        where = ("--address", self.service.settings.temporal_address, "--namespace", "invoices")
        done = await asyncio.create_subprocess_exec(temporal_binary(), *words, *where, stdout=PIPE, stderr=PIPE)
        output, errors = await done.communicate()
        assert done.returncode == 0, (words, output, errors)
        return output.decode()


@pytest.fixture
async def operator(service: Service, command_line: Run, token: TokenMaker) -> AsyncIterator[Operator]:
    services = ApiServices(
        settings=service.settings,
        sessions=service.sessions,
        documents=ObjectDocumentStore(service.settings.document_store_url),
        temporal=ClientGate(service.temporal),
        control=ClientControlGate(service.temporal),
        schedules=ClientScheduleGate(service.temporal),
    )
    headers = {"authorization": f"Bearer {await token(service.tenant)}"}
    transport = httpx.ASGITransport(cast("Any", create_app(services)))
    async with httpx.AsyncClient(transport=transport, base_url=API, headers=headers) as http:
        yield Operator(service, http, command_line)


def add_orders(service: Service, *order_ids: str) -> tuple[str, ...]:
    """Orders on account: their invoices need no capture."""
    for order_id in order_ids:
        service.shop.add_order(MANUAL["EON9004"](order_id))
    return order_ids


async def job_view(service: Service, job_id: UUID) -> JobView:
    async with service.sessions.begin() as session:
        view = await jobs.get_job(session, service.tenant, job_id)
    assert view is not None
    return view


async def progress(service: Service, job_id: UUID) -> JobProgress:
    said: JobProgress = await service.job(job_id).query("progress", result_type=JobProgress)
    return said


def said(condition: Callable[[JobProgress], bool], service: Service, job_id: UUID) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        return condition(await progress(service, job_id))

    return holds


def booked(condition: Callable[[JobView], bool], service: Service, job_id: UUID) -> Callable[[], Awaitable[bool]]:
    async def holds() -> bool:
        return condition(await job_view(service, job_id))

    return holds


def has_ended(view: JobView) -> bool:
    return view.job.finished_at is not None


@pytest.mark.parametrize("form", FORMS)
async def test_a_job_is_paused_widened_resumed_cancelled_and_what_failed_runs_again(
    service: Service, operator: Operator, form: str
) -> None:
    order_ids = add_orders(service, *(f"EON{number}" for number in range(1, 7)))
    service.shop.fault("GET .*/salesorders/", "delay", seconds=0.4, times=None)
    job_id = await service.start(*order_ids, concurrency=1)
    await eventually(said(lambda job: job.running == 1, service, job_id), what="the first order")

    await operator.type("pause", form, JOB=job_id)
    await eventually(booked(lambda view: view.job.paused_at is not None, service, job_id), what="the pause")
    await eventually(said(lambda job: job.paused and job.running == 0, service, job_id), what="the rest of an order")
    waiting = (await job_view(service, job_id)).counts[OrderState.PENDING]
    assert waiting >= 3

    await operator.type("change concurrency", form, JOB=job_id)
    await eventually(said(lambda job: job.concurrency == 3, service, job_id), what="the new concurrency")
    standing = await progress(service, job_id)
    assert (standing.paused, standing.running) == (True, 0)
    assert (await job_view(service, job_id)).counts[OrderState.PENDING] == waiting

    await operator.type("resume", form, JOB=job_id)
    await eventually(said(lambda job: job.running == 3, service, job_id), what="three orders at once")
    assert (await job_view(service, job_id)).job.paused_at is None

    await operator.type("cancel", form, JOB=job_id)
    await eventually(booked(has_ended, service, job_id), what="the end of the cancelled job")
    cancelled = await job_view(service, job_id)
    assert cancelled.job.cancelled_at is not None
    assert cancelled.counts.keys() == {OrderState.SUCCESS, OrderState.FAILURE}
    assert (cancelled.total, cancelled.counts[OrderState.FAILURE] >= 1) == (6, True)
    await service.job(job_id).result()

    service.shop.clear_faults()
    await operator.type("retry failed, once it has ended", form, JOB=job_id)
    await eventually(
        booked(lambda view: has_ended(view) and view.counts == {OrderState.SUCCESS: 6}, service, job_id),
        what="the success of all orders",
    )
    assert await service.drawn_numbers() == [1001, 1002, 1003, 1004, 1005, 1006]


@pytest.mark.parametrize("form", FORMS)
async def test_a_running_job_runs_its_failed_orders_again(service: Service, operator: Operator, form: str) -> None:
    add_orders(service, "EON1")
    service.shop.fault("GET .*/salesorders/EON1", "delay", seconds=3, times=1)
    job_id = await service.start("EON404", "EON1")

    async def has_failed() -> bool:
        return (await service.items(job_id))["EON404"].item.state == OrderState.FAILURE

    await eventually(has_failed, what="the failure of an order that the shop does not know")
    add_orders(service, "EON404")
    await operator.type("retry failed, while it runs", form, JOB=job_id)
    assert not has_ended(await job_view(service, job_id))
    await service.job(job_id).result()
    assert (await job_view(service, job_id)).counts == {OrderState.SUCCESS: 2}


@pytest.mark.parametrize("form", FORMS)
async def test_held_orders_are_retried_released_and_cancelled(service: Service, operator: Operator, form: str) -> None:
    declined, released, cancelled = "EON9005", "EON9006", "EON9006-2"
    service.shop.add_order(MANUAL["EON9005"](declined))
    for order_id in (released, cancelled):
        service.shop.add_order(MANUAL["EON9006"](order_id))
    service.shop.decline(service.shop.transaction_of(declined))
    job_id = await service.start(declined, released, cancelled)
    await service.job(job_id).result()
    assert (await job_view(service, job_id)).counts == {OrderState.HELD: 3}  # the job has ended, and occupies nobody

    service.shop.accept(service.shop.transaction_of(declined))
    await operator.type("retry now", form, ORDER=declined)
    await operator.type("release from hold", form, ORDER=released)
    await operator.type("cancel before capture", form, ORDER=cancelled)
    await eventually(booked(lambda view: OrderState.HELD not in view.counts, service, job_id), what="the ends")
    items = await service.items(job_id)
    assert {order_id: (view.item.state, view.item.reason) for order_id, view in items.items()} == {
        declined: (OrderState.SUCCESS, None),
        released: (OrderState.SUCCESS, None),
        cancelled: (OrderState.FAILURE, "cancelled"),
    }
    assert str(items[released].total) == "178.50"  # 3 x 50.00 and 19 %; the order says 178.52
    assert service.shop.captures(cancelled) == []


@pytest.mark.parametrize("form", [REST, COMMAND_LINE, UPDATE])
async def test_a_job_and_its_orders_are_looked_at(service: Service, operator: Operator, form: str) -> None:
    service.shop.add_order(MANUAL["EON9006"]("EON9006"))
    add_orders(service, "EON1", "EON2")
    service.shop.fault("GET .*/salesorders/EON2", "delay", seconds=3, times=1)
    job_id = await service.start("EON9006", "EON404", "EON1", "EON2")
    counts = {OrderState.HELD: 1, OrderState.FAILURE: 1, OrderState.SUCCESS: 1, OrderState.PENDING: 1}
    await eventually(booked(lambda view: view.counts == counts, service, job_id), what="three of four")
    far = await operator.type("see how far it is", form, JOB=job_id)
    where = await operator.type("see where it is", form, JOB=job_id, ORDER="EON9006")
    if form == REST:
        shown = json.loads(far)
        assert shown["counts"] == {"total": 4, "success": 1, "failure": 1, "held": 1, "pending": 1}
        assert (shown["phase"], shown["running"], shown["concurrency"]) == ("running", 1, 20)
        assert json.loads(where)["orders"][0]["reason"] == "totals_differ"
    elif form == COMMAND_LINE:
        assert "4 orders: 1 succeeded, 1 failed, 1 on hold, 1 not through yet" in far
        assert "running, 1 orders under way of at most 20" in far
        assert "on hold at recalculate, try 1" in where
        release = f"invoices order release --tenant {service.tenant} --choice accept_ours"
        assert f"{release} EON9006" in far
        assert f"{release} EON9006" in where
        assert "EON404  failed at look_up_order: unknown_order" in far
        assert f"invoices job retry-failed {job_id} --tenant {service.tenant}" in far
    else:
        assert re.search(r'"?running"?:\s*1\b', far), far
        assert "totals_differ" in where
    await service.job(job_id).result()


@pytest.mark.parametrize("form", [REST, COMMAND_LINE, UPDATE])
async def test_a_dry_run_says_what_would_be_invoiced_and_does_nothing(
    service: Service, operator: Operator, form: str
) -> None:
    service.shop.add_order(AUTOMATIC["EON9101"]("EON9101", datetime.now(UTC)))
    service.shop.add_order(AUTOMATIC["EON9111"]("EON9111", datetime.now(UTC)))  # of a status that no job looks for
    await operator.type("dry run", form)

    async def only_job() -> JobView | None:
        async with service.sessions.begin() as session:
            views, _ = await job_lists.list_jobs(session, service.tenant, limit=2, offset=0)
        return views[0] if views else None

    async def is_done() -> bool:
        view = await only_job()
        return view is not None and has_ended(view)

    await eventually(is_done, what="the end of the dry run")
    view = await only_job()
    assert view is not None
    assert (view.job.dry_run, view.counts) == (True, {OrderState.SUCCESS: 1})
    if form == COMMAND_LINE:
        shown = await operator.type("see how far it is", form, JOB=view.job.id)
        assert "EON9101  SUCCESS  would be invoiced over 53.55 EUR" in shown
    [item] = (await service.items(view.job.id)).values()
    assert (str(item.item.total), item.item.currency) == ("53.55", "EUR")  # 45.00 and 19 %
    assert (await service.invoices(), await service.effects(), await service.deliveries()) == ([], [], [])
