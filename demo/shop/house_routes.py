"""What no real shop has: the books, the rounds of the demo, scripted faults; and the logo. No token is needed."""

import asyncio
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

from litestar import Response, delete, get, post
from litestar.enums import MediaType
from litestar.params import FromPath, FromQuery
from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from demo.orders.exact_json import JsonObject, dump
from demo.orders.rounds import Round
from demo.shop.books import read_books
from demo.shop.faults import Fault, FaultPlan
from demo.shop.parts import GatewayPart, PlanPart, ShelfPart, ShopRequest, StorePart
from demo.shop.refusals import answer_json

DEMO_TENANT = "acme"
ASSETS = Path(__file__).with_name("assets")
MEDIA_TYPES = {"logo.png": "image/png", "logo.svg": "image/svg+xml", "not-an-image.txt": "text/plain"}
FAULTS = TypeAdapter(list[Fault])
SEEDED_AT_ONCE = 200


class RoundRequest(BaseModel):
    """Body of `POST /demo/rounds`."""

    model_config = ConfigDict(extra="forbid")

    round: int = Field(ge=1)
    orders: int = Field(ge=0, le=1_000_000)


@get("/health")
async def health() -> JsonObject:
    """The shop answers."""
    return {"status": "ok"}


@get("/books")
async def books(store: StorePart, prefix: FromQuery[str] = "") -> Response[bytes]:
    """The shop's own books."""
    return Response(read_books(store, prefix).model_dump_json().encode(), media_type=MediaType.JSON)


@post("/demo/rounds", status_code=200)
async def seed_round(request: ShopRequest, shelf: ShelfPart, gateway: GatewayPart) -> Response[bytes]:
    """Fill the shelf for a round of the demo; what is there already stays as it is."""
    wanted = RoundRequest.model_validate_json(await request.body())
    demo = Round(wanted.round, wanted.orders)
    shelf.add_all(DEMO_TENANT, [(order["id"], dump(order)) for order in demo.fixed(datetime.now(UTC))])
    for transaction_id, message in demo.declines().items():
        gateway.decline(DEMO_TENANT, transaction_id, message)
    generated = demo.generated()
    while chunk := [(order["id"], dump(order)) for order in islice(generated, SEEDED_AT_ONCE)]:
        shelf.add_all(DEMO_TENANT, chunk)
        await asyncio.sleep(0)  # lets /health answer between the chunks of a large round
    return answer_json(
        {
            "manual": demo.manual_ids(),
            "beforehand": demo.beforehand_ids(),
            "automatic": demo.automatic_ids(),
            "generated": demo.generated_ids(),
        }
    )


@get("/assets/{name:str}")
async def asset(name: FromPath[str]) -> Response[bytes]:
    """The logo, and a file that is none."""
    if name not in MEDIA_TYPES:
        return answer_json({"message": "no such file"}, 404)
    return Response((ASSETS / name).read_bytes(), media_type=MEDIA_TYPES[name])


@post("/faults", status_code=200)
async def plan_faults(request: ShopRequest, plan: PlanPart) -> Response[bytes]:
    """Add faults to the plan."""
    for fault in FAULTS.validate_json(await request.body()):
        plan.add(fault)
    return shown(plan)


@get("/faults")
async def list_faults(plan: PlanPart) -> Response[bytes]:
    """The plan, with how often each fault has yet to strike and has struck."""
    return shown(plan)


@delete("/faults", status_code=204)
async def clear_faults(plan: PlanPart) -> None:
    """No more faults."""
    plan.clear()


def shown(plan: FaultPlan) -> Response[bytes]:
    """The plan as JSON."""
    return Response(FAULTS.dump_json(plan.faults), media_type=MediaType.JSON)
