"""Moving an order on over HTTP; what Temporal makes of it is in test_control_gate.py."""

from collections.abc import AsyncIterator

import pytest
from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.jobs.control_gate import Declined, NotOpen
from api.security.access import INVOICE_MANAGE, INVOICE_VIEW
from contracts.order_invoice import Choice, Release, Retry
from contracts.temporal_client import TemporalAway
from tests.api_fixtures import ApiClientFactory, Client, ControlGateFake, TokenMaker
from tests.database.rows import another_tenant

Sessions = async_sessionmaker[AsyncSession]
AWKWARD = ("EON/1001", "/", "..", "Größe 7?", "a%2Fb", "-x", "retry")


def path(tenant: str, order_id: str = "EON1001", command: str = "retry") -> str:
    return f"/invoice/{tenant}/orders/{order_id}/{command}"


@pytest.fixture
async def client(api_client: ApiClientFactory, token: TokenMaker, tenant: str) -> AsyncIterator[Client]:
    async with api_client(token=await token(tenant, [INVOICE_MANAGE])) as client:
        yield client


async def test_a_held_order_is_tried_again(client: Client, tenant: str, control_gate: ControlGateFake) -> None:
    answer = await client.post(path(tenant))
    assert (answer.status_code, answer.json()) == (202, {"message": "The order is being tried again"})
    await client.post(path(tenant, "Gr%C3%B6%C3%9Fe-7"))
    assert control_gate.told == [
        (tenant, "EON1001", "retry", Retry()),
        (tenant, "Größe-7", "retry", Retry()),
    ]


@pytest.mark.parametrize(
    ("choice", "message"),
    [
        (Choice.RETRY, "The order is being tried again"),
        (Choice.ACCEPT_OURS, "The order is being invoiced at the total that its parts come to"),
        (Choice.ACCEPT_ORDERS, "The order is being invoiced at the total that it states"),
        (Choice.ABANDON, "The order is given up"),
    ],
)
async def test_a_held_order_is_released_with_a_choice_and_the_name_of_who_chose(
    client: Client, tenant: str, control_gate: ControlGateFake, choice: Choice, message: str
) -> None:
    answer = await client.post(path(tenant, command="release"), json={"choice": choice})
    assert (answer.status_code, answer.json()) == (202, {"message": message})
    ((_, order_id, command, wish),) = control_gate.told
    assert (order_id, command) == ("EON1001", "release")
    assert isinstance(wish, Release)
    assert wish.choice is choice
    assert wish.actor.startswith("client:")


async def test_an_order_is_cancelled(client: Client, tenant: str, control_gate: ControlGateFake) -> None:
    answer = await client.post(path(tenant, command="cancel"))
    assert (answer.status_code, answer.json()) == (202, {"message": "The order is being cancelled"})
    assert control_gate.told == [(tenant, "EON1001", "cancel", None)]


@pytest.mark.parametrize("order_id", AWKWARD)
async def test_an_order_of_any_id_is_moved_by_naming_it_in_the_body(
    client: Client, tenant: str, control_gate: ControlGateFake, order_id: str
) -> None:
    for command, more in (("retry", {}), ("release", {"choice": "abandon"}), ("cancel", {})):
        answer = await client.post(f"/invoice/{tenant}/orders/{command}", json={"orderId": order_id, **more})
        assert answer.status_code == 202, answer.text
    assert [(told[1], told[2]) for told in control_gate.told] == [
        (order_id, "retry"),
        (order_id, "release"),
        (order_id, "cancel"),
    ]


@pytest.mark.parametrize(
    ("command", "body", "field"),
    [
        ("EON1/release", {}, "choice"),
        ("EON1/release", {"choice": "maybe"}, "choice"),
        ("EON1/release", {"choice": "retry", "who": "me"}, "who"),
        ("EON1/release", None, "body"),
        ("retry", {}, "orderId"),
        ("retry", {"orderId": ""}, "orderId"),
        ("cancel", {"orderId": "x" * 201}, "orderId"),
        ("release", {"orderId": "EON1"}, "choice"),
    ],
)
async def test_a_wrong_body_is_refused_by_the_name_of_the_member(
    client: Client,
    tenant: str,
    control_gate: ControlGateFake,
    command: str,
    body: dict[str, JsonValue] | None,
    field: str,
) -> None:
    answer = await client.post(f"/invoice/{tenant}/orders/{command}", json=body)
    assert (answer.status_code, answer.json()["detailInfo"].split(":")[0]) == (400, field), answer.text
    assert control_gate.told == []


@pytest.mark.parametrize("command", ["retry", "release", "cancel"])
@pytest.mark.parametrize(
    ("temporal_says", "status", "message"),
    [
        (NotOpen("workflow not found"), 404, "No invoice of this order is under way"),
        (Declined("the order is not on hold"), 409, "The order is not on hold"),
    ],
)
async def test_an_order_that_does_not_take_the_command_says_why(
    client: Client,
    tenant: str,
    control_gate: ControlGateFake,
    command: str,
    temporal_says: Exception,
    status: int,
    message: str,
) -> None:
    control_gate.refusal = temporal_says
    answer = await client.post(path(tenant, command=command), json={"choice": "retry"})
    assert (answer.status_code, answer.json()) == (
        status,
        {"message": message, "code": str(status), "detailInfo": f"orderId: {message}"},
    )


@pytest.mark.parametrize("command", ["retry", "release", "cancel"])
async def test_while_temporal_is_away_the_caller_is_asked_to_come_again(
    client: Client, tenant: str, control_gate: ControlGateFake, command: str
) -> None:
    control_gate.refusal = TemporalAway("UNAVAILABLE")
    answer = await client.post(path(tenant, command=command), json={"choice": "retry"})
    assert (answer.status_code, answer.json()) == (
        503,
        {
            "message": "Temporal does not answer: the command may still be carried out; look before you give it again",
            "code": "503",
        },
    )
    assert int(answer.headers["retry-after"]) > 0


@pytest.mark.parametrize("command", ["EON1/retry", "EON1/release", "EON1/cancel", "retry", "release", "cancel"])
async def test_only_who_manages_invoices_of_the_tenant_moves_an_order(
    api_client: ApiClientFactory,
    token: TokenMaker,
    client: Client,
    tenant: str,
    sessions: Sessions,
    control_gate: ControlGateFake,
    command: str,
) -> None:
    body = {"orderId": "EON1", "choice": "retry"}
    foreign = await another_tenant(sessions)
    assert (await client.post(f"/invoice/{foreign}/orders/{command}", json=body)).status_code == 403
    async with api_client(token=await token(tenant, [INVOICE_VIEW])) as viewer:
        answer = await viewer.post(f"/invoice/{tenant}/orders/{command}", json=body)
    assert (answer.status_code, answer.json()["detailInfo"]) == (
        403,
        "Missing required scopes [invoice.invoice_manage]",
    )
    async with api_client() as nobody:
        assert (await nobody.post(f"/invoice/{tenant}/orders/{command}", json=body)).status_code == 401
    assert control_gate.told == []
