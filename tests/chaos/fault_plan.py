"""What is broken when: rolled once from the seed, before anything runs, so that a failing run can be read."""

from collections.abc import Iterator
from dataclasses import dataclass

from demo.orders.generator import Dice

KILLED = ("worker", "renderer", "api", "temporal", "postgres", "backend")
PROXIED = ("postgres", "temporal", "shop", "gateway", "smtp")
NETWORK = ("cut", "cut in the request", "cut in the answer", "delay", "stall", "refuse")
SHOP = ("status 500", "status 429", "slow", "half a body", "no JSON", "twice", "no answer", "done, no answer")
GATEWAY = (*SHOP, "done, but 500", "done, but no JSON", "down")
SMTP = ("4xx at recipient", "4xx at data", "5xx at recipient", "drop after data")
DISK = ("full",)
LASTING = frozenset({"delay", "stall", "refuse", "down", "full", "slow"})
USUAL_SECONDS, LONGEST_SECONDS = 4.0, 60.0
PART_OF_A_RUN = 15
BYTES_BEFORE_CUT = {
    "postgres": (0, 1, 200, 900, 4_000, 20_000),
    "temporal": (0, 1, 200, 900, 4_000, 20_000),
    "shop": (0, 1, 40, 150),
    "gateway": (0, 1, 40, 150),
    "smtp": (0, 40, 150),
}
ON_PURPOSE = 2
"""So often the deck holds each kind that the service exists for: processes that die, answers that are lost."""


@dataclass(frozen=True)
class PlannedFault:
    """One fault.

    Attributes:
        at: seconds after the start.
        kind: `kill`, `network`, `shop`, `gateway`, `smtp` or `disk`.
        target: who or where: names of processes, a proxy, a kind of request.
        what: what happens there.
        seconds: for how long, where it has a length.
        amount: bytes before a cut, or requests that meet the fault, where either counts.
    """

    at: float
    kind: str
    target: str
    what: str
    seconds: float = 0.0
    amount: int | None = None

    @property
    def name(self) -> str:
        """What the summary counts it as."""
        return f"{self.kind}: {self.target}" if self.what == "killed" else f"{self.kind}: {self.target}, {self.what}"

    def __str__(self) -> str:
        length = f" for {self.seconds:.1f} s" if self.seconds else ""
        amount = "" if self.amount is None else f" ({self.amount})"
        return f"{self.name}{length}{amount}"


@dataclass(frozen=True)
class Card:
    """A fault without its time."""

    kind: str
    target: str
    what: str


def plan_faults(dice: Dice, seconds: float, gap_seconds: float) -> list[PlannedFault]:
    """Faults over `seconds`, a gap of about `gap_seconds` between two; every kind comes before any comes again."""
    plan: list[PlannedFault] = []
    at = gap_seconds
    longest = min(max(seconds / PART_OF_A_RUN, USUAL_SECONDS), LONGEST_SECONDS)
    for card in _cards(dice):
        at += dice.uniform(0.3, 1.7) * gap_seconds
        if at > seconds:
            return plan
        plan.append(_at(dice, round(at, 1), card, longest))
    return plan


def _cards(dice: Dice) -> Iterator[Card]:
    """Shuffled decks, one after the other. Groups of processes that die together are dealt anew in each."""
    while True:
        deck = [*_deck(), *(_together(dice) for _ in range(3))]
        dice.shuffle(deck)
        yield from deck


def _deck() -> Iterator[Card]:
    for _ in range(ON_PURPOSE):
        yield from (Card("kill", target, "killed") for target in KILLED)
        yield Card("gateway", "capture", "done, no answer")
        yield Card("smtp", "mail", "drop after data")
    yield from (Card("network", target, what) for target in PROXIED for what in NETWORK)
    yield from (Card("shop", target, what) for target in ("order", "report") for what in SHOP)
    yield from (Card("gateway", "capture", what) for what in GATEWAY)
    yield from (Card("gateway", "statement", what) for what in ("status 500", "no JSON", "half a body"))
    yield from (Card("smtp", "mail", what) for what in SMTP)
    yield from (Card("disk", "document store", what) for what in DISK)


def _together(dice: Dice) -> Card:
    victims = dice.sample(KILLED, dice.randint(2, len(KILLED)))
    return Card("kill", "+".join(sorted(victims)), "killed")


def _at(dice: Dice, at: float, card: Card, longest: float) -> PlannedFault:
    """Short ones mostly; now and then one that outlasts every first try, in a long run up to a minute."""
    seconds = 0.0
    if card.what in LASTING:
        seconds = round(dice.uniform(0.5, USUAL_SECONDS if dice.yes(80) else longest), 1)
    return PlannedFault(at, card.kind, card.target, card.what, seconds, _amount(dice, card))


def _amount(dice: Dice, card: Card) -> int | None:
    if card.what in {"cut in the request", "cut in the answer"}:
        return dice.choice(BYTES_BEFORE_CUT[card.target])
    return dice.randint(1, 4) if card.kind in {"shop", "gateway", "smtp"} and card.what != "down" else None
