"""The documentation works without internet: nothing of it comes from another host."""

import re

import pytest

from api.app import CONTROLLERS, create_app
from api.docs.page import ASSETS
from api.services import ApiServices
from tests.api.probes import PROBES
from tests.api_fixtures import ApiClientFactory

REFERENCE = re.compile(r"""(?:src|href)\s*=\s*["']([^"']+)["']""")


@pytest.mark.parametrize("path", ["/docs", "/docs/"])
async def test_the_page_names_no_other_host_and_all_it_names_is_there(api_client: ApiClientFactory, path: str) -> None:
    async with api_client() as client:
        page = await client.get(path)
        assert page.headers["content-type"].startswith("text/html")
        assert "//" not in page.text.replace("<!doctype html>", "")
        named = [name for name in REFERENCE.findall(page.text) if not name.startswith("data:")]
        assert len(named) == 3
        for name in named:
            answer = await client.get(name)
            assert answer.status_code == 200
            kind = "text/css" if name.endswith(".css") else "text/javascript"
            assert answer.headers["content-type"].startswith(kind)


async def test_the_browser_is_told_to_load_nothing_from_elsewhere(api_client: ApiClientFactory) -> None:
    async with api_client() as client:
        page = await client.get("/docs")
    policy = page.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self';" in policy
    assert "http" not in policy


async def test_our_start_script_switches_off_what_calls_others() -> None:
    script = (ASSETS / "docs.js").read_text()
    assert "validatorUrl: null" in script
    assert "http" not in script


def test_the_licence_travels_with_the_vendored_files() -> None:
    assert "Apache License" in (ASSETS / "LICENSE").read_text()
    assert "SmartBear" in (ASSETS / "NOTICE").read_text()


async def test_the_schema_lists_every_route_with_its_own_operation_id(api_client: ApiClientFactory) -> None:
    async with api_client() as client:
        schema = (await client.get("/docs/openapi.json")).json()
    operations = [operation for path in schema["paths"].values() for operation in path.values()]
    ids = [operation["operationId"] for operation in operations]
    assert {"live", "ready", "issueToken"} <= set(ids)
    assert len(ids) == len(set(ids))
    assert all(re.fullmatch(r"[a-z][a-zA-Z]+", operation_id) for operation_id in ids)
    assert schema["components"]["securitySchemes"].keys() == {"bearer", "client"}


async def test_the_schema_says_what_is_posted_where_the_body_is_read_as_it_comes(api_client: ApiClientFactory) -> None:
    async with api_client() as client:
        paths = (await client.get("/docs/openapi.json")).json()["paths"]
    bodies = {
        operation["post"]["operationId"]: operation["post"]["requestBody"]
        for operation in paths.values()
        if "requestBody" in operation.get("post", {})
    }
    taken = {
        "takeInBounce": {"message/rfc822", "message/global", "application/json"},
        "uploadInvoiceJob": {"application/x-ndjson", "text/csv"},
        "uploadAttachments": {"multipart/form-data"},
        "uploadSalesInvoiceAttachments": {"multipart/form-data"},
    }
    assert {name: bodies[name]["content"].keys() for name in taken} == taken
    assert all(bodies[name]["required"] for name in taken)
    told = bodies["takeInBounce"]["content"]["application/json"]["schema"]
    assert told["properties"]["raw"] == {"type": "string", "contentEncoding": "base64"}


async def test_the_schema_shows_each_dialects_own_errors(api_client: ApiClientFactory) -> None:
    async with api_client(controllers=PROBES) as client:
        paths = (await client.get("/docs/openapi.json")).json()["paths"]

    def example(path: str, status: str) -> dict[str, object]:
        (content,) = paths[path]["get"]["responses"][status]["content"].values()
        shown: dict[str, object] = content["example"]
        return shown

    reason = "Missing required scopes [...]"
    assert example("/invoice/{tenant}/who", "403") == {
        "message": "User not authorized",
        "code": "403",
        "detailInfo": reason,
    }
    assert example("/sequential-id/{tenant}/who", "403")["message"] == reason
    assert example("/site/{tenant}/who", "403")["details"] == [{"message": reason}]
    assert example("/site/{tenant}/who", "401").keys() == {"fault"}
    assert example("/v0/who", "400")["title"] == "Bad Request"
    assert "application/problem+json" in paths["/v0/who"]["get"]["responses"]["400"]["content"]


async def test_no_answer_is_described_as_text_that_is_an_object(api_client: ApiClientFactory) -> None:
    async with api_client() as client:
        paths = (await client.get("/docs/openapi.json")).json()["paths"]
    for method, status in (("get", "200"), ("post", "201")):
        answers = paths["/v1/invoices/sales"][method]["responses"]
        assert answers[status]["content"]["application/json"]["schema"] == {}
        assert answers["default"]["content"]["application/json"]["example"]["httpStatus"] == "NOT_FOUND"
    assert "application/pdf" in paths["/invoice/{tenant}/previews"]["post"]["responses"]["200"]["content"]


@pytest.mark.parametrize("path", ["/docs/nothing", "/docs/openapi.yaml", "/docs/assets/nothing.js", "/docs/assets"])
async def test_what_is_not_there_is_not_found(api_client: ApiClientFactory, path: str) -> None:
    async with api_client() as client:
        assert (await client.get(path)).status_code == 404


@pytest.mark.parametrize("path", ["..%2fdocs_page.py", "..%2f..%2fsettings.py", "%2fetc%2fpasswd"])
async def test_no_other_file_is_served(api_client: ApiClientFactory, path: str) -> None:
    async with api_client() as client:
        assert (await client.get(f"/docs/assets/{path}")).status_code == 404


def test_only_health_token_and_documentation_are_public(api_services: ApiServices) -> None:
    app = create_app(api_services, [*CONTROLLERS, *PROBES])
    public = {
        route.path
        for route in app.routes
        for handler in getattr(route, "route_handlers", [])
        if handler.opt.get("public")
    }
    assert {path.split("/")[1] for path in public} == {"health", "oauth", "docs"}
