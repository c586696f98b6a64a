"""Previews that somebody waits for."""

from typing import Any
from uuid import UUID

from temporalio.client import WorkflowHandle

from contracts import starts
from contracts.preview import PreviewRef
from database import document_previews
from database.document_previews import Made
from invoicing.document.preview import PreviewWish
from tests.service_fixtures import Service


async def begun(service: Service, wish: PreviewWish) -> tuple[UUID, WorkflowHandle[Any, Any]]:
    """The preview's id and its workflow."""
    async with service.sessions.begin() as session:
        request = wish.model_dump(mode="json", exclude_none=True)
        preview_id = await document_previews.add(session, service.tenant, request)
    wanted = starts.preview(PreviewRef(tenant=service.tenant, preview_id=preview_id))
    await starts.start(service.temporal, wanted)
    return preview_id, service.temporal.get_workflow_handle(wanted.workflow_id)


async def taken(service: Service, preview_id: UUID) -> Made:
    """What has become of it."""
    async with service.sessions.begin() as session:
        return await document_previews.take(session, service.tenant, preview_id)
