"""A job of a million orders at the API: `python -m bench.large_jobs --orders 1000000`.

Uploads the ids to an API in a process of its own (over a socket, with a PostgreSQL that syncs to disk), reads the job
back in pages and as a whole, and says how long each took, the API's processor time and the most memory that it has had
by then, and how long other requests had to wait meanwhile at most.
"""

import asyncio
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import click
import httpx

from database.engine import create_engine, create_sessions
from database.migrate import migrate
from database.tables import Tenant
from demo.embedded.postgres import EmbeddedPostgres
from tests.api_fixtures import new_token

ROOT = Path(__file__).parents[1]
TENANT = "acme"
JOBS = f"/invoice/{TENANT}/jobs/invoices"
LINES_AT_ONCE = 5_000


async def _lines(orders: int) -> AsyncIterator[bytes]:
    for begin in range(0, orders, LINES_AT_ONCE):
        ids = range(begin, min(begin + LINES_AT_ONCE, orders))
        yield "".join(f'{{"orderId":"EON{number:09d}"}}\n' for number in ids).encode()


@contextmanager
def _database() -> Iterator[str]:
    folder = Path(tempfile.mkdtemp(prefix="bench-"))
    folder.chmod(0o711)  # the server's own user enters it
    server = EmbeddedPostgres(folder / "postgres")
    server.start()
    try:
        server.create_database("bench")
        migrate(server.url("bench"))
        yield server.url("bench")
    finally:
        server.delete()
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def _api(database_url: str) -> Iterator[tuple[int, int]]:
    """Port and process id of an API."""
    command = [sys.executable, "-m", "tests.api.server_process", database_url]
    process = subprocess.Popen(  # noqa: S603 -- our own module
        command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
    )
    try:
        yield int(process.stdout.readline() if process.stdout else ""), process.pid
    finally:
        process.terminate()
        process.wait()


async def _token(url: str) -> str:
    engine = create_engine(url, 1)
    sessions = create_sessions(engine)
    async with sessions.begin() as session:
        session.add(Tenant(code=TENANT))
    token = await new_token(sessions, TENANT)
    await engine.dispose()
    return token


def _cpu_seconds(pid: int) -> float:
    """Of the process since it began."""
    fields = Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def _peak_mebibytes(pid: int) -> float:
    (kilobytes,) = re.findall(r"VmHWM:\s+(\d+) kB", Path(f"/proc/{pid}/status").read_text(encoding="ascii"))
    return int(kilobytes) / 1024


async def _longest_wait(client: httpx.AsyncClient) -> float:
    """Ask for something small again and again until cancelled; milliseconds of the slowest answer."""
    longest = 0.0
    with suppress(asyncio.CancelledError):
        while True:
            begun = time.perf_counter()
            await client.get("/health/live")
            longest = max(longest, time.perf_counter() - begun)
            await asyncio.sleep(0.02)
    return longest * 1000


async def _measured(
    name: str, client: httpx.AsyncClient, pid: int, ask: Callable[[], Awaitable[httpx.Response]]
) -> httpx.Response:
    waiting = asyncio.create_task(_longest_wait(client))
    await asyncio.sleep(0.1)
    begun, busy = time.perf_counter(), _cpu_seconds(pid)
    answer = await ask()
    took, cpu = time.perf_counter() - begun, _cpu_seconds(pid) - busy
    waiting.cancel()
    answer.raise_for_status()
    print(
        f"{name:26} {took:8.3f} s   API {cpu:6.2f} CPU s, peak {_peak_mebibytes(pid):6.1f} MiB,"
        f" others waited {await waiting:5.0f} ms"
    )
    return answer


async def _read(client: httpx.AsyncClient, url: str) -> httpx.Response:
    """Read to the end and keep nothing of it: the measuring must not be what takes time."""
    async with client.stream("GET", url) as answer:
        async for _ in answer.aiter_raw(1024 * 1024):
            pass
        return answer


async def _run(orders: int, url: str, port: int, pid: int) -> None:
    headers = {"authorization": f"Bearer {await _token(url)}"}
    csv, ndjson = {"content-type": "text/csv"}, {"content-type": "application/x-ndjson"}
    async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}", headers=headers, timeout=900) as client:
        await client.post(f"{JOBS}/uploads", content=b"EON1", headers=csv)
        print(f"the API before: peak {_peak_mebibytes(pid):.1f} MiB")
        upload = partial(client.post, f"{JOBS}/uploads", content=_lines(orders), headers=ndjson)
        created = await _measured(f"upload {orders} orders", client, pid, upload)
        job = f"{JOBS}/{created.json()['jobId']}"
        last = max(1, orders // 100 - 1)
        for name, path in (
            ("counts and 1 order", f"{job}?pageSize=1"),
            (f"page {last} of 100", f"{job}?pageSize=100&pageNumber={last}"),
            ("the failed of them", f"{job}?pageSize=100&orderStatus=FAILURE"),
            ("the list of jobs", JOBS),
            ("jobs with held orders", f"{JOBS}?held=true"),
            ("all orders", job),
        ):
            await _measured(name, client, pid, partial(_read, client, path))


@click.command()
@click.option("--orders", default=1_000_000, show_default=True, help="Orders of the job.")
def main(orders: int) -> None:
    """Measure the API with one large job."""
    with _database() as url, _api(url) as (port, pid):
        asyncio.run(_run(orders, url, port, pid))


if __name__ == "__main__":
    main()
