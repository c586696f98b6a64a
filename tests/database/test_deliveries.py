"""What the steps after the issue learn of an invoice, in one statement each."""

from uuid import uuid4

import pytest
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import configurations, document_templates, invoices, orders, sales_invoices, sites
from database.configurations import Entry
from database.deliveries import Printable, Reportable, find_printable, find_reportable
from database.document_templates import TemplateKind
from database.invoices import SeriesPlace
from database.secured_values import NO_KEY
from invoicing.configuration import document_settings
from invoicing.document_forms import DocumentForm
from invoicing.invoice import Invoice
from invoicing.look import Look
from tests.database.rows import another_tenant, document_of, invoice_of, issue

Sessions = async_sessionmaker[AsyncSession]
ADA = "ada@example.com"


async def print_(sessions: Sessions, invoice: Invoice) -> None:
    async with sessions.begin() as session:
        await invoices.add_document(session, document_of(invoice, form=DocumentForm.CII, key="x.xml"))
        await invoices.add_document(session, document_of(invoice, key="a.pdf"))


async def credit_in_full(sessions: Sessions, invoice: Invoice) -> None:
    async with sessions.begin() as session:
        await sales_invoices.enter_issued(session, invoice, sales_invoices.Entry(actor="job:1"))
        row = await sales_invoices.find_by_invoice(session, invoice.tenant, invoice.id)
        assert row is not None
        await sales_invoices.settle(session, row, "client:c", credited=invoice.totals.total)


async def printable(sessions: Sessions, invoice: Invoice, tenant: str | None = None) -> Printable:
    async with sessions() as session:
        return await find_printable(session, tenant or invoice.tenant, invoice.id)


async def reportable(sessions: Sessions, invoice: Invoice, tenant: str | None = None) -> Reportable | None:
    async with sessions() as session:
        return await find_reportable(session, tenant or invoice.tenant, invoice.id)


async def test_a_document_is_printed_in_the_forms_that_are_stored_of_it(sessions: Sessions, tenant: str) -> None:
    invoice, other = await issue(sessions, tenant), await issue(sessions, tenant, "EON2")
    assert await printable(sessions, invoice) == Printable(invoice)
    await print_(sessions, invoice)
    assert (await printable(sessions, invoice)).made == {DocumentForm.PDF, DocumentForm.CII}
    assert await printable(sessions, other) == Printable(other)


async def test_how_long_it_must_be_kept_is_said_by_its_site_else_by_its_tenant(sessions: Sessions, tenant: str) -> None:
    invoice, other = await issue(sessions, tenant), await another_tenant(sessions)
    assert (await printable(sessions, invoice)).years_to_retain == 10
    for owner, years in ((tenant, 8), (other, 30)):
        async with sessions.begin() as session:
            settings = Entry(document_settings.KEY, {"retentionYears": years, "layout": "COMPACT"})
            await configurations.add_entries(session, owner, [settings], NO_KEY)
    assert (await printable(sessions, invoice)).years_to_retain == 8
    async with sessions.begin() as session:
        await sites.add_site(session, tenant, "moon", {}, {document_settings.KEY: {"retentionYears": 1}})
        await sites.add_site(session, tenant, invoice.site_code, {}, {document_settings.KEY: {"retentionYears": 12}})
    assert (await printable(sessions, invoice)).years_to_retain == 12


async def test_the_template_is_the_one_that_it_was_issued_with(sessions: Sessions, tenant: str) -> None:
    content = {"html": "<p>1</p>", "css": ""}
    async with sessions.begin() as session:
        kept = await document_templates.add(
            session, tenant, TemplateKind.DOCUMENT, content, note=None, actor="client:c"
        )
        await document_templates.add(
            session, tenant, TemplateKind.DOCUMENT, {"html": "<p>2</p>", "css": ""}, note=None, actor="client:c"
        )
    look = Look(template=document_templates.reference_to(kept))
    invoice = invoice_of(tenant, "EON1", "R1").model_copy(update={"look": look})
    async with sessions.begin() as session:
        await invoices.add_invoice(session, invoice, SeriesPlace(uuid4(), 1), order_round=0)
    assert (await printable(sessions, invoice)).template == content


async def test_an_order_is_told_with_what_was_read_of_it_last(sessions: Sessions, tenant: str) -> None:
    invoice = await issue(sessions, tenant, "EON1")
    assert await reportable(sessions, invoice) == Reportable(None)
    other = await another_tenant(sessions)
    for owner, order_id in ((tenant, "EON1"), (tenant, "EON2"), (other, "EON1")):
        async with sessions.begin() as session:
            await orders.save_order(session, owner, order_id, f'{{"id":"{owner}/{order_id}"}}', 0)
    assert await reportable(sessions, invoice) == Reportable(f'{{"id":"{tenant}/EON1"}}')


async def test_of_an_invoice_that_is_credited_in_full_nobody_is_told(sessions: Sessions, tenant: str) -> None:
    invoice = await issue(sessions, tenant)
    await credit_in_full(sessions, invoice)
    assert await reportable(sessions, invoice) is None
    assert (await printable(sessions, invoice)).invoice == invoice


async def test_another_tenant_finds_nothing(sessions: Sessions, tenant: str) -> None:
    invoice, other = await issue(sessions, tenant), await another_tenant(sessions)
    assert await reportable(sessions, invoice, other) is None
    with pytest.raises(NoResultFound):
        await printable(sessions, invoice, other)
