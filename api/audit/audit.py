"""The law's side of the service: proof of what was issued, and who did what when."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any

from litestar import Controller, get
from litestar.di import NamedDependency
from litestar.params import FromQuery, QueryParameter
from pydantic import BaseModel, ConfigDict, JsonValue
from pydantic.alias_generators import to_camel
from sqlalchemy.ext.asyncio import AsyncSession

from api.audit.verification_report import report_body
from api.security.access import INVOICE_MANAGE, INVOICE_VIEW, Access
from api.services import ApiServices
from database import audit
from database.verification import verify
from integrations.document_store import digest_of

MAX_EVENTS = 1000


class Event(BaseModel):
    """One deed of the audit trail."""

    model_config = ConfigDict(alias_generator=to_camel, populate_by_name=True)

    id: int
    at: datetime
    actor: str
    action: str
    document: str
    detail: dict[str, JsonValue]


class EventPage(BaseModel):
    """Deeds, the newest first; ask for those `before` the last id to see older ones."""

    events: list[Event]
    total: int


class AuditController(Controller):
    """Proof and trail of a tenant's documents."""

    path = "/invoice/{tenant:str}/audit"
    tags = ["Audit"]  # noqa: RUF012 -- Litestar's own way to declare it

    @get(
        operation_id="verifyInvoices",
        summary="Prove what was issued",
        opt={"scopes": [INVOICE_VIEW, INVOICE_MANAGE]},
    )
    async def verify(self, services: NamedDependency[ApiServices], access: NamedDependency[Access]) -> dict[str, Any]:
        """Gaps, repeats, hash chain, sums by EN 16931, stored files and balances, read back in one snapshot.

        It reads everything that the tenant has ever issued; for very many documents use `invoices verify`.
        """
        async with services.sessions.begin() as session:
            return report_body(await verify(session, access.tenant, partial(digest_of, services.documents)))

    @get(
        "/events",
        operation_id="listAuditEvents",
        summary="Who did what when",
        opt={"scopes": [INVOICE_VIEW, INVOICE_MANAGE]},
    )
    async def events(
        self,
        session: NamedDependency[AsyncSession],
        access: NamedDependency[Access],
        document: FromQuery[str | None] = None,
        before: Annotated[int | None, QueryParameter(ge=1)] = None,
        limit: Annotated[int, QueryParameter(ge=1, le=MAX_EVENTS)] = 100,
    ) -> EventPage:
        """The trail of one document (`sales-invoice/INV1`), or of all."""
        events = await audit.list_events(session, access.tenant, document=document, limit=limit, before=before)
        return EventPage(
            events=[
                Event(
                    id=event.id,
                    at=event.at,
                    actor=event.actor,
                    action=event.action,
                    document=event.document,
                    detail=event.detail,
                )
                for event in events
            ],
            total=await audit.count_events(session, access.tenant, document=document),
        )
