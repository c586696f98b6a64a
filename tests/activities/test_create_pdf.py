"""The PDF is rendered once and kept under its own digest."""

import asyncio
import hashlib
import logging
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, cast
from uuid import uuid4

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.exceptions import ApplicationError
from temporalio.testing import ActivityEnvironment

from activities import print_pictures
from activities.create_pdf import PdfActivities
from contracts.failures import Reason
from contracts.order_invoice import InvoiceRef, IssuedDocument, OrderRef
from database import configurations, document_templates, invoices
from database.configurations import Entry
from database.document_templates import TemplateKind
from database.invoices import SeriesPlace
from database.secured_values import NO_KEY
from database.tables import AuditEvent, InvoiceDocument
from documents.failures import RendererDied, RenderTimedOut, StructuredInvoiceInvalid, TemplateFailed
from documents.pdf import TEMPLATE_VERSION
from documents.request import OwnTemplate, Picture, Pictures, PrintRequest
from integrations.document_store import ObjectDocumentStore
from integrations.faults import TransientFault
from integrations.logo import LogoImage, LogoSource, LogoUnusable
from invoicing.document_forms import DocumentForm, Electronic
from invoicing.invoice import Invoice
from invoicing.look import Look, TemplateRef
from tests.activities.fakes import Killed, LogosFake, RendererFake
from tests.documents.invoices import GERMAN_SELLER, make_invoice
from tests.workflows.deliveries import enter, enter_credit_note

Sessions = async_sessionmaker[AsyncSession]
LOGO_URL = "https://shop.example/logo.png"
PDF, CII, UBL = DocumentForm.PDF, DocumentForm.CII, DocumentForm.UBL
BOTH = Electronic(wanted=(CII, UBL), forms=(CII, UBL))


@pytest.fixture
def store(tmp_path: Path) -> ObjectDocumentStore:
    return ObjectDocumentStore(tmp_path.as_uri())


async def issued(sessions: Sessions, tenant: str, logo_url: str | None = None, **changes: Any) -> Invoice:
    seller = GERMAN_SELLER.model_copy(update={"logo_url": logo_url})
    made = make_invoice(tenant=tenant, id=uuid4(), number=f"RE-{uuid4().hex[:6]}", seller=seller)
    invoice = made.model_copy(update=changes)
    async with sessions.begin() as session:
        await invoices.add_invoice(session, invoice, SeriesPlace(uuid4(), 1), order_round=0)
    return invoice


async def create(
    sessions: Sessions,
    invoice: Invoice,
    renderer: RendererFake,
    store: ObjectDocumentStore,
    logos: LogoSource | None = None,
    forms: tuple[DocumentForm, ...] = (),
) -> None:
    order = OrderRef(tenant=invoice.tenant, order_id=invoice.order_id or "", job_id=uuid4())
    ref = InvoiceRef(tenant=invoice.tenant, invoice_id=invoice.id, number=invoice.number)
    activities = PdfActivities(sessions, cast("Any", renderer), store, logos or LogosFake())
    await activities.create_pdf(IssuedDocument(order=order if invoice.order_id else None, invoice=ref, forms=forms))


async def document(sessions: Sessions, invoice: Invoice) -> InvoiceDocument | None:
    async with sessions() as session:
        return await invoices.find_pdf(session, invoice.tenant, invoice.id)


async def documents(sessions: Sessions, invoice: Invoice) -> dict[str, InvoiceDocument]:
    async with sessions() as session:
        rows = await session.scalars(select(InvoiceDocument).where(InvoiceDocument.invoice_id == invoice.id))
        return {row.form: row for row in rows}


@dataclass
class ShelfFake:
    """Pictures by their URL."""

    images: dict[str, LogoImage]
    asked: list[str] = field(default_factory=list)

    async def fetch(self, url: str) -> LogoImage:
        self.asked.append(url)
        if url not in self.images:
            raise LogoUnusable("The logo's server answered 404.")
        return self.images[url]


class NeverFake:
    """A server that says nothing."""

    async def fetch(self, _url: str) -> LogoImage:
        await asyncio.Event().wait()
        raise AssertionError


async def test_what_is_rendered_is_stored_and_noted(
    sessions: Sessions, tenant: str, store: ObjectDocumentStore
) -> None:
    invoice, renderer = await issued(sessions, tenant), RendererFake()
    await create(sessions, invoice, renderer, store)
    assert renderer.rendered == [(PrintRequest(invoice=invoice), {})]
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
    assert logos.asked == [LOGO_URL]
    assert renderer.rendered[0][1] == {LOGO_URL: Picture(content=b"png", media_type="image/png")}


