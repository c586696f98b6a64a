"""Previews on a real Temporal, PostgreSQL and render process, with faults in them."""

import pytest

from activities import preview_document
from contracts.search_attributes import INVOICE_STATUS
from database.document_previews import Made
from documents.failures import RendererDied
from documents.renderer import PdfRenderer
from invoicing.document.preview import PDF, PreviewTask, PreviewWish
from tests.documents.own_template.pages import AROUND
from tests.documents.sales_invoices import sales_invoice
from tests.service_fixtures import Service
from tests.workflows.histories import replayed, texts_of
from tests.workflows.previews import begun, taken


def page(**changes: object) -> PreviewWish:
    return PreviewWish.model_validate({"task": PreviewTask.PAGE} | changes)


async def test_a_page_is_made_and_its_history_holds_ids_only(service: Service) -> None:
    invoice = sales_invoice(tenant=service.tenant)
    preview_id, handle = await begun(service, page(invoice=invoice, is_draft=True))
    await handle.result()
    history = texts_of(await replayed(handle))
    for told in (invoice.number, invoice.buyer.name, invoice.seller.name, "%PDF"):
        assert told not in history
    assert (await handle.describe()).typed_search_attributes.get(INVOICE_STATUS) == "SUCCESS"
    made = await taken(service, preview_id)
    assert made.content is not None
    assert (made.content[:5], made.media_type, made.fault) == (b"%PDF-", PDF, None)


async def test_a_fault_is_in_the_row_and_not_in_the_history(service: Service) -> None:
    content = {"html": AROUND.format("{{ page.secret_of_mine }}"), "css": ""}
    preview_id, handle = await begun(service, page(template=content))
    await handle.result()
    assert "secret_of_mine" not in texts_of(await replayed(handle))
    assert await taken(service, preview_id) == Made(fault="html, line 5: there is no member 'secret_of_mine'")


async def test_a_preview_that_nobody_waits_for_any_more_is_not_made(idle_service: Service) -> None:
    preview_id, handle = await begun(idle_service, page())
    await taken(idle_service, preview_id)
    async with idle_service.working():
        await handle.result()
    assert await taken(idle_service, preview_id) == Made()


async def test_a_render_process_that_dies_is_tried_once_more_and_then_told(
    service: Service, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def die(*_arguments: object) -> None:
        raise RendererDied("a render process ended with -9")

    with monkeypatch.context() as patch:
        patch.setattr(PdfRenderer, "render", die)
        preview_id, handle = await begun(service, page())
        await handle.result()
    assert await taken(service, preview_id) == Made(fault=preview_document.KILLED)
    preview_id, handle = await begun(service, page())
    await handle.result()
    assert (await taken(service, preview_id)).content is not None
