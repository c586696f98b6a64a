"""What the steps after the issue learn of an invoice, in one statement each."""

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy.exc import NoResultFound
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import configurations, invoices, orders, sales_invoices
from database.configurations import Entry, UnreadableEntry
from database.deliveries import Mailable, Printable, Reportable, find_mailable, find_printable, find_reportable
from database.invoices import MailState
from database.secured_values import NO_KEY, SecuredValues
from invoicing.electronic import DocumentForm
from invoicing.invoice import Invoice
from invoicing.known_configurations import MAIL_FROM_KEY
from tests.database.rows import another_tenant, document_of, issue

Sessions = async_sessionmaker[AsyncSession]
ADA = "ada@example.com"


async def print_(sessions: Sessions, invoice: Invoice) -> None:
    async with sessions.begin() as session:
        await invoices.add_document(session, document_of(invoice, form=DocumentForm.CII, key="x.xml"))
        await invoices.add_document(session, document_of(invoice, key="a.pdf"))


async def mail(sessions: Sessions, invoice: Invoice, state: MailState) -> None:
    async with sessions.begin() as session:
        await invoices.start_mail(session, invoice.tenant, invoice.id, ADA, "<1@a>")
        await invoices.complete_mail(session, invoice.tenant, invoice.id, ADA, state, message=None)


async def credit_in_full(sessions: Sessions, invoice: Invoice) -> None:
    async with sessions.begin() as session:
        await sales_invoices.enter_issued(session, invoice, sales_invoices.Entry(actor="job:1"))
        row = await sales_invoices.find_by_invoice(session, invoice.tenant, invoice.id)
        assert row is not None
        await sales_invoices.settle(session, row, "client:c", credited=invoice.totals.total)


async def printable(sessions: Sessions, invoice: Invoice, tenant: str | None = None) -> Printable:
    async with sessions() as session:
        return await find_printable(session, tenant or invoice.tenant, invoice.id)


async def mailable(sessions: Sessions, invoice: Invoice, tenant: str | None = None) -> Mailable | None:
    async with sessions() as session:
        return await find_mailable(session, tenant or invoice.tenant, invoice.id, NO_KEY)


async def reportable(sessions: Sessions, invoice: Invoice, tenant: str | None = None) -> Reportable | None:
    async with sessions() as session:
        return await find_reportable(session, tenant or invoice.tenant, invoice.id)


async def test_a_document_is_printed_when_there_is_a_pdf_of_it(sessions: Sessions, tenant: str) -> None:
    invoice, other = await issue(sessions, tenant), await issue(sessions, tenant, "EON2")
    assert await printable(sessions, invoice) == Printable(invoice, is_printed=False)
    await print_(sessions, invoice)
    assert await printable(sessions, invoice) == Printable(invoice, is_printed=True)
    assert await printable(sessions, other) == Printable(other, is_printed=False)


async def test_an_invoice_is_mailed_with_its_pdf_until_a_server_has_taken_it(sessions: Sessions, tenant: str) -> None:
    invoice = await issue(sessions, tenant)
    assert await mailable(sessions, invoice) == Mailable(invoice, None, None)
    await print_(sessions, invoice)
    for state in (MailState.STARTED, MailState.REFUSED):
        await mail(sessions, invoice, state)
        assert await mailable(sessions, invoice) == Mailable(invoice, "a.pdf", None)
    await mail(sessions, invoice, MailState.SENT)
    assert await mailable(sessions, invoice) is None


async def test_the_sender_is_the_tenants_own(sessions: Sessions, tenant: str) -> None:
    invoice, other = await issue(sessions, tenant), await another_tenant(sessions)
    for owner, address in ((tenant, "post@shop.example"), (other, "post@other.example")):
        async with sessions.begin() as session:
            await configurations.add_entries(session, owner, [Entry(MAIL_FROM_KEY, address)], NO_KEY)
            await configurations.add_entries(session, owner, [Entry("another.key", "x")], NO_KEY)
    assert await mailable(sessions, invoice) == Mailable(invoice, None, "post@shop.example")


async def test_a_secured_sender_is_opened_with_the_key_alone(sessions: Sessions, tenant: str) -> None:
    invoice, key = await issue(sessions, tenant), SecuredValues(SecretStr(Fernet.generate_key().decode()))
    async with sessions.begin() as session:
        await configurations.add_entries(
            session, tenant, [Entry(MAIL_FROM_KEY, "post@shop.example", secured=True)], key
        )
    async with sessions() as session:
        found = await find_mailable(session, tenant, invoice.id, key)
        assert found is not None
        assert found.configured_sender == "post@shop.example"
        with pytest.raises(UnreadableEntry):
            await find_mailable(session, tenant, invoice.id, NO_KEY)


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
    assert await mailable(sessions, invoice) is None
    assert await reportable(sessions, invoice) is None
    assert (await printable(sessions, invoice)).invoice == invoice


async def test_another_tenant_finds_nothing(sessions: Sessions, tenant: str) -> None:
    invoice, other = await issue(sessions, tenant), await another_tenant(sessions)
    assert await mailable(sessions, invoice, other) is None
    assert await reportable(sessions, invoice, other) is None
    with pytest.raises(NoResultFound):
        await printable(sessions, invoice, other)
