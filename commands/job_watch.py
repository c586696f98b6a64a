"""Following a job to its end: a progress bar on a terminal, a line now and then elsewhere, or JSON."""

import asyncio
import json
import sys
import time
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Protocol
from uuid import UUID

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn
from sqlalchemy.exc import OperationalError

from api.jobs import job_control
from api.jobs.job_control import JobStanding, Steering
from commands.job_report import state_of
from contracts.order_invoice import OrderState

POLL_SECONDS = 0.5
ORDERS_COUNTED_A_SECOND = 500_000
"""So that looking at a job of a million orders stays a small part of the database's work."""
LINE_EVERY_SECONDS = 5.0
PACE_SECONDS = 30.0
"""The pace is that of the last half minute."""


@dataclass(frozen=True)
class Glimpse:
    """A job at one moment; None where nobody can say yet."""

    job_id: UUID
    state: str
    total: int
    succeeded: int
    failed: int
    held: int
    has_ended: bool
    phase: str | None
    running: int | None

    @property
    def through(self) -> int:
        """Orders that are not waited for any more."""
        return self.succeeded + self.failed + self.held


@dataclass
class Pace:
    """Orders a second of late, and how long the rest will take at that."""

    _seen: deque[tuple[float, int]] = field(default_factory=deque)

    def note(self, through: int, now: float) -> None:
        """So many are through by now; seconds of a clock that only goes forward."""
        if self._seen and through < self._seen[-1][1]:
            self._seen.clear()
        self._seen.append((now, through))
        while len(self._seen) > 2 and now - self._seen[1][0] >= PACE_SECONDS:  # noqa: PLR2004 -- a first and a last
            self._seen.popleft()

    @property
    def per_second(self) -> float:
        """0 where nothing has moved."""
        (began, first), (ended, last) = self._seen[0], self._seen[-1]
        return (last - first) / (ended - began) if ended > began else 0.0

    def seconds_left(self, rest: int) -> float | None:
        """None where nobody can say."""
        return rest / self.per_second if self.per_second > 0 else None


class View(Protocol):
    """Shows a job's glimpses."""

    def show(self, glimpse: Glimpse, pace: Pace) -> None:
        """The job has changed, or time has passed."""
        ...

    def say(self, words: str) -> None:
        """Something that is not the job's progress."""
        ...


async def watch(steering: Steering, tenant: str, job_id: UUID, view: View) -> Glimpse:
    """Show the job until it has ended; its last glimpse. A database that goes away meanwhile is waited for.

    Raises:
        api.jobs.job_control.NoSuchJob: the tenant has none of this id.
    """
    pace, is_away = Pace(), False
    glimpse = glimpse_of(await job_control.standing(steering, tenant, job_id))
    while True:
        pace.note(glimpse.through, time.monotonic())
        view.show(glimpse, pace)
        if glimpse.has_ended:
            return glimpse
        await asyncio.sleep(max(POLL_SECONDS, glimpse.total / ORDERS_COUNTED_A_SECOND))
        try:
            glimpse, is_away = glimpse_of(await job_control.standing(steering, tenant, job_id)), False
        except OperationalError:
            if not is_away:
                view.say("the database does not answer; waiting for it")
            is_away = True


def glimpse_of(standing: JobStanding) -> Glimpse:
    """What is shown of a job."""
    counts, said = standing.view.counts, standing.progress
    return Glimpse(
        job_id=standing.view.job.id,
        state=state_of(standing.view),
        total=standing.view.total,
        succeeded=counts.get(OrderState.SUCCESS, 0),
        failed=counts.get(OrderState.FAILURE, 0),
        held=counts.get(OrderState.HELD, 0),
        has_ended=standing.view.job.finished_at is not None,
        phase=said.phase if said else None,
        running=said.running if said else None,
    )


@contextmanager
def view_for(*, as_json: bool) -> Iterator[View]:
    """The view that fits where standard output goes."""
    if as_json:
        yield JsonLines()
    elif not sys.stdout.isatty():
        yield Lines()
    else:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("{task.fields[words]}"),
        )
        with Progress(*columns, console=Console(highlight=False)) as progress:
            yield Bar(progress, progress.add_task("", total=None, words=""))


class Bar:
    """Drawn by rich."""

    def __init__(self, progress: Progress, task: TaskID) -> None:
        self._progress = progress
        self._task = task

    def show(self, glimpse: Glimpse, pace: Pace) -> None:
        """See `View.show`."""
        self._progress.update(
            self._task,
            description=glimpse.state if glimpse.phase is None else f"{glimpse.state}, {glimpse.phase}",
            completed=glimpse.through,
            total=glimpse.total or None,
            words=words_of(glimpse, pace),
        )

    def say(self, words: str) -> None:
        """See `View.say`."""
        self._progress.console.print(words, markup=False)


class Lines:
    """A line at the beginning, at the end, where the job's state changes, and every few seconds in between."""

    def __init__(self) -> None:
        self._last: Glimpse | None = None
        self._shown_at = 0.0

    def show(self, glimpse: Glimpse, pace: Pace) -> None:
        """See `View.show`."""
        now = time.monotonic()
        is_news = self._last is None or glimpse.state != self._last.state or glimpse.has_ended
        if is_news or (glimpse != self._last and now - self._shown_at >= LINE_EVERY_SECONDS):
            self._last, self._shown_at = glimpse, now
            click.echo(f"{glimpse.state}  {glimpse.through:,}/{glimpse.total:,}  {words_of(glimpse, pace)}")

    def say(self, words: str) -> None:
        """See `View.say`."""
        click.echo(words, err=True)


class JsonLines:
    """An object a line, whenever the job has changed."""

    def __init__(self) -> None:
        self._last: Glimpse | None = None

    def show(self, glimpse: Glimpse, pace: Pace) -> None:
        """See `View.show`."""
        if glimpse != self._last:
            self._last = glimpse
            click.echo(json.dumps(_json(glimpse, pace)))

    def say(self, words: str) -> None:
        """See `View.say`."""
        click.echo(words, err=True)


def words_of(glimpse: Glimpse, pace: Pace) -> str:
    """`12 succeeded, 1 failed, 0 on hold, 20 running, 4.2/s, 2 min left`."""
    parts = [f"{glimpse.succeeded:,} succeeded, {glimpse.failed:,} failed, {glimpse.held:,} on hold"]
    if glimpse.running is not None:
        parts.append(f"{glimpse.running:,} running")
    if pace.per_second > 0:
        parts.append(f"{pace.per_second:.1f}/s")
    left = pace.seconds_left(glimpse.total - glimpse.through)
    if left is not None and not glimpse.has_ended:
        parts.append(f"{_duration(left)} left")
    return ", ".join(parts)


def _duration(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes} min"
    return f"{minutes} min" if minutes else f"{rest} s"


def _json(glimpse: Glimpse, pace: Pace) -> dict[str, object]:
    left = pace.seconds_left(glimpse.total - glimpse.through)
    return {
        "jobId": str(glimpse.job_id),
        "state": glimpse.state,
        "phase": glimpse.phase,
        "total": glimpse.total,
        "success": glimpse.succeeded,
        "failure": glimpse.failed,
        "held": glimpse.held,
        "running": glimpse.running,
        "ordersPerSecond": round(pace.per_second, 2),
        "secondsLeft": None if left is None else round(left),
    }
