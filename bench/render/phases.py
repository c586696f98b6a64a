"""`python -m bench.render.phases`: which share of a `full` document's CPU time goes where.

Each phase is a function that is timed as a whole, less the phases that it calls; what is in none is the rest.
"""

import gc
import time
from collections import defaultdict
from collections.abc import Callable, Iterator
from types import ModuleType
from typing import ParamSpec, TypeVar, cast

import click

from bench.render.content import invoice
from bench.render.contestants import contestant
from bench.render.running import keep_to_one_core

SHORT, LONG = 10, 500
DOCUMENTS = {SHORT: 60, LONG: 4}
REST = "the rest"
Given = ParamSpec("Given")
Made = TypeVar("Made")


class Clock:
    """CPU seconds by phase; a phase stands still while one that it calls runs."""

    def __init__(self) -> None:
        self._spent: defaultdict[str, float] = defaultdict(float)
        self._running = [REST]
        self._since = time.process_time()

    def timed(self, phase: str, function: Callable[Given, Made]) -> Callable[Given, Made]:
        """The function, its time counted. In place of an iterator, which has done nothing yet, comes a finished one."""

        def run(*positional: Given.args, **named: Given.kwargs) -> Made:
            self._switch()
            self._running.append(phase)
            try:
                made = function(*positional, **named)
                return cast("Made", iter(list(made))) if isinstance(made, Iterator) else made
            finally:
                self._switch()
                self._running.pop()

        return run

    def _switch(self) -> None:
        now = time.process_time()
        self._spent[self._running[-1]] += now - self._since
        self._since = now

    def restart(self) -> None:
        self._switch()
        self._spent.clear()

    def shares(self) -> dict[str, float]:
        """Of all that was spent since the last start."""
        self._switch()
        return {phase: seconds / sum(self._spent.values()) for phase, seconds in self._spent.items()}


def _put(clock: Clock) -> None:
    """In place of the functions, wherever they are looked up."""
    from weasyprint import css, document, pdf  # type: ignore[import-untyped]  # noqa: PLC0415 - after the fonts are chosen

    import documents.pdf  # noqa: PLC0415 - see above
    import documents.typesetter  # noqa: PLC0415 - see above

    phases: dict[str, list[tuple[ModuleType | type, str]]] = {
        "words and figures, HTML": [
            (documents.pdf, "page_of"),
            (documents.pdf, "page_html"),
            (documents.pdf, "style_of"),
            (documents.typesetter, "_Page"),
        ],
        "styles": [(css, "StyleFor")],
        "box tree": [(document, "build_formatting_structure")],
        "layout": [(document, "layout_document")],
        "drawing": [(document.Page, "paint")],
        "tags": [(pdf, "add_tags")],
        "fonts": [(pdf, "build_fonts_dictionary")],
        "writing the file": [(documents.typesetter, "written")],
        "XML": [(documents.pdf, "_structured")],
    }
    for phase, places in phases.items():
        for owner, name in places:
            setattr(owner, name, clock.timed(phase, getattr(owner, name)))


@click.command()
def main() -> None:
    """Measure on one core, and say the shares."""
    keep_to_one_core()
    make, clock = contestant("full"), Clock()
    make(invoice(SHORT))
    _put(clock)
    collect = clock.timed("collecting garbage", gc.collect)
    gc.collect()
    gc.freeze()
    gc.disable()
    told = {}
    for lines, count in DOCUMENTS.items():
        make(invoice(lines))
        collect()
        clock.restart()
        for serial in range(2, 2 + count):
            make(invoice(lines, serial))
            collect()
        told[lines] = clock.shares()
    click.echo(f"{'':26}{SHORT:>6} lines{LONG:>6} lines")
    for phase in (*sorted(told[SHORT].keys() - {REST}), REST):
        click.echo(f"{phase:26}{told[SHORT][phase]:>12.0%}{told[LONG].get(phase, 0):>12.0%}")


if __name__ == "__main__":
    main()
