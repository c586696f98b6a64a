"""`python -m tests.chaos`: the long form of the chaos suite. Exit status 1 when an invariant is violated."""

import os
import sys
import tempfile
from pathlib import Path

import click

from demo.embedded.errors import EmbeddedServerError
from demo.failure import DemoFailed
from demo.interrupts import interruptible
from tests.chaos.options import Options
from tests.chaos.runner import run
from tests.chaos.summary import lines

ORDERS_A_JOB = 140


@click.command()
@click.option("--minutes", type=click.FloatRange(0.2), default=30.0, show_default=True, help="How long things break.")
@click.option("--orders", type=click.IntRange(1, 200_000), default=5000, show_default=True)
@click.option("--seed", type=int, default=1, show_default=True, help="The same seed breaks the same at the same time.")
@click.option("--tenants", type=click.IntRange(1, 20), default=3, show_default=True)
@click.option("--gap", type=click.FloatRange(0.2), default=3.0, show_default=True, help="Seconds between two faults.")
@click.option("--json", "report", type=click.Path(dir_okay=False, path_type=Path), help="Write the summary here too.")
@click.option(
    "--folder", type=click.Path(file_okay=False, path_type=Path), help="An empty one; a fresh one if left out."
)
@click.option("--break", "broken", type=click.Choice(["ledger"]), help="Run a broken build, in which it must find out.")
def main(
    minutes: float,
    orders: int,
    seed: int,
    tenants: int,
    gap: float,
    report: Path | None,
    folder: Path | None,
    broken: str | None,
) -> None:
    """Break everything that can break while jobs of orders run, then hold the service against everybody's books."""
    options = Options(
        folder=_fresh(folder),
        seed=seed,
        seconds=minutes * 60,
        orders=orders,
        tenants=tenants,
        jobs=max(2 * tenants, orders // ORDERS_A_JOB),
        gap_seconds=gap,
        settle_seconds=300.0 + orders / 2,
        broken_ledger=broken == "ledger",
    )
    try:
        with interruptible():
            summary = run(options, click.echo)
    except (EmbeddedServerError, DemoFailed) as error:
        raise click.ClickException(str(error)) from error
    click.echo("\n".join(["", *lines(summary)]))
    if report:
        report.write_text(summary.model_dump_json(by_alias=True, indent=2) + "\n")
    _leave(1 if summary.violations else 0)


def _fresh(folder: Path | None) -> Path:
    """A folder that servers of another user may enter."""
    made = folder.resolve() if folder else Path(tempfile.mkdtemp(prefix="invoices-chaos-"))
    made.mkdir(parents=True, exist_ok=True)
    if any(made.iterdir()):
        raise click.UsageError(f"{made} is not empty: every run begins anew")
    made.chmod(0o711)
    return made


def _leave(status: int) -> None:
    """Without the interpreter's own end, in which a Temporal client's threads can abort."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
