import os
import signal
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client, WorkflowExecutionStatus

from demo.embedded.errors import BinaryNotFoundError, EmbeddedServerError, FolderInUseError
from demo.embedded.orphans import find
from demo.embedded.ports import LOOPBACK, free_ports
from demo.embedded.supervisor import Supervised
from demo.embedded.temporal import EmbeddedTemporal
from tests.demo.embedded.conftest import Eventually, Gone, Own


@pytest.fixture
def server(tmp_path: Path) -> Iterator[EmbeddedTemporal]:
    # Temporal reads these characters as parts of a URL.
    server = EmbeddedTemporal(tmp_path / "50% off?#x", namespace="invoices", search_attributes={})
    yield server
    server.stop()


async def test_workflows_and_the_address_survive_a_kill_of_a_supervised_server(
    server: EmbeddedTemporal, eventually: Eventually
) -> None:
    server.start()
    supervised = Supervised(server.process)
    supervised.start()
    client = await Client.connect(server.address, namespace="invoices")
    await client.start_workflow("Parcel", id="parcel-1", task_queue="nobody")
    assert server.process.pid
    os.kill(server.process.pid, signal.SIGKILL)
    eventually(lambda: supervised.restarts and server._answers())
    kept = await client.get_workflow_handle("parcel-1").describe()
    assert kept.status == WorkflowExecutionStatus.RUNNING
    assert (server.folder / "temporal.db").exists()
    server.process.stop_signal = signal.SIGKILL  # its drain takes a second
    supervised.stop()


def test_it_listens_where_it_is_told_to(tmp_path: Path) -> None:
    ports = free_ports(4)
    with EmbeddedTemporal(
        tmp_path, namespace="invoices", search_attributes={}, in_memory=True, choose_ports=lambda _: ports
    ) as server:
        assert server.address == f"{LOOPBACK}:{ports[0]}"
        assert httpx.get(f"http://{LOOPBACK}:{ports[1]}", timeout=10).is_success
        assert server.ui_url == f"http://{LOOPBACK}:{ports[1]}"


async def test_search_attributes_and_the_web_ui_are_there(temporal: EmbeddedTemporal, eventually: Eventually) -> None:
    client = await Client.connect(temporal.address, namespace=temporal.namespace)
    found = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=temporal.namespace)
    )
    assert found.custom_attributes["Tenant"] == IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
    eventually(lambda: httpx.get(temporal.ui_url, trust_env=False).status_code == httpx.codes.OK)


def test_a_server_that_outlived_its_killed_owner_is_stopped_by_the_next(
    own: Own, gone: Gone, server: EmbeddedTemporal
) -> None:
    owner, orphan = own("temporal", server.folder, "outlived")
    with pytest.raises(FolderInUseError, match=f"process {owner.pid}:"):
        server.start()
    assert find(orphan)
    owner.kill()
    owner.wait()
    server.start()
    gone(orphan)
    server.process.stop_signal = signal.SIGKILL  # its drain takes a second


def test_a_server_that_cannot_start_is_reported_with_its_log(
    server: EmbeddedTemporal, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = tmp_path / "temporal"
    broken.write_text("#!/bin/sh\necho the disk is full\nexit 1\n")
    broken.chmod(0o755)
    monkeypatch.setenv("TEMPORAL_BIN", str(broken))
    with pytest.raises(EmbeddedServerError, match=r"Temporal ended with status 1 .*\nthe disk is full"):
        server.start()
    monkeypatch.setenv("TEMPORAL_BIN", "/nowhere/temporal")
    with pytest.raises(BinaryNotFoundError, match="TEMPORAL_BIN is /nowhere/temporal"):
        server.start()
