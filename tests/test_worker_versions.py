"""Workers of two versions side by side, as docs/upgrading.md says: what begins, what goes on, and what is held."""

import asyncio
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.client import WorkflowHandle

from contracts.namespace import prepare_namespace
from contracts.order_invoice import Retry
from contracts.temporal_client import TemporalTarget, connect
from demo.embedded.temporal import temporal_binary
from demo.orders.manual import MANUAL
from settings import Settings
from tests.chaos.worker_process import WorkerProcess
from tests.service_fixtures import Service
from tests.waiting import eventually

DEPLOYMENT = "invoices"


@pytest.fixture
async def versioned(idle_service: Service) -> Service:
    """A namespace of its own: which version is current is nobody else's affair."""
    address, namespace = idle_service.settings.temporal_address, f"versions-{uuid4().hex[:8]}"
    await prepare_namespace(await connect(TemporalTarget(address, namespace)), timedelta(days=1))
    settings = idle_service.settings.model_copy(update={"temporal_namespace": namespace})
    return replace(idle_service, settings=settings, temporal=await connect(TemporalTarget(address, namespace)))


def of_version(service: Service, build_id: str) -> Settings:
    return service.settings.model_copy(update={"deployment_name": DEPLOYMENT, "build_id": build_id})


async def make_current(service: Service, build_id: str) -> None:
    """As an operator does it; it is refused until workers of this version have said that they are there."""

    async def accepted() -> bool:
        command = await asyncio.create_subprocess_exec(
            *(str(temporal_binary()), "worker", "deployment", "set-current-version", "--yes"),
            *("--deployment-name", DEPLOYMENT, "--build-id", build_id),
            *("--address", service.settings.temporal_address, "--namespace", service.settings.temporal_namespace),
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        output, _ = await command.communicate()
        sys.stdout.write(output.decode())
        return command.returncode == 0

    await eventually(accepted, seconds=60, what=f"version {build_id} as the current one")


async def version_of(handle: WorkflowHandle[object, object]) -> str:
    """The build id of the worker that has done the workflow's last task."""
    description = await handle.describe()
    version: str = description.raw_description.workflow_execution_info.versioning_info.deployment_version.build_id
    return version


@pytest.mark.thorough
@pytest.mark.timeout(300)
async def test_a_new_version_takes_over_what_is_under_way_and_what_is_held(versioned: Service, tmp_path: Path) -> None:
    service = versioned
    for order_id in ("EON9001", "EON9002", "EON9003"):
        service.shop.add_order(MANUAL[order_id](order_id))
    declined = service.shop.transaction_of("EON9002")
    service.shop.decline(declined)
    one = WorkerProcess(of_version(service, "1.0"), tmp_path / "one.log")
    two = WorkerProcess(of_version(service, "2.0"), tmp_path / "two.log")
    async with one:
        await make_current(service, "1.0")
        await service.job(await service.start("EON9002")).result()
        stalled = service.shop.fault("POST /payment-gateway/.*capture", "status", times=None)
        under_way = await service.start("EON9001")

        async def is_stalled() -> bool:
            return stalled.struck > 0

        await eventually(is_stalled, seconds=60, what="the capture")
        assert await version_of(service.job(under_way)) == "1.0"
        assert await version_of(service.order("EON9002")) == "1.0"
        async with two:
            await make_current(service, "2.0")
            service.shop.clear_faults()
            await service.job(under_way).result()
            assert await version_of(service.job(under_way)) == "2.0"
            assert await version_of(service.order("EON9001")) == "2.0"
            anew = await service.start("EON9003")
            await service.job(anew).result()
            assert await version_of(service.job(anew)) == "2.0"
            assert await one.terminate() == 0
            service.shop.accept(declined)
            await service.order("EON9002").execute_update("retry", Retry())
            await service.order("EON9002").result()
            assert await version_of(service.order("EON9002")) == "2.0"
    states = {order_id: len(service.shop.captures(order_id)) for order_id in ("EON9001", "EON9002", "EON9003")}
    assert states == {"EON9001": 1, "EON9002": 1, "EON9003": 1}
