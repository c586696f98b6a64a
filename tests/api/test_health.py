import asyncio
import dataclasses
import time

import pytest

from api import health
from api.health import HealthController
from api.services import ApiServices
from database.engine import create_engine, create_sessions
from tests.api_fixtures import ApiClientFactory, TemporalGateFake


class HangingGate(TemporalGateFake):
    async def ready(self) -> bool:
        await asyncio.sleep(3_600)
        return True


class BrokenGate(TemporalGateFake):
    async def ready(self) -> bool:
        raise ConnectionRefusedError("temporal.internal:7233")


async def test_the_process_is_alive_whatever_is_down(
    api_client: ApiClientFactory, temporal_gate: TemporalGateFake
) -> None:
    temporal_gate.is_ready = False
    async with api_client(controllers=[HealthController]) as client:
        answer = await client.get("/health/live")
    assert (answer.status_code, answer.json()) == (200, {"status": "ok"})


async def test_the_service_is_ready_when_both_parts_answer(api_client: ApiClientFactory) -> None:
    async with api_client(controllers=[HealthController]) as client:
        answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"database": "ok", "temporal": "ok"})


@pytest.mark.parametrize("gate", [TemporalGateFake(is_ready=False), HangingGate(), BrokenGate()])
async def test_the_service_is_not_ready_without_temporal(
    api_client: ApiClientFactory,
    api_services: ApiServices,
    gate: TemporalGateFake,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(health, "TIMEOUT_SECONDS", 0.5)
    services = dataclasses.replace(api_services, temporal=gate)
    async with api_client(controllers=[HealthController], services=services) as client:
        begun = time.monotonic()
        answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (503, {"database": "ok", "temporal": "down"})
    assert time.monotonic() - begun < 10


async def test_the_service_is_not_ready_without_its_database(
    api_client: ApiClientFactory, api_services: ApiServices, unused_port: int
) -> None:
    engine = create_engine(f"postgresql://nobody@127.0.0.1:{unused_port}/nowhere", pool_size=1)
    services = dataclasses.replace(api_services, sessions=create_sessions(engine))
    async with api_client(controllers=[HealthController], services=services) as client:
        answer = await client.get("/health/ready")
    await engine.dispose()
    assert (answer.status_code, answer.json()) == (503, {"database": "down", "temporal": "ok"})
    assert str(unused_port) not in answer.text
