"""Two tenants on one worker: what the one asks for is not stuck behind what the other asks for."""

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from temporalio.client import WorkflowHandle
from temporalio.common import Priority

from contracts.invoice_job import JobRun, JobType
from contracts.temporal_client import start_job
from database import jobs
from database.tables import Tenant
from demo.orders.generator import generated_order
from demo.shop.running import RunningShop, running_shop
from demo.shop.tokens import Client as ShopClient
from documents.renderer import PdfRenderer
from documents.request import Pictures, PrintRequest
from invoicing.document_forms import DocumentForm
from settings import CommerceCredentials
from tests.service_fixtures import SECRET, Service, Sessions, configure
from tests.waiting import eventually

A_PDF_SECONDS = 0.3
MANY, FEW, MOST = 200, 5, 3
AT_ONCE = 60
SLOW = 30


class OneAtATime(PdfRenderer):
    """One printer for all, with a few bytes in place of each PDF."""

    def __init__(self) -> None:
        super().__init__(1)
        self._printer = asyncio.Lock()

    async def render(
        self, request: PrintRequest, pictures: Pictures, timeout_seconds: float | None = None
    ) -> dict[DocumentForm, bytes]:
        async with self._printer:
            await asyncio.sleep(A_PDF_SECONDS)
        content = b"%%PDF-1.4\n%% %s\n%%%%EOF\n" % str(request.invoice.id).encode()
        return {form: b"%s%% %s\n" % (content, form.encode()) for form in request.forms}


@dataclass(frozen=True)
class Neighbours:
    """Two tenants of one service."""

    busy: Service
    other: Service


@pytest.fixture
async def other_tenant(sessions: Sessions) -> str:
    code = f"t{uuid4().hex[:10]}"
    async with sessions.begin() as session:
        session.add(Tenant(code=code))
    return code


@pytest.fixture
def shop(tenant: str, other_tenant: str, tmp_path: Path) -> Iterator[RunningShop]:
    clients = tuple(ShopClient(client_id=code, secret=SECRET, tenant=code) for code in (tenant, other_tenant))
    with running_shop(tmp_path / "shop", clients=clients) as running:
        yield running


@pytest.fixture
def renderer() -> PdfRenderer:
    return OneAtATime()


@pytest.fixture
async def neighbours(idle_service: Service, other_tenant: str) -> Neighbours:
    busy = idle_service
    await configure(busy.sessions, other_tenant, busy.shop.url)
    credentials = {
        code: CommerceCredentials(client_id=code, client_secret=SECRET) for code in (busy.tenant, other_tenant)
    }
    settings = busy.settings.model_copy(update={"commerce_credentials": credentials})
    client = ShopClient(client_id=other_tenant, secret=SECRET, tenant=other_tenant)
    other = replace(busy, tenant=other_tenant, settings=settings, shop=replace(busy.shop, client=client))
    return Neighbours(replace(busy, settings=settings), other)


def orders(service: Service, count: int) -> list[str]:
    return [service.shop.add_order(generated_order(index, 1)) for index in range(1, count + 1)]


async def begin(service: Service, order_ids: list[str], *, known: bool = True, at_once: int = AT_ONCE) -> UUID:
    """As `Service.start`; of a job whose size is not known nothing says that it is small."""
    job_id = await service.accept(*order_ids)
    run = JobRun(
        tenant=service.tenant,
        job_id=job_id,
        job_type=JobType.MANUAL,
        concurrency=at_once,
        total=len(order_ids) if known else None,
    )
    await start_job(service.temporal, run)
    return job_id


async def succeeded(service: Service, job_id: UUID) -> int:
    async with service.sessions.begin() as session:
        return (await jobs.counts(session, service.tenant, job_id)).get("SUCCESS", 0)


async def overtaken_by(neighbours: Neighbours, ended: int, *, known: bool) -> int:
    """How many orders of the busy tenant end until so many of the other's handful do, from when those wait for PDFs.

    The busy tenant has all the time as many in the queue as its job may run at once.
    """
    busy, other = neighbours.busy, neighbours.other
    many, few = orders(busy, MANY), orders(other, FEW)
    async with busy.working():
        large = await begin(busy, many, known=known)

        async def under_way() -> bool:
            return await succeeded(busy, large) > 0

        await eventually(under_way, seconds=60, what="the first order")
        small = await begin(other, few, known=known)

        async def all_wait() -> bool:
            return len(await other.invoices()) == FEW

        await eventually(all_wait, seconds=60, what="the invoices of the other tenant")
        before = await succeeded(busy, large)

        async def enough_ended() -> bool:
            return await succeeded(other, small) >= ended

        await eventually(enough_ended, seconds=60, what="the other tenant's orders")
        return await succeeded(busy, large) - before


async def test_a_job_of_few_orders_goes_before_another_tenants_many(neighbours: Neighbours) -> None:
    assert await overtaken_by(neighbours, FEW, known=True) < AT_ONCE / 2


@pytest.mark.thorough
async def test_jobs_of_equal_urgency_take_turns(neighbours: Neighbours) -> None:
    """Nobody knows how many orders either has, so that all that tells them apart is whose they are.

    Turns are taken in each partition of a queue: most of the handful are early, the last one may have to wait.
    """
    assert await overtaken_by(neighbours, MOST, known=False) < AT_ONCE / 2


@pytest.mark.thorough
async def test_a_tenant_whose_shop_is_slow_does_not_fill_the_worker(neighbours: Neighbours) -> None:
    """Its steps take only their share of the worker's places, and those that cannot have one wait in Temporal."""
    busy, other = neighbours.busy, neighbours.other
    many, few = orders(busy, SLOW), orders(other, FEW)
    slow = busy.shop.fault(f"GET /order-v2/{busy.tenant}/", "delay", seconds=3.0, times=None)
    worker = replace(busy, settings=busy.settings.model_copy(update={"worker_concurrency": 2})).working()
    async with worker:
        await begin(busy, many, known=False)

        async def is_asked() -> bool:
            return slow.struck > 0

        await eventually(is_asked, seconds=60, what="the slow shop's first request")
        await other.job(await begin(other, few, known=False)).result()
        assert slow.struck < SLOW / 2


async def test_all_of_a_jobs_work_has_its_urgency_and_its_tenant(neighbours: Neighbours) -> None:
    """So do the later runs of a job that continues as new, and the orders that they start."""
    service = neighbours.busy
    ids = orders(service, 16)
    job_id = await service.accept(*ids)
    run = JobRun(tenant=service.tenant, job_id=job_id, job_type=JobType.MANUAL, page_size=4, total=16)
    async with service.working():
        await start_job(service.temporal, run)
        first_run = (await service.job(job_id).describe()).run_id
        await service.job(job_id).result()
    assert (await service.job(job_id).describe()).run_id != first_run
    expected = Priority(priority_key=2, fairness_key=service.tenant)
    assert await started_with(service.job(job_id)) == expected
    assert await started_with(service.order(ids[-1])) == expected


async def started_with(handle: WorkflowHandle[object, object]) -> Priority:
    """Of the latest run of the workflow."""
    (begun, *_) = (await handle.fetch_history()).events
    given = begun.workflow_execution_started_event_attributes.priority
    return Priority(priority_key=given.priority_key, fairness_key=given.fairness_key)
