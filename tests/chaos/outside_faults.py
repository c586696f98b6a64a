"""What shop, gateway and mail server do badly, in their own words."""

from collections.abc import Callable
from typing import TypedDict

from demo.mail_sink.running import RunningMailSink
from demo.mail_sink.sink import Stage
from demo.shop.faults import Fault, FaultKind
from demo.shop.running import RunningShop
from tests.chaos.fault_plan import PlannedFault

REQUESTS = {
    "order": "GET .*/salesorders/",
    "report": "PATCH .*/salesorders/",
    "capture": "POST .*/capture$",
    "statement": "GET .*/transactions/",
}
EVERY_PAYMENT = "/payment-gateway/"
SMTP_REFUSALS: dict[str, tuple[int, Stage]] = {
    "4xx at recipient": (451, "rcpt"),
    "4xx at data": (452, "data"),
    "5xx at recipient": (550, "rcpt"),
}


class Behaviour(TypedDict, total=False):
    """Arguments of `RunningShop.fault`."""

    kind: FaultKind
    status: int
    retry_after: int
    effect: bool


BEHAVIOURS: dict[str, Behaviour] = {
    "status 500": {"kind": "status", "status": 500},
    "status 429": {"kind": "status", "status": 429, "retry_after": 1},
    "slow": {"kind": "delay", "effect": True},
    "half a body": {"kind": "half_body"},
    "no JSON": {"kind": "garbage"},
    "twice": {"kind": "twice"},
    "no answer": {"kind": "cut_before"},
    "done, no answer": {"kind": "cut_after"},
    "done, but 500": {"kind": "status", "status": 500, "effect": True},
    "done, but no JSON": {"kind": "garbage", "effect": True},
    "down": {"kind": "status", "status": 503},
}


class OutsideFaults:
    """Plans faults where they happen: inside the third parties."""

    def __init__(self, shop: RunningShop, mail_sink: RunningMailSink) -> None:
        self._shop = shop
        self._mail_sink = mail_sink

    def plan(self, fault: PlannedFault) -> Callable[[], object]:
        """Plan it for the next requests; what ends it where it ends by the clock."""
        if fault.kind == "smtp":
            self._plan_mail(fault)
            return lambda: None
        planned = self._shop.fault(
            EVERY_PAYMENT if fault.what == "down" else REQUESTS[fault.target],
            times=fault.amount,
            seconds=fault.seconds,
            **BEHAVIOURS[fault.what],
        )
        return (lambda: self._end(planned)) if fault.what == "down" else lambda: None

    def calm(self) -> None:
        """End what has no end of its own; what is planned for so many requests more still meets them."""
        plan = self._shop.shop.faults
        plan.faults = [fault for fault in plan.faults if fault.times is not None]

    def _plan_mail(self, fault: PlannedFault) -> None:
        if fault.what == "drop after data":
            self._mail_sink.drop_after_data(fault.amount or 1)
            return
        code, stage = SMTP_REFUSALS[fault.what]
        self._mail_sink.refuse(".", code, fault.amount, stage=stage)

    def _end(self, planned: Fault) -> None:
        plan = self._shop.shop.faults
        plan.faults = [fault for fault in plan.faults if fault is not planned]
