"""The shop as a process: it keeps its books when it is killed, and leaves when it is told to."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import httpx

from demo.shop.running import running_shop
from demo.shop.tokens import DEFAULT_CLIENTS

ROOT = Path(__file__).parents[3]


@contextmanager
def shop_process(folder: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A shop on a free port, and its URL as it says it itself."""
    command = [sys.executable, "-m", "demo.shop", "--folder", str(folder), "--port", "0", *options]
    process = subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True)
    try:
        assert process.stdout
        yield process, process.stdout.readline().split()[-1]
    finally:
        process.kill()
        process.communicate(timeout=10)


def test_a_killed_shop_has_lost_nothing_that_it_confirmed(tmp_path: Path, stranger: httpx.Client) -> None:
    clients = '[{"client_id":"other","secret":"s3cret","tenant":"acme"}]'
    with shop_process(tmp_path, "--clients", clients) as (process, url):
        assert stranger.get(f"{url}/health").status_code == 200
        stranger.post(f"{url}/demo/rounds", json={"round": 1, "orders": 1})
        form = {"grant_type": "client_credentials", "client_id": "other", "client_secret": "s3cret"}
        token = stranger.post(f"{url}/oauth/token", data=form).json()["access_token"]
        captured = stranger.post(
            f"{url}/payment-gateway/acme/payment/d8abfb12-0266-43dc-905e-415158029d45/capture",
            json={"amount": 288.95, "currency": "EUR"},
            headers={"Authorization": f"Bearer {token}", "Idempotency-Key": "k1"},
        ).json()
        process.send_signal(signal.SIGKILL)
        process.wait(timeout=10)
    with running_shop(tmp_path, clients=DEFAULT_CLIENTS) as shop:
        (booked,) = shop.books().captures
        assert booked.capture_id == captured["captureId"]
        assert shop.order("GEN-00001")["id"] == "GEN-00001"


def test_a_stopped_shop_leaves_in_peace(tmp_path: Path, stranger: httpx.Client) -> None:
    with shop_process(tmp_path) as (process, url):
        assert stranger.get(f"{url}/health").status_code == 200
        process.terminate()
        assert process.wait(timeout=10) == 0


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with running_shop(tmp_path) as shop:
        port = shop.url.rpartition(":")[2]
        command = [sys.executable, "-m", "demo.shop", "--folder", str(tmp_path), "--port", port]
        done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=30, check=False)
    assert done.returncode == 1
    assert "cannot listen" in done.stderr
    assert "Traceback" not in done.stderr
