"""Every error of a route in its own dialect (Emporix A.1.3, A.2, A.3, A.4), and never a 500 for bad input."""

import dataclasses
import json
from collections.abc import AsyncIterator
from uuid import uuid4

import pytest
from litestar.testing import AsyncTestClient
from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.app import MAX_BODY_BYTES, create_app
from api.services import ApiServices
from database.engine import create_engine, create_sessions
from database.tenants import ensure_tenant
from integrations.document_store import ObjectDocumentStore
from settings import Settings
from tests.api.probes import PROBES, SCOPES
from tests.api_fixtures import (
    ApiClientFactory,
    Client,
    ControlGateFake,
    LogLines,
    TemporalGateFake,
    new_token,
    no_schedules,
)

DIALECTS = ["invoice", "configuration", "sequential-id", "site", "v1", "v0"]
Body = dict[str, JsonValue]
Sessions = async_sessionmaker[AsyncSession]


@pytest.fixture(scope="module")
async def tenant(sessions: Sessions) -> str:
    """One for all tests here: none of them leaves anything behind."""
    code = f"t{uuid4().hex[:10]}"
    async with sessions.begin() as session:
        await ensure_tenant(session, code)
    return code


@pytest.fixture(scope="module")
async def client(sessions: Sessions, tenant: str) -> AsyncIterator[Client]:
    services = ApiServices(
        Settings(), sessions, ObjectDocumentStore("memory:///"), TemporalGateFake(), ControlGateFake(), no_schedules()
    )
    async with AsyncTestClient(create_app(services, PROBES), raise_server_exceptions=False) as client:
        client.headers["authorization"] = f"Bearer {await new_token(sessions, tenant, SCOPES)}"
        yield client


def url(dialect: str, tenant: str, route: str) -> str:
    return f"/{dialect}/{route}" if dialect in {"v0", "v1"} else f"/{dialect}/{tenant}/{route}"


@pytest.mark.parametrize(
    ("dialect", "body"),
    [
        ("invoice", {"message": "Thing not found", "code": "404", "detailInfo": "Could not find thing 'x'"}),
        (
            "configuration",
            {
                "message": "Thing not found",
                "status": 404,
                "type": "application/json",
                "details": [{"message": "Could not find thing 'x'"}],
            },
        ),
        (
            "sequential-id",
            {
                "status": 404,
                "type": "resource_not_found",
                "message": "Thing not found",
                "errorDetails": [{"field": None, "message": "Could not find thing 'x'"}],
            },
        ),
        (
            "site",
            {
                "type": "resource_not_found",
                "status": 404,
                "message": "Thing not found",
                "details": [{"message": "Could not find thing 'x'"}],
            },
        ),
        (
            "v1",
            {
                "code": 404,
                "errorMessage": "Thing not found",
                "httpStatus": "NOT_FOUND",
                "errors": [{"field": None, "error": "Could not find thing 'x'"}],
            },
        ),
        (
            "v0",
            {
                "type": "about:blank",
                "title": "Not Found",
                "status": 404,
                "detail": "Thing not found",
                "errors": [{"field": None, "detail": "Could not find thing 'x'"}],
            },
        ),
    ],
)
async def test_what_is_not_found_is_said_in_the_routes_dialect(
    client: Client, tenant: str, dialect: str, body: Body
) -> None:
    answer = await client.get(url(dialect, tenant, "missing"))
    assert (answer.status_code, answer.json()) == (404, body)


@pytest.mark.parametrize(
    ("dialect", "body"),
    [
        (
            "invoice",
            {"message": "Two faults", "code": "400", "detailInfo": "startValue: is too large; name: is empty"},
        ),
        (
            "configuration",
            {
                "message": "Two faults",
                "status": 400,
                "type": "application/json",
                "details": [{"message": "startValue: is too large"}, {"message": "name: is empty"}],
            },
        ),
        (
            "sequential-id",
            {
                "status": 400,
                "type": "validation_violation",
                "message": "There are validation problems, see details section for more information",
                "errorDetails": [
                    {"field": "startValue", "message": "is too large"},
                    {"field": "name", "message": "is empty"},
                ],
            },
        ),
        (
            "site",
            {
                "type": "validation_violation",
                "status": 400,
                "message": "Two faults",
                "details": [{"message": "startValue: is too large"}, {"message": "name: is empty"}],
            },
        ),
        (
            "v1",
            {
                "code": 400,
                "errorMessage": "Two faults",
                "httpStatus": "BAD_REQUEST",
                "errors": [
                    {"field": "startValue", "error": "is too large"},
                    {"field": "name", "error": "is empty"},
                ],
            },
        ),
        (
            "v0",
            {
                "type": "about:blank",
                "title": "Bad Request",
                "status": 400,
                "detail": "Two faults",
                "errors": [
                    {"field": "startValue", "detail": "is too large"},
                    {"field": "name", "detail": "is empty"},
                ],
            },
        ),
    ],
)
async def test_each_member_at_fault_is_named(client: Client, tenant: str, dialect: str, body: Body) -> None:
    answer = await client.get(url(dialect, tenant, "twice"))
    assert (answer.status_code, answer.json()) == (400, body)


