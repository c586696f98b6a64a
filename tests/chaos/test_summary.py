"""The summary names what is violated, for people and for programs."""

import json

from tests.chaos.invariants import Claim
from tests.chaos.summary import Summary, held, lines


def summary(*claims: Claim) -> Summary:
    return Summary(
        seed=7,
        seconds=61.4,
        fault_seconds=40.2,
        orders=30,
        jobs=4,
        tenants=2,
        faults={"kill: worker": 3, "network: smtp, cut": 1},
        restarts={"worker": 3},
        connections={"smtp": {"accepted": 20, "cut": 1}},
        outcomes={"SUCCESS": 29, "FAILURE unknown_order": 1},
        holds={"payment_declined": 2},
        releases={"request 202": 2},
        invariants=held(claims),
    )


def test_a_clean_run_says_so() -> None:
    said = lines(summary(Claim("numbers", checks=6)))
    assert said[0] == "seed 7: 30 orders of 2 tenants in 4 jobs, 61 s, 40 s of them with 4 faults"
    assert "       3  kill: worker" in said
    assert "  smtp         20 accepted, 1 cut" in said
    assert said[-1] == "every invariant holds"


def test_violations_are_named_with_their_claim() -> None:
    broken = summary(Claim("numbers", checks=6, violations=["a gap"]), Claim("mails", checks=2))
    assert broken.violations == ["numbers: a gap"]
    said = lines(broken)
    assert said[-2:] == ["VIOLATED numbers: a gap", "1 violations"]
    assert json.loads(broken.model_dump_json())["invariants"][0] == {
        "name": "numbers",
        "checks": 6,
        "violations": ["a gap"],
    }


def test_of_many_violations_the_first_are_shown_and_the_rest_counted() -> None:
    said = lines(summary(Claim("numbers", 50, [f"gap {number}" for number in range(50)])))
    assert sum(line.startswith("VIOLATED") for line in said) == 20
    assert "and 30 more" in said
