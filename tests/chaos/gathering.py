"""Collecting the evidence of a run from everybody's books."""

import asyncio
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import psycopg
from psycopg.rows import class_row, dict_row
from pypdf import PdfReader
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.workflowservice.v1 import DescribeWorkflowExecutionRequest
from temporalio.client import Client

from contracts.temporal_client import TemporalTarget, connect
from demo.failure import DemoFailed
from demo.mail_sink.mailbox import read_mails
from demo.orders.generator import Dice
from demo.shop.store import Store
from tests.chaos.evidence import CaptureSeen, Evidence, InvoiceSeen, JobSeen, PdfSeen
from tests.chaos.stack import BYSTANDER, NAMESPACE, ChaosStack
from tests.chaos.workload import RunningJob, Workload

PDFS_READ = 150
"""In a long run a sample is read; the digest of every one is checked all the same."""
QUIET_SECONDS = 60.0
OPEN = 'ExecutionStatus = "Running"'
INVOICES = """
SELECT invoices.id::text, invoices.tenant, order_id, number, counter, total, currency,
    documents.key AS pdf_key, documents.sha256 AS pdf_sha256
FROM invoices
LEFT JOIN invoice_documents AS documents
    ON documents.invoice_id = invoices.id AND documents.media_type = 'application/pdf'
WHERE kind = 'INVOICE' ORDER BY invoices.tenant, counter
"""
DRAWN = "SELECT tenant, counter FROM drawn_numbers ORDER BY tenant, counter"
TOUCHED = """
SELECT 'jobs' AS what, count(*) AS rows FROM jobs WHERE tenant = %(tenant)s
UNION ALL SELECT 'orders of jobs', count(*) FROM job_items WHERE tenant = %(tenant)s
UNION ALL SELECT 'snapshots', count(*) FROM order_snapshots WHERE tenant = %(tenant)s
UNION ALL SELECT 'effects', count(*) FROM effects WHERE tenant = %(tenant)s
UNION ALL SELECT 'invoices', count(*) FROM invoices WHERE tenant = %(tenant)s
UNION ALL SELECT 'mails', count(*) FROM mail_deliveries WHERE tenant = %(tenant)s
UNION ALL SELECT 'numbers', count(*) FROM drawn_numbers WHERE tenant = %(tenant)s
"""
CAPTURES = """
SELECT transactions.tenant, transactions.order_id, entries.amount, entries.currency FROM entries
JOIN transactions ON transactions.tenant = entries.tenant AND transactions.id = entries.transaction_id
WHERE entries.type = 'CAPTURE' AND entries.successful ORDER BY entries.position
"""
REFUNDS = "SELECT count(*) AS refunds FROM entries WHERE type = 'REFUND' AND successful"
TOLD = "SELECT tenant, id, json_extract(body, '$.mixins.invoice.invoiceNo') AS number FROM orders"


def gather(stack: ChaosStack, workload: Workload, dice: Dice) -> Evidence:
    """Read everything; the service must be up and the faults over."""
    jobs = [_job(stack, job) for job in workload.running]
    running, failing = asyncio.run(_workflows(stack.temporal_address))
    invoices, drawn, touched = _rows(stack.database_url)
    store = stack.shop.shop.store
    refunds = store.row(REFUNDS)
    return Evidence(
        jobs=jobs,
        invoices=invoices,
        drawn=drawn,
        captures=list(_captures(store)),
        refunds=refunds["refunds"] if refunds else 0,
        mails=read_mails(stack.mail_sink.folder),
        pdfs=_pdfs(stack.disk.folder, invoices, dice),
        told={(row["tenant"], row["id"]): row["number"] for row in store.rows(TOLD)},
        open_workflows=running,
        failing_workflows=failing,
        verified={tenant: _verified(stack, tenant) for tenant in stack.tenants},
        holds=frozenset(workload.holds),
        bystander=touched,
    )


def _job(stack: ChaosStack, job: RunningJob) -> JobSeen:
    if job.job_id is None:
        return JobSeen(job.planned, None, trouble=job.trouble)
    service = stack.services[job.planned.tenant]
    return JobSeen(job.planned, service.job(job.job_id), list(service.orders(job.job_id)), job.trouble)


def _rows(url: str) -> tuple[list[InvoiceSeen], Mapping[str, list[int]], list[str]]:
    """Invoices, drawn numbers by tenant, and what the bystander has that it should not."""
    drawn: dict[str, list[int]] = defaultdict(list)
    with psycopg.connect(url) as connection:
        invoices = connection.cursor(row_factory=class_row(InvoiceSeen)).execute(INVOICES).fetchall()
        for row in connection.cursor(row_factory=dict_row).execute(DRAWN):
            drawn[row["tenant"]].append(row["counter"])
        found = connection.execute(TOUCHED, {"tenant": BYSTANDER}).fetchall()
    return invoices, drawn, [f"{rows} {what}" for what, rows in found if rows]


def _captures(store: Store) -> Iterator[CaptureSeen]:
    for row in store.rows(CAPTURES):
        yield CaptureSeen(row["tenant"], row["order_id"], Decimal(row["amount"]), row["currency"])


def _pdfs(folder: Path, invoices: Sequence[InvoiceSeen], dice: Dice) -> dict[str, PdfSeen]:
    keys = [invoice.pdf_key for invoice in invoices if invoice.pdf_key]
    read = set(dice.sample(keys, min(PDFS_READ, len(keys))))
    return {key: _pdf(folder / key, is_read=key in read) for key in keys}


def _pdf(file: Path, *, is_read: bool) -> PdfSeen:
    try:
        content = file.read_bytes()
    except OSError:
        return PdfSeen(None)
    text = "\n".join(page.extract_text() for page in PdfReader(BytesIO(content)).pages) if is_read else None
    return PdfSeen(sha256(content).hexdigest(), text, is_read)


def _verified(stack: ChaosStack, tenant: str) -> str | None:
    try:
        stack.run_invoices("verify", "--tenant", tenant)
    except DemoFailed as failure:
        return str(failure)
    return None


async def _workflows(address: str) -> tuple[list[str], list[str]]:
    """Workflows that still run although nothing is left to do, and those of them whose code fails.

    What has ended is still listed for a moment, and the last signals are still on their way.
    """
    client = await connect(TemporalTarget(address, NAMESPACE))
    deadline = asyncio.get_running_loop().time() + QUIET_SECONDS
    while True:
        running = [execution.id async for execution in client.list_workflows(OPEN)]
        if not running or asyncio.get_running_loop().time() > deadline:
            return running, [workflow_id for workflow_id in running if await _fails(client, workflow_id)]
        await asyncio.sleep(0.5)


async def _fails(client: Client, workflow_id: str) -> bool:
    """Whether its workflow task is being tried again and again."""
    request = DescribeWorkflowExecutionRequest(
        namespace=NAMESPACE, execution=WorkflowExecution(workflow_id=workflow_id)
    )
    described = await client.workflow_service.describe_workflow_execution(request)
    return described.pending_workflow_task.attempt > 1


def outcomes(jobs: Iterable[JobSeen]) -> dict[str, int]:
    """Orders by how they ended, over all jobs."""
    counted: dict[str, int] = defaultdict(int)
    for job in jobs:
        for order in job.orders:
            counted[f"{order.order_status} {order.reason}" if order.reason else order.order_status] += 1
    return dict(sorted(counted.items()))
