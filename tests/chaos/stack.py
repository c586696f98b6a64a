"""The service in processes of its own, with a proxy on every way to somebody else; shop and mail sink are ours.

The third parties live in this process: no part of the service can write their books.
"""

import json
import sys
from base64 import urlsafe_b64encode
from collections.abc import Mapping
from contextlib import ExitStack
from os import environ
from pathlib import Path
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import httpx
from pydantic import SecretStr

from demo.api_client import client_shown
from demo.embedded.ports import LOOPBACK, free_ports
from demo.embedded.postgres import EmbeddedPostgres
from demo.embedded.temporal import EmbeddedTemporal
from demo.invoices_command import invoices_command, run_invoices
from demo.mail_sink.running import running_mail_sink
from demo.processes import Processes, Program
from demo.service import InvoiceService
from demo.shop.running import running_shop
from demo.shop.tokens import Client
from demo.surroundings import surroundings
from demo.tenant_setup import set_up_tenant
from tests.chaos.options import Options
from tests.chaos.proxies import Proxies
from tests.chaos.small_disk import SmallDisk

DATABASE = NAMESPACE = "invoices"
SEARCH_ATTRIBUTES = dict.fromkeys(("Tenant", "JobId", "OrderId", "InvoiceStatus"), "Keyword")
BYSTANDER = "bystander"
"""A tenant that is set up like the others and asks for nothing."""
BROKEN_LEDGER = "tests.chaos.broken_ledger"
ROOT = Path(__file__).parents[2]
SHOP_SECRET = "shop-secret"
API_PATIENCE_SECONDS = 300.0
MORE_HISTORY_THAN_THIS_IS_CONTINUED = {"limit.historyCount.suggestContinueAsNew": "400"}
"""So that jobs continue as new in the middle of all this."""
QUICK_SETTINGS = {
    "HTTP_TIMEOUT_SECONDS": "3",
    "JOB_PAGE_SIZE": "20",
    "JOB_CONCURRENCY": "10",
    "DATABASE_POOL_SIZE": "10",
}


