"""64 who issue from one series at once, while API and worker are killed: the numbers are 1..n, and the proof holds.

A job of orders draws from the same series at the same time.
"""

import asyncio
import json
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit
from uuid import UUID

import httpx
import pytest
from sqlalchemy import select, text

from database import jobs
from database.tables import InvoiceDocument
from database.verification import Verification, verify
from demo.embedded.ports import free_ports
from demo.orders.generator import generated_order
from integrations.document_store import ObjectDocumentStore, digest_of
from invoicing.verification import FindingKind
from settings import Settings
from tests.api_fixtures import new_token
from tests.chaos.worker_process import ServiceProcess, WorkerProcess
from tests.service_fixtures import Service
from tests.waiting import eventually

ISSUERS, INVOICES_EACH, ORDERS = 64, 1, 12
KILLS = 2
SERIES = "invoiceNoSequence"
FIRST = 1001
SEED = 20_261_122
PATIENCE_SECONDS = 90


@dataclass
class Client:
    """A client that repeats a request until it is answered, as every client of money should."""

    http: httpx.AsyncClient

    async def post(self, path: str, body: dict[str, Any], key: str) -> dict[str, Any]:
        """The answer to a POST that carries an idempotency key."""
        async with asyncio.timeout(PATIENCE_SECONDS):
            while True:
                try:
                    answer = await self.http.post(path, json=body, headers={"idempotency-key": key})
                except httpx.TransportError:
                    await asyncio.sleep(0.1)
                    continue
                if answer.status_code < 500:
                    assert answer.status_code == 201, answer.text
                    made: dict[str, Any] = answer.json()
                    return made
                await asyncio.sleep(0.1)

    async def is_up(self) -> bool:
        try:
            return (await self.http.get("/health/live")).status_code == 200
        except httpx.TransportError:
            return False


@pytest.mark.thorough
@pytest.mark.timeout(280)
async def test_numbers_stay_without_gap_and_tampering_is_named(idle_service: Service, tmp_path: Path) -> None:
    service, dice = idle_service, random.Random(SEED)
    settings = service.settings.model_copy(update={"api_port": free_ports(1)[0]})
    for index in range(1, ORDERS + 1):
        service.shop.add_order(generated_order(index, 1))
    orders = [generated_order(index, 1)["id"] for index in range(1, ORDERS + 1)]
    api = ServiceProcess("api", settings, tmp_path / "api.log")
    async with api, WorkerProcess(settings, tmp_path / "worker.log") as worker, client_of(service, settings) as client:
        await eventually(client.is_up, seconds=30, what="an API that answers")
        template = await prepared(client)
        job_id = await service.start(*orders, concurrency=10)
        issuing = asyncio.gather(*(issue_some(client, template, issuer) for issuer in range(ISSUERS)))
        await kill_now_and_then(dice, api, worker)
        codes = [code for some in await issuing for code in some]
        await service.job(job_id).result()
        await eventually(lambda: has_pdfs(service, ISSUERS // 8), seconds=60, what="some PDFs")
        assert await worker.terminate() == 0
    await check_numbers(service, job_id, codes)
    await check_tampering(service)


@asynccontextmanager
async def client_of(service: Service, settings: Settings) -> AsyncIterator[Client]:
    headers = {"x-access-token": await new_token(service.sessions, service.tenant)}
    base_url = f"http://127.0.0.1:{settings.api_port}"
    limits = httpx.Limits(max_connections=ISSUERS)
    async with httpx.AsyncClient(base_url=base_url, headers=headers, timeout=30, limits=limits) as http:
        yield Client(http)


async def prepared(client: Client) -> dict[str, Any]:
    """A tax and a contact, and the invoice that everybody issues."""
    tax = await client.post("/v1/taxes", {"name": "VAT 19", "taxCode": "VAT", "percent": 19, "type": "SALES"}, "tax")
    contact = await client.post(
        "/v1/contacts",
        {"name": "Ada Example", "billingAddress": [{"address1": "Street 1", "city": "Berlin", "country": "DE"}]},
        "contact",
    )
    return {
        "contactCode": contact["code"],
        "contact": {"name": "Ada Example"},
        "currency": "EUR",
        "salesInvoiceDate": "22-11-2026",
        "salesInvoiceDueDate": "22-12-2026",
        "sequenceFormat": SERIES,
        "salesInvoiceItems": [
            {
                "productCode": "P-1",
                "productDescription": "Tea",
                "productQuantity": 3,
                "unitPrice": 9.99,
                "taxCode": tax["code"],
            }
        ],
    }


async def issue_some(client: Client, template: dict[str, Any], issuer: int) -> list[str]:
    """One issuer's invoices; their codes."""
    made = []
    for number in range(INVOICES_EACH):
        body = json.loads(json.dumps(template)) | {"memo": f"{issuer}/{number}"}
        made.append((await client.post("/v1/invoices/sales", body, f"{issuer}-{number}"))["salesInvoiceCode"])
    return made


async def kill_now_and_then(dice: random.Random, *processes: ServiceProcess) -> None:
    """`kill -9` each of them, again and again, at moments that no step knows of."""
    for _ in range(KILLS):
        for process in processes:
            await asyncio.sleep(dice.uniform(0.3, 1.5))
            await process.kill()
            await process.start()


async def has_pdfs(service: Service, count: int) -> bool:
    async with service.sessions() as session:
        found = await session.scalars(
            select(InvoiceDocument.key).where(InvoiceDocument.tenant == service.tenant).limit(count)
        )
        return len(list(found)) >= count


async def check_numbers(service: Service, job_id: UUID, codes: list[str]) -> None:
    """Every request made one invoice, every order one; their numbers are consecutive."""
    total = ISSUERS * INVOICES_EACH + ORDERS
    assert len(set(codes)) == len(codes) == ISSUERS * INVOICES_EACH
    issued = await service.invoices()
    assert [invoice.counter for invoice in issued] == list(range(FIRST, FIRST + total))
    assert set(codes) <= {invoice.number for invoice in issued}
    assert await service.drawn_numbers() == list(range(FIRST, FIRST + total))
    async with service.sessions() as session:
        view = await jobs.get_job(session, service.tenant, job_id)
    assert view is not None
    assert view.counts == {"SUCCESS": ORDERS}
    report = await proven(service)
    assert (report.findings, report.documents) == ([], total)


async def proven(service: Service) -> Verification:
    store = ObjectDocumentStore(service.settings.document_store_url)

    async def digest(key: str) -> str | None:
        return await digest_of(store, key)

    async with service.sessions.begin() as session:
        return await verify(session, service.tenant, digest)


async def check_tampering(service: Service) -> None:
    """One byte of one PDF and one cent of one row, changed as the owner of both."""
    async with service.sessions() as session:
        documents = select(InvoiceDocument).where(InvoiceDocument.tenant == service.tenant).limit(1)
        document = (await session.scalars(documents)).one()
    issued = {invoice.id: invoice.number for invoice in await service.invoices()}
    with_pdf, other = document.invoice_id, next(id_ for id_ in issued if id_ != document.invoice_id)
    file = Path(unquote(urlsplit(service.settings.document_store_url).path)) / document.key
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    async with service.sessions.begin() as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        await session.execute(text("UPDATE invoices SET gross = gross + 0.01 WHERE id = :id"), {"id": other})
    report = await proven(service)
    assert {(finding.kind, finding.subject) for finding in report.findings} == {
        (FindingKind.DOCUMENT, issued[with_pdf]),
        (FindingKind.FIGURES, issued[other]),
    }
