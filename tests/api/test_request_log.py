from litestar import Controller, get

import logs
from tests.api.probes import PROBES, SCOPES
from tests.api_fixtures import ApiClientFactory, LogLines, TokenMaker


async def test_a_request_is_one_line_with_its_route_and_without_its_query(
    api_client: ApiClientFactory, token: TokenMaker, tenant: str, log_lines: LogLines
) -> None:
    async with api_client(controllers=PROBES, token=await token(tenant, SCOPES)) as client:
        answer = await client.get(f"/site/{tenant}/numbers?size=7&email=max@example.com")
    (line,) = log_lines.named("request")
    assert line["method"] == "GET"
    assert line["route"] == "/site/{tenant}/numbers"
    assert line["status"] == 200
    assert line["tenant"] == tenant
    assert line["request_id"] == answer.headers["x-request-id"]
    assert isinstance(line["milliseconds"], float)
    assert 0 < line["milliseconds"] < 60_000
    assert "example.com" not in log_lines.text


async def test_a_refused_caller_and_an_unknown_route_are_logged_too(
    api_client: ApiClientFactory, tenant: str, log_lines: LogLines
) -> None:
    async with api_client(controllers=PROBES) as client:
        await client.get(f"/site/{tenant}/who")
        await client.get("/wp-login.php?who=max@example.com")
    refused, unknown = log_lines.named("request")
    assert (refused["route"], refused["status"]) == ("/site/{tenant}/who", 401)
    assert (unknown["route"], unknown["status"]) == ("(none)", 404)
    assert "tenant" not in unknown
    assert "wp-login" not in log_lines.text


async def test_one_requests_ids_do_not_stick_to_the_next(
    api_client: ApiClientFactory, token: TokenMaker, tenant: str, log_lines: LogLines
) -> None:
    class Binder(Controller):
        opt = {"public": True}  # noqa: RUF012

        @get("/bind")
        async def handler(self) -> None:
            logs.bind(job_id="7", order_id="EON1")

    headers = {"x-access-token": await token(tenant, SCOPES)}
    async with api_client(controllers=[*PROBES, Binder]) as client:
        await client.get("/bind")
        await client.get("/v1/who", headers=headers)
        await client.get("/v1/who")
    first, second, third = log_lines.named("request")
    assert (first["job_id"], first["order_id"]) == ("7", "EON1")
    assert "job_id" not in second
    assert "tenant" not in third
    assert len({str(line["request_id"]) for line in (first, second, third)}) == 3
