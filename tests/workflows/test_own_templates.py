"""Documents that are issued with a tenant's own template, printed by a real worker."""

from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader
from temporalio.client import WorkflowFailureError
from temporalio.exceptions import ApplicationError

from contracts.failures import Reason
from contracts.sales_invoice import InvoiceRef
from contracts.starts import document_of, start
from database import audit, document_templates, invoices
from database.document_templates import TemplateKind
from database.tables import JsonObject, SalesInvoice
from tests.database.sales import issue_sales_invoice
from tests.documents.own_template.pages import AROUND
from tests.service_fixtures import Service


def own(words: str) -> JsonObject:
    return {"html": AROUND.format(f"<p>{words} {{{{ page.number }}}}</p>"), "css": ""}


async def activate(service: Service, content: JsonObject) -> None:
    async with service.sessions.begin() as session:
        kind = TemplateKind.DOCUMENT
        row = await document_templates.add(session, service.tenant, kind, content, note=None, actor="client:test")
        await document_templates.activate(session, service.tenant, kind, row.version, actor="client:test")


async def printed(service: Service, row: SalesInvoice, folder: Path) -> str:
    """The words of the PDF, once its workflow has ended."""
    assert row.invoice_id is not None
    wanted = document_of(InvoiceRef(tenant=row.tenant, invoice_id=row.invoice_id, number=row.code))
    await start(service.temporal, wanted)
    await service.temporal.get_workflow_handle(wanted.workflow_id).result()
    async with service.sessions() as session:
        document = await invoices.find_pdf(session, row.tenant, row.invoice_id)
    assert document is not None
    pdf = (folder / "documents" / document.key).read_bytes()
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages)


async def test_a_new_version_is_for_new_documents_only(idle_service: Service, tmp_path: Path) -> None:
    """Issued with the first version and rendered when the second is active, it is printed by the first."""
    service = idle_service
    ours = await issue_sales_invoice(service.sessions, service.tenant)
    await activate(service, own("First"))
    first = await issue_sales_invoice(service.sessions, service.tenant)
    await activate(service, own("Second"))
    second = await issue_sales_invoice(service.sessions, service.tenant)
    async with service.sessions.begin() as session:
        await document_templates.reset(session, service.tenant, TemplateKind.DOCUMENT, actor="client:test")
    async with service.working():
        assert await printed(service, first, tmp_path) == f"First {first.code}"
        assert await printed(service, second, tmp_path) == f"Second {second.code}"
        assert "First" not in await printed(service, ours, tmp_path)


async def test_a_template_that_does_not_fit_a_document_is_a_persons_business(service: Service, tmp_path: Path) -> None:
    """It asks for a second line, and this invoice has one. The reason names the template's line, and no data.

    The person activates another version and asks again.
    """
    await activate(service, own("{{ page.rows[1].name }}"))
    row = await issue_sales_invoice(service.sessions, service.tenant)
    with pytest.raises(WorkflowFailureError) as failed:
        await printed(service, row, tmp_path)
    cause = failed.value.cause
    assert isinstance(cause, ApplicationError)
    assert (cause.type, cause.message) == (Reason.TEMPLATE_ERROR, "html, line 5: the list has no such place")
    await activate(service, own("Mended"))
    assert await printed(service, row, tmp_path) == f"Mended {row.code}"
    async with service.sessions() as session:
        (event, *_) = await audit.list_events(session, service.tenant, document=f"sales-invoice/{row.code}", limit=9)
    assert (event.actor, event.action, event.detail) == ("worker", "print", {"template": 2, "instead_of": 1})


async def test_going_back_to_our_own_template_prints_what_the_tenants_could_not(
    service: Service, tmp_path: Path
) -> None:
    await activate(service, own("{{ page.rows[1].name }}"))
    row = await issue_sales_invoice(service.sessions, service.tenant)
    async with service.sessions.begin() as session:
        await document_templates.reset(session, service.tenant, TemplateKind.DOCUMENT, actor="client:test")
    assert row.code in await printed(service, row, tmp_path)
