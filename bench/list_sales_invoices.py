"""Lists of sales invoices among many: `python -m bench.list_sales_invoices --count 50000`.

Fills an embedded PostgreSQL with the invoices of two tenants, asks the API of one of them for pages (over HTTP without
a socket), and says how long each takes, how many there are in all, and which indexes PostgreSQL reads the page by.
"""

import asyncio
import json
import re
import shutil
import statistics
import tempfile
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import click
import httpx
from sqlalchemy import event, text
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

import logs
from api.app import create_app
from api.services import ApiServices
from database.engine import create_engine, create_sessions
from database.migrate import migrate
from database.tables import Tenant
from demo.embedded.postgres import EmbeddedPostgres
from integrations.document_store import ObjectDocumentStore
from settings import Settings
from tests.api.sales_invoices.requests import URL, request, set_up
from tests.api_fixtures import ControlGateFake, TemporalGateFake, new_token, no_schedules

TENANTS = ("acme", "other")
REPEATS = 7
QUERIES = {
    "default": "",
    "page 1000": "page=1000",
    "status=OPEN": "status=OPEN",
    "status=DRAFT": "status=DRAFT",
    "one contact": "contactCodes=C-0000042",
    "a month": "dateFrom=01-03-2024&dateTo=31-03-2024",
    "a month, by date": "dateFrom=01-03-2024&dateTo=31-03-2024&sort=salesInvoiceDate&sortDir=DESC",
    "overdue": "overdue=true&asOf=01-06-2023",
    "due first": "status=OPEN&sort=salesInvoiceDueDate",
    "one order": "orderId=EON78",
    "amount": "minAmount=4990",
    "search a number": "search=0004711",
    "search nothing": "search=no such name",
    "query": "query=status=OPEN,contactCode=C-0000042",
    "limit 100": "limit=100",
}

FILL_INVOICES = """
INSERT INTO invoices (id, tenant, kind, order_id, order_round, schema_id, counter, number, issue_date, currency, net,
                      tax, gross, total, payable, document, previous_hash, hash)
SELECT gen_random_uuid(), tenant, kind, CASE WHEN n % 2 = 0 THEN 'EON' || n END, CASE WHEN n % 2 = 0 THEN 0 END,
       schema_id, n, lpad(n::text, 7, '0'), DATE '2020-01-01' + n % 1800, currency, net, tax, gross, total, payable,
       document, previous_hash, hash
FROM invoices, generate_series(2, :count) AS n WHERE tenant = :tenant AND counter = 1
"""
FILL_SALES_INVOICES = """
INSERT INTO sales_invoices (tenant, code, status, invoice_id, contact_code, contact_name, currency, invoice_date,
                            due_date, total, tax, prepaid, payment_status, fulfillment_status, details, created_by,
                            updated_by)
SELECT made.tenant, issued.number, CASE WHEN issued.counter % 10 = 0 THEN 'OPEN' ELSE 'CLOSED' END, issued.id,
       'C-' || lpad((issued.counter % 1000)::text, 7, '0'), 'Customer ' || issued.counter % 1000, made.currency,
       issued.issue_date, issued.issue_date + 30, issued.counter % 5000, 0,
       CASE WHEN issued.counter % 10 = 0 THEN 0 ELSE issued.counter % 5000 END, 'PENDING', 'UNFULFILLED',
       made.details, 'bench', 'bench'
FROM sales_invoices AS made, invoices AS issued
WHERE made.tenant = :tenant AND made.code = '0000001' AND issued.tenant = :tenant AND issued.counter > 1
ORDER BY issued.counter
"""


def _folder() -> Path:
    """A folder that the server's own user may enter."""
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    folder.chmod(0o711)
    return folder


@asynccontextmanager
async def _engine() -> AsyncIterator[AsyncEngine]:
    folder = _folder()
    server = EmbeddedPostgres(folder / "postgres", durable=False)
    server.start()
    try:
        server.create_database("bench")
        migrate(server.url("bench"))
        engine = create_engine(server.url("bench"), pool_size=5)
        yield engine
        await engine.dispose()
    finally:
        server.delete()
        shutil.rmtree(folder, ignore_errors=True)


async def _fill(client: httpx.AsyncClient, sessions: async_sessionmaker[AsyncSession], tenant: str, count: int) -> None:
    (await client.post(URL, json=request())).raise_for_status()
    for _ in range(20):
        (await client.post(URL, json=request(status="DRAFT"))).raise_for_status()
    async with sessions.begin() as session:
        for statement in (FILL_INVOICES, FILL_SALES_INVOICES):
            await session.execute(text(statement), {"tenant": tenant, "count": count})


async def _measure(client: httpx.AsyncClient, engine: AsyncEngine, query: str) -> tuple[float, int, str]:
    """Milliseconds of a request (the median), how many it matches, and the indexes that its page is read by."""
    took: list[float] = []
    asked: list[tuple[str, Any]] = []

    def note(_connection: object, _cursor: object, statement: str, parameters: object, *_rest: object) -> None:
        if "FROM sales_invoices LEFT OUTER JOIN invoices" in statement and "LIMIT" in statement:
            asked.append((statement, parameters))

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    for _ in range(REPEATS):
        started = time.perf_counter()
        answer = await client.get(f"{URL}?{query}")
        took.append((time.perf_counter() - started) * 1000)
        answer.raise_for_status()
    event.remove(engine.sync_engine, "before_cursor_execute", note)
    statement, parameters = asked[-1]
    async with engine.connect() as connection:
        explained = await connection.exec_driver_sql(f"EXPLAIN (FORMAT JSON) {statement}", parameters)
        plan = json.dumps(explained.scalar_one())
    reads = re.findall(r'"(?:Index Name|Node Type)": "(ix_\w+|uq_\w+|pk_\w+|Seq Scan|Sort)"', plan)
    return statistics.median(took), answer.json()["totalElements"], ", ".join(dict.fromkeys(reads))


async def _run(count: int) -> None:
    logs.configure_logging("ERROR", "json")
    async with _engine() as engine:
        sessions = create_sessions(engine)
        with tempfile.TemporaryDirectory() as folder:
            services = ApiServices(
                Settings(),
                sessions,
                ObjectDocumentStore(f"file://{folder}"),
                TemporalGateFake(),
                ControlGateFake(),
                no_schedules(),
            )
            transport = httpx.ASGITransport(app=create_app(services))  # type: ignore[arg-type]
            for tenant in TENANTS:
                async with sessions.begin() as session:
                    session.add(Tenant(code=tenant))
                await set_up(sessions, tenant)
                headers = {"authorization": f"Bearer {await new_token(sessions, tenant)}"}
                async with httpx.AsyncClient(transport=transport, base_url="http://bench", headers=headers) as client:
                    await _fill(client, sessions, tenant, count)
            async with engine.connect() as connection:
                await connection.execution_options(isolation_level="AUTOCOMMIT")
                await connection.exec_driver_sql("VACUUM ANALYZE")
            headers = {"authorization": f"Bearer {await new_token(sessions, TENANTS[0])}"}
            async with httpx.AsyncClient(transport=transport, base_url="http://bench", headers=headers) as client:
                for name, query in QUERIES.items():
                    took, total, reads = await _measure(client, engine, query)
                    print(f"{name:20} {took:8.1f} ms {total:8}  {reads}")


@click.command()
@click.option("--count", default=50_000, show_default=True, help="Invoices of each tenant.")
def main(count: int) -> None:
    """Measure the list."""
    asyncio.run(_run(count))


if __name__ == "__main__":
    main()
