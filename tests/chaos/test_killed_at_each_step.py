"""Every step of an order is killed once before its effect, once between effect and record, and once after the record.

Each case has a worker process that kills itself at one place (`doomed_worker`), and another worker that takes over. The
books that are looked into are those of the shop, the gateway and the mail sink, and the service's own database.
"""

import asyncio
import multiprocessing
import signal
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from uuid import UUID

import pytest
from _pytest.mark import ParameterSet
from temporalio.client import Client

from contracts.failures import Reason
from contracts.order_invoice import Retry
from contracts.temporal_client import TemporalTarget, connect
from demo.embedded.temporal import EmbeddedTemporal
from demo.orders.manual import MANUAL
from settings import Settings
from tests.chaos.doomed_worker import AFTER, ANY, BEFORE, REGULAR, UNCOMMITTED, run
from tests.conftest import NAMESPACE, SEARCH_ATTRIBUTES
from tests.service_fixtures import Service
from tests.waiting import eventually
from tests.workflows.histories import replayed

ORDER, AMOUNT = "EON9001", Decimal("288.95")
DECLINED, DECLINED_AMOUNT = "EON9005", Decimal("112.93")
QUICKER = {"history.defaultWorkflowTaskTimeout": '"2s"'}
"""A worker that died is missed sooner than after the 10 s of a server as it comes: the cases wait for nothing else."""
DIES_WITHIN_SECONDS = 60
NURSERY = multiprocessing.get_context("forkserver")
"""Loads the worker's modules once, for all that are to die."""
NURSERY.set_forkserver_preload([run.__module__])


@dataclass(frozen=True)
class Death:
    """Where a worker dies; `name` is the case's id, which the table in docs/faults.md names.

    Attributes:
        mails: copies of the one mail that the customer gets.
        fault: a request of the shop or gateway that is refused before, so that the step runs as a regular activity.
    """

    name: str
    place: str
    moment: str
    kind: str = ANY
    mails: int = 1
    fault: str | None = None


GATEWAY = "integrations.payment_gateway.HttpPaymentGateway"
SHOP = "integrations.order_service.HttpOrderService"
STORE = "integrations.document_store.ObjectDocumentStore"
MAILER = "integrations.mail.SmtpMailer"
CAPTURE_PATH = "POST /payment-gateway/.*capture"
PATCH_PATH = "PATCH /order"

DEATHS = [
    Death("look-up-before", f"{SHOP}.get", BEFORE),
    Death("look-up-unrecorded", f"{SHOP}.get", AFTER),
    Death("recalculate-before", "activities.recalculate.RecalculateActivities.figures", BEFORE),
    Death("recalculate-unrecorded", "database.orders.save_order", UNCOMMITTED),
    Death("recalculate-recorded", "activities.prepare_order.PrepareActivities.prepare_order", AFTER),
    Death("capture-before-intention", "database.effects.start_effect", UNCOMMITTED),
    Death("capture-before", f"{GATEWAY}.capture", BEFORE),
    Death("capture-unrecorded", f"{GATEWAY}.capture", AFTER),
    Death("capture-uncommitted", "database.effects.complete_effect", UNCOMMITTED),
    Death("capture-recorded", "activities.capture_payment.CaptureActivities.capture_payment", AFTER),
    Death("capture-regular-before", f"{GATEWAY}.capture", BEFORE, kind=REGULAR, fault=CAPTURE_PATH),
    Death("capture-regular-unrecorded", f"{GATEWAY}.capture", AFTER, kind=REGULAR, fault=CAPTURE_PATH),
    Death("issue-before", "activities.issue_invoice.issue", BEFORE),
    Death("issue-number-drawn", "database.sequences.draw", UNCOMMITTED),
    Death("issue-uncommitted", "activities.issue_invoice.issue", UNCOMMITTED),
    Death("issue-recorded", "activities.issue_invoice.IssueActivities.issue_invoice", AFTER),
    Death("pdf-before", "documents.renderer.PdfRenderer.render", BEFORE),
    Death("pdf-unstored", f"{STORE}.put", BEFORE),
    Death("pdf-unrecorded", f"{STORE}.put", AFTER),
    Death("pdf-recorded", "activities.create_pdf.PdfActivities.create_pdf", AFTER),
    Death("mail-before-intention", "database.invoices.start_mail", BEFORE),
    Death("mail-before", f"{MAILER}.send", BEFORE),
    Death("mail-unrecorded", f"{MAILER}.send", AFTER, mails=2),
    Death("mail-recorded", "activities.send_email.EmailActivities.send_email", AFTER),
    Death("report-before", f"{SHOP}.report_invoice", BEFORE),
    Death("report-unrecorded", f"{SHOP}.report_invoice", AFTER),
    Death("report-regular-unrecorded", f"{SHOP}.report_invoice", AFTER, kind=REGULAR, fault=PATCH_PATH),
    Death("outcome-before", "database.jobs.record_outcome", BEFORE),
    Death("outcome-recorded", "activities.conclude_order.ConcludeActivities.conclude_order", AFTER),
    Death("job-begin-uncommitted", "database.jobs.begin_job", UNCOMMITTED),
    Death("job-begun", "activities.job_items.JobActivities.begin_job", AFTER),
    Death("job-page-read", "activities.job_items.JobActivities.next_page", AFTER),
    Death("job-end-before", "database.jobs.finish_job", BEFORE),
    Death("job-end-uncommitted", "database.jobs.finish_job", UNCOMMITTED),
    Death("job-ended", "activities.job_items.JobActivities.finish_job", AFTER),
]
HOLDS = [
    Death("hold-before", "database.jobs.record_outcome", BEFORE),
    Death("hold-recorded", "activities.record_outcome.OutcomeActivities.record_outcome", AFTER),
]

