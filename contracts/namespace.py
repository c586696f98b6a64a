"""Preparing a Temporal namespace: that it exists, how long it remembers, what it can be searched by."""

from datetime import timedelta

from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import RegisterNamespaceRequest, UpdateNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from contracts.search_attributes import ALL

TIMEOUT = timedelta(seconds=10)


async def prepare_namespace(client: Client, retention: timedelta) -> None:
    """Create what is missing and set the retention. May be repeated, also by several processes at once.

    Temporal's own default is to forget closed workflows after a day.

    Raises:
        RPCError: Temporal does not answer, or does not let us.
    """
    duration = Duration()
    duration.FromTimedelta(retention)
    await _register(client, duration)
    update = UpdateNamespaceRequest(namespace=client.namespace)
    update.config.workflow_execution_retention_ttl.CopyFrom(duration)
    await client.workflow_service.update_namespace(update, timeout=TIMEOUT, retry=True)
    await _add_search_attributes(client)


async def _register(client: Client, retention: Duration) -> None:
    request = RegisterNamespaceRequest(namespace=client.namespace, workflow_execution_retention_period=retention)
    try:
        await client.workflow_service.register_namespace(request, timeout=TIMEOUT)
    except RPCError as error:
        if error.status is not RPCStatusCode.ALREADY_EXISTS:
            raise


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
