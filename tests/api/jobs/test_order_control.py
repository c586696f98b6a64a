"""A held order whose workflow is gone is moved on all the same, and what has happened does not happen again."""

from decimal import Decimal
from uuid import UUID

import pytest

from api.jobs import order_control
from api.jobs.control_gate import ClientControlGate, Declined, NotOpen
from api.schedules.gate import ClientScheduleGate
from api.services import ApiServices
from api.temporal_gate import ClientGate
from contracts.order_invoice import Choice, OrderState, Release
from demo.orders.manual import MANUAL
from integrations.document_store import ObjectDocumentStore
from tests.service_fixtures import Service

ORDER = "EON9001"


@pytest.fixture
def services(service: Service) -> ApiServices:
    return ApiServices(
        settings=service.settings,
        sessions=service.sessions,
        documents=ObjectDocumentStore(service.settings.document_store_url),
        temporal=ClientGate(service.temporal),
        control=ClientControlGate(service.temporal),
        schedules=ClientScheduleGate(service.temporal),
    )


async def stranded(service: Service) -> UUID:
    """Held, because its mail is refused; then its workflow is ended from outside, and the mail server is mended.

    Returns:
        The job that holds it.
    """
    service.shop.add_order(MANUAL[ORDER](ORDER))
    service.mail_sink.refuse(".*", 550, times=None)
    job_id = await service.start(ORDER)
    await service.job(job_id).result()
    assert (await service.items(job_id))[ORDER].item.state == OrderState.HELD
    await service.order(ORDER).terminate()
    service.mail_sink.clear_faults()
    return job_id


@pytest.mark.parametrize("released", [False, True])
async def test_an_order_without_workflow_is_tried_again_for_the_job_that_holds_it(
    service: Service, services: ApiServices, released: bool
) -> None:
    job_id = await stranded(service)
    if released:
        await order_control.release(services, service.tenant, ORDER, Release(choice=Choice.RETRY))
    else:
        await order_control.retry(services, service.tenant, ORDER)
    await service.order(ORDER).result()
    state = (await service.items(job_id))[ORDER].item.state
    assert state == OrderState.SUCCESS
    assert service.shop.captures(ORDER) == [(Decimal("288.95"), "EUR")]
    assert len(await service.invoices()) == 1
    assert len(service.mail_sink.mails()) == 1


async def test_nothing_else_can_be_decided_about_it_before(service: Service, services: ApiServices) -> None:
    await stranded(service)
    with pytest.raises(Declined, match="retry it"):
        await order_control.release(services, service.tenant, ORDER, Release(choice=Choice.ABANDON))


async def test_an_order_that_no_job_holds_is_not_begun(service: Service, services: ApiServices) -> None:
    with pytest.raises(NotOpen):
        await order_control.retry(services, service.tenant, ORDER)
    for choice in (Choice.RETRY, Choice.ABANDON):
        with pytest.raises(NotOpen):
            await order_control.release(services, service.tenant, ORDER, Release(choice=choice))
    service.shop.add_order(MANUAL[ORDER](ORDER))
    assert (await service.run(ORDER))[ORDER].item.state == OrderState.SUCCESS
    await service.order(ORDER).result()
    with pytest.raises(NotOpen):
        await order_control.retry(services, service.tenant, ORDER)
