"""Going through a shop's orders while others leave the result."""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

import pytest

from activities import order_search
from activities.order_search import OrderSearch
from demo.shop.query import parse_query
from integrations.faults import TransientFault
from integrations.order_service import FoundOrder, OrderPage
from invoicing.configuration.invoice_settings import InvoiceSettings
from tests.activities.fakes import ShopFake

SETTINGS = InvoiceSettings(threshold_hours=Decimal(24), statuses=("CREATED",), extended_statuses=("70",))


@pytest.fixture(autouse=True)
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(order_search, "PAGE_SIZE", 5)


@dataclass
class SearchableShop(ShopFake):
    """Finds what the query says, the oldest first; orders without an instant come last, or first."""

    documents: dict[str, dict[str, Any]] = field(default_factory=dict)
    counts: bool = True
    undated_first: bool = False
    queries: list[tuple[str, int]] = field(default_factory=list)
    after_page: Callable[[], None] = lambda: None
    fails_at: int | None = None

    def add(self, order_id: str, created: str | None) -> None:
        document = {"id": order_id, "status": "CREATED", "mixins": {"generalAttributes": {"extendedOrderStatus": "70"}}}
        self.documents[order_id] = document | ({"created": created} if created else {})

    def invoice(self, order_id: str) -> None:
        """The order leaves the result."""
        self.documents[order_id]["mixins"]["invoice"] = {"invoiceNo": "1"}

    async def search(self, tenant: str, q: str, *, page_number: int, page_size: int) -> OrderPage:
        self.queries.append((q.partition("invoiceNo:missing")[2].strip(), page_number))
        if len(self.queries) == self.fails_at:
            raise TransientFault("The shop is away.")
        query = parse_query(q)
        found = sorted((d for d in self.documents.values() if query.matches(d)), key=self._key)
        page = found[(page_number - 1) * page_size : page_number * page_size]
        self.after_page()
        orders = tuple(FoundOrder(document["id"], "{}", document.get("created")) for document in page)
        return OrderPage(orders, len(found) if self.counts else None)

    def _key(self, document: dict[str, Any]) -> tuple[bool, str, str]:
        created = document.get("created")
        return ((created is None) != self.undated_first, created or "", document["id"])


@dataclass
class Taken:
    """What was handed over, in order, and from where the search would go on."""

    order_ids: list[str] = field(default_factory=list)
    cursor: str | None = None

    async def take(self, orders: tuple[FoundOrder, ...], later: str | None) -> int:
        new = [order.order_id for order in orders if order.order_id not in self.order_ids]
        self.order_ids += new
        self.cursor = later or self.cursor
        return len(new)


async def search(shop: SearchableShop, taken: Taken) -> None:
    await OrderSearch(shop, "acme", SETTINGS, taken.take).run(taken.cursor)


def at(second: int) -> str:
    return f"2026-02-07T12:{second // 60:02d}:{second % 60:02d}.406Z"


@pytest.mark.parametrize("counts", [True, False])
@pytest.mark.parametrize("count", [0, 1, 4, 5, 6, 11])
async def test_every_order_is_found_in_the_order_of_creation(count: int, counts: bool) -> None:
    shop, taken = SearchableShop(counts=counts), Taken()
    for number in range(count):
        shop.add(f"EON{99 - number}", at(number))
    await search(shop, taken)
    assert taken.order_ids == [f"EON{99 - number}" for number in range(count)]


async def test_every_page_is_the_first_one_after_what_was_seen() -> None:
    shop, taken = SearchableShop(), Taken()
    for number in range(12):
        shop.add(f"EON{number}", at(number))
    await search(shop, taken)
    assert shop.queries == [
        ("", 1),
        (f'created:>="{at(4)}"', 1),
        (f'created:>="{at(8)}"', 1),
        ("created:missing", 1),
    ]


@pytest.mark.parametrize("seed", range(20))
async def test_nothing_slips_while_orders_leave_the_result(seed: int) -> None:
    chance = random.Random(seed)
    shop, taken = SearchableShop(counts=seed % 2 == 0), Taken()
    for number in range(60):
        shop.add(f"EON{chance.randrange(10**6)}-{number}", at(number - number % chance.choice([1, 1, 2, 3])))
    left: set[str] = set()

    def leave() -> None:
        for order_id in chance.sample(sorted(shop.documents), 3):
            left.add(order_id)
            shop.invoice(order_id)

    shop.after_page = leave
    await search(shop, taken)
    assert set(shop.documents) - left <= set(taken.order_ids)


@pytest.mark.parametrize("counts", [True, False])
async def test_orders_of_one_instant_are_read_until_nothing_new_is_found(counts: bool) -> None:
    shop, taken = SearchableShop(counts=counts), Taken()
    for number in range(23):
        shop.add(f"EON{number:02d}", at(7))
    shop.add("LATER", at(8))
    leaving = [f"EON{number:02d}" for number in range(10)]

    def leave() -> None:
        if leaving:
            shop.invoice(leaving.pop(0))
            shop.invoice(leaving.pop(0))

    shop.after_page = leave
    await search(shop, taken)
    assert {f"EON{number:02d}" for number in range(10, 23)} | {"LATER"} <= set(taken.order_ids)


@pytest.mark.parametrize("undated_first", [True, False])
async def test_orders_that_do_not_say_when_they_were_created_are_found_too(undated_first: bool) -> None:
    shop, taken = SearchableShop(undated_first=undated_first), Taken()
    for number in range(8):
        shop.add(f"DATED{number}", at(number))
        shop.add(f"UNDATED{number}", None)
    shop.add("ODD", "yesterday")
    await search(shop, taken)
    # No shop would take "yesterday" for an instant; what it makes of such an order is its own affair.
    assert set(taken.order_ids) | {"ODD"} == set(shop.documents)


async def test_a_shop_that_ignores_the_term_is_gone_through_by_page_numbers() -> None:
    class Ignorant(SearchableShop):
        async def search(self, tenant: str, q: str, *, page_number: int, page_size: int) -> OrderPage:
            q = q.partition(" created:")[0]
            return await super().search(tenant, q, page_number=page_number, page_size=page_size)

    shop, taken = Ignorant(), Taken()
    for number in range(23):
        shop.add(f"EON{number}", at(number))
    await search(shop, taken)
    assert set(taken.order_ids) == set(shop.documents)


async def test_a_search_that_was_cut_off_goes_on_where_it_was() -> None:
    shop, taken = SearchableShop(fails_at=3), Taken()
    for number in range(18):
        shop.add(f"EON{number:02d}", at(number))
    with pytest.raises(TransientFault):
        await search(shop, taken)
    assert taken.cursor == at(8)
    shop.queries.clear()
    shop.fails_at = None
    await search(shop, taken)
    assert [term for term, _ in shop.queries] == [
        f'created:>="{at(8)}"',
        f'created:>="{at(12)}"',
        f'created:>="{at(16)}"',
        "created:missing",
    ]
    assert taken.order_ids == sorted(shop.documents)