async def test_what_was_printed_of_the_logo_is_kept(
    sessions: Sessions, tenant: str, store: ObjectDocumentStore
) -> None:
    """Its source may change or go; two documents with one logo keep it once."""
    logos = LogosFake(LogoImage(content=b"png", media_type="image/png"))
    keys = set()
    for order_id in ("EON1", "EON2"):
        invoice = await issued(sessions, tenant, LOGO_URL, order_id=order_id)
        await create(sessions, invoice, RendererFake(), store, logos)
        noted = await document(sessions, invoice)
        assert noted is not None
        assert noted.pictures is not None
        keys.add(noted.pictures[LOGO_URL])
    (key,) = keys
    assert (key[-4:], await store.get(key)) == (".png", b"png")


async def test_the_pictures_of_lines_are_printed_as_far_as_they_can_be_had(
    sessions: Sessions, tenant: str, store: ObjectDocumentStore, caplog: pytest.LogCaptureFixture
) -> None:
    """Each URL is asked for once, however many lines name it."""
    good, bad = "https://shop.example/1.jpg", "https://shop.example/2.jpg"
    (line,) = make_invoice().lines
    lines = tuple(
        line.model_copy(update={"position": place, "image_url": url}) for place, url in enumerate((good, bad, good), 1)
    )
    invoice, renderer = await issued(sessions, tenant, lines=lines), RendererFake()
    logos = ShelfFake({good: LogoImage(content=b"jpg", media_type="image/jpeg")})
    with caplog.at_level(logging.WARNING):
        await create(sessions, invoice, renderer, store, logos)
    assert sorted(logos.asked) == [good, bad]
    assert renderer.rendered[0][1] == {good: Picture(content=b"jpg", media_type="image/jpeg")}
    assert f"{invoice.number} is printed without its picture of a line" in caplog.text


async def test_a_document_with_very_many_pictures_prints_the_first_of_them(
    sessions: Sessions, tenant: str, store: ObjectDocumentStore
) -> None:
    (line,) = make_invoice().lines
    urls = [f"https://shop.example/{place}.png" for place in range(1, 302)]
    lines = tuple(line.model_copy(update={"position": place, "image_url": url}) for place, url in enumerate(urls, 1))
    invoice, renderer = await issued(sessions, tenant, lines=lines), RendererFake()
    logos = LogosFake(LogoImage(content=b"png", media_type="image/png"))
    await create(sessions, invoice, renderer, store, logos)
    assert sorted(renderer.rendered[0][1]) == sorted(urls[:200])


