"""What every activity gets around it: failures fit for Temporal, ids on its log lines, heartbeats."""

import asyncio
import dataclasses
from collections.abc import Awaitable, Callable
from contextlib import nullcontext
from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import structlog
from pydantic import BaseModel, ValidationError
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory
from temporalio.service import RPCError, RPCStatusCode
from temporalio.testing import ActivityEnvironment
from temporalio.worker import ActivityInboundInterceptor, ExecuteActivityInput

from activities.interceptor import StepInterceptor
from activities.turns import Turns
from contracts.failures import NOT_RETRIED, Reason
from contracts.invoice_job import JobRef
from contracts.order_invoice import CaptureRequest, Delivery, InvoiceRef, OrderRef
from contracts.sales_invoice import DeliveryRequest
from documents.failures import RendererDied
from integrations.faults import PermanentFault, TransientFault
from integrations.pace import HeldBack
from integrations.payment_gateway import OutcomeUnknown
from tests.api_fixtures import LogLines

Sessions = async_sessionmaker[AsyncSession]
ADDRESS = "ada.lovelace@example.com"
ORDER = OrderRef(tenant="acme", order_id="EON1", job_id=uuid4())
INVOICE = InvoiceRef(tenant="acme", invoice_id=uuid4(), number="INV261001")
Step = Callable[[], Awaitable[object]]


class Innermost(ActivityInboundInterceptor):
    """The end of the chain: runs a test's own step."""

    def __init__(self, step: Step) -> None:
        self._step = step

    async def execute_activity(self, input: ExecuteActivityInput) -> Any:  # noqa: A002 -- the SDK's signature
        return await self._step()


async def run(step: Step, message: object = ORDER, environment: ActivityEnvironment | None = None) -> object:
    wrapped = StepInterceptor().intercept_activity(Innermost(step))

    async def execute() -> object:
        return await wrapped.execute_activity(ExecuteActivityInput(fn=run, args=[message], executor=None, headers={}))

    return await (environment or ActivityEnvironment()).run(execute)


def failing(error: BaseException) -> Step:
    async def fail() -> None:
        raise error

    return fail


async def failure_of(step: Step) -> ApplicationError:
    with pytest.raises(ApplicationError) as failed:
        await run(step)
    return failed.value


class Customer(BaseModel):
    age: int


async def test_what_a_step_returns_comes_through() -> None:
    async def answer() -> str:
        return "done"

    assert await run(answer) == "done"


def everything_said(error: BaseException | None) -> str:
    """What Temporal would keep of it, causes included."""
    if error is None:
        return ""
    return f"{error!r} {error} {everything_said(error.__cause__)}"


async def test_a_validation_error_does_not_quote_its_input() -> None:
    async def validate() -> None:
        Customer.model_validate({"age": ADDRESS})

    failure = await failure_of(validate)
    assert ADDRESS not in everything_said(failure)
    assert failure.type == ValidationError.__name__
    assert (failure.message, failure.non_retryable) == ("ValidationError: see the worker's log", False)


async def test_a_database_error_does_not_quote_its_row(sessions: Sessions) -> None:
    async def insert_twice() -> None:
        async with sessions() as session:
            for _ in range(2):
                await session.execute(text("INSERT INTO tenants (code) VALUES (:code)"), {"code": ADDRESS})

    failure = await failure_of(insert_twice)
    assert failure.type == "IntegrityError"
    assert ADDRESS not in everything_said(failure)
    assert failure.type not in NOT_RETRIED


async def test_any_other_error_loses_its_words_and_stays_retryable(log_lines: LogLines) -> None:
    failure = await failure_of(failing(KeyError(ADDRESS)))
    assert ADDRESS not in everything_said(failure)
    assert (failure.type, failure.non_retryable) == ("KeyError", False)
    (line,) = log_lines.named("step_failed")
    assert (line["level"], line["order_id"]) == ("error", "EON1")
    assert "KeyError" in str(line["exception"])


@pytest.mark.parametrize(
    ("error", "final"),
    [
        (KeyError("k"), True),
        (ValueError("v"), True),
        (OperationalError("SELECT 1", {}, Exception("away")), False),
        (ConnectionRefusedError("away"), False),
        (TimeoutError(), False),
        (RendererDied("gone"), False),
    ],
)
async def test_what_keeps_failing_unexpectedly_reaches_a_person(error: Exception, final: bool) -> None:
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, attempt=5)
    with pytest.raises(ApplicationError) as failed:
        await run(failing(error), environment=environment)
    assert failed.value.non_retryable is final
    assert (failed.value.type == Reason.INTERNAL_ERROR) is final


