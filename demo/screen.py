"""What a person sees: lines, a progress bar where there is a terminal, and the stack's warnings among them."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Protocol

from rich.console import Console, RenderableType
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

WIDTH_WITHOUT_TERMINAL = 170
LINE_EVERY_SECONDS = 5.0


class Screen:
    """Writes to standard output."""

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(highlight=False)
        if not self._console.is_terminal:
            self._console.width = WIDTH_WITHOUT_TERMINAL

    def say(self, text: str, style: str = "") -> None:
        """A line; long ones are left whole, so that they can be copied."""
        self._console.print(text, style=style, markup=False, soft_wrap=True)

    def show(self, what: RenderableType) -> None:
        """A table or the like."""
        self._console.print(what)

    @contextmanager
    def warnings(self) -> Iterator[None]:
        """Show what the stack logs, such as a part that is started again."""
        handler = _Warnings(self)
        logger = logging.getLogger("demo")
        logger.addHandler(handler)
        try:
            yield
        finally:
            logger.removeHandler(handler)

    @contextmanager
    def progress(self, title: str) -> Iterator["Bar"]:
        """A bar that lives as long as the block; without a terminal it is a line now and then."""
        if not self._console.is_terminal:
            yield LineBar(self, title)
            return
        columns = (TextColumn("{task.description}"), BarColumn(40), MofNCompleteColumn(), TimeElapsedColumn())
        with Progress(*columns, console=self._console) as progress:
            yield LiveBar(progress, progress.add_task(title, total=None))


class Bar(Protocol):
    """How far a job is."""

    def move(self, done: int, total: int) -> None:
        """So many of so many are done."""


class LiveBar:
    """Drawn by rich."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def move(self, done: int, total: int) -> None:
        """See `Bar.move`."""
        self._progress.update(self._task, completed=done, total=total)


class LineBar:
    """A line when the job begins, when it ends, and at most every few seconds in between."""

    def __init__(self, screen: Screen, title: str) -> None:
        self._screen = screen
        self._title = title
        self._shown: tuple[int, int] | None = None
        self._shown_at = 0.0

    def move(self, done: int, total: int) -> None:
        """See `Bar.move`."""
        if (done, total) == self._shown:
            return
        if self._shown and done < total and time.monotonic() - self._shown_at < LINE_EVERY_SECONDS:
            return
        self._shown, self._shown_at = (done, total), time.monotonic()
        self._screen.say(f"{self._title} {done}/{total}")


class _Warnings(logging.Handler):
    def __init__(self, screen: Screen) -> None:
        super().__init__(logging.WARNING)
        self._screen = screen

    def emit(self, record: logging.LogRecord) -> None:
        self._screen.say(record.getMessage(), "yellow")
