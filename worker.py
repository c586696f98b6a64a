"""The worker process: workflows and activities on two task queues, until a signal drains it.

Composition root: what every step works with is made here and closed here.
"""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.worker import PollerBehaviorAutoscaling, UnsandboxedWorkflowRunner, Worker, WorkerDeploymentConfig
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

import logs
from activities.capture_payment import CaptureActivities
from activities.conclude_order import ConcludeActivities
from activities.create_pdf import PdfActivities
from activities.find_orders import FindActivities
from activities.interceptor import StepInterceptor
from activities.issue_invoice import IssueActivities
from activities.job_items import JobActivities
from activities.look_up_order import LookUpActivities
from activities.meet_order import MeetingActivities
from activities.pace import DatabasePace
from activities.prepare_order import PrepareActivities
from activities.preview_document import PreviewDocumentActivities
from activities.preview_order import PreviewActivities
from activities.recalculate import RecalculateActivities
from activities.record_outcome import OutcomeActivities
from activities.recurring_copies import RecurringActivities
from activities.refund_payment import RefundActivities
from activities.report_to_order import ReportActivities
from activities.scheduled_jobs import ScheduledJobActivities
from activities.send_email import EmailActivities
from activities.send_requested_mail import MailActivities
from activities.turns import Turns
from contracts.namespace import require_namespace
from contracts.queues import ORDERS, RENDERING
from contracts.temporal_client import TemporalTarget, connect_patiently
from database.engine import create_engine, create_sessions
from database.secured_values import SecuredValues
from documents.renderer import PdfRenderer
from integrations.commerce_token import CommerceTokens
from integrations.document_store import ObjectDocumentStore
from integrations.logo import HttpLogoSource
from integrations.mail import SmtpMailer
from integrations.order_service import HttpOrderService
from integrations.pace import Downstream
from integrations.payment_gateway import HttpPaymentGateway
from settings import Settings, judging_settings
from sweeping import Sweep
from workflows.credit_note_settlement import CreditNoteSettlement
from workflows.document_preview import DocumentPreview
from workflows.invoice_delivery import InvoiceDelivery
from workflows.invoice_job import InvoiceJob
from workflows.order_invoice import OrderInvoice
from workflows.recurring_invoice import RecurringInvoice
from workflows.scheduled_job import ScheduledJob

WORKFLOWS = (
    InvoiceJob,
    OrderInvoice,
    InvoiceDelivery,
    CreditNoteSettlement,
    RecurringInvoice,
    ScheduledJob,
    DocumentPreview,
)
OUR_MODULES = ("activities", "contracts", "database", "documents", "integrations", "invoicing", "logs")
"""Passed through the workflow sandbox: they are imported once, not once a workflow."""

DRAIN = timedelta(seconds=25)
"""How long running steps may take to end after a signal; shorter than the usual 30 s before SIGKILL."""
STICKY = timedelta(seconds=5)
"""How soon another worker takes over the workflows of one that died."""
LOCAL_ACTIVITIES = 1_000
"""More than ever run at once: tenants share fewer places, and none of them may wait behind another for a slot."""

log = logs.get_logger(__name__)


@dataclass(frozen=True)
class Activities:
    """The activities of each queue."""

    orders: Sequence[Callable[..., Any]]
    rendering: Sequence[Callable[..., Any]]


def temporal_target(settings: Settings) -> TemporalTarget:
    """Where these settings say that Temporal is."""
    return TemporalTarget(
        settings.temporal_address, settings.temporal_namespace, settings.temporal_tls, settings.temporal_api_key
    )


async def run_worker(settings: Settings) -> None:
    """Work until SIGTERM or SIGINT, then drain."""
    stop = _stop_on_signals()
    connecting = asyncio.ensure_future(connect_patiently(temporal_target(settings)))
    await asyncio.wait([connecting, asyncio.ensure_future(stop.wait())], return_when=asyncio.FIRST_COMPLETED)
    if stop.is_set():
        connecting.cancel()
        return
    client = connecting.result()
    await require_namespace(client)
    async with rendering(settings) as renderer, working(settings, client, renderer):
        log.info("worker_started", namespace=settings.temporal_namespace)
        await stop.wait()
        log.info("worker_draining")
    log.info("worker_stopped")


@asynccontextmanager
async def rendering(settings: Settings) -> AsyncIterator[PdfRenderer]:
    """Warm PDF processes."""
    renderer = PdfRenderer(settings.render_processes)
    await renderer.start()
    try:
        yield renderer
    finally:
        await renderer.close()


@asynccontextmanager
async def working(settings: Settings, client: Client, renderer: PdfRenderer) -> AsyncIterator[None]:
    """A running worker; leaving the block drains it."""
    async with AsyncExitStack() as stack:
        engine = create_engine(settings.database_url.get_secret_value(), settings.database_pool_size)
        stack.push_async_callback(engine.dispose)
        sessions = create_sessions(engine)
        with judging_settings():
            activities = _activities(settings, sessions, client, renderer, stack)
        workers = _workers(settings, client, activities)
        for worker in workers:
            await stack.enter_async_context(worker)
        stack.push_async_callback(_drain, workers)
        sweeping = asyncio.create_task(Sweep(settings, sessions, client).run())
        stack.callback(sweeping.cancel)
        yield


