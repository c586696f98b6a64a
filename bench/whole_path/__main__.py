"""The command: `python -m bench.whole_path --orders 2000 --json figures.json`, or `make bench`."""

import json
import os
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import click

from bench.whole_path.bounds import broken_bounds
from bench.whole_path.figures import Figures
from bench.whole_path.machine import Machine, this_machine
from bench.whole_path.measurement import Bench
from bench.whole_path.plan import Plan
from bench.whole_path.tables import figures_table
from demo.embedded.postgres import EmbeddedPostgres
from demo.failure import DemoFailed
from demo.running import running
from demo.screen import Screen
from demo.stack import Stack

GROWTH = "500,2000,8000"
INTERRUPTED = 130


def _sizes(_context: click.Context, _parameter: click.Parameter, text: str) -> tuple[int, ...]:
    if not re.fullmatch(r"[1-9]\d*(,[1-9]\d*)*", text):
        raise click.BadParameter("numbers of orders, separated by commas")
    return tuple(map(int, text.split(",")))


def _settings(_context: click.Context, _parameter: click.Parameter, given: Sequence[str]) -> dict[str, str]:
    named = dict(text.partition("=")[::2] for text in given)
    if not all(named) or not all("=" in text for text in given):
        raise click.BadParameter("NAME=VALUE, as in JOB_CONCURRENCY=100")
    return {name.upper().removeprefix("INVOICES_"): value for name, value in named.items()}


@click.command()
@click.option("--orders", default=500, show_default=True, type=click.IntRange(min=1), help="Orders to invoice.")
@click.option("--growth", is_flag=True, help="Measure several sizes one after the other in one running stack.")
@click.option("--sizes", default=GROWTH, show_default=True, callback=_sizes, help="The sizes of --growth.")
@click.option("--skip-pdf", is_flag=True, help="Print nothing: the orchestration alone.")
@click.option("--jobs", default=1, show_default=True, type=click.IntRange(min=1), help="Share the orders among jobs.")
@click.option("--workers", default=1, show_default=True, type=click.IntRange(min=1), help="Worker processes.")
@click.option("--concurrency", type=click.IntRange(min=1), help="Orders a job runs at once.")
@click.option("--set", "settings", multiple=True, callback=_settings, help="A setting of the service, NAME=VALUE.")
@click.option("--warm-up", default=20, show_default=True, type=click.IntRange(min=0), help="Orders invoiced before.")
@click.option("--ceiling-sample", default=300, show_default=True, type=click.IntRange(min=1), help="Bare PDFs at most.")
@click.option("--json", "file", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures here too.")
@click.option("--keep", type=click.Path(file_okay=False, path_type=Path), help="Run in this new folder, and keep it.")
def command(
    *,
    orders: int,
    growth: bool,
    sizes: tuple[int, ...],
    skip_pdf: bool,
    jobs: int,
    workers: int,
    concurrency: int | None,
    settings: dict[str, str],
    warm_up: int,
    ceiling_sample: int,
    file: Path | None,
    keep: Path | None,
) -> None:
    """Invoice orders on a stack of its own, and say what every part cost. INVOICES_* settings are passed on."""
    plan = Plan(
        sizes=sizes if growth else (orders,),
        jobs=jobs,
        workers=workers,
        skip_pdf=skip_pdf,
        warm_up=warm_up,
        ceiling_sample=ceiling_sample,
        settings=settings | ({"JOB_CONCURRENCY": str(concurrency)} if concurrency else {}),
    )
    try:
        _run(plan, keep, file)
    except DemoFailed as failure:
        raise click.ClickException(str(failure)) from None


def _run(plan: Plan, keep: Path | None, file: Path | None) -> None:
    screen, machine, measured = Screen(), this_machine(), list[Figures]()
    with _folder(keep) as folder:
        stack = Stack(folder, plan.surroundings(os.environ), plan.worker_commands)
        with running(stack, screen) as up:
            bench = Bench(up, screen, plan)
            bench.warm_up()
            for orders in plan.sizes:
                measured.append(bench.measure(orders))
                if file:
                    _write(file, plan, machine, measured)
    screen.show(figures_table(measured, machine))
    if broken := broken_bounds(measured):
        raise DemoFailed("; ".join(broken))


@contextmanager
def _folder(keep: Path | None) -> Iterator[Path]:
    """A folder that PostgreSQL's user may enter; removed at the end unless somebody wants it."""
    if keep and keep.exists():
        raise DemoFailed(f"--keep: {keep} is there already")
    folder = keep or Path(tempfile.mkdtemp(prefix="invoices-bench-"))
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o711)
    try:
        yield folder.resolve()
    finally:
        if not keep:
            EmbeddedPostgres(folder / "postgres").delete()
            shutil.rmtree(folder, ignore_errors=True)


def _write(file: Path, plan: Plan, machine: Machine, measured: Sequence[Figures]) -> None:
    """The last measurement's figures, where and how they were made, and every measurement's in `measurements`."""
    every = [asdict(figures) for figures in measured]
    written = every[-1] | {"plan": asdict(plan), "machine": asdict(machine), "measurements": every}
    file.write_text(json.dumps(written, indent=2) + "\n")


def main() -> None:
    """Leaves with `os._exit`, as `invoices` does: a Temporal client's threads can abort an interpreter's end."""
    try:
        status = command(standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        status = INTERRUPTED
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


if __name__ == "__main__":
    main()
