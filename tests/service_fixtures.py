"""The whole service on real servers: PostgreSQL, Temporal, a worker; shop and mail sink as third parties.

Every test has a tenant, a shop and a mailbox of its own; Temporal, PostgreSQL and the PDF processes are shared.
"""

from collections.abc import AsyncIterator, Iterator
from contextlib import AbstractAsyncContextManager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID, uuid4

import pytest
from pydantic import SecretStr
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.client import Client, WorkflowHandle
from temporalio.service import RPCError

from contracts.ids import job_workflow_id, order_workflow_id
from contracts.invoice_job import JobRun, JobType
from contracts.order_invoice import Standing
from contracts.temporal_client import TemporalTarget, connect, start_job
from database import job_lists, jobs, sites
from database.job_lists import ItemView
from database.jobs import NewJob
from database.tables import (
    Configuration,
    DrawnNumber,
    Effect,
    IssuedInvoice,
    Job,
    MailDelivery,
    SequenceSchema,
    WorkflowStart,
)
from demo.mail_sink.running import RunningMailSink, running_mail_sink
from demo.orders import tenant as tenant_setup
from demo.shop.running import RunningShop, running_shop
from demo.shop.tokens import Client as ShopClient
from documents.renderer import PdfRenderer
from settings import CommerceCredentials, Settings
from worker import rendering, working

Sessions = async_sessionmaker[AsyncSession]
SECRET = SecretStr("shop-secret")


@dataclass
class Service:
    """The service of one tenant, as its tests steer and inspect it."""

    tenant: str
    settings: Settings
    sessions: Sessions
    temporal: Client
    renderer: PdfRenderer
    shop: RunningShop
    mail_sink: RunningMailSink
    started: list[str] = field(default_factory=list)

    def working(self) -> AbstractAsyncContextManager[None]:
        """A worker inside the block."""
        return working(self.settings, self.temporal, self.renderer)

    async def accept(self, *order_ids: str, job_type: JobType = JobType.MANUAL) -> UUID:
        """Store a job as the API does, without telling Temporal."""
        async with self.sessions.begin() as session:
            return await jobs.create_job(session, NewJob(self.tenant, job_type, order_ids))

    async def start(
        self,
        *order_ids: str,
        job_type: JobType = JobType.MANUAL,
        page_size: int = 200,
        concurrency: int = 20,
    ) -> UUID:
        """Accept and start a job."""
        job_id = await self.accept(*order_ids, job_type=job_type)
        run = JobRun(tenant=self.tenant, job_id=job_id, job_type=job_type, page_size=page_size, concurrency=concurrency)
        await start_job(self.temporal, run)
        return job_id

    async def run(self, *order_ids: str, job_type: JobType = JobType.MANUAL) -> dict[str, ItemView]:
        """Run a job to its end; what became of each order."""
        job_id = await self.start(*order_ids, job_type=job_type)
        await self.job(job_id).result()
        return await self.items(job_id)

    def job(self, job_id: UUID) -> WorkflowHandle[object, object]:
        return self.temporal.get_workflow_handle(job_workflow_id(self.tenant, job_id))

    def order(self, order_id: str) -> WorkflowHandle[object, object]:
        return self.temporal.get_workflow_handle(order_workflow_id(self.tenant, order_id))

    async def standing(self, order_id: str) -> Standing:
        answer: Standing = await self.order(order_id).query("standing", result_type=Standing)
        return answer

    async def items(self, job_id: UUID) -> dict[str, ItemView]:
        async with self.sessions.begin() as session:
            listed = await job_lists.list_items(session, self.tenant, job_id)
        return {view.item.order_id: view for view in listed}

    async def invoices(self) -> list[IssuedInvoice]:
        async with self.sessions.begin() as session:
            rows = select(IssuedInvoice).where(IssuedInvoice.tenant == self.tenant).order_by(IssuedInvoice.counter)
            return list(await session.scalars(rows))

    async def drawn_numbers(self) -> list[int]:
        async with self.sessions.begin() as session:
            rows = select(DrawnNumber.counter).where(DrawnNumber.tenant == self.tenant).order_by(DrawnNumber.counter)
            return list(await session.scalars(rows))

    async def effects(self) -> list[Effect]:
        async with self.sessions.begin() as session:
            rows = select(Effect).where(Effect.tenant == self.tenant).order_by(Effect.key)
            return list(await session.scalars(rows))

    async def deliveries(self) -> list[MailDelivery]:
        async with self.sessions.begin() as session:
            return list(await session.scalars(select(MailDelivery).where(MailDelivery.tenant == self.tenant)))


