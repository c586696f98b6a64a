"""`python -m bench.render --json FILE`: CPU milliseconds of one-page invoices, all contestants in turn on one core."""

import json
import statistics
from contextlib import ExitStack
from io import BytesIO
from pathlib import Path
from typing import Any

import click
from pypdf import PdfReader

from bench.render.content import invoice
from bench.render.contestants import CONTESTANTS, contestant
from bench.render.running import Process, keep_to_one_core

LINES, LONG = 10, 500
EACH_ROUND = 10
"""Documents of a contestant before it is the next one's turn."""
MIB = 1024 * 1024


@click.command()
@click.option("--json", "file", type=click.Path(path_type=Path), help="Where the figures go.")
@click.option("--rounds", default=6, show_default=True, help=f"Turns of each contestant, of {EACH_ROUND} documents.")
@click.option("--documents", default=2_000, show_default=True, help="How many to watch the memory over; 0 is none.")
def main(file: Path | None, rounds: int, documents: int) -> None:
    """Measure, say, and write down."""
    keep_to_one_core()
    figures = _one_page(rounds) | _long() | (_memory(documents) if documents else {})
    figures["full_to_plain"] = figures["full_ms"] / figures["plain_ms"]
    figures["full_to_naive"] = figures["full_ms"] / figures["naive_ms"]
    for name, value in figures.items():
        click.echo(f"{name:20} {value:8.2f}")
    if file:
        file.write_text(json.dumps(figures, indent=2) + "\n")


def _one_page(rounds: int) -> dict[str, Any]:
    """The median of all documents of a contestant."""
    costs: dict[str, list[float]] = {name: [] for name in CONTESTANTS}
    with ExitStack() as running:
        processes = {name: Process(name) for name in CONTESTANTS}
        for process in processes.values():
            running.callback(process.close)
            process.set(LINES, 5)
        for _ in range(rounds):
            for name, process in processes.items():
                seconds, _resident = process.set(LINES, EACH_ROUND)
                costs[name] += seconds
    return {f"{name}_ms": 1000 * statistics.median(seconds) for name, seconds in costs.items()}


def _long() -> dict[str, Any]:
    process = Process("full")
    process.set(LONG, 1)
    seconds, _resident = process.set(LONG, 9)
    process.close()
    return {"ms_per_page_500": 1000 * statistics.median(seconds) / _pages(LONG)}


def _pages(lines: int) -> int:
    return len(PdfReader(BytesIO(contestant("full")(invoice(lines)))).pages)


def _memory(documents: int) -> dict[str, Any]:
    """What the second half of so many documents adds."""
    process = Process("full")
    _seconds, half = process.set(LINES, documents // 2)
    _seconds, whole = process.set(LINES, documents - documents // 2)
    process.close()
    return {"rss_mib": whole / MIB, "rss_growth_mib": (whole - half) / MIB}


if __name__ == "__main__":
    main()
