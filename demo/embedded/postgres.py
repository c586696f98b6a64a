"""PostgreSQL as a child process, on loopback and a free port."""

import os
import shutil
import signal
import subprocess
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import LiteralString, Self

import psycopg
from psycopg import sql

from demo.embedded.account import Account
from demo.embedded.errors import EmbeddedServerError
from demo.embedded.folder_lock import FolderLock
from demo.embedded.orphans import command_line, find, stop_process
from demo.embedded.ports import LOOPBACK, free_ports
from demo.embedded.postgres_binaries import postgres_binaries
from demo.embedded.postgres_home import PostgresHome, settle, state_folder
from demo.embedded.process import ChildProcess, launch

USER = "invoices"
# C.UTF-8 sorts by code point and knows upper from lower case; macOS may lack it.
LOCALES = ("C.UTF-8", "C")
KEPT_VARIABLES = ("PATH", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH", "DYLD_FALLBACK_LIBRARY_PATH")
# A commit still reaches the operating system, so these rows outlive a killed server, though no power cut.
FORGETFUL = ("fsync=off", "full_page_writes=off")
CONNECT_SECONDS = 5
STOP_SECONDS = 30.0


class EmbeddedPostgres:
    """One PostgreSQL server over one folder; a folder that has been used before goes on with its data.

    Args:
        folder: for this server alone; made when it is missing.
        durable: whether a commit outlives a power cut. False is for tests: faster, and still safe against `kill -9`.
    """

    def __init__(self, folder: Path, *, durable: bool = True) -> None:
        self.folder = folder
        self._durable = durable
        self._port = 0
        self._home: PostgresHome | None = None
        self._lock: FolderLock | None = None
        self._process: ChildProcess | None = None

    @property
    def process(self) -> ChildProcess:
        """The running server, for `Supervised`; its restarts keep the port."""
        if self._process is None:
            raise EmbeddedServerError(f"PostgreSQL in {self.folder} is not started.")
        return self._process

    def start(self) -> None:
        """Start on a free port, after stopping a server that an earlier `kill -9` left on this folder.

        Raises:
            EmbeddedServerError: as one sentence; `FolderInUseError` when another process runs this folder.
        """
        if self._process is not None:
            return
        home = settle(self.folder)
        lock = FolderLock(home.path)
        lock.acquire()
        try:
            binaries = _initialise(home, durable=self._durable)
            _stop_left_over(home.data)
            self._home = home
            self._process = launch(lambda: self._server(binaries, home))
        except BaseException:
            lock.release()
            raise
        self._lock = lock

    def stop(self) -> None:
        """Stop fast: open transactions are rolled back. Does nothing when it is not started."""
        if self._process:
            self._process.stop()
            self._process = None
        if self._lock:
            self._lock.release()
            self._lock = None

    def delete(self) -> None:
        """Stop, and remove all of its data."""
        self.stop()
        if self.folder.exists():
            shutil.rmtree(settle(self.folder).path)
            shutil.rmtree(self.folder)

    def url(self, database: str) -> str:
        """`postgresql://user:password@host:port/database`; contains the password."""
        if self._home is None:
            raise EmbeddedServerError(f"PostgreSQL in {self.folder} is not started.")
        return f"postgresql://{USER}:{self._home.password()}@{LOOPBACK}:{self._port}/{database}"

    def create_database(self, name: str, template: str | None = None) -> None:
        """Create a database, as a copy of `template` when one is given; leaves an existing one as it is."""
        if self._rows("SELECT 1 FROM pg_database WHERE datname = %s", name):
            return
        statement = sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name))
        if template:
            copied = sql.SQL(" TEMPLATE {} STRATEGY file_copy").format(sql.Identifier(template))
            statement = sql.Composed([statement, copied])
        with self._connect() as connection:
            connection.execute(statement)

    def drop_database(self, name: str) -> None:
        """Drop a database and whatever is connected to it; does nothing when it is not there."""
        with self._connect() as connection:
            connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def _rows(self, query: LiteralString, *values: str) -> list[tuple[object, ...]]:
        with self._connect() as connection:
            return connection.execute(query, values).fetchall()

    def _connect(self) -> psycopg.Connection[tuple[object, ...]]:
        return psycopg.connect(self.url("postgres"), autocommit=True, connect_timeout=CONNECT_SECONDS)

    def _answers(self) -> bool:
        with suppress(psycopg.OperationalError), self._connect():
            return True
        return False

    def _server(self, binaries: Path, home: PostgresHome) -> ChildProcess:
        [self._port] = free_ports(1)
        settings = [f"listen_addresses={LOOPBACK}", f"port={self._port}", "unix_socket_directories="]
        options = [*settings, *(() if self._durable else FORGETFUL)]
        return ChildProcess(
            name="PostgreSQL",
            command=[str(binaries / "postgres"), "-D", str(home.data), *(f"--{option}" for option in options)],
            log=self.folder / "postgres.log",
            environment=_environment(),
            ready=self._answers,
            stop_signal=signal.SIGINT,
            stop_seconds=STOP_SECONDS,
            account=home.account,
            folder=Path("/"),  # ours may be closed to that account
        )

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _initialise(home: PostgresHome, *, durable: bool) -> Path:
    binaries = postgres_binaries(home.account, state_folder)
    if home.data.exists():
        return binaries
    # A half-made data folder never gets the real name.
    fresh = home.path / "data.new"
    home.password()
    command = [binaries / "initdb", "-D", fresh, "-U", USER, f"--pwfile={home.password_file}", "--encoding=UTF8"]
    command += ["--auth-host=scram-sha-256", "--auth-local=scram-sha-256", *(() if durable else ("--no-sync",))]
    for locale in LOCALES:
        shutil.rmtree(fresh, ignore_errors=True)
        made = _run(home.account, [*map(str, command), f"--locale={locale}"])
        if made.returncode == 0:
            fresh.rename(home.data)
            return binaries
    raise EmbeddedServerError(f"PostgreSQL's initdb failed in {home.path}: {made.stderr.strip()}")


def _run(account: Account, command: list[str]) -> subprocess.CompletedProcess[str]:
    try:
        return account.run(command, _environment())
    except OSError as error:
        raise EmbeddedServerError(f"PostgreSQL's initdb cannot run as user {account.user}: {error}.") from error


def _environment() -> Mapping[str, str]:
    # Another user's process need not see our secrets, and PG* variables would change what it does.
    kept = {name: os.environ[name] for name in KEPT_VARIABLES if name in os.environ}
    # On macOS a server without LC_ALL becomes multithreaded at its start and gives up.
    return kept | {"LC_ALL": "C", "TZ": "UTC"}


def _stop_left_over(data: Path) -> None:
    """Stop a server that outlived its owner; its `postmaster.pid` begins with its process id.

    The id may meanwhile belong to a stranger (after a reboot), for whose sake PostgreSQL would refuse to start. It
    takes its own parent's id for a stale one, so ours is put there; the rest stays: it leads to backends still alive.
    """
    pid_file = data / "postmaster.pid"
    try:
        first, rest = pid_file.read_text().split("\n", 1)
        process = find(int(first))
    except (OSError, ValueError):
        return
    if process is None:
        return
    program, *arguments = command_line(process) or [""]
    if Path(program).name == "postgres" and str(data) in arguments:
        stop_process(process, signal.SIGINT, STOP_SECONDS)
        return
    file = os.open(pid_file, os.O_WRONLY | os.O_TRUNC | os.O_NOFOLLOW)
    with os.fdopen(file, "w") as opened:
        opened.write(f"{os.getpid()}\n{rest}")