@pytest.mark.parametrize(
    ("dialect", "body"),
    [
        ("invoice", {"message": "Mixin X already exists for site Y", "code": "409"}),
        (
            "configuration",
            {"message": "Mixin X already exists for site Y", "status": 409, "type": "application/json"},
        ),
        (
            "sequential-id",
            {"status": 409, "type": "conflict_resource", "message": "Mixin X already exists for site Y"},
        ),
        ("site", {"type": "conflict_resource", "status": 409, "message": "Mixin X already exists for site Y"}),
    ],
)
async def test_a_conflict_without_details_has_none(client: Client, tenant: str, dialect: str, body: Body) -> None:
    answer = await client.get(url(dialect, tenant, "conflict"))
    assert (answer.status_code, answer.json()) == (409, body)


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    ("route", "body", "field"),
    [
        ("samples", '{"startValue": "many"}', "startValue"),
        ("samples", '{"startValue": -1}', "startValue"),
        ("samples", '{"startValue": null}', "startValue"),
        ("samples", '{"startValue": 1.5}', "startValue"),
        ("samples", '{"startValue": {}}', "startValue"),
        ("samples", '{"startValue": 1, "surprise": 1}', "surprise"),
        ("samples", '{"startValue": 1, "placeholders": {"__year__": {"required": "perhaps"}}}', "__year__.required"),
        ("samples", "{}", "startValue"),
        ("samples", "[]", "body"),
        ("samples", "7", "body"),
        ("samples", "", "body"),
        ("lists", '[{"startValue": 1}, {"startValue": "x"}]', "1.startValue"),
        ("lists", '{"startValue": 1}', "body"),
    ],
)
async def test_a_body_that_does_not_fit_names_the_member(
    client: Client, tenant: str, dialect: str, route: str, body: str, field: str
) -> None:
    headers = {"content-type": "application/json"}
    answer = await client.post(url(dialect, tenant, route), content=body, headers=headers)
    assert answer.status_code == 400, answer.text
    assert field in json.dumps(answer.json())
    assert "https://errors.pydantic.dev" not in answer.text


@pytest.mark.parametrize("dialect", DIALECTS)
@pytest.mark.parametrize(
    "body",
    [
        b'{"startValue": NaN}',
        b'{"startValue": Infinity}',
        b'{"startValue": -Infinity}',
        b'{"startValue": 1e999}',
        b'{"startValue": 1',
        b"{'startValue': 1}",
        b'{"startValue": 1,}',
        b"hello",
        b"\xff\xfe",
        b'{"note": "\\ud800"}',
        b'{"note": "\xed\xa0\x80"}',
        b"[" * 100_000,
        b'{"startValue": 1, "note": ' + b"[" * 200 + b"]" * 200 + b"}",
        b'{"a":' * 5_000,
    ],
    ids=lambda body: repr(body[:24]),
)
async def test_what_is_no_json_is_refused_as_such(client: Client, tenant: str, dialect: str, body: bytes) -> None:
    headers = {"content-type": "application/json"}
    answer = await client.post(url(dialect, tenant, "samples"), content=body, headers=headers)
    assert answer.status_code == 400, answer.text
    kinds = {"configuration": "bad_payload_syntax", "sequential-id": "bad_payload_syntax", "site": "bad_payload_syntax"}
    assert answer.json().get("type") == {**kinds, "v0": "about:blank"}.get(dialect)


async def test_nesting_within_reason_is_fine(client: Client, tenant: str) -> None:
    note: JsonValue = "deep"
    for _ in range(20):
        note = {"a": [note, *range(20)]}
    sample = {"startValue": 1, "placeholders": {}, "note": note}
    answer = await client.post(url("site", tenant, "samples"), json=sample)
    assert (answer.status_code, answer.json()) == (201, sample)


@pytest.mark.parametrize("media_type", ["application/x-www-form-urlencoded", "text/plain", "application/msgpack"])
async def test_only_json_is_read(client: Client, tenant: str, media_type: str) -> None:
    headers = {"content-type": media_type}
    answer = await client.post(url("site", tenant, "samples"), content='{"startValue": 1}', headers=headers)
    assert answer.status_code == 415
    assert answer.json()["type"] == "unsupported_media_type"


@pytest.mark.parametrize(
    "headers", [{}, {"content-type": "application/json; charset=utf-8"}, {"content-type": "application/hal+json"}]
)
async def test_json_by_any_of_its_names_is_read(client: Client, tenant: str, headers: dict[str, str]) -> None:
    answer = await client.post(url("site", tenant, "samples"), content='{"startValue": 1}', headers=headers)
    assert (answer.status_code, answer.json()) == (201, {"startValue": 1, "placeholders": {}})


