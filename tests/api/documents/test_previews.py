"""Documents shown before they exist, made by a real worker; the last tests with nobody behind the API."""

from datetime import timedelta
from io import BytesIO
from typing import Any

import httpx
import pytest
from pypdf import PdfReader
from sqlalchemy import func, select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.security.access import CONFIGURATION_VIEW, INVOICE_VIEW
from database import document_previews, document_templates
from database.document_templates import TemplateKind
from database.tables import DocumentPreview, DrawnNumber, InvoiceDocument, IssuedInvoice, JsonObject
from invoicing.document.preview import PreviewTask, PreviewWish
from tests.api.sales_invoices.requests import item, request, set_up
from tests.api_fixtures import ApiClientFactory, Client, TemporalGateFake, TokenMaker
from tests.database.rows import another_tenant
from tests.documents.own_template.pages import AROUND
from tests.service_fixtures import Service
from tests.waiting import eventually
from tests.workflows.deliveries import enter

Sessions = async_sessionmaker[AsyncSession]
Json = dict[str, Any]

URL = "/v1/invoices/sales"


def words_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages)


def own(words: str) -> JsonObject:
    return {"html": AROUND.format(f"<p>{words} {{{{ page.number }}}}</p>"), "css": "p { font-size: 12pt }"}


async def add(sessions: Sessions, tenant: str, content: JsonObject, *, activates: bool = True) -> None:
    kind = TemplateKind.DOCUMENT if "html" in content else TemplateKind.MAIL
    async with sessions.begin() as session:
        row = await document_templates.add(session, tenant, kind, content, note=None, actor="client:test")
        if activates:
            await document_templates.activate(session, tenant, kind, row.version, actor="client:test")


async def previewed(client: httpx.AsyncClient, tenant: str, **wish: Any) -> httpx.Response:
    return await client.post(f"/invoice/{tenant}/previews", json=wish)


async def words(client: httpx.AsyncClient, tenant: str, **wish: Any) -> str:
    answer = await previewed(client, tenant, **wish)
    assert answer.status_code == 200, answer.text
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["cache-control"] == "no-store"
    return words_of(answer.content)


async def draft(client: httpx.AsyncClient, **changes: Any) -> str:
    made = await client.post(URL, json=request(**{"siteCode": "sg", "draft": True} | changes))
    assert made.status_code == 201, made.text
    code: str = made.json()["salesInvoiceCode"]
    return code


async def test_a_draft_is_shown_as_it_would_be_issued_and_says_what_it_is(
    worked_api: httpx.AsyncClient, service: Service, sessions: Sessions
) -> None:
    await set_up(sessions, service.tenant)
    code = await draft(worked_api)
    printed = await worked_api.get(f"{URL}/{code}/pdf")
    assert (printed.status_code, printed.headers["content-type"]) == (200, "application/pdf")
    assert printed.headers["content-disposition"] == f'inline; filename="{code}.pdf"'
    shown = words_of(printed.content)
    assert "DRAFT" in shown.upper()
    assert code in shown
    for told in ("Orchard Tools Pte. Ltd.", "Merlion Trading", "Cordless drill", "128.40"):
        assert told in shown
    assert await words(worked_api, service.tenant, draft=code) == shown
    async with sessions() as session:
        for table in (IssuedInvoice, DrawnNumber, InvoiceDocument, DocumentPreview):
            assert (
                await session.scalar(select(func.count()).select_from(table).where(table.tenant == service.tenant)) == 0
            )


async def test_a_draft_that_cannot_be_printed_yet_says_why(
    worked_api: httpx.AsyncClient, service: Service, sessions: Sessions
) -> None:
    await set_up(sessions, service.tenant)
    code = await draft(worked_api, salesInvoiceItems=[])
    refused = await previewed(worked_api, service.tenant, draft=code)
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (409, "salesInvoiceItems")
    assert (await worked_api.get(f"{URL}/{code}/pdf")).status_code == 409


async def test_a_sample_is_shown_as_the_tenant_would_issue_it(worked_api: httpx.AsyncClient, service: Service) -> None:
    invoice, note = [await words(worked_api, service.tenant, sample=kind) for kind in ("INVOICE", "CREDIT_NOTE")]
    assert "SAMPLE-1" in invoice
    assert "SAMPLE-CN-1" in note
    for shown in (invoice, note):
        assert "DRAFT" not in shown.upper()
        assert "Sample Seller" not in shown
    german = await words(worked_api, service.tenant, sample="INVOICE", language="de", secondLanguage="fr")
    assert "Rechnung" in german
    assert "Facture" in german


