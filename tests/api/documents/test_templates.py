"""Templates of a tenant's own over HTTP, tried by a real worker before they are stored."""

from io import BytesIO
from typing import Any

import httpx
import pytest
from pypdf import PdfReader
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.security.access import INVOICE_MANAGE, INVOICE_VIEW
from contracts.ids import preview_workflow_id
from database import audit
from database.tables import DocumentPreview, DocumentTemplate
from tests.api_fixtures import ApiClientFactory, Client, TemporalGateFake, TokenMaker
from tests.database.rows import another_tenant
from tests.service_fixtures import Service

Sessions = async_sessionmaker[AsyncSession]
Json = dict[str, Any]

HTML = """<!DOCTYPE html>
<html lang="{{ page.language }}">
<head><title>{{ page.title }}</title></head>
<body>
<h1>Our letterhead: {{ page.number }}</h1>
<table>
<tbody>
{% for row in page.rows %}
<tr><td>{{ row.name }}</td><td>{{ row.amount }}</td></tr>
{% endfor %}
</tbody>
</table>
<p>{{ page.due.label }} {{ page.due.amount }}</p>
</body>
</html>
"""
CSS = "@page { size: A4; margin: 20mm }\nh1 { font-size: 18pt }"
PAGE: Json = {"content": {"html": HTML, "css": CSS}, "note": "New letterhead"}
MAIL: Json = {
    "content": {
        "en": {"subject": "Document {{ mail.number }}", "text": "Dear {{ mail.recipient }},\n{{ mail.opening }}"}
    }
}


def templates(tenant: str, kind: str = "document") -> str:
    return f"/invoice/{tenant}/templates/{kind}"


def text_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages)


def faults(answer: httpx.Response) -> list[tuple[str, int, str]]:
    return [(fault["field"], fault["line"], fault["detail"]) for fault in answer.json()["errors"]]


async def stored(client: httpx.AsyncClient, tenant: str, body: Json = PAGE, kind: str = "document") -> int:
    answer = await client.post(templates(tenant, kind), json=body)
    assert answer.status_code == 201, answer.text
    version: int = answer.json()["version"]
    return version


async def kept(sessions: Sessions, tenant: str) -> tuple[int, ...]:
    """How many templates and previews are on the tenant's books."""
    async with sessions() as session:
        counts = [
            await session.scalar(select(func.count()).select_from(table).where(table.tenant == tenant))
            for table in (DocumentTemplate, DocumentPreview)
        ]
    return tuple(count or 0 for count in counts)


async def test_a_version_is_tried_stored_read_activated_and_reset(
    worked_api: httpx.AsyncClient, service: Service, sessions: Sessions
) -> None:
    url = templates(service.tenant)
    made = await worked_api.post(url, json=PAGE)
    assert made.status_code == 201, made.text
    assert made.headers["location"] == f"{url}/1"
    assert {name: made.json()[name] for name in ("kind", "version", "active", "note")} == {
        "kind": "DOCUMENT",
        "version": 1,
        "active": False,
        "note": "New letterhead",
    }
    assert "content" not in made.json()
    assert await stored(worked_api, service.tenant, {"content": {"html": HTML}}) == 2
    listed = (await worked_api.get(url)).json()
    assert [one["version"] for one in listed["versions"]] == [2, 1]
    assert "active" not in listed
    assert (await worked_api.get(f"{url}/1")).json()["content"] == PAGE["content"]
    activated = await worked_api.put(f"{url}/active", json={"version": 2})
    assert (activated.status_code, activated.json()["active"]) == (200, True)
    assert (await worked_api.get(url)).json()["active"] == 2
    assert (await worked_api.delete(f"{url}/active")).status_code == 204
    assert (await worked_api.delete(f"{url}/active")).status_code == 204
    assert "active" not in (await worked_api.get(url)).json()
    async with sessions() as session:
        events = await audit.list_events(session, service.tenant, document="template/document", limit=9)
    assert [event.action for event in events] == ["reset", "activate", "create", "create"]
    assert all(event.actor.startswith("client:") for event in events)


