"""`invoices demo`: real orders become invoices on a stack of their own, and every one of them is checked."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from demo.evidence import Evidence, JobName
from demo.expectations import expectations
from demo.failure import DemoFailed
from demo.gathering import gather, last_mail, mails_since
from demo.report import make_report, write_report
from demo.round_book import RoundBook, RoundEntry
from demo.running import Running, running
from demo.screen import Screen
from demo.shop_books import Seeded, ShopBooks
from demo.stack import Stack
from demo.surroundings import surroundings
from demo.table import round_table, shown
from demo.verdict import judge
from demo.watching import Watch


def run_demo(folder: Path, *, orders: int = 0, report: Path | None = None) -> bool:
    """Play a round of the demo in `folder`, after finishing one that was broken off.

    Args:
        folder: for this demo alone; may be used again.
        orders: how many generated orders to add to the fixed ones.
        report: where to write the round's figures.

    Returns:
        Whether every order ended as it must.

    Raises:
        DemoFailed: it could not be played to its end.
        KeyboardInterrupt: a signal; the next run goes on.
    """
    if report and not report.resolve().parent.is_dir():
        raise DemoFailed(f"--report: there is no folder {report.resolve().parent}")
    screen = Screen()
    users, ignored = surroundings(os.environ).without_stand_ins()
    if ignored:
        screen.say(f"The demo reads the books of its own shop and mail sink, so it ignores {', '.join(ignored)}")
    stack = Stack(folder.resolve(), users)
    try:
        with running(stack, screen) as up:
            return Story(up, screen).tell(orders, report)
    except KeyboardInterrupt:
        screen.say("Interrupted; the next run in this folder goes on where this ended")
        raise


@dataclass(frozen=True)
class Jobs:
    """The ids of a round's jobs, and how long they took."""

    ids: dict[JobName, str]
    seconds: float


class Story:
    """The rounds of one run."""

    def __init__(self, up: Running, screen: Screen) -> None:
        self._service = up.service
        self._screen = screen
        self._stack = up.stack
        self._book = RoundBook(up.stack.folder)
        self._watch = Watch(up.service, up.stack.worker, screen)

    def tell(self, orders: int, report: Path | None) -> bool:
        """Finish the round that was broken off, if there is one, and play another unless it was the one asked for."""
        if self._stack.shop_url is None:
            raise DemoFailed("the demo needs a shop of its own")
        if self._stack.temporal_ui_url:
            self._screen.say(f"Watch it in Temporal's Web UI: {self._stack.temporal_ui_url}")
        with ShopBooks(self._stack.shop_url) as shop:
            broken_off = self._book.broken_off
            if broken_off is None:
                return self._play(self._begin(orders), shop, report)
            self._screen.say(f"Round {broken_off.number} was broken off: going on with it")
            if broken_off.orders == orders:
                return self._play(broken_off, shop, report)
            ended_well = self._play(broken_off, shop, None)
            return self._play(self._begin(orders), shop, report) and ended_well

    def _begin(self, orders: int) -> RoundEntry:
        latest = self._book.latest
        if latest and latest.owner == "people":
            job_id = self._service.start_job(None, uuid4().hex)
            self._watch.follow(job_id, "Orders that were left over from `invoices up`")
        return self._book.begin(orders, last_mail(self._stack.mails))

    def _play(self, entry: RoundEntry, shop: ShopBooks, report: Path | None) -> bool:
        self._screen.say(f"Round {entry.number}: {entry.orders} generated orders beside the fixed ones")
        jobs = self._run_jobs(entry, shop.seed(entry))
        mails = mails_since(self._stack.mails, entry.mails_before)
        with self._screen.progress("Reading the PDFs") as bar:
            seen = gather(self._service, shop, jobs.ids, mails=mails, pdf_folder=self._pdf_folder(entry), bar=bar)
        ended_well = self._judge(entry, seen)
        if report:
            write_report(make_report(seen, jobs.seconds), report)
            self._screen.say(f"The figures are in {shown(report)}")
        self._book.finish(entry)
        return ended_well

    def _run_jobs(self, entry: RoundEntry, seeded: Seeded) -> Jobs:
        """One job after the other: the manual one must meet an order that has its invoice already."""
        order_ids = {
            JobName.BEFOREHAND: seeded.beforehand,
            JobName.MANUAL: [*seeded.manual, *seeded.generated],
            JobName.AUTOMATIC: None,
        }
        began, ids = time.monotonic(), {}
        for name, given in order_ids.items():
            ids[name] = self._service.start_job(given, entry.key(name))
            self._watch.follow(ids[name], f"{name.capitalize()} job".ljust(16))
        return Jobs(ids, time.monotonic() - began)

    def _judge(self, entry: RoundEntry, seen: Evidence) -> bool:
        expected = expectations(entry.round)
        faults = judge(expected, seen)
        wrong = {fault.order_id for fault in faults if fault.order_id}
        self._screen.show(round_table(seen, set(entry.round.generated_ids()), wrong))
        self._screen.say(f"PDFs: {shown(self._pdf_folder(entry))}")
        self._screen.say(f"Mails: {shown(self._stack.mails)}")
        for fault in faults:
            self._screen.say(f"✗ {fault}", "red")
        if not faults:
            self._screen.say(
                f"✓ All {len(expected.all)} orders ended as they must: {len(seen.numbers)} invoices without gap, "
                f"{sum(map(len, seen.captures.values()))} captures, {len(seen.mails)} mails",
                "bold green",
            )
        return not faults

    def _pdf_folder(self, entry: RoundEntry) -> Path:
        return self._stack.folder / "demo" / f"round-{entry.number}"
