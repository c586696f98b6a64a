"""Random invoices through the arithmetic, each judged by the rules: `python -m bench.random_invoices --count 10000`.

Drafts come from the strategies of the property tests, seeded, and are kept apart from the clock: only `calculate` and
`violations` are timed as the domain's own speed. Exit status 1 when any rule is broken.
"""

import json
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import click
from hypothesis import HealthCheck, Phase, given, seed, settings

from invoicing.calculation import calculate
from invoicing.draft import Draft
from invoicing.rules.all_rules import violations
from tests.invoicing.strategies import drafts

DRAWN_AT_ONCE = 500
MOST_SHOWN = 10


@dataclass(frozen=True)
class Result:
    count: int
    lines: int
    violations: int
    invoices_per_second: int
    """Of `calculate` and `violations` alone."""
    invoices_per_second_overall: int
    """With the drawing of the drafts."""
    seed: int


def drawn(count: int, first_seed: int) -> Iterator[Draft]:
    """`count` drafts; the same ones for the same seed where the same modules are loaded: Hypothesis draws by their
    constants too."""
    for start in range(0, count, DRAWN_AT_ONCE):
        yield from _batch(min(DRAWN_AT_ONCE, count - start), first_seed + start)


def _batch(count: int, batch_seed: int) -> list[Draft]:
    """Hypothesis draws for a test only; this one keeps what it is given."""
    found: list[Draft] = []

    @seed(batch_seed)
    @settings(
        max_examples=count,
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(drafts())
    def keep(draft: Draft) -> None:
        found.append(draft)

    keep()
    return found


def measure(count: int, first_seed: int) -> Result:
    broken: Counter[str] = Counter()
    invoices, lines, busy, started = 0, 0, 0.0, time.perf_counter()
    for draft in drawn(count, first_seed):
        before = time.perf_counter()
        found = violations(calculate(draft))
        busy += time.perf_counter() - before
        invoices, lines = invoices + 1, lines + len(draft.lines)
        broken.update(violation.rule for violation in found)
        if found and sum(broken.values()) <= MOST_SHOWN:
            print(f"{found}\n  {draft.model_dump_json()}", file=sys.stderr)
    overall = time.perf_counter() - started
    return Result(
        count=invoices,
        lines=lines,
        violations=sum(broken.values()),
        invoices_per_second=round(invoices / busy),
        invoices_per_second_overall=round(invoices / overall),
        seed=first_seed,
    )


@click.command()
@click.option("--count", default=10_000, show_default=True, type=click.IntRange(1, 1_000_000))
@click.option("--seed", "first_seed", default=1, show_default=True, type=int)
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the result here too.")
def main(count: int, first_seed: int, file: Path | None) -> None:
    """Draw random invoices, compute and judge them."""
    result = measure(count, first_seed)
    print(f"{result.count} invoices with {result.lines} lines (seed {result.seed}): {result.violations} violations")
    print(
        f"{result.invoices_per_second} invoices a second computed and judged, "
        f"{result.invoices_per_second_overall} with drawing them"
    )
    if file is not None:
        file.write_text(json.dumps(asdict(result), indent=2) + "\n")
    if result.violations:
        sys.exit(1)


if __name__ == "__main__":
    main()
