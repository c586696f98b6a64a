"""The whole service on this machine, every part a process of its own, in one folder that can be gone on with."""

import json
from base64 import urlsafe_b64encode
from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from secrets import token_bytes
from types import TracebackType
from typing import Self

import httpx

from demo.embedded.folder_lock import FolderLock
from demo.embedded.ports import LOOPBACK
from demo.embedded.postgres import EmbeddedPostgres
from demo.embedded.supervisor import Supervised
from demo.embedded.temporal import EmbeddedTemporal
from demo.invoices_command import invoices_command, module_command, run_invoices
from demo.known_ports import KnownPorts
from demo.mail_sink.serving import greets
from demo.private_file import write_private
from demo.processes import Processes, Program
from demo.shop.tokens import DEFAULT_CLIENTS
from demo.surroundings import Surroundings

DATABASE = "invoices"
NAMESPACE = "invoices"
SEARCH_ATTRIBUTES = dict.fromkeys(("Tenant", "JobId", "OrderId", "InvoiceStatus"), "Keyword")
TENANTS_TAKE_TURNS = {"matching.enableFairness": "true"}
"""Temporal leaves it to each server's operator whether it looks at whose a task is."""
ANY_ADDRESS = ("0.0.0.0", "::")  # noqa: S104 (compared with, not listened on)
WORKER, API, SHOP, MAIL_SINK = "worker", "API", "shop", "mail sink"
ANSWER_SECONDS = 3.0


