"""Trying a held order again over HTTP; what Temporal makes of it is in test_temporal_gate.py."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.access import INVOICE_MANAGE, INVOICE_VIEW
from api.services import ApiServices
from api.temporal_gate import RetryAnswer
from contracts.temporal_client import TemporalAway
from tests.api_fixtures import ApiClientFactory, Client, TemporalGateFake, TokenMaker
from tests.database.rows import another_tenant

Sessions = async_sessionmaker[AsyncSession]


def path(tenant: str, order_id: str = "EON1001") -> str:
    return f"/invoice/{tenant}/orders/{order_id}/retry"


@pytest.fixture
async def client(api_client: ApiClientFactory, token: TokenMaker, tenant: str) -> AsyncIterator[Client]:
    async with api_client(token=await token(tenant, [INVOICE_MANAGE])) as client:
        yield client


async def test_a_held_order_is_tried_again(client: Client, tenant: str, temporal_gate: TemporalGateFake) -> None:
    answer = await client.post(path(tenant))
    assert (answer.status_code, answer.json()) == (202, {"message": "The order is being tried again"})
    await client.post(path(tenant, "Gr%C3%B6%C3%9Fe-7"))
    assert temporal_gate.retried == [(tenant, "EON1001"), (tenant, "Größe-7")]


@pytest.mark.parametrize(
    ("temporal_says", "status", "message"),
    [
        (RetryAnswer.UNKNOWN, 404, "No invoice of this order is under way"),
        (RetryAnswer.NOT_HELD, 409, "The order is not on hold"),
    ],
)
async def test_an_order_that_cannot_be_tried_again_says_why(
    client: Client,
    tenant: str,
    temporal_gate: TemporalGateFake,
    temporal_says: RetryAnswer,
    status: int,
    message: str,
) -> None:
    temporal_gate.retry_answer = temporal_says
    answer = await client.post(path(tenant))
    assert (answer.status_code, answer.json()) == (
        status,
        {"message": message, "code": str(status), "detailInfo": f"orderId: {message}"},
    )


@dataclass
class AwayGate(TemporalGateFake):
    async def retry_order(self, tenant: str, order_id: str) -> RetryAnswer:
        raise TemporalAway("UNAVAILABLE")


async def test_while_temporal_is_away_the_caller_is_asked_to_come_again(
    api_client: ApiClientFactory, api_services: ApiServices, token: TokenMaker, tenant: str
) -> None:
    services = replace(api_services, temporal=AwayGate())
    async with api_client(token=await token(tenant), services=services) as client:
        answer = await client.post(path(tenant))
    assert (answer.status_code, answer.json()) == (
        503,
        {"message": "Temporal does not answer; try again", "code": "503"},
    )
    assert int(answer.headers["retry-after"]) > 0


async def test_only_who_manages_invoices_of_the_tenant_moves_an_order(
    api_client: ApiClientFactory,
    token: TokenMaker,
    client: Client,
    tenant: str,
    sessions: Sessions,
    temporal_gate: TemporalGateFake,
) -> None:
    assert (await client.post(path(await another_tenant(sessions)))).status_code == 403
    async with api_client(token=await token(tenant, [INVOICE_VIEW])) as viewer:
        answer = await viewer.post(path(tenant))
    assert (answer.status_code, answer.json()["detailInfo"]) == (
        403,
        "Missing required scopes [invoice.invoice_manage]",
    )
    async with api_client() as nobody:
        assert (await nobody.post(path(tenant))).status_code == 401
    assert temporal_gate.retried == []