@pytest.fixture(scope="session")
async def temporal_client(temporal_address: str) -> Client:
    return await connect(TemporalTarget(temporal_address, "invoices"))


@pytest.fixture(scope="session")
async def renderer() -> AsyncIterator[PdfRenderer]:
    async with rendering(Settings(render_processes=1)) as renderer:
        yield renderer


@pytest.fixture
def shop(tenant: str, tmp_path: Path) -> Iterator[RunningShop]:
    client = ShopClient(client_id="invoice-service", secret=SECRET, tenant=tenant)
    with running_shop(tmp_path / "shop", clients=(client,)) as running:
        yield running


@pytest.fixture
def mail_sink(tmp_path: Path) -> Iterator[RunningMailSink]:
    with running_mail_sink(tmp_path / "mails") as running:
        yield running


@pytest.fixture
async def idle_service(
    tenant: str,
    database_url: str,
    sessions: Sessions,
    temporal_address: str,
    temporal_client: Client,
    renderer: PdfRenderer,
    shop: RunningShop,
    mail_sink: RunningMailSink,
    tmp_path: Path,
) -> Service:
    """A configured tenant whose worker is not running yet."""
    await forget_what_others_left(sessions, temporal_client)
    await configure(sessions, tenant, shop.url)
    settings = Settings(
        database_url=SecretStr(database_url),
        temporal_address=temporal_address,
        order_service_url=shop.url,
        payment_gateway_url=shop.url,
        commerce_token_url=shop.token_url,
        commerce_credentials={tenant: CommerceCredentials(client_id="invoice-service", client_secret=SECRET)},
        smtp_url=SecretStr(mail_sink.url),
        document_store_url=(tmp_path / "documents").as_uri(),
        logo_hosts=["127.0.0.1"],
        render_processes=1,
        http_timeout_seconds=3,
        workflow_sandbox=True,
    )
    return Service(tenant, settings, sessions, temporal_client, renderer, shop, mail_sink)


@pytest.fixture
async def service(idle_service: Service) -> AsyncIterator[Service]:
    """The same with a running worker."""
    async with idle_service.working():
        yield idle_service


async def forget_what_others_left(sessions: Sessions, temporal: Client) -> None:
    """Jobs and workflows that another test noted or left open: this test's worker would go on with them."""
    async for left in temporal.list_workflows('ExecutionStatus = "Running"'):
        with suppress(RPCError):  # it has ended meanwhile
            await temporal.get_workflow_handle(left.id).terminate()
    async with sessions.begin() as session:
        await session.execute(
            update(WorkflowStart).where(WorkflowStart.started_at.is_(None)).values(started_at=func.now())
        )
        await session.execute(
            update(Job)
            .where(Job.finished_at.is_(None))
            .values(started_at=func.coalesce(Job.started_at, func.now()), finished_at=func.now())
        )


async def configure(sessions: Sessions, tenant: str, shop_url: str) -> None:
    """The tenant as the demo sets it up, written straight into the tables."""
    sequence = tenant_setup.invoice_sequence()
    async with sessions.begin() as session:
        for setup in tenant_setup.sites(shop_url):
            mixins = {name: body for mixin in setup.mixins for name, body in mixin.items()}
            await sites.add_site(session, tenant, setup.site["code"], setup.site, mixins)
        session.add(
            SequenceSchema(
                id=uuid4(),
                tenant=tenant,
                name=sequence["name"],
                schema_type=sequence["schemaType"],
                pre_text=sequence["preText"],
                post_text="",
                start_value=sequence["startValue"],
                max_value=sequence["maxValue"],
                number_of_digits=sequence["numberOfDigits"],
                placeholders=sequence["placeholders"],
                active=True,
                counter=sequence["startValue"],
                version=1,
            )
        )
        for entry in tenant_setup.invoice_settings():
            session.add(
                Configuration(
                    tenant=tenant,
                    key=entry["key"],
                    value={"value": entry["value"]},
                    version=1,
                    secured=False,
                    restricted=False,
                    read_only=False,
                )
            )