class Stack:
    """PostgreSQL, Temporal, mail sink, shop, API and worker; those that the user's settings name are not started.

    Every part is started again when it dies. Leaving the `with` block drains the worker, then stops all of it.

    Args:
        folder: for this stack alone; made when it is missing. A stopped stack goes on where it was.
        surroundings: the user's environment.
        worker_commands: a worker process each; None: one, as anybody runs it.

    Attributes:
        api_url: where the API is, once it runs.
        shop_url: where our shop is; None where the user has one.
        temporal_ui_url: the page of the workflows; None where the user has a Temporal server.
        mails: the folder of the mail sink.
        worker: the (first) worker, once it runs.
    """

    api_url: str
    worker: Supervised
    shop_url: str | None = None
    temporal_ui_url: str | None = None

    def __init__(
        self, folder: Path, surroundings: Surroundings, worker_commands: Sequence[Sequence[str]] | None = None
    ) -> None:
        self.folder = folder
        self.surroundings = surroundings
        self.mails = folder / "demo" / "mails"
        self._lock = FolderLock(folder)
        self._ports = KnownPorts(folder / "ports.json")
        self._processes = Processes(folder)
        self._embedded: dict[str, str] = {}
        commands = [invoices_command("worker")] if worker_commands is None else worker_commands
        self._workers = {_worker_name(index): command for index, command in enumerate(commands)}

    @property
    def environment(self) -> dict[str, str]:
        """The environment of the service's commands, as far as it does not change from part to part."""
        return self._environment({})

    @property
    def logs(self) -> Path:
        """The folder of the processes' logs."""
        return self._processes.logs

    def run_invoices(self, *arguments: str) -> str:
        """Run an `invoices` command against this stack; raises `DemoFailed` when it fails."""
        return run_invoices(self.environment, *arguments)

    def start(self) -> None:
        """Start everything and wait until it is ready.

        Raises:
            EmbeddedServerError, DemoFailed: a part cannot run; what was started is stopped again.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock.acquire()
        try:
            self._start_parts()
        except BaseException:
            self.stop()
            raise

    def stop(self) -> None:
        """Stop everything: the worker drains first, PostgreSQL goes last."""
        self._processes.stop()
        self._lock.release()

    def _start_parts(self) -> None:
        users = self.surroundings
        self._processes.open(left_over=(*self._workers, API, SHOP, MAIL_SINK))
        if not users.has_database:
            self._start_postgres()
        if not users.has_temporal:
            self._start_temporal()
        if not users.has_mail_server:
            self._processes.run(MAIL_SINK, self._mail_sink)
        if not users.has_shop:
            self._processes.run(SHOP, self._shop)
        self.run_invoices("migrate")
        self._processes.run(API, self._api)
        running = [self._processes.run(name, partial(self._worker, command)) for name, command in self._workers.items()]
        self.worker = running[0]

    def _start_postgres(self) -> None:
        server = EmbeddedPostgres(self.folder / "postgres")
        self._processes.run_server(server)
        server.create_database(DATABASE)
        self._embedded["DATABASE_URL"] = server.url(DATABASE)

    def _start_temporal(self) -> None:
        namespace = self.surroundings.settings.get("TEMPORAL_NAMESPACE", NAMESPACE)
        server = EmbeddedTemporal(
            self.folder / "temporal",
            namespace=namespace,
            search_attributes=SEARCH_ATTRIBUTES,
            dynamic_config=TENANTS_TAKE_TURNS,
            choose_ports=lambda count: self._ports.take("Temporal", count),
        )
        self._processes.run_server(server)
        self._embedded |= {"TEMPORAL_ADDRESS": server.address, "TEMPORAL_TLS": "false", "TEMPORAL_API_KEY": ""}
        self.temporal_ui_url = f"{server.ui_url}/namespaces/{namespace}/workflows"

    def _mail_sink(self) -> Program:
        [port] = self._ports.take(MAIL_SINK)
        self._embedded |= {"SMTP_URL": f"smtp://{LOOPBACK}:{port}", "SMTP_REQUIRE_TLS": "false"}
        command = module_command("demo.mail_sink", "--folder", str(self.mails), "--port", str(port))
        return Program(command, self.surroundings.inherited, lambda: greets(LOOPBACK, port))

    def _shop(self) -> Program:
        [port] = self._ports.take(SHOP)
        self.shop_url = f"http://{LOOPBACK}:{port}"
        self._embedded |= _shop_settings(self.shop_url)
        command = module_command("demo.shop", "--folder", str(self.folder / "shop"), "--port", str(port))
        health = f"{self.shop_url}/health"
        return Program(command, self.surroundings.inherited, lambda: _answers(health))

    def _api(self) -> Program:
        settings = self.surroundings.settings
        host, port = settings.get("API_HOST", LOOPBACK), settings.get("API_PORT") or str(self._ports.take(API)[0])
        self.api_url = f"http://{LOOPBACK if host in ANY_ADDRESS else host}:{port}"
        ready = f"{self.api_url}/health/ready"
        environment = self._environment({"API_PORT": port, "PUBLIC_BASE_URL": self.api_url})
        return Program(invoices_command("api"), environment, lambda: _answers(ready))

    def _worker(self, command: Sequence[str]) -> Program:
        return Program(command, self._environment({"PUBLIC_BASE_URL": self.api_url}))

    def _environment(self, defaults: Mapping[str, str]) -> dict[str, str]:
        ours = {
            "TEMPORAL_NAMESPACE": NAMESPACE,
            "DOCUMENT_STORE_URL": (self.folder / "documents").as_uri(),
            "LOGO_HOSTS": json.dumps([LOOPBACK]),
            "ENCRYPTION_KEY": _kept_key(self.folder / "encryption.key"),
        }
        return self.surroundings.environment({**ours, **defaults}, self._embedded)

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()


def _worker_name(index: int) -> str:
    return f"{WORKER} {index + 1}" if index else WORKER


def _shop_settings(url: str) -> dict[str, str]:
    credentials = {
        client.tenant: {"client_id": client.client_id, "client_secret": client.secret.get_secret_value()}
        for client in DEFAULT_CLIENTS
    }
    return {
        "ORDER_SERVICE_URL": url,
        "PAYMENT_GATEWAY_URL": url,
        "COMMERCE_TOKEN_URL": f"{url}/oauth/token",
        "COMMERCE_CREDENTIALS": json.dumps(credentials),
    }


def _kept_key(file: Path) -> str:
    """The Fernet key of this folder, made when there is none."""
    if not file.exists():
        write_private(file, urlsafe_b64encode(token_bytes(32)).decode())
    return file.read_text()


def _answers(url: str) -> bool:
    with suppress(httpx.HTTPError):
        return httpx.get(url, timeout=ANSWER_SECONDS, trust_env=False).is_success
    return False
