import io
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest
from rich.console import Console

from demo import watching
from demo.embedded.process import ChildProcess
from demo.embedded.supervisor import Supervised
from demo.failure import DemoFailed
from demo.screen import Screen
from demo.watching import Watch
from tests.demo.api_double import Answer, ApiDouble, job_body

Page = Callable[[httpx.Request], httpx.Response]


@pytest.fixture(autouse=True)
def no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "STUCK_SECONDS_PER_ORDER", 0.0)


@pytest.fixture
def worker(tmp_path: Path) -> Supervised:
    (tmp_path / "worker.log").write_text("no such table")
    return Supervised(ChildProcess("The worker", ["true"], tmp_path / "worker.log"))


def watch(worker: Supervised, *answers: Answer | Page, stuck_seconds: float = 5.0) -> tuple[Watch, io.StringIO]:
    shown = io.StringIO()
    service = ApiDouble(list(answers)).service()
    return Watch(service, worker, Screen(Console(file=shown)), stuck_seconds, poll_seconds=0.0), shown


def job(*, total: int, pending: int, done: bool = False) -> httpx.Response:
    orders = [{"orderId": f"EON{number}", "orderStatus": "PENDING"} for number in range(pending)]
    return httpx.Response(200, json=job_body(total=total, pending=pending, done=done, orders=orders))


def test_a_job_is_followed_to_its_end(worker: Supervised) -> None:
    followed, shown = watch(
        worker, job(total=2, pending=2), job(total=2, pending=1), job(total=2, pending=0, done=True)
    )
    assert followed.follow("j", "Manual job").done
    assert shown.getvalue().splitlines() == ["Manual job 0/2", "Manual job 2/2"]


def test_a_job_in_which_nothing_moves_is_given_up_and_its_orders_are_named(worker: Supervised) -> None:
    followed, _ = watch(worker, job(total=9, pending=7), stuck_seconds=0.02)
    with pytest.raises(DemoFailed, match="these orders wait: EON0, EON1, EON2, EON3, EON4 and 2 more"):
        followed.follow("j", "Manual job")


def test_a_worker_that_dies_again_and_again_is_given_up_with_its_last_words(worker: Supervised) -> None:
    followed, _ = watch(worker, job(total=9, pending=9))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(watching, "RESTARTS", 0)
        with pytest.raises(DemoFailed, match="no such table"):
            followed.follow("j", "Manual job")


def test_a_worker_that_is_killed_and_goes_on_is_no_reason_to_give_up(worker: Supervised) -> None:
    def killed(left: int) -> Page:
        def page(_: httpx.Request) -> httpx.Response:
            worker.restarts += watching.RESTARTS - 1
            return job(total=9, pending=left, done=left == 0)

        return page

    followed, _ = watch(worker, *map(killed, range(9, -1, -1)))
    assert followed.follow("j", "Manual job").done
