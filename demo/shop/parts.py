"""The shop's parts as its route handlers are given them."""

from typing import TypeAlias

from litestar import Request
from litestar.datastructures import State
from litestar.di import NamedDependency

from demo.shop.faults import FaultPlan
from demo.shop.gateway import Gateway
from demo.shop.order_shelf import OrderShelf
from demo.shop.store import Store
from demo.shop.tokens import TokenDesk

ShopRequest: TypeAlias = Request[None, None, State]
ShelfPart: TypeAlias = NamedDependency[OrderShelf]
GatewayPart: TypeAlias = NamedDependency[Gateway]
DeskPart: TypeAlias = NamedDependency[TokenDesk]
StorePart: TypeAlias = NamedDependency[Store]
PlanPart: TypeAlias = NamedDependency[FaultPlan]
