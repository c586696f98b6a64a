"""Preparing a Temporal namespace: that it exists, how long it remembers, what it can be searched by."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import (
    DescribeNamespaceRequest,
    RegisterNamespaceRequest,
    UpdateNamespaceRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from contracts.search_attributes import ALL

TIMEOUT = timedelta(seconds=10)
KNOWN_SECONDS, ASK_SECONDS = 60.0, 0.2


class UnknownNamespace(Exception):
    """The server has no namespace of the name in our settings."""


async def require_namespace(client: Client) -> None:
    """Make sure that there is something to work in.

    Raises:
        UnknownNamespace: nobody has prepared it.
        RPCError: Temporal does not answer.
    """
    request = DescribeNamespaceRequest(namespace=client.namespace)
    try:
        await client.workflow_service.describe_namespace(request, timeout=TIMEOUT, retry=True)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        raise UnknownNamespace(f"Temporal has no namespace {client.namespace!r}") from None


async def prepare_namespace(client: Client, retention: timedelta) -> None:
    """Create what is missing and set the retention. May be repeated, also by several processes at once.

    Temporal's own default is to forget closed workflows after a day.

    Raises:
        RPCError: Temporal does not answer, or does not let us.
    """
    duration = Duration()
    duration.FromTimedelta(retention)
    await _register(client, duration)
    await _when_known(lambda: _set_retention(client, duration))
    await _when_known(lambda: _add_search_attributes(client))


async def _register(client: Client, retention: Duration) -> None:
    request = RegisterNamespaceRequest(namespace=client.namespace, workflow_execution_retention_period=retention)
    try:
        await client.workflow_service.register_namespace(request, timeout=TIMEOUT)
    except RPCError as error:
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            raise


async def _when_known(step: Callable[[], Awaitable[None]]) -> None:
    """Run the step as soon as the server knows the namespace: its parts hear of a new one with a delay of seconds."""
    deadline = time.monotonic() + KNOWN_SECONDS
    while True:
        try:
            return await step()
        except RPCError as error:
            if error.status is not RPCStatusCode.NOT_FOUND or time.monotonic() > deadline:
                raise
        await asyncio.sleep(ASK_SECONDS)


async def _set_retention(client: Client, retention: Duration) -> None:
    request = UpdateNamespaceRequest(namespace=client.namespace)
    request.config.workflow_execution_retention_ttl.CopyFrom(retention)
    await client.workflow_service.update_namespace(request, timeout=TIMEOUT, retry=True)


async def _add_search_attributes(client: Client) -> None:
    known = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace), timeout=TIMEOUT, retry=True
    )
    missing = {key.name for key in ALL} - set(known.custom_attributes)
    if not missing:
        return
    request = AddSearchAttributesRequest(namespace=client.namespace)
    for name in missing:
        request.search_attributes[name] = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
    try:
        await client.operator_service.add_search_attributes(request, timeout=TIMEOUT)
    except RPCError as error:
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            raise
