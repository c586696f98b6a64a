"""Where credit notes are asked for: the API over a running service, in the test's own loop."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, cast

import httpx
import pytest
from temporalio.client import WorkflowHandle

from api.app import create_app
from api.services import ApiServices
from api.temporal_gate import ClientGate
from contracts.credit_note import CreditNoteOutcome, CreditNoteStanding
from contracts.ids import credit_note_workflow_id
from database.tables import Effect
from demo.orders.manual import MANUAL
from integrations.document_store import ObjectDocumentStore
from tests.api_fixtures import TokenMaker
from tests.service_fixtures import Service
from tests.waiting import eventually

ORDER = "EON9001"


@dataclass
class Desk:
    """The service of one tenant, and its API."""

    service: Service
    client: httpx.AsyncClient

    async def invoice(self, order_id: str = ORDER) -> str:
        """Invoice an order; its invoice's number."""
        self.service.shop.add_order(MANUAL[order_id](order_id))
        view = (await self.service.run(order_id))[order_id]
        assert view.item.state == "SUCCESS"
        return str(view.invoice_number)

    def path(self, order_id: str = ORDER) -> str:
        return f"/invoice/{self.service.tenant}/orders/{order_id}/credit-notes"

    async def credit(self, lines: object = "all", order_id: str = ORDER, **more: Any) -> dict[str, Any]:
        answer = await self.client.post(self.path(order_id), json={"lines": lines, **more})
        assert answer.status_code == 201, answer.text
        made: dict[str, Any] = answer.json()
        return made

    def workflow(self, made: dict[str, Any]) -> WorkflowHandle[Any, Any]:
        workflow_id = credit_note_workflow_id(self.service.tenant, made["creditNoteId"])
        return self.service.temporal.get_workflow_handle(workflow_id, result_type=CreditNoteOutcome)

    async def settled(self, made: dict[str, Any]) -> CreditNoteOutcome:
        outcome: CreditNoteOutcome = await self.workflow(made).result()
        return outcome

    async def held(self, made: dict[str, Any]) -> CreditNoteOutcome:
        """Wait until it is on hold."""
        found: list[CreditNoteOutcome] = []

        async def is_held() -> bool:
            standing = await self.workflow(made).query("standing", result_type=CreditNoteStanding)
            found.extend([standing.held] if standing.held else [])
            return bool(found)

        await eventually(is_held, what="the hold")
        return found[-1]

    async def read(self, made: dict[str, Any]) -> dict[str, Any]:
        answer = await self.client.get(f"{self.path(made['orderId'])}/{made['creditNoteId']}")
        assert answer.status_code == 200
        shown: dict[str, Any] = answer.json()
        return shown

    async def refund_effects(self) -> list[Effect]:
        return [effect for effect in await self.service.effects() if effect.kind == "REFUND"]

    async def rows(self, query: Any) -> list[Any]:
        async with self.service.sessions.begin() as session:
            return list(await session.scalars(query))

    @property
    def refunds(self) -> list[tuple[Decimal, str]]:
        return self.service.shop.refunds(ORDER)

    @property
    def refund_requests(self) -> list[str]:
        return [one for one in self.service.shop.requests if one.startswith("POST") and one.endswith("/refund")]


@asynccontextmanager
async def opened(service: Service, api_services: ApiServices, token: str) -> AsyncIterator[Desk]:
    """The API in this very loop: an update is answered by the worker, which may live here too."""
    services = replace(
        api_services,
        temporal=ClientGate(service.temporal),
        documents=ObjectDocumentStore(service.settings.document_store_url),
    )
    transport = httpx.ASGITransport(cast("Any", create_app(services)))
    headers = {"authorization": f"Bearer {token}"}
    async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers, timeout=30) as client:
        yield Desk(service, client)


@pytest.fixture
async def desk(service: Service, api_services: ApiServices, token: TokenMaker) -> AsyncIterator[Desk]:
    async with opened(service, api_services, await token(service.tenant)) as desk:
        yield desk
