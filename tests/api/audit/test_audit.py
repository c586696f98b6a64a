"""Proof and trail over the API."""

from datetime import date

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.audit.audit import AuditController
from api.security.access import INVOICE_VIEW, SITE_READ
from api.services import ApiServices
from database import invoices
from database.issuing import Issue, issue
from database.sales_invoices import Entry
from invoicing.invoice import Invoice
from tests.api_fixtures import ApiClientFactory, TokenMaker
from tests.database.rows import another_tenant, document_of
from tests.documents.invoices import make_invoice

Sessions = async_sessionmaker[AsyncSession]


async def issued(sessions: Sessions, services: ApiServices, tenant: str) -> Invoice:
    """An invoice with a stored PDF."""
    stored = await services.documents.put(tenant, b"%PDF-1.7", invoices.PDF, ".pdf")
    wanted = Issue(
        tenant=tenant, site={"code": "main"}, issue_date=date(2026, 11, 22), entry=Entry(actor="client:test")
    )
    async with sessions.begin() as session:
        invoice = await issue(
            session, wanted, lambda id_, number: make_invoice(tenant=tenant, id=id_, number=number, order_id=None)
        )
        await invoices.add_document(session, document_of(invoice, key=stored.key, sha256=stored.sha256, size=8))
    return invoice


async def test_what_was_issued_is_proven_against_the_document_store(
    api_client: ApiClientFactory, api_services: ApiServices, sessions: Sessions, tenant: str, token: TokenMaker
) -> None:
    await issued(sessions, api_services, tenant)
    async with api_client(controllers=[AuditController], token=await token(tenant, [INVOICE_VIEW])) as client:
        answer = await client.get(f"/invoice/{tenant}/audit")
    assert answer.status_code == 200
    assert answer.json() == {
        "tenant": tenant,
        "clean": True,
        "documents": 1,
        "files": 1,
        "withoutFile": 0,
        "series": [{"name": "salesInvoiceNoSequence", "first": 1, "last": 1, "issued": 1, "external": 0}],
        "externalNumbers": [],
        "externalNumberCount": 0,
        "findings": [],
        "findingCount": 0,
    }


async def test_a_changed_cent_is_found(
    api_client: ApiClientFactory, api_services: ApiServices, sessions: Sessions, tenant: str, token: TokenMaker
) -> None:
    invoice = await issued(sessions, api_services, tenant)
    async with sessions.begin() as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        await session.execute(text("UPDATE invoices SET gross = gross + 0.01 WHERE id = :id"), {"id": invoice.id})
    async with api_client(controllers=[AuditController], token=await token(tenant)) as client:
        body = (await client.get(f"/invoice/{tenant}/audit")).json()
    assert body["clean"] is False
    assert [(finding["kind"], finding["subject"]) for finding in body["findings"]] == [("figures", invoice.number)]


async def test_the_trail_tells_who_did_what(
    api_client: ApiClientFactory, api_services: ApiServices, sessions: Sessions, tenant: str, token: TokenMaker
) -> None:
    first = await issued(sessions, api_services, tenant)
    await issued(sessions, api_services, tenant)
    async with api_client(controllers=[AuditController], token=await token(tenant)) as client:
        page = (await client.get(f"/invoice/{tenant}/audit/events?limit=1")).json()
        older = (await client.get(f"/invoice/{tenant}/audit/events?before={page['events'][0]['id']}")).json()
        of_one = (
            await client.get(f"/invoice/{tenant}/audit/events", params={"document": f"sales-invoice/{first.number}"})
        ).json()
    assert page["total"] == 2
    assert len(page["events"]) == len(older["events"]) == 1
    (event,) = of_one["events"]
    assert (event["actor"], event["action"], event["document"]) == (
        "client:test", "issue", f"sales-invoice/{first.number}",
    )  # fmt: skip
    assert event == older["events"][0]


@pytest.mark.parametrize("path", ["audit", "audit/events"])
async def test_nobody_else_looks_in(
    api_client: ApiClientFactory, sessions: Sessions, tenant: str, token: TokenMaker, path: str
) -> None:
    other = await another_tenant(sessions)
    async with api_client(controllers=[AuditController]) as client:
        for bearer, status in [(await token(other), 403), (await token(tenant, [SITE_READ]), 403), ("nonsense", 401)]:
            headers = {"authorization": f"Bearer {bearer}"}
            assert (await client.get(f"/invoice/{tenant}/{path}", headers=headers)).status_code == status


@pytest.mark.parametrize("query", ["limit=0", "limit=1001", "before=0", "before=x"])
async def test_a_page_that_cannot_be_is_refused(
    api_client: ApiClientFactory, tenant: str, token: TokenMaker, query: str
) -> None:
    async with api_client(controllers=[AuditController], token=await token(tenant)) as client:
        answer = await client.get(f"/invoice/{tenant}/audit/events?{query}")
    assert answer.status_code == 400
    assert query.partition("=")[0] in answer.text