async def test_every_fault_is_told_with_its_line_and_nothing_is_stored(
    worked_api: httpx.AsyncClient, service: Service, sessions: Sessions
) -> None:
    html = HTML.replace("row.amount", "row.price").replace("{{ page.number }}", "{{ page.number | shout }}")
    content = {"html": html, "css": CSS}
    answer = await worked_api.post(templates(service.tenant), json={"content": content})
    assert (answer.status_code, answer.headers["content-type"]) == (400, "application/problem+json")
    assert faults(answer) == [
        ("content.html", 5, "there is no filter 'shout' here"),
        ("content.html", 9, "there is no member 'price'"),
    ]
    content = {"html": HTML.replace("</table>", "</tabel>"), "css": f"{CSS}\n@import 'x.css';"}
    answer = await worked_api.post(templates(service.tenant), json={"content": content})
    assert faults(answer) == [
        ("content.css", 3, "@import cannot be used here"),
        ("content.html", 12, "not well-formed: mismatched tag"),
    ]
    async with sessions() as session:
        assert (
            await session.scalars(select(DocumentTemplate).where(DocumentTemplate.tenant == service.tenant))
        ).all() == []
        assert (
            await session.scalars(select(DocumentPreview).where(DocumentPreview.tenant == service.tenant))
        ).all() == []


async def test_a_mail_is_tried_in_each_language(worked_api: httpx.AsyncClient, service: Service) -> None:
    assert await stored(worked_api, service.tenant, MAIL, "mail") == 1
    wrong = {"content": {"de": {"subject": "{{ mail.nummer }}", "text": "a\n{{ mail.gruss }}"}, **MAIL["content"]}}
    answer = await worked_api.post(templates(service.tenant, "MAIL"), json=wrong)
    assert faults(answer) == [
        ("content.de.subject", 1, "there is no member 'nummer'"),
        ("content.de.text", 2, "there is no member 'gruss'"),
    ]


async def test_the_services_own_template_is_a_version_to_begin_from(
    worked_api: httpx.AsyncClient, service: Service
) -> None:
    for kind, members in (("document", {"html", "css"}), ("mail", {"de"})):
        begun = await worked_api.get(f"{templates(service.tenant, kind)}/starting-point?language=de")
        assert begun.status_code == 200, begun.text
        assert begun.json()["content"].keys() == members
        assert await stored(worked_api, service.tenant, {"content": begun.json()["content"]}, kind) == 1
    compact = (await worked_api.get(f"{templates(service.tenant)}/starting-point?layout=COMPACT")).json()
    classic = (await worked_api.get(f"{templates(service.tenant)}/starting-point")).json()
    assert compact["content"]["css"] != classic["content"]["css"]
    unknown = await worked_api.get(f"{templates(service.tenant)}/starting-point?layout=FANCY")
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (400, "layout")


HOSTILE = [
    ("{% for i in range(10000) %}{% for j in range(10000) %}{% endfor %}{% endfor %}", "too much"),
    ("{% for i in range(10000) %}" + "x" * 20_000 + "{% endfor %}", "too much"),
    ("{% macro m(n) %}{{ m(n) }}{% endmacro %}{{ m(1) }}", "too deep"),
    ("{{ ''.__class__.__mro__ }}", "there is no member '__class__'"),
    ("<img src='http://169.254.169.254/' alt=''/>", "loads nothing from outside"),
    ("<img src='file:///etc/passwd' alt=''/>", "loads nothing from outside"),
    ("<script>while (true) {}</script>", "<script> cannot be used here"),
    ("{% include '/etc/passwd' %}", "include cannot be used here"),
]


async def test_hostile_templates_are_refused_and_the_service_goes_on(
    worked_api: httpx.AsyncClient, service: Service
) -> None:
    for body, words in HOSTILE:
        html = HTML.replace("<table>", f"{body}<table>")
        answer = await worked_api.post(templates(service.tenant), json={"content": {"html": html}})
        assert answer.status_code == 400, (body, answer.text)
        assert words in answer.json()["errors"][0]["detail"], (body, answer.text)
    assert await stored(worked_api, service.tenant) == 1