async def test_a_look_can_be_tried_on(worked_api: httpx.AsyncClient, service: Service) -> None:
    wish = {"sample": "INVOICE"}
    plain = (await previewed(worked_api, service.tenant, **wish)).content
    for change in ({"layout": "COMPACT"}, {"brandColour": "#7a1f3d"}, {"typeface": "SERIF"}, {"paper": "LETTER"}):
        changed = await previewed(worked_api, service.tenant, **wish, **change)
        assert changed.content[:5] == b"%PDF-"
        assert changed.content != plain
    letter = PdfReader(BytesIO((await previewed(worked_api, service.tenant, **wish, paper="LETTER")).content))
    assert [round(float(side)) for side in letter.pages[0].mediabox[2:]] == [612, 792]


async def test_templates_are_tried_on_before_they_are_active(
    worked_api: httpx.AsyncClient, service: Service, sessions: Sessions
) -> None:
    invoice = await enter(sessions, service.tenant)
    tenant, wish = service.tenant, {"invoice": invoice.number}
    await add(sessions, tenant, own("First"), activates=False)
    await add(sessions, tenant, own("Second"))
    assert "First" not in await words(worked_api, tenant, **wish)
    assert await words(worked_api, tenant, **wish, template={"version": 1}) == f"First {invoice.number}"
    assert await words(worked_api, tenant, **wish, template={"content": own("Third")}) == f"Third {invoice.number}"
    assert await words(worked_api, tenant, sample="INVOICE") == "Second SAMPLE-1"
    assert "Second" not in await words(worked_api, tenant, sample="INVOICE", layout="CLASSIC")
    wrong = await previewed(worked_api, tenant, **wish, template={"content": own("{{ page.nothing }}")})
    assert wrong.status_code == 400
    assert wrong.json()["errors"] == [
        {"field": "content.html", "line": 5, "detail": "there is no member 'nothing'"},
    ]


async def test_a_mail_is_shown_as_it_would_be_sent(
    worked_api: httpx.AsyncClient, service: Service, sessions: Sessions
) -> None:
    invoice, tenant = await enter(sessions, service.tenant), service.tenant
    ours = (await previewed(worked_api, tenant, invoice=invoice.number, kind="MAIL")).json()
    assert invoice.number in ours["subject"]
    assert ours.keys() == {"subject", "text", "html"}
    await add(sessions, tenant, {"de": {"subject": "Post {{ mail.number }}", "text": "Guten Tag"}})
    own_words = (await previewed(worked_api, tenant, invoice=invoice.number, kind="MAIL")).json()
    assert (own_words["subject"], own_words["text"]) == (f"Post {invoice.number}", "Guten Tag")
    english = (await previewed(worked_api, tenant, invoice=invoice.number, kind="MAIL", language="en")).json()
    assert english["subject"] != own_words["subject"]


async def test_documents_are_issued_with_the_version_that_is_active(
    worked_api: httpx.AsyncClient, service: Service, sessions: Sessions
) -> None:
    tenant = service.tenant
    await set_up(sessions, tenant)
    await add(sessions, tenant, own("First"))
    code = await draft(worked_api)
    assert f"First {code}" in await words(worked_api, tenant, draft=code)
    issued = await worked_api.post(URL, json=request(siteCode="sg"))
    number = issued.json()["salesInvoiceCode"]
    await add(sessions, tenant, own("Second"))

    async def is_rendered() -> bool:
        async with sessions() as session:
            return bool(await session.scalar(select(InvoiceDocument).where(InvoiceDocument.tenant == tenant)))

    await eventually(is_rendered, what="the PDF")
    assert words_of((await worked_api.get(f"{URL}/{number}/pdf")).content) == f"First {number}"
    later = (await worked_api.post(URL, json=request(item(unitPrice=5), siteCode="sg"))).json()["salesInvoiceCode"]
    assert words_of((await worked_api.get(f"{URL}/{later}/pdf")).content) == f"Second {later}"


@pytest.fixture
async def client(api_client: ApiClientFactory, token: TokenMaker, tenant: str) -> Any:
    async with api_client(token=await token(tenant, [INVOICE_VIEW])) as client:
        yield client


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({}, "body"),
        ({"sample": "INVOICE", "draft": "DRAFT-1"}, "body"),
        ({"sample": "ORDER"}, "sample"),
        ({"sample": "INVOICE", "layout": "FANCY"}, "layout"),
        ({"sample": "INVOICE", "brandColour": "red"}, "brandColour"),
        ({"sample": "INVOICE", "secondLanguage": "french"}, "secondLanguage"),
        ({"sample": "INVOICE", "paper": "A3"}, "paper"),
        ({"sample": "INVOICE", "template": {}}, "template"),
        ({"sample": "INVOICE", "template": {"version": 1, "content": {}}}, "template"),
        ({"sample": "INVOICE", "template": {"version": "1"}}, "template.version"),
        ({"sample": "INVOICE", "template": {"content": {"html": 1}}}, "content.html"),
        ({"sample": "INVOICE", "colour": "#000000"}, "colour"),
    ],
)
async def test_what_is_no_preview_is_refused_by_its_member(
    client: Client, tenant: str, temporal_gate: TemporalGateFake, wish: Json, field: str
) -> None:
    answer = await client.post(f"/invoice/{tenant}/previews", json=wish)
    assert answer.status_code == 400, answer.text
    assert field in [fault["field"] for fault in answer.json()["errors"]]
    assert temporal_gate.outbox == []


