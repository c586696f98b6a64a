"""What a job's books say of an order."""

from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.exceptions import ApplicationError

from activities.capture_payment import CaptureActivities
from activities.record_outcome import OutcomeActivities
from contracts.failures import Reason
from contracts.order_invoice import CaptureRequest, OrderRef, OrderState, Outcome, Step
from database import job_lists, jobs
from database.job_lists import ItemView
from database.jobs import NewJob
from tests.activities.conftest import Bring
from tests.activities.fakes import GatewayFake
from tests.database.rows import issue

Sessions = async_sessionmaker[AsyncSession]


async def in_a_job(sessions: Sessions, order: OrderRef) -> OrderRef:
    async with sessions.begin() as session:
        job_id = await jobs.create_job(session, NewJob(order.tenant, "MANUAL", (order.order_id,)))
    return order.model_copy(update={"job_id": job_id})


def outcome(order: OrderRef, state: OrderState, reason: Reason | None = None, invoice: UUID | None = None) -> Outcome:
    return Outcome(order=order, state=state, step=Step.CAPTURE, reason=reason, message="so it is", invoice_id=invoice)


async def item(sessions: Sessions, order: OrderRef) -> ItemView:
    async with sessions() as session:
        (view,) = await job_lists.list_items(session, order.tenant, order.job_id)
    return view


async def test_the_gateways_words_stand_beside_ours(sessions: Sessions, priced: Bring) -> None:
    order = await in_a_job(sessions, await priced())
    gateway = CaptureActivities(sessions, GatewayFake(declines=True))
    with pytest.raises(ApplicationError):
        await gateway.capture_payment(CaptureRequest(order=order, requested_by="run/1"))
    await OutcomeActivities(sessions).record_outcome(outcome(order, OrderState.HELD, Reason.PAYMENT_DECLINED))
    row = (await item(sessions, order)).item
    assert (row.state, row.step, row.reason) == ("HELD", "capture_payment", "payment_declined")
    assert row.message == "so it is (Insufficient funds)"


async def test_an_order_that_was_invoiced_before_shows_that_invoice(sessions: Sessions, tenant: str) -> None:
    order = await in_a_job(sessions, OrderRef(tenant=tenant, order_id="EON1", job_id=uuid4()))
    invoice = await issue(sessions, tenant, "EON1", number="INV1")
    await OutcomeActivities(sessions).record_outcome(outcome(order, OrderState.FAILURE, Reason.ALREADY_INVOICED))
    view = await item(sessions, order)
    assert (view.item.state, view.item.invoice_id, view.invoice_number) == ("FAILURE", invoice.id, "INV1")


async def test_what_has_succeeded_stays_so(sessions: Sessions, tenant: str) -> None:
    order = await in_a_job(sessions, OrderRef(tenant=tenant, order_id="EON1", job_id=uuid4()))
    activities = OutcomeActivities(sessions)
    await activities.record_outcome(outcome(order, OrderState.SUCCESS))
    await activities.record_outcome(outcome(order, OrderState.FAILURE, Reason.ALREADY_INVOICED))
    assert (await item(sessions, order)).item.state == "SUCCESS"


async def test_what_the_job_knows_does_not_overwrite_what_the_order_said(sessions: Sessions, tenant: str) -> None:
    order = await in_a_job(sessions, OrderRef(tenant=tenant, order_id="EON1", job_id=uuid4()))
    activities = OutcomeActivities(sessions)
    await activities.record_outcome(outcome(order, OrderState.SUCCESS))
    await activities.close_order(outcome(order, OrderState.FAILURE, Reason.INTERNAL_ERROR))
    assert (await item(sessions, order)).item.state == "SUCCESS"


async def test_an_order_that_could_say_nothing_is_closed_by_its_job(sessions: Sessions, tenant: str) -> None:
    order = await in_a_job(sessions, OrderRef(tenant=tenant, order_id="EON1", job_id=uuid4()))
    await OutcomeActivities(sessions).close_order(outcome(order, OrderState.FAILURE, Reason.CANCELLED))
    row = (await item(sessions, order)).item
    assert (row.state, row.reason, row.message) == ("FAILURE", "cancelled", "so it is")
