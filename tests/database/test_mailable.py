"""What a mail is made of, learnt in one statement."""

from typing import Any
from uuid import uuid4

import pytest
from cryptography.fernet import Fernet
from pydantic import SecretStr
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import configurations, document_templates, invoices, sales_invoices, sites
from database.configurations import Entry, UnreadableEntry
from database.document_templates import TemplateKind
from database.invoices import MailState
from database.mailable import Mailable, find_issued, find_mailable
from database.secured_values import NO_KEY, SecuredValues
from invoicing.configuration import document_settings
from invoicing.configuration.document_settings import MailSettings
from invoicing.configuration.known_configurations import MAIL_FROM_KEY
from invoicing.document_forms import DocumentForm
from invoicing.invoice import Invoice
from tests.database.rows import another_tenant, document_of, issue
from tests.workflows.deliveries import enter, enter_credit_note

Sessions = async_sessionmaker[AsyncSession]
ADA = "ada@example.com"


async def mailable(sessions: Sessions, invoice: Invoice, tenant: str | None = None) -> Mailable | None:
    async with sessions() as session:
        return await find_mailable(session, tenant or invoice.tenant, invoice.id, NO_KEY)


async def issued(sessions: Sessions, invoice: Invoice, tenant: str | None = None) -> Mailable | None:
    async with sessions() as session:
        return await find_issued(session, tenant or invoice.tenant, invoice.id, NO_KEY)


async def mail(sessions: Sessions, invoice: Invoice, state: MailState) -> None:
    async with sessions.begin() as session:
        await invoices.start_mail(session, invoice.tenant, invoice.id, ADA, f"<{invoice.id}@a>")
        if state is not MailState.STARTED:
            await invoices.complete_mail(session, invoice.tenant, invoice.id, ADA, state, message=None)


async def configure(sessions: Sessions, tenant: str, key: str, value: Any) -> None:
    async with sessions.begin() as session:
        await configurations.add_entries(session, tenant, [Entry(key, value)], NO_KEY)


async def test_an_invoice_is_mailed_until_a_server_has_taken_it(sessions: Sessions, tenant: str) -> None:
    invoice = await issue(sessions, tenant)
    assert await mailable(sessions, invoice) == Mailable(invoice)
    for state in (MailState.STARTED, MailState.REFUSED):
        await mail(sessions, invoice, state)
        assert await mailable(sessions, invoice) == Mailable(invoice)
    await mail(sessions, invoice, MailState.SENT)
    assert await mailable(sessions, invoice) is None
    assert await issued(sessions, invoice) == Mailable(invoice)


async def test_its_files_are_all_forms_that_are_stored_and_its_pictures_those_that_were_printed(
    sessions: Sessions, tenant: str
) -> None:
    invoice = await issue(sessions, tenant)
    pdf, xml = document_of(invoice, key="a.pdf"), document_of(invoice, form=DocumentForm.UBL, key="x.xml")
    pdf.pictures = {"https://shop.example/logo.png": "logo.png"}
    async with sessions.begin() as session:
        await invoices.add_document(session, pdf)
        await invoices.add_document(session, xml)
    found = await mailable(sessions, invoice)
    assert found is not None
    assert found.files == {DocumentForm.PDF: "a.pdf", DocumentForm.UBL: "x.xml"}
    assert found.pictures == {"https://shop.example/logo.png": "logo.png"}


async def test_the_sender_is_the_tenants_own(sessions: Sessions, tenant: str) -> None:
    invoice, other = await issue(sessions, tenant), await another_tenant(sessions)
    for owner, address in ((tenant, "post@shop.example"), (other, "post@other.example")):
        await configure(sessions, owner, MAIL_FROM_KEY, address)
        await configure(sessions, owner, "another.key", "x")
    assert await mailable(sessions, invoice) == Mailable(invoice, configured_sender="post@shop.example")


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


async def test_what_a_site_says_of_mails_goes_before_what_the_tenant_says(sessions: Sessions, tenant: str) -> None:
    invoice, other = await issue(sessions, tenant), await another_tenant(sessions)
    own = {"mail": {"replyTo": "site@shop.example"}}
    general = {"mail": {"replyTo": "all@shop.example", "bcc": ["archive@shop.example"], "senderName": "Shop"}}
    await configure(sessions, tenant, document_settings.KEY, general)
    await configure(sessions, other, document_settings.KEY, {"mail": {"cc": "theirs@other.example"}})
    async with sessions.begin() as session:
        for code, mixin in ((invoice.site_code, own), ("elsewhere", {"mail": {"replyTo": "no@shop.example"}})):
            await sites.add_site(session, tenant, code, {"code": code}, {document_settings.KEY: mixin})
    found = await mailable(sessions, invoice)
    assert found is not None
    assert found.settings == MailSettings(replyTo="site@shop.example", bcc=("archive@shop.example",), senderName="Shop")


async def test_the_words_are_those_of_the_active_mail_template(sessions: Sessions, tenant: str) -> None:
    invoice, other = await issue(sessions, tenant), await another_tenant(sessions)
    contents = [{"de": {"subject": f"Nr. {n}", "text": "..."}} for n in range(3)]
    async with sessions.begin() as session:
        for owner, kind, content in (
            (tenant, TemplateKind.MAIL, contents[0]),
            (tenant, TemplateKind.MAIL, contents[1]),
            (tenant, TemplateKind.DOCUMENT, {"html": "", "css": ""}),
            (other, TemplateKind.MAIL, contents[2]),
        ):
            await document_templates.add(session, owner, kind, content, note=None, actor="test")
    assert await mailable(sessions, invoice) == Mailable(invoice)
    async with sessions.begin() as session:
        await document_templates.activate(session, other, TemplateKind.MAIL, 1, actor="test")
        await document_templates.activate(session, tenant, TemplateKind.DOCUMENT, 1, actor="test")
    assert await mailable(sessions, invoice) == Mailable(invoice)
    async with sessions.begin() as session:
        await document_templates.activate(session, tenant, TemplateKind.MAIL, 2, actor="test")
    assert await mailable(sessions, invoice) == Mailable(invoice, own_words=contents[1])


async def test_what_is_credited_in_full_goes_out_only_when_somebody_asks_for_it(
    sessions: Sessions, tenant: str
) -> None:
    invoice = await issue(sessions, tenant)
    async with sessions.begin() as session:
        await sales_invoices.enter_issued(session, invoice, sales_invoices.Entry(actor="job:1"))
        row = await sales_invoices.find_by_invoice(session, tenant, invoice.id)
        assert row is not None
        await sales_invoices.settle(session, row, "client:c", credited=invoice.totals.total)
    assert await mailable(sessions, invoice) is None
    assert await issued(sessions, invoice) == Mailable(invoice)


async def test_a_credit_note_is_mailed_only_on_request(sessions: Sessions, tenant: str) -> None:
    note = await enter_credit_note(sessions, await enter(sessions, tenant))
    assert await mailable(sessions, note) is None
    assert await issued(sessions, note) == Mailable(note)


async def test_another_tenant_finds_nothing(sessions: Sessions, tenant: str) -> None:
    invoice, other = await issue(sessions, tenant), await another_tenant(sessions)
    assert await mailable(sessions, invoice, other) is None
    assert await issued(sessions, invoice, other) is None
    async with sessions() as session:
        assert await find_issued(session, tenant, uuid4(), NO_KEY) is None
