"""What Temporal has forgotten opens no door to a second invoice.

Here histories are deleted as the end of the retention deletes them; the service's own books have to know enough.
"""

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, cast
from uuid import UUID

import httpx
import pytest
from sqlalchemy import update
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DeleteWorkflowExecutionRequest
from temporalio.client import WorkflowHandle
from temporalio.service import RPCError, RPCStatusCode

from api.app import create_app
from api.jobs.control_gate import ClientControlGate
from api.services import ApiServices
from api.temporal_gate import ClientGate
from contracts.failures import Reason
from contracts.invoice_job import JobType
from contracts.order_invoice import Step
from database import jobs
from database.job_lists import ItemView
from database.tables import Job, SequenceSchema
from demo.orders.automatic import AUTOMATIC
from demo.orders.manual import MANUAL
from tests.api_fixtures import TokenMaker
from tests.service_fixtures import Service
from tests.waiting import eventually

ORDER, AMOUNT = "EON9001", Decimal("288.95")
LATER = "EON9101"
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture
async def client(service: Service, api_services: ApiServices, token: TokenMaker) -> AsyncIterator[httpx.AsyncClient]:
    """The API over the running service."""
    services = replace(
        api_services,
        settings=service.settings,
        temporal=ClientGate(service.temporal),
        control=ClientControlGate(service.temporal),
    )
    transport = httpx.ASGITransport(cast("Any", create_app(services)))
    headers = {"authorization": f"Bearer {await token(service.tenant)}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers, timeout=30) as client:
        yield client


async def test_an_invoiced_order_is_refused_in_a_new_job(service: Service) -> None:
    service.shop.add_order(MANUAL[ORDER](ORDER))
    first = await service.start(ORDER)
    await service.job(first).result()
    await service.order(ORDER).result()
    await forgotten(service, service.order(ORDER))
    await forgotten(service, service.job(first))
    again = (await service.run(ORDER))[ORDER]
    assert (again.item.state, again.item.reason) == ("FAILURE", Reason.ALREADY_INVOICED)
    assert (await service.items(first))[ORDER].item.state == "SUCCESS"
    await invoiced_once(service)


async def test_an_order_that_waited_for_its_mail_is_finished_by_a_new_job(service: Service) -> None:
    service.shop.add_order(MANUAL[ORDER](ORDER))
    service.mail_sink.refuse(".*", 550, times=None)
    first = await service.start(ORDER)
    await service.job(first).result()
    held = (await service.items(first))[ORDER].item
    assert (held.state, held.step) == ("HELD", Step.SEND_EMAIL)
    await forgotten(service, service.order(ORDER))
    service.mail_sink.clear_faults()
    finished = (await service.run(ORDER))[ORDER]
    assert finished.item.state == "SUCCESS"
    assert (await service.items(first))[ORDER].item.state == "SUCCESS"
    await invoiced_once(service)


async def test_an_order_whose_money_was_captured_is_invoiced_by_a_new_job(service: Service) -> None:
    service.shop.add_order(MANUAL[ORDER](ORDER))
    await last_number(service, SequenceSchema.counter)
    first = await service.start(ORDER)
    await service.job(first).result()
    held = (await service.items(first))[ORDER].item
    assert (held.state, held.step) == ("HELD", Step.ISSUE)
    assert service.shop.captures(ORDER) == [(AMOUNT, "EUR")]
    await forgotten(service, service.order(ORDER))
    await forgotten(service, service.job(first))
    await last_number(service, 9_999_999)
    assert (await service.run(ORDER))[ORDER].item.state == "SUCCESS"
    await invoiced_once(service)


@pytest.mark.thorough
async def test_the_sweep_starts_no_job_that_has_run(service: Service) -> None:
    """That it has looked is seen by a job that it did start."""
    service.shop.add_order(MANUAL[ORDER](ORDER))
    over = await service.start(ORDER)
    await service.job(over).result()
    await forgotten(service, service.job(over))
    missed = await service.accept(ORDER)
    async with service.sessions.begin() as session:
        await session.execute(update(Job).where(Job.id.in_([over, missed])).values(created_at=LONG_AGO))

    async def started() -> bool:
        async with service.sessions.begin() as session:
            return (await jobs.load_job(session, service.tenant, missed)).finished_at is not None

    await eventually(started, seconds=60, what="the missed job")
    assert not await is_known(service.job(over))
    await invoiced_once(service)


async def test_a_repeated_request_runs_no_job_again(service: Service, client: httpx.AsyncClient) -> None:
    """An automatic job would find what has become due since, and invoice it in the name of a job that has ended."""
    request = {"jobType": JobType.AUTOMATIC}
    first = await created(service, client, request)
    await service.job(first).result()
    await forgotten(service, service.job(first))
    service.shop.add_order(AUTOMATIC[LATER](LATER, datetime.now(UTC)))
    assert await created(service, client, request) == first
    assert not await is_known(service.job(first))
    assert await service.items(first) == {}
    second = await created(service, client, request, key="another")
    await service.job(second).result()
    assert set(await service.items(second)) == {LATER}


@pytest.mark.thorough
async def test_failed_orders_of_a_forgotten_job_run_again(service: Service, client: httpx.AsyncClient) -> None:
    service.shop.add_order(MANUAL["EON9004"]("EON9004"))
    job_id = await created(service, client, {"jobType": JobType.MANUAL, "orderIds": ["EON9004", ORDER]})
    await service.job(job_id).result()
    before = await states(service, job_id)
    assert before == {"EON9004": "SUCCESS", ORDER: "FAILURE"}
    for order_id in before:
        await forgotten(service, service.order(order_id))
    await forgotten(service, service.job(job_id))
    service.shop.add_order(MANUAL[ORDER](ORDER))
    answer = await client.post(f"{jobs_path(service)}/{job_id}/retry-failed")
    assert answer.status_code == 202, answer.text
    await service.job(job_id).result()
    assert await states(service, job_id) == {"EON9004": "SUCCESS", ORDER: "SUCCESS"}
    assert await service.drawn_numbers() == [1001, 1002]
    assert service.shop.captures(ORDER) == [(AMOUNT, "EUR")]
    assert len(service.mail_sink.mails()) == 2


async def forgotten(service: Service, handle: WorkflowHandle[Any, Any]) -> None:
    """Delete the workflow with its history; one that is open ends by that."""
    request = DeleteWorkflowExecutionRequest(
        namespace="invoices", workflow_execution=WorkflowExecution(workflow_id=handle.id)
    )
    await service.temporal.workflow_service.delete_workflow_execution(request)

    async def gone() -> bool:
        return not await is_known(handle)

    await eventually(gone, seconds=60, what=f"the end of {handle.id}'s history")


async def is_known(handle: WorkflowHandle[Any, Any]) -> bool:
    try:
        await handle.describe()
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return False
        raise
    return True


async def last_number(service: Service, last: Any) -> None:
    """What the tenant's series goes up to."""
    async with service.sessions.begin() as session:
        await session.execute(
            update(SequenceSchema).where(SequenceSchema.tenant == service.tenant).values(max_value=last)
        )


def jobs_path(service: Service) -> str:
    return f"/invoice/{service.tenant}/jobs/invoices"


async def created(service: Service, client: httpx.AsyncClient, request: dict[str, Any], key: str = "once") -> UUID:
    answer = await client.post(jobs_path(service), json=request, headers={"Idempotency-Key": key})
    assert answer.status_code == 201, answer.text
    return UUID(answer.json()["jobId"])


async def states(service: Service, job_id: UUID) -> dict[str, str]:
    items: dict[str, ItemView] = await service.items(job_id)
    return {order_id: view.item.state for order_id, view in items.items()}


async def invoiced_once(service: Service) -> None:
    (invoice,) = await service.invoices()
    assert (invoice.order_id, invoice.total) == (ORDER, AMOUNT)
    assert await service.drawn_numbers() == [1001]
    assert service.shop.captures(ORDER) == [(AMOUNT, "EUR")]
    (mail,) = service.mail_sink.mails()
    assert mail.attachments == (f"{invoice.number}.pdf",)