async def _drain(workers: Sequence[Worker]) -> None:
    """At the same time: one after the other, each would have the grace period for itself."""
    await asyncio.gather(*(worker.shutdown() for worker in workers))


def _activities(
    settings: Settings,
    sessions: async_sessionmaker[AsyncSession],
    client: Client,
    renderer: PdfRenderer,
    stack: AsyncExitStack,
) -> Activities:
    timeout = settings.http_timeout_seconds
    tokens = CommerceTokens(settings.commerce_token_url, settings.commerce_credentials, timeout)
    pace = DatabasePace(sessions, {Downstream(name): limit for name, limit in settings.rate_limits.items()})
    shop = HttpOrderService(settings.order_service_url, tokens, timeout, pace)
    gateway = HttpPaymentGateway(settings.payment_gateway_url, tokens, timeout, pace)
    logos = HttpLogoSource(settings.logo_hosts)
    for closing in (tokens, shop, gateway, logos):
        stack.push_async_callback(closing.aclose)
    store = ObjectDocumentStore(settings.document_store_url)
    mailer = SmtpMailer(
        settings.smtp_url, require_tls=settings.smtp_require_tls, bounce_address=settings.bounce_address
    )
    stack.push_async_callback(mailer.aclose)
    look_ups = LookUpActivities(sessions, shop)
    recalculation = RecalculateActivities(sessions, settings.total_tolerance_minor)
    reports = ReportActivities(sessions, shop, settings.public_base_url)
    outcomes, job_items = OutcomeActivities(sessions), JobActivities(sessions)
    meetings = MeetingActivities(client)
    copies = RecurringActivities(sessions, client)
    scheduled = ScheduledJobActivities(sessions, settings.job_page_size, settings.job_concurrency)
    secured = SecuredValues(settings.encryption_key)
    mails = MailActivities(sessions, mailer, store, settings.mail_from, secured, pace)
    return Activities(
        orders=[
            look_ups.look_up_order,
            look_ups.invoice_stands,
            recalculation.recalculate,
            PrepareActivities(look_ups, recalculation).prepare_order,
            PreviewActivities(sessions, look_ups, recalculation).preview_order,
            CaptureActivities(sessions, gateway, pace).capture_payment,
            IssueActivities(sessions).issue_invoice,
            RefundActivities(sessions, gateway).refund_payment,
            EmailActivities(sessions, mailer, shop, store, settings.mail_from, secured, pace).send_email,
            reports.report_to_order,
            ConcludeActivities(reports, outcomes).conclude_order,
            FindActivities(sessions, shop, secured).find_orders,
            mails.send_requested_mail,
            mails.give_up_mail,
            outcomes.record_outcome,
            outcomes.close_order,
            job_items.begin_job,
            job_items.next_page,
            job_items.finish_job,
            job_items.close_job,
            job_items.reopen_job,
            job_items.note_standing,
            meetings.meet_order,
            meetings.is_open,
            scheduled.accept_scheduled_job,
            scheduled.await_job_end,
            copies.make_due_copy,
            copies.note_problem,
        ],
        rendering=[
            PdfActivities(sessions, renderer, store, logos).create_pdf,
            PreviewDocumentActivities(sessions, renderer, store, logos).preview_document,
        ],
    )


def _workers(settings: Settings, client: Client, activities: Activities) -> list[Worker]:
    """Rendering has a queue of its own with a slot a process, and one more so that none waits for work."""
    processes = settings.render_processes or os.cpu_count() or 1
    turns = Turns(2 * settings.worker_concurrency)
    deployment = _deployment(settings)
    orders = Worker(
        client,
        task_queue=ORDERS,
        workflows=WORKFLOWS,
        activities=activities.orders,
        workflow_runner=sandbox() if settings.workflow_sandbox else UnsandboxedWorkflowRunner(),
        interceptors=[StepInterceptor(turns)],
        max_concurrent_activities=settings.worker_concurrency,
        max_concurrent_local_activities=LOCAL_ACTIVITIES,
        workflow_task_poller_behavior=PollerBehaviorAutoscaling(),
        activity_task_poller_behavior=PollerBehaviorAutoscaling(),
        sticky_queue_schedule_to_start_timeout=STICKY,
        graceful_shutdown_timeout=DRAIN,
        deployment_config=deployment,
    )
    rendering = Worker(
        client,
        task_queue=RENDERING,
        activities=activities.rendering,
        interceptors=[StepInterceptor()],
        max_concurrent_activities=processes + 1,
        graceful_shutdown_timeout=DRAIN,
        deployment_config=deployment,
    )
    return [rendering, orders]


def _deployment(settings: Settings) -> WorkerDeploymentConfig | None:
    """Which version these workers are, where versions are kept apart.

    Every workflow moves on to the version that is current: one that is held may wait for weeks, and a recurring invoice
    for years. Workers of its own version would have to wait with it.
    """
    if settings.deployment_name is None or settings.build_id is None:
        return None
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(settings.deployment_name, settings.build_id),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )


def sandbox() -> SandboxedWorkflowRunner:
    """What catches workflow code that asks the clock, the dice or the world. All tests of workflows run in it."""
    return SandboxedWorkflowRunner(
        restrictions=SandboxRestrictions.default.with_passthrough_modules(*OUR_MODULES, "sqlalchemy", "structlog")
    )


def _stop_on_signals() -> asyncio.Event:
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    return stop