async def test_slow_pictures_are_not_waited_for_longer_than_a_step_can_be(
    sessions: Sessions, tenant: str, store: ObjectDocumentStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(print_pictures, "MOST_SECONDS", 0.1)
    invoice, renderer = await issued(sessions, tenant, LOGO_URL), RendererFake()
    await create(sessions, invoice, renderer, store, NeverFake())
    assert renderer.rendered == [(PrintRequest(invoice=invoice), {})]


@dataclass
class LostInDrawings(RendererFake):
    """A renderer that never gets through with an SVG picture."""

    async def render(
        self, request: PrintRequest, pictures: Pictures, timeout_seconds: float | None = None
    ) -> dict[DocumentForm, bytes]:
        if any(picture.media_type == "image/svg+xml" for picture in pictures.values()):
            raise RenderTimedOut("no document within 60 s")
        return await super().render(request, pictures, timeout_seconds)


async def test_a_logo_that_is_never_drawn_to_its_end_is_left_out(
    sessions: Sessions, tenant: str, store: ObjectDocumentStore, caplog: pytest.LogCaptureFixture
) -> None:
    """The order is charged: it would be tried, and hold a render process, for ever."""
    photo = "https://shop.example/1.jpg"
    (line,) = make_invoice().lines
    lines = (line.model_copy(update={"image_url": photo}),)
    invoice, renderer = await issued(sessions, tenant, LOGO_URL, lines=lines), LostInDrawings()
    shelf = {
        LOGO_URL: LogoImage(content=b"<svg/>", media_type="image/svg+xml"),
        photo: LogoImage(content=b"jpg", media_type="image/jpeg"),
    }
    with caplog.at_level(logging.WARNING):
        await create(sessions, invoice, renderer, store, ShelfFake(shelf))
    assert renderer.rendered[0][1] == {photo: Picture(content=b"jpg", media_type="image/jpeg")}
    noted = await document(sessions, invoice)
    assert noted is not None
    assert set(noted.pictures or {}) == {photo}
    assert f"{invoice.number} is printed without its SVG pictures" in caplog.text


async def test_a_document_that_takes_too_long_without_drawings_is_left_to_the_retry(
    sessions: Sessions, tenant: str, store: ObjectDocumentStore
) -> None:
    invoice, renderer = await issued(sessions, tenant, LOGO_URL), RendererFake(RenderTimedOut("no document"))
    with pytest.raises(RenderTimedOut):
        await create(sessions, invoice, renderer, store, LogosFake(LogoImage(content=b"png", media_type="image/png")))


async def test_a_document_is_stored_in_all_forms_that_were_decided_at_its_issue(
    sessions: Sessions, tenant: str, store: ObjectDocumentStore
) -> None:
    """In one request, so that the PDF carries the very CII that is stored beside it."""
    invoice, renderer = await issued(sessions, tenant, electronic=BOTH), RendererFake()
    for _ in range(2):
        await create(sessions, invoice, renderer, store)
    assert [request.forms for request, _ in renderer.rendered] == [(PDF, CII, UBL)]
    rows = await documents(sessions, invoice)
    assert {form: (row.media_type, row.key.rpartition(".")[2]) for form, row in rows.items()} == {
        "PDF": ("application/pdf", "pdf"),
        "CII": ("application/xml", "xml"),
        "UBL": ("application/xml", "xml"),
    }
    assert await store.get(rows["UBL"].key) == f"%UBL-1.7 {invoice.number}".encode()


@dataclass
class NoStructuredForms(RendererFake):
    """A renderer to which every structured form is invalid."""

    async def render(
        self, request: PrintRequest, pictures: Pictures, timeout_seconds: float | None = None
    ) -> dict[DocumentForm, bytes]:
        if set(request.forms) != {PDF}:
            raise StructuredInvoiceInvalid("its schema refuses the structured invoice")
        return await super().render(request, pictures)


async def test_a_promised_form_that_cannot_be_made_does_not_hold_up_the_pdf(
    sessions: Sessions, tenant: str, store: ObjectDocumentStore
) -> None:
    """The order is charged and its invoice issued: the customer gets it, and the audit trail says what is missing."""
    invoice, renderer = await issued(sessions, tenant, electronic=BOTH), NoStructuredForms()
    for _ in range(2):
        await create(sessions, invoice, renderer, store)
    assert [request.forms for request, _ in renderer.rendered] == [(PDF,)]
    assert (await documents(sessions, invoice)).keys() == {"PDF"}
    async with sessions() as session:
        events = await session.scalars(select(AuditEvent).where(AuditEvent.tenant == tenant))
        told = [(event.action, event.document, event.detail) for event in events if event.action == "print"]
    assert told == [("print", f"sales-invoice/{invoice.number}", {"notMade": "CII, UBL"})]
    with pytest.raises(ApplicationError, match="its schema refuses") as refused:
        await create(sessions, invoice, renderer, store, forms=(UBL,))
    assert refused.value.type == Reason.TEMPLATE_ERROR


async def test_a_page_that_cannot_be_set_does_not_cost_a_document_its_structured_forms(
    sessions: Sessions, tenant: str, store: ObjectDocumentStore
) -> None:
    """The tenant's page may be too slow once, and be set the next time: nothing is left out for that."""
    invoice = await issued(sessions, tenant, electronic=BOTH)
    with pytest.raises(ApplicationError, match="too slow"):
        await create(sessions, invoice, RendererFake(TemplateFailed("the tenant's own template is too slow")), store)
    await create(sessions, invoice, RendererFake(), store)
    assert (await documents(sessions, invoice)).keys() == {"PDF", "CII", "UBL"}


async def test_a_form_that_is_asked_for_later_is_made_alone(
    sessions: Sessions, tenant: str, store: ObjectDocumentStore
) -> None:
    """No picture is fetched for it, and what was printed before is untouched."""
    invoice, renderer = await issued(sessions, tenant, LOGO_URL), RendererFake()
    logos = LogosFake(LogoImage(content=b"png", media_type="image/png"))
    await create(sessions, invoice, renderer, store, logos)
    before = await document(sessions, invoice)
    for _ in range(2):
        await create(sessions, invoice, renderer, store, logos, forms=(UBL,))
    assert [request.forms for request, _ in renderer.rendered] == [(PDF,), (UBL,)]
    assert (len(logos.asked), renderer.rendered[1][1]) == (1, {})
    after = await document(sessions, invoice)
    assert before is not None
    assert after is not None
    assert (after.key, after.created_at) == (before.key, before.created_at)


async def test_a_pdf_carries_its_cii_although_somebody_had_that_made_before(
    sessions: Sessions, tenant: str, store: ObjectDocumentStore
) -> None:
    decided = Electronic(wanted=(CII,), forms=(CII,))
    invoice, renderer = await issued(sessions, tenant, electronic=decided), RendererFake()
    await create(sessions, invoice, renderer, store, forms=(CII,))
    await create(sessions, invoice, renderer, store)
    assert [request.forms for request, _ in renderer.rendered] == [(CII,), (PDF, CII)]


@pytest.mark.parametrize(
    ("years", "day", "until"),
    [
        (None, date(2026, 11, 22), date(2036, 11, 22)),
        (8, date(2026, 11, 22), date(2034, 11, 22)),
        (1, date(2028, 2, 29), date(2029, 3, 1)),
        (100, date(9990, 1, 1), date(9999, 1, 1)),
    ],
)
async def test_a_document_must_be_kept_for_as_long_as_the_tenant_says(
    sessions: Sessions, tenant: str, store: ObjectDocumentStore, years: int | None, day: date, until: date
) -> None:
    if years is not None:
        async with sessions.begin() as session:
            entry = Entry("invoiceDocument", {"retentionYears": years})
            await configurations.add_entries(session, tenant, [entry], NO_KEY)
    invoice = await issued(sessions, tenant, issue_date=day)
    await create(sessions, invoice, RendererFake(), store)
    noted = await document(sessions, invoice)
    assert noted is not None
    assert noted.retain_until == until


async def test_a_document_is_printed_with_the_template_that_it_was_issued_with(
    sessions: Sessions, tenant: str, store: ObjectDocumentStore
) -> None:
    content = {"html": "<p>ours</p>", "css": "p {}"}
    async with sessions.begin() as session:
        added = await document_templates.add(
            session, tenant, TemplateKind.DOCUMENT, content, note=None, actor="client:c"
        )
    look = Look(template=document_templates.reference_to(added))
    invoice, renderer = await issued(sessions, tenant, look=look), RendererFake()
    await create(sessions, invoice, renderer, store)
    assert renderer.rendered[0][0].template == OwnTemplate(html="<p>ours</p>", css="p {}")


async def test_a_document_whose_template_is_gone_is_printed_with_what_is_there_now(
    sessions: Sessions, tenant: str, store: ObjectDocumentStore
) -> None:
    gone, renderer = Look(template=TemplateRef(id=uuid4(), version=7, sha256="00")), RendererFake()
    await create(sessions, await issued(sessions, tenant, look=gone), renderer, store)
    assert [request.template for request, _ in renderer.rendered] == [None]


@dataclass
class DiesOfOwnTemplates(RendererFake):
    """A renderer whose process ends with every page of a tenant's own."""

    async def render(
        self, request: PrintRequest, pictures: Pictures, timeout_seconds: float | None = None
    ) -> dict[DocumentForm, bytes]:
        if request.template is not None:
            raise RendererDied("ended with -5")
        return await super().render(request, pictures)


async def test_a_page_that_ends_the_process_time_and_again_is_held_for_a_person_until_another_is_active(
    sessions: Sessions, tenant: str, store: ObjectDocumentStore
) -> None:
    async with sessions.begin() as session:
        added = await document_templates.add(
            session, tenant, TemplateKind.DOCUMENT, {"html": "<p/>", "css": ""}, note=None, actor="client:c"
        )
        await document_templates.activate(session, tenant, TemplateKind.DOCUMENT, added.version, actor="client:c")
    look = Look(template=document_templates.reference_to(added))
    invoice, renderer = await issued(sessions, tenant, look=look), DiesOfOwnTemplates()

    async def attempt(number: int) -> None:
        environment = ActivityEnvironment()
        environment.info = replace(environment.info, attempt=number)
        await environment.run(create, sessions, invoice, renderer, store)

    with pytest.raises(RendererDied):
        await attempt(2)
    with pytest.raises(ApplicationError, match="ends the process") as held:
        await attempt(3)
    assert held.value.type == Reason.TEMPLATE_ERROR
    async with sessions.begin() as session:
        await document_templates.reset(session, tenant, TemplateKind.DOCUMENT, actor="client:c")
    await attempt(3)
    assert await document(sessions, invoice) is not None


async def test_without_its_logo_an_invoice_is_still_an_invoice(
    sessions: Sessions, tenant: str, store: ObjectDocumentStore, caplog: pytest.LogCaptureFixture
) -> None:
    invoice, renderer = await issued(sessions, tenant, LOGO_URL), RendererFake()
    with caplog.at_level(logging.WARNING):
        await create(sessions, invoice, renderer, store)
    assert renderer.rendered == [(PrintRequest(invoice=invoice), {})]
    assert f"{invoice.number} is printed without its logo" in caplog.text