async def test_the_log_of_a_foreign_error_quotes_no_data_either(log_lines: LogLines, sessions: Sessions) -> None:
    async def insert() -> None:
        async with sessions() as session:
            await session.execute(text("INSERT INTO tenants (code) VALUES (CAST(:code AS int))"), {"code": ADDRESS})

    await failure_of(insert)
    await failure_of(failing(validation_error()))
    assert len(log_lines.named("step_failed")) == 2
    assert ADDRESS not in log_lines.text


def validation_error() -> ValidationError:
    try:
        Customer.model_validate({"age": ADDRESS})
    except ValidationError as error:
        return error
    raise AssertionError


def at_attempt(number: int) -> ActivityEnvironment:
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, attempt=number)
    return environment


async def test_what_keeps_failing_unexpectedly_needs_a_person(log_lines: LogLines) -> None:
    for attempt, reason, final in ((4, "KeyError", False), (5, Reason.INTERNAL_ERROR, True)):
        with pytest.raises(ApplicationError) as failed:
            await run(failing(KeyError(ADDRESS)), ORDER, at_attempt(attempt))
        assert (failed.value.type, failed.value.non_retryable) == (reason, final)
        assert ADDRESS not in everything_said(failed.value)


@pytest.mark.parametrize(
    "error",
    [
        OperationalError("SELECT 1", {}, Exception("the server closed the connection")),
        ConnectionResetError("reset"),
        TimeoutError(),
        RPCError("away", RPCStatusCode.UNAVAILABLE, b""),
        RendererDied("gone"),
        TransientFault("The shop is busy."),
    ],
    ids=lambda error: type(error).__name__,
)
async def test_what_may_come_back_is_tried_for_as_long_as_it_takes(error: Exception) -> None:
    with pytest.raises(ApplicationError) as failed:
        await run(failing(error), ORDER, at_attempt(500))
    assert (failed.value.type, failed.value.non_retryable) == (type(error).__name__, False)
    assert failed.value.type not in NOT_RETRIED


async def test_a_failure_of_ours_comes_through_as_it_is() -> None:
    ours = ApplicationError("the order is not on hold", type=Reason.TOTALS_DIFFER, non_retryable=True)
    assert await failure_of(failing(ours)) is ours


async def test_that_our_own_limit_is_reached_is_no_error_in_the_log() -> None:
    held = await failure_of(failing(HeldBack("The payment gateway is called often enough.", retry_after_seconds=4)))
    assert (held.category, held.next_retry_delay) == (ApplicationErrorCategory.BENIGN, timedelta(seconds=4))
    busy = await failure_of(failing(TransientFault("The shop is busy.")))
    assert busy.category is ApplicationErrorCategory.UNSPECIFIED


@pytest.mark.parametrize(
    ("seconds", "delay"), [(7.0, timedelta(seconds=7)), (0.5, timedelta(seconds=0.5)), (0.0, None), (None, None)]
)
async def test_a_transient_fault_waits_as_long_as_it_was_asked_to(
    seconds: float | None, delay: timedelta | None
) -> None:
    failure = await failure_of(failing(TransientFault("The shop is busy.", retry_after_seconds=seconds)))
    assert (failure.message, failure.next_retry_delay, failure.non_retryable) == ("The shop is busy.", delay, False)
    assert failure.type not in NOT_RETRIED


async def test_a_kind_of_transient_fault_keeps_its_name() -> None:
    failure = await failure_of(failing(OutcomeUnknown("Whether it happened is not known.")))
    assert (failure.type, failure.non_retryable) == ("OutcomeUnknown", False)


async def test_a_permanent_fault_needs_a_person() -> None:
    failure = await failure_of(failing(PermanentFault("The shop refuses to say.")))
    assert (failure.message, failure.type, failure.non_retryable) == (
        "The shop refuses to say.",
        Reason.INTERNAL_ERROR,
        True,
    )


async def test_a_cancelled_step_is_cancelled_and_no_failure() -> None:
    with pytest.raises(asyncio.CancelledError):
        await run(failing(asyncio.CancelledError()))


