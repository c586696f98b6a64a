"""Downloading an invoice by the link that its job shows."""

import hashlib
from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.security.access import CONFIGURATION_VIEW, INVOICE_VIEW
from api.services import ApiServices
from contracts.links import pdf_link
from database import invoices
from integrations.document_store import ObjectDocumentStore
from invoicing.invoice import Invoice
from tests.api_fixtures import ApiClientFactory, Client, TokenMaker
from tests.database.rows import another_tenant, document_of, issue

Sessions = async_sessionmaker[AsyncSession]
PDF = b"%PDF-1.7 " + b"words and pictures " * 20_000


def path(tenant: str, invoice_id: object) -> str:
    return f"/invoice/{tenant}/invoices/{invoice_id}/pdf"


@pytest.fixture
async def client(api_client: ApiClientFactory, token: TokenMaker, tenant: str) -> AsyncIterator[Client]:
    async with api_client(token=await token(tenant, [INVOICE_VIEW])) as client:
        yield client


async def printed(sessions: Sessions, services: ApiServices, tenant: str, number: str = "INV261001") -> Invoice:
    """An issued invoice whose PDF is in the store."""
    invoice = await issue(sessions, tenant, "EON1", number=number)
    stored = await services.documents.put(tenant, PDF, "application/pdf", ".pdf")
    document = document_of(invoice, key=stored.key, sha256=stored.sha256, size=stored.size_bytes)
    async with sessions.begin() as session:
        await invoices.add_document(session, document)
    return invoice


async def test_the_pdf_comes_as_it_was_stored(
    client: Client, api_services: ApiServices, tenant: str, sessions: Sessions
) -> None:
    invoice = await printed(sessions, api_services, tenant)
    base = api_services.settings.public_base_url
    link = pdf_link(base, tenant, invoice.id)
    answer = await client.get(link.removeprefix(base))
    assert (answer.status_code, answer.content) == (200, PDF)
    assert answer.headers["content-type"].partition(";")[0] == "application/pdf"
    assert answer.headers["content-length"] == str(len(PDF))
    assert answer.headers["etag"] == f'"{hashlib.sha256(PDF).hexdigest()}"'
    assert answer.headers["content-disposition"] == 'attachment; filename="INV261001.pdf"'


async def test_a_file_name_holds_nothing_that_ends_a_header_or_climbs_a_path(
    client: Client, api_services: ApiServices, tenant: str, sessions: Sessions
) -> None:
    invoice = await printed(sessions, api_services, tenant, number='../Größe 7"\r\n;x')
    answer = await client.get(path(tenant, invoice.id))
    assert answer.headers["content-disposition"] == 'attachment; filename=".._Gr__e_7____x.pdf"'


async def test_without_a_token_there_is_no_download(
    api_client: ApiClientFactory, api_services: ApiServices, tenant: str, sessions: Sessions
) -> None:
    invoice = await printed(sessions, api_services, tenant)
    async with api_client() as nobody:
        answer = await nobody.get(path(tenant, invoice.id))
    assert answer.status_code == 401
    assert b"%PDF" not in answer.content


async def test_without_the_scope_there_is_no_download(
    api_client: ApiClientFactory, api_services: ApiServices, token: TokenMaker, tenant: str, sessions: Sessions
) -> None:
    invoice = await printed(sessions, api_services, tenant)
    async with api_client(token=await token(tenant, [CONFIGURATION_VIEW])) as stranger:
        answer = await stranger.get(path(tenant, invoice.id))
    assert (answer.status_code, answer.json()["code"]) == (403, "403")


async def test_another_tenants_invoice_does_not_exist(
    client: Client, api_services: ApiServices, tenant: str, sessions: Sessions
) -> None:
    other = await another_tenant(sessions)
    theirs = await printed(sessions, api_services, other)
    under_ours = await client.get(path(tenant, theirs.id))
    assert (under_ours.status_code, under_ours.json()["code"]) == (404, "404")
    assert (await client.get(path(other, theirs.id))).status_code == 403


async def test_an_invoice_without_its_pdf_is_not_found(client: Client, tenant: str, sessions: Sessions) -> None:
    unprinted = await issue(sessions, tenant)
    for invoice_id in (unprinted.id, uuid4(), UUID(int=0)):
        answer = await client.get(path(tenant, invoice_id))
        assert (answer.status_code, answer.json()) == (
            404,
            {
                "message": "The invoice does not exist or has no PDF yet",
                "code": "404",
                "detailInfo": "invoiceId: The invoice does not exist or has no PDF yet",
            },
        )


async def test_what_is_no_invoice_id_is_not_found(client: Client, tenant: str) -> None:
    for invoice_id in ("INV261001", "1", "..%2F..%2Fetc"):
        answer = await client.get(path(tenant, invoice_id))
        assert (answer.status_code, answer.json()["code"]) == (404, "404"), invoice_id


async def test_a_document_that_the_store_has_lost_is_an_error_and_no_empty_file(
    client: Client, tenant: str, sessions: Sessions
) -> None:
    invoice = await issue(sessions, tenant)
    lost = document_of(invoice, key=f"{tenant}/00/{'0' * 64}.pdf", size=7)
    async with sessions.begin() as session:
        await invoices.add_document(session, lost)
    answer = await client.get(path(tenant, invoice.id))
    assert (answer.status_code, answer.json()["code"]) == (500, "500")


async def test_no_connection_is_held_while_the_store_is_read(
    client: Client,
    api_services: ApiServices,
    tenant: str,
    sessions: Sessions,
    engine: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A store that is slow to answer keeps those waiting who want a file, not everybody who wants the database."""
    invoice = await printed(sessions, api_services, tenant)
    held: list[int] = []
    read = ObjectDocumentStore.stream

    async def looking(store: ObjectDocumentStore, key: str) -> AsyncIterator[bytes]:
        held.append(engine.pool.checkedout())
        async for chunk in read(store, key):
            yield chunk

    monkeypatch.setattr(ObjectDocumentStore, "stream", looking)
    assert (await client.get(path(tenant, invoice.id))).content == PDF
    assert held == [0]
