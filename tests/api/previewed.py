"""The API before a real worker: for tests of what is made while the caller waits."""

from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, cast

import httpx
import pytest

from api.app import create_app
from api.security.access import INVOICE_MANAGE
from api.services import ApiServices
from api.temporal_gate import ClientGate
from integrations.document_store import ObjectDocumentStore
from tests.api_fixtures import TokenMaker
from tests.service_fixtures import Service


@pytest.fixture
async def worked_api(
    service: Service, api_services: ApiServices, token: TokenMaker
) -> AsyncIterator[httpx.AsyncClient]:
    """The API with the worker's document store; both run in this test's event loop."""
    store = ObjectDocumentStore(service.settings.document_store_url)
    app = create_app(replace(api_services, documents=store, temporal=ClientGate(service.temporal)))
    headers = {"authorization": f"Bearer {await token(service.tenant, [INVOICE_MANAGE])}"}
    transport = httpx.ASGITransport(cast("Any", app))
    async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers, timeout=60) as client:
        yield client
