"""The API as a process of its own, spoken to over HTTP."""

import json
import signal
import threading
from collections.abc import AsyncIterator
from queue import Queue

import httpx
import pytest

from tests.api.probes import SCOPES
from tests.api.served_api import PATIENCE_SECONDS, ServedApi
from tests.api_fixtures import TokenMaker


async def test_it_answers_over_a_real_socket(served: ServedApi, token: TokenMaker, tenant: str) -> None:
    headers = {"authorization": f"Bearer {await token(tenant, SCOPES)}"}
    async with httpx.AsyncClient(base_url=served.url, timeout=PATIENCE_SECONDS, headers=headers) as client:
        assert (await client.get("/health/ready")).json() == {"database": "ok", "temporal": "ok"}
        who = await client.get(f"/invoice/{tenant}/who")
        sample = await client.post(f"/site/{tenant}/samples", json={"startValue": 7})
        broken = await client.post(
            f"/site/{tenant}/samples", content=b'{"startValue": NaN}', headers={"content-type": "application/json"}
        )
        nobody = await client.get("/site/other/who")
    assert who.json()["tenant"] == tenant
    assert "server" not in who.headers
    assert (sample.status_code, sample.json()["startValue"]) == (201, 7)
    assert broken.status_code == 400
    assert nobody.status_code == 403


async def test_a_body_over_the_limit_is_refused_while_it_comes(
    served: ServedApi, token: TokenMaker, tenant: str
) -> None:
    async def endless() -> AsyncIterator[bytes]:
        for _ in range(1_000):
            yield b" " * 65_536

    headers = {"authorization": f"Bearer {await token(tenant, SCOPES)}", "content-type": "application/json"}
    async with httpx.AsyncClient(base_url=served.url, timeout=PATIENCE_SECONDS, headers=headers) as client:
        answer = await client.post(f"/site/{tenant}/samples", content=endless())
    assert answer.status_code == 413


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
async def test_a_signal_ends_it_after_the_requests_under_way(served: ServedApi, number: signal.Signals) -> None:
    async with httpx.AsyncClient(base_url=served.url, timeout=PATIENCE_SECONDS) as client:
        answers = Queue[httpx.Response]()
        asker = threading.Thread(
            target=lambda: answers.put(httpx.get(f"{served.url}/slow", timeout=PATIENCE_SECONDS)), daemon=True
        )
        asker.start()
        assert served.next_line() == "slow begun"
        served.process.send_signal(number)
        assert answers.get(timeout=PATIENCE_SECONDS).json() == {"slow": "done"}
        assert served.next_line() == "bye"
        assert served.process.wait(PATIENCE_SECONDS) == 0
        with pytest.raises(httpx.ConnectError):
            await client.get("/health/live")


async def test_its_logs_are_json_lines_one_a_request(served: ServedApi, tenant: str) -> None:
    async with httpx.AsyncClient(base_url=served.url, timeout=PATIENCE_SECONDS) as client:
        await client.get(f"/site/{tenant}/who?q=max@example.com", headers={"x-access-token": "not-a-token"})
    served.process.send_signal(signal.SIGTERM)
    assert served.next_line() == "bye"
    served.process.wait(PATIENCE_SECONDS)
    lines = [json.loads(line) for line in served.errors]
    requests = [line for line in lines if line["event"] == "request"]
    assert [(line["route"], line["status"]) for line in requests] == [("/site/{tenant}/who", 401)]
    assert {"uvicorn.error", "api.request"} <= {line["logger"] for line in lines}
    assert "example.com" not in "".join(served.errors)
    assert "not-a-token" not in "".join(served.errors)
