"""Servers that tests share: one set per pytest process, started by the first test that asks for it."""

import shutil
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from demo.embedded.postgres import EmbeddedPostgres
from demo.embedded.temporal import EmbeddedTemporal

pytest_plugins = [
    "tests.database_fixtures",
    "tests.api_fixtures",
    "tests.service_fixtures",
    "tests.api.sales_invoices.requests",
    "tests.api.served_api",
    "tests.api.previewed",
    "tests.credit_desk",
    "tests.command_line",
]

NAMESPACE = "invoices"
SEARCH_ATTRIBUTES = {
    "Tenant": "Keyword",
    "JobId": "Keyword",
    "OrderId": "Keyword",
    "InvoiceStatus": "Keyword",
}

CONTINUE_AS_NEW_EARLY = {"limit.historyCount.suggestContinueAsNew": "40"}
"""So that a job of a handful of orders does what one of thousands does."""
TENANTS_TAKE_TURNS = {"matching.enableFairness": "true"}


@pytest.fixture(scope="session")
def server_folder() -> Iterator[Callable[[], Path]]:
    """Makes folders that a server of another user may enter; pytest's own are closed to everybody but root."""
    made: list[Path] = []

    def make() -> Path:
        folder = Path(tempfile.mkdtemp(prefix="invoices-"))
        folder.chmod(0o711)
        made.append(folder)
        return folder

    yield make
    for folder in made:
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def postgres(server_folder: Callable[[], Path]) -> Iterator[EmbeddedPostgres]:
    """A running PostgreSQL without databases of ours."""
    server = EmbeddedPostgres(server_folder() / "postgres", durable=False)
    server.start()
    yield server
    server.delete()


@pytest.fixture(scope="session")
def temporal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedTemporal]:
    """A running Temporal that forgets everything at its end."""
    folder = tmp_path_factory.mktemp("temporal")
    with EmbeddedTemporal(
        folder,
        namespace=NAMESPACE,
        search_attributes=SEARCH_ATTRIBUTES,
        in_memory=True,
        dynamic_config=CONTINUE_AS_NEW_EARLY | TENANTS_TAKE_TURNS,
    ) as server:
        yield server


@pytest.fixture(scope="session")
def temporal_address(temporal: EmbeddedTemporal) -> str:
    """`host:port` of the running Temporal."""
    return temporal.address


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--thorough", action="store_true", help="run the tests too that are too many for every day")
    parser.addoption("--record-histories", action="store_true", help="write what tests/workflows/golden lacks")
    parser.addoption("--accept-command-order", action="store_true", help="write tests/workflows/command_order.txt")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out what is marked `thorough`, unless it is wanted."""
    if config.getoption("--thorough"):
        return
    for item in items:
        if item.get_closest_marker("thorough"):
            item.add_marker(pytest.mark.skip(reason="only with --thorough"))
