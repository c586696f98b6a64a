"""`python -m bench.render.shortcuts`: what leaving out each of `documents.shortcuts` adds to a document's CPU time."""

import statistics
from contextlib import ExitStack

import click

from bench.render.contestants import WITHOUT
from bench.render.running import Process, keep_to_one_core
from documents.fonts import use_own_fonts

SHORT, LONG = 10, 300


@click.command()
@click.option("--rounds", default=5, show_default=True, help="Turns of each.")
def main(rounds: int) -> None:
    """Measure all in turn on one core, and say the medians."""
    keep_to_one_core()
    costs: dict[str, dict[int, list[float]]] = {name: {SHORT: [], LONG: []} for name in ("full", *_each())}
    with ExitStack() as running:
        processes = {name: Process(name) for name in costs}
        for process in processes.values():
            running.callback(process.close)
            process.set(LONG, 1)
        for _ in range(rounds):
            for name, process in processes.items():
                costs[name][SHORT] += process.set(SHORT, 5)[0]
                costs[name][LONG] += process.set(LONG, 1)[0]
    medians = {name: {lines: statistics.median(some) for lines, some in costs[name].items()} for name in costs}
    click.echo(f"{'':20}{SHORT:>9} lines{LONG:>9} lines")
    for name, median in medians.items():
        shares = [median[lines] / medians["full"][lines] - 1 for lines in (SHORT, LONG)]
        click.echo(f"{name.removeprefix(WITHOUT):20}{shares[0]:>13.0%}{shares[1]:>15.0%}")


def _each() -> list[str]:
    use_own_fonts()
    from documents.shortcuts import SHORTCUTS  # noqa: PLC0415 - after the fonts are chosen

    return [f"{WITHOUT}{name}" for name in SHORTCUTS]


if __name__ == "__main__":
    main()