@pytest.mark.parametrize(
    ("message", "ids"),
    [
        (ORDER, {"tenant", "job_id", "order_id"}),
        (CaptureRequest(order=ORDER, requested_by="run/1"), {"tenant", "job_id", "order_id"}),
        (JobRef(tenant="acme", job_id=ORDER.job_id), {"tenant", "job_id"}),
        (Delivery(order=ORDER, invoice=INVOICE), {"tenant", "job_id", "order_id"}),
        (DeliveryRequest(invoice=INVOICE), {"tenant", "invoice_id"}),
        (None, set()),
    ],
)
async def test_the_ids_of_its_message_are_bound_to_the_steps_log_lines(message: object, ids: set[str]) -> None:
    async def bound() -> dict[str, object]:
        return dict(structlog.contextvars.get_contextvars())

    values = {
        "tenant": "acme",
        "job_id": str(ORDER.job_id),
        "order_id": "EON1",
        "invoice_id": str(INVOICE.invoice_id),
    }
    assert await asyncio.create_task(run(bound, message)) == {name: values[name] for name in ids}


async def test_what_one_step_binds_does_not_reach_the_next() -> None:
    async def bound() -> dict[str, object]:
        return dict(structlog.contextvars.get_contextvars())

    await asyncio.create_task(run(bound, ORDER))
    assert structlog.contextvars.get_contextvars() == {}


def beating(timeout: timedelta | None) -> tuple[ActivityEnvironment, asyncio.Queue[None]]:
    """An environment whose heartbeats are counted."""
    environment, beats = ActivityEnvironment(), asyncio.Queue[None]()
    environment.info = dataclasses.replace(environment.info, heartbeat_timeout=timeout)
    environment.on_heartbeat = lambda *_details: beats.put_nowait(None)
    return environment, beats


async def test_a_slow_step_beats_often_enough_and_stops_with_its_end() -> None:
    environment, beats = beating(timedelta(seconds=0.6))
    loop = asyncio.get_running_loop()

    async def three_beats_long() -> float:
        begun = loop.time()
        for _ in range(3):
            await beats.get()
        return (loop.time() - begun) / 3

    async with asyncio.timeout(10):
        between = await run(three_beats_long, ORDER, environment)
    assert isinstance(between, float)
    assert between < 0.6
    await asyncio.sleep(0.4)
    assert beats.empty()


async def test_a_failing_step_stops_beating_too() -> None:
    environment, beats = beating(timedelta(seconds=0.06))
    with pytest.raises(ApplicationError):
        await run(failing(ValueError("no")), ORDER, environment)
    await asyncio.sleep(0.1)
    assert beats.empty()


async def test_a_local_step_has_no_heart() -> None:
    environment, beats = beating(None)

    async def short() -> None:
        await asyncio.sleep(0.05)

    await run(short, ORDER, environment)
    assert beats.empty()


@pytest.mark.parametrize(
    ("is_local", "is_draining", "begins"), [(True, True, False), (True, False, True), (False, True, True)]
)
async def test_a_worker_that_drains_begins_no_local_step(is_local: bool, is_draining: bool, begins: bool) -> None:
    """A chain of them would keep it from ending; the failure sends the step to a regular activity."""
    begun: list[bool] = []

    async def begin() -> None:
        begun.append(True)

    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, is_local=is_local)
    if is_draining:
        environment.worker_shutdown()
    with nullcontext() if begins else pytest.raises(ApplicationError, match="draining") as failed:
        await run(begin, ORDER, environment)
    assert bool(begun) is begins
    if failed is not None:
        assert failed.value.type not in NOT_RETRIED
        assert not failed.value.non_retryable


@pytest.mark.parametrize("is_local", [True, False])
async def test_a_local_step_takes_its_tenants_turn(is_local: bool) -> None:
    """One place of two is a tenant's; a step that finds it taken gives way in time, and may be tried again."""
    turns = Turns(2, timedelta(milliseconds=20))
    wrapped = StepInterceptor(turns).intercept_activity(Innermost(answer))
    environment = ActivityEnvironment()
    environment.info = dataclasses.replace(environment.info, is_local=is_local)

    async def execute() -> object:
        return await wrapped.execute_activity(ExecuteActivityInput(fn=run, args=[ORDER], executor=None, headers={}))

    async with turns.of("other"):
        assert await environment.run(execute) == "done"
    async with turns.of(ORDER.tenant):
        if not is_local:
            assert await environment.run(execute) == "done"
            return
        with pytest.raises(ApplicationError) as failed:
            await environment.run(execute)
    assert (failed.value.type, failed.value.non_retryable) == ("NoTurn", False)
    assert "NoTurn" not in NOT_RETRIED


async def answer() -> str:
    return "done"
