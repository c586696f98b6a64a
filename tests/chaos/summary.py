"""What a run came to, for people and as JSON."""

from collections.abc import Mapping, Sequence

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from tests.chaos.invariants import Claim

NAMED_AT_MOST = 20


class Figures(BaseModel):
    """A part of the summary; camelCase on the wire."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, validate_by_name=True, serialize_by_alias=True)


class Held(Figures):
    """One invariant: how often it was looked at, and every place where it does not hold."""

    name: str
    checks: int
    violations: tuple[str, ...]


class Summary(Figures):
    """A run.

    Attributes:
        seconds: from the first fault's clock to the last job's end; `fault_seconds` of them with faults.
        orders: different orders; jobs name some of them twice.
        faults: how often each was made.
        restarts: how often each process was started again.
        connections: what each proxy did with connections.
        outcomes: orders of jobs by how they ended.
        holds: orders by what they were held for on their way.
        releases: how people released held orders, and how that went.
    """

    seed: int
    seconds: float
    fault_seconds: float
    orders: int
    jobs: int
    tenants: int
    faults: Mapping[str, int]
    restarts: Mapping[str, int]
    connections: Mapping[str, Mapping[str, int]]
    outcomes: Mapping[str, int]
    holds: Mapping[str, int]
    releases: Mapping[str, int]
    invariants: tuple[Held, ...]

    @property
    def violations(self) -> list[str]:
        """Everything that does not hold."""
        return [f"{each.name}: {what}" for each in self.invariants for what in each.violations]


def held(claims: Sequence[Claim]) -> tuple[Held, ...]:
    """Claims as the summary shows them."""
    return tuple(Held(name=claim.name, checks=claim.checks, violations=tuple(claim.violations)) for claim in claims)


def lines(summary: Summary) -> list[str]:
    """The summary for people."""
    title = (
        f"seed {summary.seed}: {summary.orders} orders of {summary.tenants} tenants in {summary.jobs} jobs, "
        f"{summary.seconds:.0f} s, {summary.fault_seconds:.0f} s of them with {sum(summary.faults.values())} faults"
    )
    said = [
        title,
        "",
        *_counted("faults", summary.faults),
        *_counted("started again", summary.restarts),
        *_counted("orders by outcome", summary.outcomes),
        *_counted("held on the way for", summary.holds),
        *_counted("releases", summary.releases),
        "connections through each proxy",
        *(f"  {name:<12} {_words(counts)}" for name, counts in summary.connections.items()),
        "",
        f"{'invariant':<62}{'checks':>8}{'violations':>12}",
        *(f"{each.name:<62}{each.checks:>8}{len(each.violations):>12}" for each in summary.invariants),
        "",
    ]
    violations = summary.violations
    said += [f"VIOLATED {violation}" for violation in violations[:NAMED_AT_MOST]]
    if len(violations) > NAMED_AT_MOST:
        said.append(f"and {len(violations) - NAMED_AT_MOST} more")
    return [*said, "every invariant holds" if not violations else f"{len(violations)} violations"]


def _counted(title: str, counts: Mapping[str, int]) -> list[str]:
    return [title, *(f"{count:>8}  {name}" for name, count in sorted(counts.items())), ""]


def _words(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count} {name}" for name, count in sorted(counts.items()))