EVERY_DAY = frozenset(
    {
        "capture-before",
        "capture-unrecorded",
        "capture-recorded",
        "issue-uncommitted",
        "issue-recorded",
        "pdf-unrecorded",
        "mail-unrecorded",
    }
)
"""The moments at which most is at stake; the others are run by `make thorough`."""


def each(deaths: Sequence[Death]) -> list[ParameterSet]:
    return [
        pytest.param(death, id=death.name, marks=[] if death.name in EVERY_DAY else pytest.mark.thorough)
        for death in deaths
    ]


@pytest.fixture(scope="module")
def temporal_address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A server of this file's own, that soon takes a worker for dead."""
    with EmbeddedTemporal(
        tmp_path_factory.mktemp("quick-temporal"),
        namespace=NAMESPACE,
        search_attributes=SEARCH_ATTRIBUTES,
        in_memory=True,
        dynamic_config=QUICKER,
    ) as server:
        yield server.address


@pytest.fixture(scope="module")
async def temporal_client(temporal_address: str) -> Client:
    return await connect(TemporalTarget(temporal_address, NAMESPACE))


@pytest.mark.parametrize("death", each(DEATHS))
async def test_a_worker_killed_there_leaves_an_order_that_is_invoiced_once(
    idle_service: Service, death: Death, tmp_path: Path
) -> None:
    service = idle_service
    service.shop.add_order(MANUAL[ORDER](ORDER))
    if death.fault is not None:
        service.shop.fault(death.fault, "status", status=503)
    job_id = await service.start(ORDER)
    await killed(service.settings, death, tmp_path / "doomed.log")
    async with service.working():
        await service.job(job_id).result()
        await order_is_closed(service, ORDER)
    await invoiced_once(service, job_id, ORDER, AMOUNT, mails=death.mails)
    assert charges(service) == 1 + (death.fault == CAPTURE_PATH)


@pytest.mark.parametrize("death", each(HOLDS))
async def test_a_worker_killed_there_leaves_an_order_that_is_held_and_can_be_released(
    idle_service: Service, death: Death, tmp_path: Path
) -> None:
    service = idle_service
    service.shop.add_order(MANUAL[DECLINED](DECLINED))
    transaction = service.shop.transaction_of(DECLINED)
    service.shop.decline(transaction)
    job_id = await service.start(DECLINED)
    await killed(service.settings, death, tmp_path / "doomed.log")
    async with service.working():
        await service.job(job_id).result()
        held = (await service.items(job_id))[DECLINED].item
        assert (held.state, held.reason) == ("HELD", Reason.PAYMENT_DECLINED)
        assert service.shop.books().captures == ()
        service.shop.accept(transaction)
        await service.order(DECLINED).execute_update("retry", Retry())
        await service.order(DECLINED).result()
    await invoiced_once(service, job_id, DECLINED, DECLINED_AMOUNT, refused=1)
    assert charges(service) == 2


async def killed(settings: Settings, death: Death, log: Path) -> None:
    """Run a worker until it has killed itself at that place."""
    process = NURSERY.Process(target=run, args=(settings, death.place, death.moment, death.kind, log))
    process.start()
    await asyncio.to_thread(process.join, DIES_WITHIN_SECONDS)
    code = process.exitcode
    process.kill()
    assert code == -signal.SIGKILL, f"{code}: {said_in(log)}"


def said_in(log: Path) -> str:
    return log.read_text()[-2000:]


async def order_is_closed(service: Service, order_id: str) -> None:
    """The job may end first: that of the order is its own."""

    async def closed() -> bool:
        return (await service.order(order_id).describe()).close_time is not None

    await eventually(closed, what="the end of the order's workflow")


async def invoiced_once(
    service: Service, job_id: UUID, order_id: str, amount: Decimal, *, mails: int = 1, refused: int = 0
) -> None:
    """One capture of the invoiced amount, one number, one PDF, one mail; and the order knows its invoice."""
    (view,) = (await service.items(job_id)).values()
    assert (view.item.state, view.item.message) == ("SUCCESS", "Invoice created")
    (invoice,) = await service.invoices()
    assert (invoice.order_id, invoice.total, invoice.id) == (order_id, amount, view.item.invoice_id)
    assert await service.drawn_numbers() == [invoice.counter] == [1001]
    assert service.shop.captures(order_id) == [(amount, "EUR")]
    assert [effect.state for effect in await service.effects()] == ["REFUSED"] * refused + ["DONE"]
    assert sorted(path.suffix for path in stored_files(service)) == [".pdf", ".png", ".xml"]
    (delivery,) = await service.deliveries()
    assert delivery.state == "SENT"
    assert [mail.message_id for mail in service.mail_sink.mails()] == [delivery.message_id] * mails
    report = service.shop.order(order_id)["mixins"]["invoice"]
    assert report["invoiceNo"] == invoice.number
    assert [line.invoice_no for line in service.shop.books().invoice_reports] == [invoice.number]
    await replayed(service.order(order_id))
    await replayed(service.job(job_id))


def charges(service: Service) -> int:
    """How often the gateway was asked for money; whoever does not know what it did asks that first."""
    return sum(one.startswith("POST") and one.endswith("/capture") for one in service.shop.requests)


def stored_files(service: Service) -> list[Path]:
    """What lies in the document store, half-written files too: of one invoice its PDF, its logo and its CII."""
    folder = Path(service.settings.document_store_url.removeprefix("file://"))
    return [path for path in folder.rglob("*") if path.is_file()]