async def test_a_style_that_never_ends_is_stopped(worked_api: httpx.AsyncClient, service: Service) -> None:
    """Its process is ended, and the next one serves. Whoever wrote it is told so, and not to try again."""
    pages = HTML.replace("<table>", "{% for i in range(9000) %}<p>x</p>{% endfor %}<table>")
    css = "@page { size: 30mm 30mm; margin: 0 } p { break-after: page; height: 300000mm }"
    answer = await worked_api.post(templates(service.tenant), json={"content": {"html": pages, "css": css}})
    assert answer.status_code == 400, answer.text
    assert "too slow" in answer.json()["errors"][0]["detail"]
    assert await stored(worked_api, service.tenant) == 1


@pytest.fixture
async def client(api_client: ApiClientFactory, token: TokenMaker, tenant: str) -> Any:
    async with api_client(token=await token(tenant, [INVOICE_MANAGE])) as client:
        yield client


@pytest.mark.parametrize(
    ("kind", "body", "field"),
    [
        ("document", {}, "content"),
        ("document", {"content": {"css": ""}}, "content.html"),
        ("document", {"content": {"html": "", "css": ""}}, "content.html"),
        ("document", {"content": {"html": "x", "js": ""}}, "content.js"),
        ("document", {"content": {"html": "x" * 300_000}}, "content.html"),
        ("document", {"content": {"html": "a\x00b"}}, "content.html"),
        ("document", {"content": {"html": "x"}, "note": "n" * 501}, "note"),
        ("document", {"content": {"html": "x"}, "active": True}, "active"),
        ("mail", {"content": {}}, "content"),
        ("mail", {"content": {"english": {"subject": "a", "text": "b"}}}, "content.english.[key]"),
        ("mail", {"content": {"en": {"subject": "a"}}}, "content.en.text"),
    ],
)
async def test_what_is_no_template_is_refused_by_its_member(
    client: Client, tenant: str, temporal_gate: TemporalGateFake, kind: str, body: Json, field: str
) -> None:
    answer = await client.post(templates(tenant, kind), json=body)
    assert answer.status_code == 400, answer.text
    assert field in [fault["field"] for fault in answer.json()["errors"]]
    assert temporal_gate.outbox == []


async def test_kinds_and_versions_that_are_not_there_are_not_found(client: Client, tenant: str) -> None:
    for path in ("page", "document/7", "document/0", "document/last", "mail/99999999999999999999"):
        assert (await client.get(templates(tenant, path))).status_code == 404, path
    unknown = await client.put(f"{templates(tenant)}/active", json={"version": 3})
    assert (unknown.status_code, unknown.json()["errors"][0]["field"]) == (404, "version")
    assert (await client.put(f"{templates(tenant)}/active", json={"version": "x"})).status_code == 400


async def test_what_is_not_tried_in_time_is_asked_for_again(
    client: Client, tenant: str, temporal_gate: TemporalGateFake, sessions: Sessions
) -> None:
    async def run_on(_workflow_id: str) -> bool:
        return False

    temporal_gate.on_wait = run_on
    answer = await client.post(templates(tenant), json=PAGE)
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    temporal_gate.is_away = True
    assert (await client.post(templates(tenant), json=PAGE)).status_code == 503
    (start,) = temporal_gate.outbox
    assert start.workflow == "DocumentPreview"
    assert start.workflow_id.startswith(preview_workflow_id(tenant, "")[:-1])  # type: ignore[arg-type]
    assert start.input.keys() == {"tenant", "preview_id"}
    assert await kept(sessions, tenant) == (0, 0)


async def test_templates_are_the_tenants_own(
    api_client: ApiClientFactory, token: TokenMaker, tenant: str, sessions: Sessions
) -> None:
    other = await another_tenant(sessions)
    async with api_client(token=await token(other)) as stranger:
        assert (await stranger.get(templates(tenant))).status_code == 403
        assert (await stranger.put(f"{templates(tenant)}/active", json={"version": 1})).status_code == 403
    async with api_client(token=await token(tenant, [INVOICE_VIEW])) as viewer:
        assert (await viewer.get(templates(tenant))).status_code == 200
        assert (await viewer.post(templates(tenant), json=PAGE)).status_code == 403
        assert (await viewer.put(f"{templates(tenant)}/active", json={"version": 1})).status_code == 403
        assert (await viewer.delete(f"{templates(tenant)}/active")).status_code == 403
