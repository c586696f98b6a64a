"""The stack over a PostgreSQL and a Temporal that are there already: what it starts, keeps alive and stops."""

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from uuid import uuid4

import httpx
import pytest

from demo.embedded.errors import FolderInUseError
from demo.embedded.orphans import find
from demo.embedded.postgres import EmbeddedPostgres
from demo.failure import DemoFailed
from demo.stack import Stack
from demo.surroundings import Surroundings, surroundings

Eventually = Callable[[Callable[[], object]], None]


@pytest.fixture(scope="module")
def users(postgres: EmbeddedPostgres, temporal_address: str) -> Surroundings:
    database = f"stack_{uuid4().hex[:8]}"
    postgres.create_database(database)
    return surroundings(
        {
            **os.environ,
            "INVOICES_DATABASE_URL": postgres.url(database),
            "INVOICES_TEMPORAL_ADDRESS": temporal_address,
            "INVOICES_TEMPORAL_NAMESPACE": database,
            "INVOICES_RENDER_PROCESSES": "1",
        }
    )


@pytest.fixture(scope="module")
def stack(users: Surroundings, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stack]:
    with Stack(tmp_path_factory.mktemp("stack"), users) as running:
        yield running


def pid_of(stack: Stack, name: str) -> int:
    return int(json.loads((stack.folder / "processes" / f"{name}.json").read_text())["pid"])


def ready(stack: Stack) -> bool:
    try:
        return httpx.get(f"{stack.api_url}/health/ready", timeout=5, trust_env=False).is_success
    except httpx.TransportError:
        return False


def test_parts_that_the_user_has_are_not_started(stack: Stack) -> None:
    assert {path.stem for path in (stack.folder / "processes").iterdir()} == {"api", "worker", "shop", "mail-sink"}
    assert not (stack.folder / "postgres").exists()
    assert not (stack.folder / "temporal").exists()
    assert stack.temporal_ui_url is None
    assert ready(stack)


def test_every_process_writes_a_log_of_its_own(stack: Stack) -> None:
    assert {path.name for path in stack.logs.iterdir()} == {"api.log", "worker.log", "shop.log", "mail-sink.log"}


def test_a_second_stack_in_the_folder_is_refused_and_harms_nothing(stack: Stack, users: Surroundings) -> None:
    with pytest.raises(FolderInUseError, match=str(os.getpid())):
        Stack(stack.folder, users).start()
    assert ready(stack)


@pytest.mark.parametrize("name", ["api", "worker"])
def test_a_killed_part_comes_back(stack: Stack, name: str, eventually: Eventually) -> None:
    killed = pid_of(stack, name)
    os.kill(killed, signal.SIGKILL)

    def is_back() -> bool:
        try:
            return pid_of(stack, name) != killed and ready(stack)
        except FileNotFoundError:  # ended, and not started again yet
            return False

    eventually(is_back)


def test_commands_run_against_the_stack(stack: Stack) -> None:
    assert "client_secret" in stack.run_invoices("client", "create", "--tenant", "acme")
    with pytest.raises(DemoFailed, match="--tenant must be"):
        stack.run_invoices("client", "create", "--tenant", "?")


def test_a_stopped_stack_leaves_no_process_and_comes_back_at_the_same_addresses(
    users: Surroundings, tmp_path: Path
) -> None:
    with Stack(tmp_path, users) as first:
        pids = [pid_of(first, name) for name in ("api", "worker", "shop", "mail-sink")]
        addresses = (first.api_url, first.shop_url)
    assert [pid for pid in pids if find(pid)] == []
    assert list((tmp_path / "processes").iterdir()) == []
    with Stack(tmp_path, users) as second:
        assert (second.api_url, second.shop_url) == addresses


def test_a_setting_that_is_wrong_is_named_and_nothing_stays_behind(users: Surroundings, tmp_path: Path) -> None:
    wrong = Surroundings(users.inherited, {**users.settings, "WORKER_CONCURRENCY": "0"})
    with pytest.raises(DemoFailed, match="INVOICES_WORKER_CONCURRENCY"):
        Stack(tmp_path, wrong).start()
    assert list((tmp_path / "processes").iterdir()) == []
