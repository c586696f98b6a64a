"""Preparing a namespace of a real Temporal server."""

import asyncio
from datetime import timedelta
from pathlib import Path
from uuid import uuid4

import pytest
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest
from temporalio.client import Client
from temporalio.common import SearchAttributePair, TypedSearchAttributes
from temporalio.service import RPCError

from contracts.namespace import prepare_namespace
from contracts.search_attributes import ALL, INVOICE_STATUS, JOB_ID, ORDER_ID, TENANT
from contracts.temporal_client import TemporalTarget, connect
from demo.embedded.temporal import EmbeddedTemporal
from tests.waiting import eventually

YEAR = timedelta(days=365)


@pytest.fixture
async def client(temporal_address: str) -> Client:
    """Of a namespace that does not exist yet."""
    return await connect(TemporalTarget(temporal_address, f"n{uuid4().hex[:10]}"))


async def retention_of(client: Client) -> timedelta:
    described = await client.workflow_service.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    return described.config.workflow_execution_retention_ttl.ToTimedelta()


async def attributes_of(client: Client) -> dict[str, IndexedValueType.ValueType]:
    listed = await client.operator_service.list_search_attributes(
        ListSearchAttributesRequest(namespace=client.namespace)
    )
    return {name: kind for name, kind in listed.custom_attributes.items() if name in {key.name for key in ALL}}


async def assert_prepared(client: Client, retention: timedelta = YEAR) -> None:
    assert await retention_of(client) == retention
    keyword = IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD
    assert await attributes_of(client) == dict.fromkeys(("Tenant", "JobId", "OrderId", "InvoiceStatus"), keyword)


async def test_a_namespace_that_is_missing_is_registered(client: Client) -> None:
    with pytest.raises(RPCError, match="not found"):
        await retention_of(client)
    await prepare_namespace(client, YEAR)
    await assert_prepared(client)


async def test_preparing_again_sets_the_retention_anew_and_nothing_else(client: Client) -> None:
    await prepare_namespace(client, timedelta(days=30))
    await prepare_namespace(client, YEAR)
    await assert_prepared(client)


async def test_several_may_prepare_at_once(client: Client) -> None:
    async with asyncio.timeout(30):
        await asyncio.gather(*(prepare_namespace(client, YEAR) for _ in range(5)))
    await assert_prepared(client)


async def test_workflows_are_found_by_every_attribute(client: Client) -> None:
    await prepare_namespace(client, YEAR)
    values = {TENANT: "acme", JOB_ID: "7", ORDER_ID: "Größe/7", INVOICE_STATUS: "HELD"}
    pairs = [SearchAttributePair(key, value) for key, value in values.items()]
    attributes = TypedSearchAttributes(pairs)
    await client.start_workflow("Nobody", id="w", task_queue="nobody", search_attributes=attributes)
    query = " AND ".join(f"{key.name} = '{value}'" for key, value in values.items())

    async def found() -> bool:
        return [execution.id async for execution in client.list_workflows(query)] == ["w"]

    await eventually(found, what="the workflow's entry in the list")


async def test_what_was_prepared_is_there_after_a_restart(tmp_path: Path) -> None:
    """The dev server keeps closed workflows for a day unless told otherwise: that must not come back."""
    server = EmbeddedTemporal(tmp_path, namespace="invoices", search_attributes={})
    with server:
        await prepare_namespace(await connect(TemporalTarget(server.address, "invoices")), YEAR)
    with server:
        await assert_prepared(await connect(TemporalTarget(server.address, "invoices")))