async def test_a_hundred_thousand_order_ids_fit(client: Client, tenant: str) -> None:
    note = [f"EON-{number:0140d}" for number in range(100_000)]
    answer = await client.post(url("invoice", tenant, "samples"), json={"startValue": 1, "note": note})
    assert answer.status_code == 201
    assert len(answer.json()["note"]) == 100_000


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_body_over_the_limit_is_refused(client: Client, tenant: str, dialect: str) -> None:
    headers = {"content-type": "application/json"}
    body = b'"' + b"x" * MAX_BODY_BYTES + b'"'
    answer = await client.post(url(dialect, tenant, "samples"), content=body, headers=headers)
    assert answer.status_code == 413
    assert "The body is too large" in answer.text


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_query_of_the_wrong_type_names_the_parameter(client: Client, tenant: str, dialect: str) -> None:
    for query in ("size=large", "size=", ""):
        answer = await client.get(f"{url(dialect, tenant, 'numbers')}?{query}")
        assert answer.status_code == 400, query
        assert "size" in answer.text, query


@pytest.mark.parametrize("value", ["NUL \\u0000 inside", "\\u0000"])
async def test_what_postgresql_cannot_keep_is_bad_input(client: Client, tenant: str, value: str) -> None:
    headers = {"content-type": "application/json"}
    answer = await client.post(url("site", tenant, "stored"), content=f'{{"value": "{value}"}}', headers=headers)
    assert (answer.status_code, answer.json()["type"]) == (400, "validation_violation")
    assert answer.json()["details"][0]["message"].startswith("value: ")


@pytest.mark.parametrize(
    ("dialect", "shape"),
    [
        ("invoice", {"message", "code"}),
        ("configuration", {"message", "status", "type"}),
        ("sequential-id", {"message", "status", "type"}),
        ("site", {"message", "status", "type"}),
        ("v1", {"code", "errorMessage", "httpStatus"}),
        ("v0", {"type", "title", "status", "detail"}),
    ],
)
async def test_unknown_routes_and_methods_answer_in_the_dialect_of_their_neighbours(
    client: Client, tenant: str, dialect: str, shape: set[str]
) -> None:
    unknown = await client.get(url(dialect, tenant, "no/such/route"))
    assert (unknown.status_code, set(unknown.json())) == (404, shape)
    wrong_method = await client.delete(url(dialect, tenant, "who"))
    assert (wrong_method.status_code, set(wrong_method.json())) == (405, shape)
    assert set(wrong_method.headers["allow"].split(", ")) == {"GET", "OPTIONS"}


async def test_a_trailing_slash_changes_nothing(client: Client, tenant: str) -> None:
    for path in (url("site", tenant, "who"), url("site", tenant, "who/")):
        assert (await client.get(path)).json()["tenant"] == tenant


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_bug_answers_500_without_internals_and_is_logged_without_the_body(
    client: Client, tenant: str, dialect: str, log_lines: LogLines
) -> None:
    answer = await client.post(url(dialect, tenant, "bug"), json={"email": "max@example.com"})
    assert answer.status_code == 500
    assert "internals" not in answer.text
    assert "Traceback" not in answer.text
    (line,) = log_lines.named("request_failed")
    assert "RuntimeError: internals of the" in str(line["exception"])
    assert line["tenant"] == tenant
    assert line["request_id"] == answer.headers["x-request-id"]
    assert "max@example.com" not in log_lines.text


@pytest.mark.parametrize("dialect", DIALECTS)
async def test_a_database_that_is_away_answers_503_and_when_to_come_back(
    api_client: ApiClientFactory, api_services: ApiServices, tenant: str, dialect: str, unused_port: int
) -> None:
    engine = create_engine(f"postgresql://nobody:secret-word@127.0.0.1:{unused_port}/nowhere", pool_size=1)
    services = dataclasses.replace(api_services, sessions=create_sessions(engine))
    async with api_client(controllers=PROBES, services=services, token="whatever") as client:
        answer = await client.get(url(dialect, tenant, "database"))
    await engine.dispose()
    assert answer.status_code == 503
    assert int(answer.headers["retry-after"]) > 0
    assert "secret-word" not in answer.text
    assert str(unused_port) not in answer.text


async def test_a_pool_without_a_free_connection_answers_503(
    api_client: ApiClientFactory, api_services: ApiServices, database_url: str, tenant: str
) -> None:
    engine = create_engine(database_url, pool_size=1)
    engine.pool._timeout = 0.1  # type: ignore[attr-defined]
    services = dataclasses.replace(api_services, sessions=create_sessions(engine))
    async with engine.connect(), api_client(controllers=PROBES, services=services, token="whatever") as client:
        answer = await client.get(url("site", tenant, "database"))
    await engine.dispose()
    assert (answer.status_code, answer.json()["type"]) == (503, "service_unavailable")
