"""The shop as one ASGI application."""

from dataclasses import dataclass, field

from litestar import Litestar
from litestar.datastructures import State
from litestar.di import Provide
from litestar.exceptions import HTTPException
from litestar.types import ASGIApp
from pydantic import ValidationError

from demo.shop.faults import FaultPlan, FaultyDoor
from demo.shop.gateway import Gateway
from demo.shop.gateway_routes import GatewayRoutes
from demo.shop.house_routes import asset, books, clear_faults, health, list_faults, plan_faults, seed_round
from demo.shop.order_routes import OrderRoutes
from demo.shop.order_shelf import OrderShelf
from demo.shop.refusals import Refusal, answer_bad_body, answer_http_exception, answer_refusal
from demo.shop.store import Store
from demo.shop.token_routes import issue_token
from demo.shop.tokens import TokenDesk


@dataclass
class Shop:
    """The parts of a shop that share one store."""

    store: Store
    desk: TokenDesk = field(default_factory=TokenDesk)
    faults: FaultPlan = field(default_factory=FaultPlan)
    careless_gateway: bool = False

    @property
    def shelf(self) -> OrderShelf:
        """The orders."""
        return OrderShelf(self.store)

    @property
    def gateway(self) -> Gateway:
        """The payments."""
        return Gateway(self.store, careless=self.careless_gateway)


def create_app(shop: Shop) -> ASGIApp:
    """The routes of a shop, behind the door where its faults happen."""
    parts = {"store": shop.store, "desk": shop.desk, "plan": shop.faults, "shelf": shop.shelf, "gateway": shop.gateway}
    house = [health, books, seed_round, asset, plan_faults, list_faults, clear_faults]
    app = Litestar(
        route_handlers=[issue_token, OrderRoutes, GatewayRoutes, *house],
        dependencies={name: given(part) for name, part in parts.items()},
        exception_handlers={
            Refusal: answer_refusal,
            HTTPException: answer_http_exception,
            ValidationError: answer_bad_body,
        },
        state=State({"desk": shop.desk}),
        openapi_config=None,
        logging_config=None,
    )
    return FaultyDoor(app, shop.faults)


def given(part: object) -> Provide:
    """A dependency that is there already."""
    return Provide(lambda: part, sync_to_thread=False)
