"""The plan is the seed's alone, and leaves nothing out."""

from collections import Counter

from demo.orders.generator import Dice
from tests.chaos.fault_plan import KILLED, LASTING, NETWORK, PROXIED, plan_faults


def test_the_same_seed_gives_the_same_plan() -> None:
    first, second, other = (plan_faults(Dice(seed), 300, 1) for seed in ("a", "a", "b"))
    assert first == second
    assert first != other


def test_every_kind_comes_before_any_comes_for_the_third_time() -> None:
    plan = plan_faults(Dice("whole deck"), 200, 1)
    counted = Counter(fault.name for fault in plan)
    assert {f"kill: {target}" for target in KILLED} <= counted.keys()
    assert {f"network: {target}, {what}" for target in PROXIED for what in NETWORK} <= counted.keys()
    assert {"gateway: capture, done, no answer", "gateway: capture, twice", "gateway: capture, down"} <= counted.keys()
    assert {"smtp: mail, drop after data", "disk: document store, full", "shop: order, half a body"} <= counted.keys()
    assert any("+" in name for name in counted)


def test_faults_come_in_time_at_the_pace_that_was_asked_for() -> None:
    times = [fault.at for fault in plan_faults(Dice("pace"), 600, 2)]
    assert times == sorted(times)
    assert times[-1] <= 600
    assert 270 < len(times) < 330


def test_what_lasts_has_a_length() -> None:
    for fault in plan_faults(Dice("lengths"), 300, 1):
        assert (fault.seconds > 0) == (fault.what in LASTING), fault


def test_a_long_run_has_outages_of_most_of_a_minute_and_a_short_one_has_none() -> None:
    longest, shortest = (max(fault.seconds for fault in plan_faults(Dice("x"), seconds, 1)) for seconds in (1800, 30))
    assert 30 < longest <= 60
    assert shortest <= 4
