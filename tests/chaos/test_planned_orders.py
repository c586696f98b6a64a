"""The orders and jobs of a run: tenants share ids and nothing else, and two jobs name the same orders at once."""

from collections import Counter

from demo.orders.generator import Dice
from tests.chaos.planned_orders import TOO_MUCH, Kind, PlannedOrder, planned_orders
from tests.chaos.workload import planned_jobs

TENANTS = ("tenant1", "tenant2")


def orders(count: int = 400) -> list[PlannedOrder]:
    return list(planned_orders(Dice("orders"), TENANTS, count))


def test_tenants_use_the_same_ids_for_different_orders() -> None:
    first, second = ({order.order_id: order for order in orders() if order.tenant == tenant} for tenant in TENANTS)
    shared = first.keys() & second.keys()
    assert len(shared) > 150
    assert all(first[order_id].customer != second[order_id].customer for order_id in shared)
    assert len({order.customer for order in orders()}) == 400


def test_every_kind_is_there_and_most_are_ordinary() -> None:
    kinds = Counter(order.kind for order in orders())
    assert kinds.keys() == set(Kind)
    assert kinds[Kind.ORDINARY] > 300


def test_what_is_declined_or_states_a_wrong_total_is_paid_by_card() -> None:
    cards = [order for order in orders() if order.kind in {Kind.DECLINED, Kind.WRONG_TOTAL}]
    assert all(order.is_card for order in cards)
    wrong = next(order for order in cards if order.kind is Kind.WRONG_TOTAL)
    stated = wrong.document()["calculatedPrice"]["finalPrice"]["grossValue"]
    assert stated == wrong.total + TOO_MUCH
    assert wrong.mended()["calculatedPrice"]["finalPrice"]["grossValue"] == wrong.total


def test_who_has_no_address_has_one_once_mended() -> None:
    order = next(order for order in orders() if order.kind is Kind.NO_ADDRESS)
    assert "email" not in order.document()["customer"]
    assert order.mended()["customer"]["email"] == order.customer


def test_every_order_is_named_and_some_by_two_jobs_that_start_together() -> None:
    planned = orders()
    jobs = planned_jobs(Dice("jobs"), planned, 8, 100)
    assert {(job.tenant, order_id) for job in jobs for order_id in job.order_ids} == {
        (order.tenant, order.order_id) for order in planned
    }
    for first, second in zip(jobs[::2], jobs[1::2], strict=True):
        assert (first.tenant, first.starts_at) == (second.tenant, second.starts_at)
        assert set(first.order_ids) & set(second.order_ids)
    assert len({job.key for job in jobs}) == len(jobs) == 8