class ChaosStack:
    """Everything that a run needs; leaving the `with` block stops all of it.

    Attributes:
        shop, mail_sink: the third parties.
        disk: where the documents are.
        proxies: `postgres`, `temporal`, `shop`, `gateway` and `smtp`.
        api, worker, postgres, temporal: what can be killed, and is started again.
        services: the API as each tenant's client sees it.
    """

    def __init__(self, options: Options) -> None:
        self.options = options
        self.folder = options.folder
        self.tenants = (*options.tenant_codes, BYSTANDER)
        self.services: dict[str, InvoiceService] = {}
        self._processes = Processes(self.folder)
        self._running = ExitStack()
        [self._api_port] = free_ports(1)

    def __enter__(self) -> Self:
        try:
            self._start()
        except BaseException:
            self._running.close()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._running.close()

    def run_invoices(self, *arguments: str) -> str:
        """An operator's command, on a machine with a good line; raises `DemoFailed` when it fails."""
        return run_invoices(self._environment(self._straight), *arguments)

    @property
    def database_url(self) -> str:
        """PostgreSQL without a proxy."""
        return self._postgres.url(DATABASE)

    @property
    def temporal_address(self) -> str:
        """Temporal without a proxy."""
        return self._temporal.address

    def restarts(self) -> dict[str, int]:
        """How often each of the processes of ours was started again."""
        parts = {"API": self.api, "worker": self.worker, "Temporal": self.temporal, "PostgreSQL": self.postgres}
        return {name: part.restarts for name, part in parts.items()}

    def _start(self) -> None:
        self._start_third_parties()
        self.disk = self._running.enter_context(SmallDisk(self.folder / "documents", self.options.orders))
        # Its end comes after the processes': a worker that drains needs its connections.
        self.proxies = self._running.enter_context(Proxies())
        self._processes.open(left_over=())
        self._running.callback(self._processes.stop)
        self._start_servers()
        self.run_invoices("migrate")
        self.api = self._processes.run("API", self._api)
        self.worker = self._processes.run("worker", self._worker)
        for tenant in self.tenants:
            self.services[tenant] = self._running.enter_context(self._service(tenant))
            set_up_tenant(self.services[tenant], f"http://{LOOPBACK}:{self.proxies.port('shop')}")

    def _start_third_parties(self) -> None:
        clients = tuple(
            Client(client_id=f"{tenant}-client", secret=SecretStr(SHOP_SECRET), tenant=tenant)
            for tenant in self.tenants
        )
        self.shop = self._running.enter_context(
            running_shop(self.folder / "shop", clients=clients, careless_gateway=True)
        )
        self.shop.shop.faults.requests = None  # a long run makes many
        self.mail_sink = self._running.enter_context(running_mail_sink(self.folder / "mails"))

    def _start_servers(self) -> None:
        self._postgres = EmbeddedPostgres(self.folder / "postgres")
        self._temporal = EmbeddedTemporal(
            self.folder / "temporal",
            namespace=NAMESPACE,
            search_attributes=SEARCH_ATTRIBUTES,
            dynamic_config=MORE_HISTORY_THAN_THIS_IS_CONTINUED,
        )
        self.postgres = self._processes.run_server(self._postgres)
        self.temporal = self._processes.run_server(self._temporal)
        self._postgres.create_database(DATABASE)
        shop = urlsplit(self.shop.url).port or 0
        self._straight = {
            "postgres": urlsplit(self._postgres.url(DATABASE)).port or 0,
            "temporal": int(self._temporal.address.rpartition(":")[2]),
            "shop": shop,
            "gateway": shop,
            "smtp": self.mail_sink.port,
        }
        self.proxies.add(self._straight)

    def _api(self) -> Program:
        ready = f"http://{LOOPBACK}:{self._api_port}/health/ready"
        return Program(invoices_command("api"), self._environment(self._proxied), lambda: _answers(ready))

    def _worker(self) -> Program:
        command = [sys.executable, "-m", BROKEN_LEDGER, "worker"]
        return Program(
            command if self.options.broken_ledger else invoices_command("worker"), self._environment(self._proxied)
        )

    @property
    def _proxied(self) -> dict[str, int]:
        return {name: self.proxies.port(name) for name in self._straight}

    def _service(self, tenant: str) -> InvoiceService:
        client = client_shown(self.run_invoices("client", "create", "--tenant", tenant))
        url = f"http://{LOOPBACK}:{self._api_port}"
        return InvoiceService(url, client, patience_seconds=API_PATIENCE_SECONDS, tenant=tenant)

    def _environment(self, ports: Mapping[str, int]) -> dict[str, str]:
        """The user's own environment without settings of ours, and those that lead to these ports."""
        shop, gateway = (f"http://{LOOPBACK}:{ports[name]}" for name in ("shop", "gateway"))
        credentials = {
            tenant: {"client_id": f"{tenant}-client", "client_secret": SHOP_SECRET} for tenant in self.tenants
        }
        settings = {
            **QUICK_SETTINGS,
            "RENDER_PROCESSES": str(self.options.render_processes),
            "DATABASE_URL": self._postgres.url(DATABASE).replace(
                f":{self._straight['postgres']}/", f":{ports['postgres']}/"
            ),
            "TEMPORAL_ADDRESS": f"{LOOPBACK}:{ports['temporal']}",
            "TEMPORAL_NAMESPACE": NAMESPACE,
            "ORDER_SERVICE_URL": shop,
            "PAYMENT_GATEWAY_URL": gateway,
            "COMMERCE_TOKEN_URL": f"{shop}/oauth/token",
            "COMMERCE_CREDENTIALS": json.dumps(credentials),
            "SMTP_URL": f"smtp://{LOOPBACK}:{ports['smtp']}",
            "DOCUMENT_STORE_URL": self.disk.folder.as_uri(),
            "LOGO_HOSTS": json.dumps([LOOPBACK]),
            "API_PORT": str(self._api_port),
            "ENCRYPTION_KEY": urlsafe_b64encode(bytes(32)).decode(),
        }
        named = {f"INVOICES_{name}": value for name, value in settings.items()}
        return {**surroundings(environ).inherited, **named, "PYTHONPATH": str(ROOT)}


def _answers(url: str) -> bool:
    try:
        return httpx.get(url, timeout=3.0, trust_env=False).is_success
    except httpx.HTTPError:
        return False