async def test_a_template_of_ones_own_is_tried_by_those_only_who_may_manage_invoices(
    client: Client, tenant: str, temporal_gate: TemporalGateFake
) -> None:
    """What is tried costs the workers time."""
    wish = {"sample": "INVOICE", "template": {"content": own("Mine")}}
    answer = await client.post(f"/invoice/{tenant}/previews", json=wish)
    assert answer.status_code == 403, answer.text
    assert temporal_gate.outbox == []


@pytest.mark.parametrize(
    ("wish", "field"),
    [
        ({"draft": "DRAFT-7"}, "draft"),
        ({"invoice": "INV-7"}, "invoice"),
        ({"sample": "INVOICE", "template": {"version": 7}}, "version"),
    ],
)
async def test_what_is_not_there_is_not_found(client: Client, tenant: str, wish: Json, field: str) -> None:
    answer = await client.post(f"/invoice/{tenant}/previews", json=wish)
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (404, field)


async def test_anothers_documents_and_templates_are_not_found(
    client: Client, tenant: str, sessions: Sessions, api_client: ApiClientFactory, token: TokenMaker
) -> None:
    invoice = await enter(sessions, tenant)
    await add(sessions, tenant, own("Mine"))
    stranger_tenant = (await enter(sessions, await another_tenant(sessions))).tenant
    async with api_client(token=await token(stranger_tenant)) as stranger:
        url = f"/invoice/{stranger_tenant}/previews"
        for wish in ({"invoice": invoice.number}, {"sample": "INVOICE", "template": {"version": 1}}):
            assert (await stranger.post(url, json=wish)).status_code == 404
        assert (await stranger.post(f"/invoice/{tenant}/previews", json={"sample": "INVOICE"})).status_code == 403
    async with api_client(token=await token(tenant, [CONFIGURATION_VIEW])) as unscoped:
        assert (await unscoped.post(f"/invoice/{tenant}/previews", json={"sample": "INVOICE"})).status_code == 403


async def test_temporal_is_told_ids_and_the_row_the_rest(
    client: Client, tenant: str, sessions: Sessions, temporal_gate: TemporalGateFake
) -> None:
    """What the worker is asked for is in the database, and gone when the caller has his answer."""
    seen: list[PreviewWish] = []
    invoice = await enter(sessions, tenant)

    async def look(_workflow_id: str) -> bool:
        async with sessions() as session:
            (row,) = await session.scalars(select(DocumentPreview).where(DocumentPreview.tenant == tenant))
            seen.append(PreviewWish.model_validate(row.request))
        return True

    temporal_gate.on_wait = look
    answer = await client.post(f"/invoice/{tenant}/previews", json={"invoice": invoice.number, "typeface": "SERIF"})
    assert answer.status_code == 500
    (wish,) = seen
    assert (wish.task, wish.is_draft, wish.template) == (PreviewTask.PAGE, False, None)
    assert wish.invoice is not None
    assert wish.invoice.look.typeface == "SERIF"
    assert wish.invoice.model_copy(update={"look": invoice.look}) == invoice
    assert temporal_gate.outbox[0].input.keys() == {"tenant", "preview_id"}
    async with sessions() as session:
        assert (await session.scalars(select(DocumentPreview).where(DocumentPreview.tenant == tenant))).all() == []


async def test_a_tenant_waits_for_so_many_at_once_and_no_more(
    client: Client, tenant: str, sessions: Sessions, temporal_gate: TemporalGateFake
) -> None:
    async with sessions.begin() as session:
        for _ in range(5):
            await document_previews.add(session, tenant, {"task": "PAGE"})
    answer = await client.post(f"/invoice/{tenant}/previews", json={"sample": "INVOICE"})
    assert (answer.status_code, answer.headers["retry-after"]) == (429, "5")
    assert temporal_gate.outbox == []
    async with sessions.begin() as session:
        old = {"created_at": func.now() - timedelta(minutes=2)}
        await session.execute(update(DocumentPreview).where(DocumentPreview.tenant == tenant).values(**old))
    assert (await client.post(f"/invoice/{tenant}/previews", json={"sample": "INVOICE"})).status_code == 500
