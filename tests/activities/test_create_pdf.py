"""The PDF is rendered once and kept under its own digest."""

import asyncio
import hashlib
import logging
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.exceptions import ApplicationError

from activities.create_pdf import PdfActivities
from contracts.failures import Reason
from contracts.order_invoice import InvoiceRef, IssuedDocument, OrderRef
from database import invoices
from database.invoices import SeriesPlace
from database.tables import InvoiceDocument
from documents.failures import RendererDied, TemplateFailed
from documents.logo import Logo
from documents.pdf import TEMPLATE_VERSION
from integrations.document_store import ObjectDocumentStore
from integrations.faults import TransientFault
from integrations.logo import LogoImage
from invoicing.invoice import Invoice
from tests.activities.fakes import Killed, LogosFake, RendererFake
from tests.documents.invoices import GERMAN_SELLER, make_invoice
from tests.workflows.deliveries import enter, enter_credit_note

Sessions = async_sessionmaker[AsyncSession]
LOGO_URL = "https://shop.example/logo.png"


@pytest.fixture
def store(tmp_path: Path) -> ObjectDocumentStore:
    return ObjectDocumentStore(tmp_path.as_uri())


async def issued(sessions: Sessions, tenant: str, logo_url: str | None = None) -> Invoice:
    seller = GERMAN_SELLER.model_copy(update={"logo_url": logo_url})
    invoice = make_invoice(tenant=tenant, id=uuid4(), number=f"RE-{uuid4().hex[:6]}", seller=seller)
    async with sessions.begin() as session:
        await invoices.add_invoice(session, invoice, SeriesPlace(uuid4(), 1), order_round=0)
    return invoice


async def create(
    sessions: Sessions,
    invoice: Invoice,
    renderer: RendererFake,
    store: ObjectDocumentStore,
    logos: LogosFake | None = None,
) -> None:
    order = OrderRef(tenant=invoice.tenant, order_id=invoice.order_id or "", job_id=uuid4())
    ref = InvoiceRef(tenant=invoice.tenant, invoice_id=invoice.id, number=invoice.number)
    activities = PdfActivities(sessions, cast("Any", renderer), store, logos or LogosFake())
    await activities.create_pdf(IssuedDocument(order=order if invoice.order_id else None, invoice=ref))


async def document(sessions: Sessions, invoice: Invoice) -> InvoiceDocument | None:
    async with sessions() as session:
        return await invoices.find_pdf(session, invoice.tenant, invoice.id)


async def test_what_is_rendered_is_stored_and_noted(
    sessions: Sessions, tenant: str, store: ObjectDocumentStore
) -> None:
    invoice, renderer = await issued(sessions, tenant), RendererFake()
    await create(sessions, invoice, renderer, store)
    assert renderer.rendered == [(invoice, None)]
    noted = await document(sessions, invoice)
    assert noted is not None
    content = await store.get(noted.key)
    assert content == b"%PDF-1.7 " + invoice.number.encode()
    assert (noted.sha256, noted.size_bytes) == (hashlib.sha256(content).hexdigest(), len(content))
    assert noted.template_version == TEMPLATE_VERSION


async def test_a_document_that_was_made_from_no_order_is_printed_too(
    sessions: Sessions, tenant: str, store: ObjectDocumentStore
) -> None:
    invoice = await enter(sessions, tenant)
    note = await enter_credit_note(sessions, invoice)
    for printed in (invoice, note):
        await create(sessions, printed, RendererFake(), store)
        assert await document(sessions, printed) is not None


async def test_a_stored_pdf_is_not_rendered_again(sessions: Sessions, tenant: str, store: ObjectDocumentStore) -> None:
    invoice, renderer = await issued(sessions, tenant), RendererFake()
    for _ in range(2):
        await create(sessions, invoice, renderer, store)
    assert len(renderer.rendered) == 1


async def test_killed_before_the_note_the_same_document_is_noted_by_the_next_attempt(
    sessions: Sessions, tenant: str, store: ObjectDocumentStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice, renderer = await issued(sessions, tenant), RendererFake()

    async def die(*_arguments: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(invoices, "add_document", die)
        with pytest.raises(Killed):
            await create(sessions, invoice, renderer, store)
    assert await document(sessions, invoice) is None
    await create(sessions, invoice, renderer, store)
    noted = await document(sessions, invoice)
    assert noted is not None
    kept = await asyncio.to_thread(lambda: [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*.pdf")])
    assert kept == [noted.key]


async def test_an_invoice_that_cannot_be_set_needs_a_person(
    sessions: Sessions, tenant: str, store: ObjectDocumentStore
) -> None:
    invoice = await issued(sessions, tenant)
    with pytest.raises(ApplicationError, match="no such field") as failed:
        await create(sessions, invoice, RendererFake(TemplateFailed("no such field")), store)
    assert (failed.value.type, failed.value.non_retryable) == (Reason.TEMPLATE_ERROR, True)
    assert await document(sessions, invoice) is None


@pytest.mark.parametrize("failure", [RendererDied("gone"), TransientFault("The document cannot be kept now.")])
async def test_what_may_pass_is_left_to_the_retry(
    sessions: Sessions, tenant: str, store: ObjectDocumentStore, failure: Exception
) -> None:
    invoice = await issued(sessions, tenant)
    with pytest.raises(type(failure)):
        await create(sessions, invoice, RendererFake(failure), store)
    await create(sessions, invoice, RendererFake(), store)
    assert await document(sessions, invoice) is not None


async def test_the_sellers_logo_is_printed(sessions: Sessions, tenant: str, store: ObjectDocumentStore) -> None:
    invoice, renderer = await issued(sessions, tenant, LOGO_URL), RendererFake()
    logos = LogosFake(LogoImage(content=b"png", media_type="image/png"))
    await create(sessions, invoice, renderer, store, logos)
    assert (logos.asked, renderer.rendered[0][1]) == ([LOGO_URL], Logo(content=b"png", media_type="image/png"))


async def test_without_its_logo_an_invoice_is_still_an_invoice(
    sessions: Sessions, tenant: str, store: ObjectDocumentStore, caplog: pytest.LogCaptureFixture
) -> None:
    invoice, renderer = await issued(sessions, tenant, LOGO_URL), RendererFake()
    with caplog.at_level(logging.WARNING):
        await create(sessions, invoice, renderer, store)
    assert renderer.rendered == [(invoice, None)]
    assert f"{invoice.number} is printed without its logo" in caplog.text
