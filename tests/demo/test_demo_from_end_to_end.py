"""`invoices demo` and `invoices up` as a person runs them: processes of their own, some killed in the middle."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from demo.embedded.orphans import find
from demo.mail_sink.mailbox import read_mails
from demo.shop.books import read_books
from demo.shop.store import Store

Eventually = Callable[[Callable[[], object]], None]
PARTS = ("worker", "api", "shop", "mail-sink")


@dataclass
class Run:
    """An `invoices` command under way, what it has said, and the folder of its stack."""

    process: subprocess.Popen[bytes]
    output: Path
    folder: Path

    @property
    def said(self) -> str:
        return self.output.read_text()

    def pid_of(self, part: str) -> int:
        return int(json.loads((self.folder / "processes" / f"{part}.json").read_text())["pid"])

    def wait(self) -> int:
        return self.process.wait(timeout=240)

    def says_or_ends(self, text: str) -> bool:
        return text in self.said or self.process.poll() is not None


@pytest.fixture
def invoices(server_folder: Callable[[], Path], tmp_path: Path) -> Iterator[Callable[..., Run]]:
    """Starts commands, all in one folder."""
    folder, runs = server_folder() / "var", list[Run]()

    def start(*arguments: str | Path) -> Run:
        output = tmp_path / f"{len(runs)}.txt"
        with output.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "cli", *arguments, "--folder", folder],
                stdout=file,
                stderr=file,
                env={name: value for name, value in os.environ.items() if not name.startswith("INVOICES_")},
            )
        runs.append(Run(process, output, folder))
        return runs[-1]

    yield start
    for run in runs:
        run.process.terminate()
        run.wait()


@pytest.mark.timeout(600)  # three starts of everything, beside other tests
def test_all_orders_end_as_they_must_although_worker_and_api_are_killed(
    invoices: Callable[..., Run], tmp_path: Path, eventually: Eventually
) -> None:
    first = invoices("demo", "--orders", "3", "--report", tmp_path / "r.json")
    eventually(lambda: first.says_or_ends("Manual job"))
    assert "Manual job" in first.said, first.said
    for part in ("worker", "api"):
        os.kill(first.pid_of(part), signal.SIGKILL)
    assert first.wait() == 0, first.said
    assert "The worker ended with status -9: starting it again" in first.said
    assert_books_agree(first.folder, json.loads((tmp_path / "r.json").read_text()))

    second = invoices("demo")
    assert second.wait() == 0, second.said
    assert "EON9001-r2" in second.said

    up = invoices("up")
    eventually(lambda: up.says_or_ends("Ctrl-C"))
    assert "Ctrl-C" in up.said, up.said
    assert_token_can_be_had(up.said)
    pids = [up.pid_of(part) for part in PARTS]
    up.process.send_signal(signal.SIGINT)
    assert up.wait() == 0, up.said
    assert [pid for pid in pids if find(pid)] == []


def assert_books_agree(folder: Path, report: dict[str, object]) -> None:
    """What the report says is in the shop's books, the mail sink and the folder of the PDFs."""
    store = Store(folder / "shop")
    books = read_books(store)
    store.close()
    numbers = [f"INV{number}" for number in re.findall(r"INV(\d{6})", str(report["invoiceNumbers"]))]
    year = numbers[0][3:5]
    assert numbers == [f"INV{year}{number}" for number in range(1001, 1015)]
    assert report["orders"] == 18
    assert report["succeeded"] == report["mails"] == report["pdfs"] == 14
    assert report["failed"] == [
        {"orderId": "EON9005", "reason": "payment_declined"},
        {"orderId": "EON9006", "reason": "totals_differ"},
        {"orderId": "EON9404", "reason": "unknown_order"},
        {"orderId": "EON9008", "reason": "already_invoiced"},
    ]
    assert report["captures"] == len(books.captures) == len({capture.order_id for capture in books.captures})
    assert {each.invoice_no for each in books.invoice_reports} == set(numbers)
    mails = read_mails(folder / "demo" / "mails")
    assert {mail.attachments for mail in mails} == {(f"{number}.pdf",) for number in numbers}
    assert {file.stem for file in (folder / "demo" / "round-1").glob("*.pdf")} == set(numbers)


def assert_token_can_be_had(said: str) -> None:
    """The line that `up` prints to be pasted works in a shell, on a machine that has curl."""
    [line] = [line for line in said.splitlines() if "TOKEN=$(curl" in line]
    if shutil.which("curl") is None:
        return
    pasted = f"{line.strip()}; printf %s ${{#TOKEN}}"
    told = subprocess.run(["/bin/sh", "-c", pasted], capture_output=True, text=True, check=True, timeout=30)
    assert int(told.stdout) > 20
