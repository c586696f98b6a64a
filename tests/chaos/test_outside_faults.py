"""Every way in which the plan has shop, gateway and mail server misbehave is one that they know."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from demo.mail_sink.running import RunningMailSink, running_mail_sink
from demo.orders.generator import Dice
from demo.shop.running import RunningShop, running_shop
from tests.chaos.fault_plan import PlannedFault, plan_faults
from tests.chaos.outside_faults import OutsideFaults


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[RunningShop]:
    with running_shop(tmp_path / "shop") as running:
        yield running


@pytest.fixture
def mail_sink(tmp_path: Path) -> Iterator[RunningMailSink]:
    with running_mail_sink(tmp_path / "mails") as running:
        yield running


@pytest.fixture
def outside(shop: RunningShop, mail_sink: RunningMailSink) -> OutsideFaults:
    return OutsideFaults(shop, mail_sink)


def test_all_of_a_plan_can_be_planned_there(
    outside: OutsideFaults, shop: RunningShop, mail_sink: RunningMailSink
) -> None:
    plan = [fault for fault in plan_faults(Dice("all"), 300, 1) if fault.kind in {"shop", "gateway", "smtp"}]
    for fault in plan:
        outside.plan(fault)
    assert {planned.kind for planned in shop.shop.faults.faults} == {
        "status", "delay", "cut_before", "cut_after", "garbage", "half_body", "twice",
    }  # fmt: skip
    assert {refusal.code for refusal in mail_sink.sink.refusals} == {451, 452, 550}
    assert mail_sink.sink.drops > 0


def test_a_gateway_that_is_down_is_back_when_its_time_is_over(outside: OutsideFaults, shop: RunningShop) -> None:
    end = outside.plan(PlannedFault(0, "gateway", "capture", "down", seconds=60))
    assert [fault.times for fault in shop.shop.faults.faults] == [None]
    end()
    assert shop.shop.faults.faults == []


def test_calm_ends_what_has_no_end_of_its_own(outside: OutsideFaults, shop: RunningShop) -> None:
    outside.plan(PlannedFault(0, "gateway", "capture", "down", seconds=60))
    outside.plan(PlannedFault(0, "gateway", "capture", "twice", amount=2))
    outside.calm()
    assert [fault.kind for fault in shop.shop.faults.faults] == ["twice"]
