"""Issued invoices: one an order, chained in their series, and unchangeable whoever asks."""

import hashlib
import json
from typing import Any
from uuid import UUID, uuid4

import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError, IntegrityError, NoResultFound
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import invoices
from database.invoices import MailState, NumberTaken
from database.tables import IssuedInvoice, MailDelivery
from invoicing.document_forms import DocumentForm
from tests.database.rows import another_tenant, document_of, issue

Sessions = async_sessionmaker[AsyncSession]
ADA = "ada@example.com"


async def series(sessions: Sessions, schema_id: UUID) -> list[IssuedInvoice]:
    rows = select(IssuedInvoice).where(IssuedInvoice.schema_id == schema_id).order_by(IssuedInvoice.counter)
    async with sessions() as session:
        return list(await session.scalars(rows))


def sha256_over(previous: str | None, document: dict[str, Any]) -> str:
    canonical = json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256((previous or "").encode() + b"\n" + canonical.encode()).hexdigest()


async def test_an_invoice_is_read_as_it_was_issued(sessions: Sessions, tenant: str) -> None:
    invoice = await issue(sessions, tenant, "EON1", number="RE-1")
    async with sessions() as session:
        assert await invoices.load(session, tenant, invoice.id) == invoice
        row = await invoices.find_by_order(session, tenant, "EON1")
    assert row is not None
    assert (row.id, row.number, row.kind, row.currency) == (invoice.id, "RE-1", "INVOICE", "EUR")
    totals = invoice.totals
    assert (row.net, row.tax, row.gross, row.total, row.payable) == (
        totals.net, totals.tax, totals.gross, totals.total, totals.payable,
    )  # fmt: skip
    assert row.document["totals"]["gross"] == "11.90"  # a text, so that no parser changes it


async def test_every_invoice_is_chained_to_the_one_before_it_in_its_series(sessions: Sessions, tenant: str) -> None:
    one, other = uuid4(), uuid4()
    for number, schema_id in enumerate((one, other, one, one), start=1):
        await issue(sessions, tenant, f"EON{number}", series=schema_id, counter=number)
    first, second, third = await series(sessions, one)
    assert [row.previous_hash for row in (first, second, third)] == [None, first.hash, second.hash]
    assert [row.previous_hash for row in await series(sessions, other)] == [None]
    for row in (first, second, third):
        assert row.hash == sha256_over(row.previous_hash, row.document)
    changed = {**second.document, "number": "RE-7"}
    assert sha256_over(second.previous_hash, changed) != second.hash


async def test_a_number_is_printed_once(sessions: Sessions, tenant: str) -> None:
    await issue(sessions, tenant, "EON1", number="RE-1")
    with pytest.raises(NumberTaken, match="the number RE-1 has been issued before"):
        await issue(sessions, tenant, "EON2", number="RE-1")
    await issue(sessions, await another_tenant(sessions), "EON1", number="RE-1")


async def test_an_order_has_one_invoice(sessions: Sessions, tenant: str) -> None:
    await issue(sessions, tenant, "EON1", number="RE-1")
    with pytest.raises(IntegrityError, match="uq_invoices_order_round"):
        await issue(sessions, tenant, "EON1", number="RE-2")
    await issue(sessions, await another_tenant(sessions), "EON1", number="RE-2")


async def test_a_place_in_a_series_is_taken_once(sessions: Sessions, tenant: str) -> None:
    schema_id = uuid4()
    await issue(sessions, tenant, "EON1", series=schema_id, counter=7, number="RE-1")
    with pytest.raises(IntegrityError, match="uq_invoices_schema_id_counter"):
        await issue(sessions, tenant, "EON2", series=schema_id, counter=7, number="RE-2")


@pytest.mark.parametrize("table", ["invoices", "drawn_numbers"])
@pytest.mark.parametrize(
    "statement",
    ["UPDATE {table} SET tenant = tenant", "DELETE FROM {table}", "TRUNCATE {table} CASCADE"],
)
async def test_the_database_itself_refuses_to_change_what_was_issued(
    sessions: Sessions, tenant: str, table: str, statement: str
) -> None:
    invoice = await issue(sessions, tenant)
    drawn = text(
        "INSERT INTO drawn_numbers (schema_id, counter, tenant, formatted, drawn_by) VALUES (:id, 1, :tenant, 'x', 'y')"
    )
    async with sessions.begin() as session:
        await session.execute(drawn, {"id": invoice.id, "tenant": tenant})
    async with sessions() as session:  # never committed: a broken guard must not empty everybody's table
        with pytest.raises(DBAPIError, match=f"rows of {table} are never changed or deleted"):
            await session.execute(text(statement.format(table=table)))


async def test_invoiced_orders_are_told_from_others(sessions: Sessions, tenant: str) -> None:
    for number in (1, 2):
        await issue(sessions, tenant, f"EON{number}")
    await issue(sessions, await another_tenant(sessions), "EON3")
    async with sessions() as session:
        assert await invoices.invoiced_orders(session, tenant, ["EON1", "EON2", "EON3"]) == {"EON1", "EON2"}
        assert await invoices.invoiced_orders(session, tenant, []) == set()


async def test_the_first_rendering_stays(sessions: Sessions, tenant: str) -> None:
    invoice = await issue(sessions, tenant)
    async with sessions.begin() as session:
        assert await invoices.find_pdf(session, tenant, invoice.id) is None
        await invoices.add_document(session, document_of(invoice, form=DocumentForm.CII, key="x.xml"))
        assert await invoices.find_pdf(session, tenant, invoice.id) is None
    for key in ("first.pdf", "second.pdf"):
        async with sessions.begin() as session:
            await invoices.add_document(session, document_of(invoice, key=key, sha256="ab", size=9))
    async with sessions() as session:
        found = await invoices.find_pdf(session, tenant, invoice.id)
    assert found is not None
    assert (found.key, found.sha256, found.size_bytes) == ("first.pdf", "ab", 9)


async def mail(sessions: Sessions, tenant: str, invoice_id: UUID) -> MailDelivery | None:
    async with sessions() as session:
        return await invoices.find_mail(session, tenant, invoice_id, ADA)


async def start_mail(sessions: Sessions, tenant: str, invoice_id: UUID, message_id: str) -> str:
    async with sessions.begin() as session:
        return await invoices.start_mail(session, tenant, invoice_id, ADA, message_id)


async def test_a_mail_is_sent_when_the_server_has_said_so(sessions: Sessions, tenant: str) -> None:
    invoice = await issue(sessions, tenant)
    assert await mail(sessions, tenant, invoice.id) is None
    await start_mail(sessions, tenant, invoice.id, "<1@a>")
    for state in (None, MailState.REFUSED, MailState.SENT):
        async with sessions.begin() as session:
            if state:
                await invoices.complete_mail(session, tenant, invoice.id, ADA, state, message="250")
            assert await invoices.is_mailed(session, tenant, invoice.id) is (state is MailState.SENT)
        found = await mail(sessions, tenant, invoice.id)
        assert found is not None
        assert (found.state, found.message) == (state or "STARTED", "250" if state else None)


async def test_a_mail_that_was_sent_stays_so_whatever_a_repeat_is_told(sessions: Sessions, tenant: str) -> None:
    invoice = await issue(sessions, tenant)
    await start_mail(sessions, tenant, invoice.id, "<1@a>")
    for state in (MailState.SENT, MailState.REFUSED):
        async with sessions.begin() as session:
            await invoices.complete_mail(session, tenant, invoice.id, ADA, state, message=None)
    async with sessions() as session:
        assert await invoices.is_mailed(session, tenant, invoice.id)


async def test_a_mail_keeps_its_first_message_id(sessions: Sessions, tenant: str) -> None:
    invoice = await issue(sessions, tenant)
    for message_id in ("<1@a>", "<1@b>"):
        assert await start_mail(sessions, tenant, invoice.id, message_id) == "<1@a>"
    found = await mail(sessions, tenant, invoice.id)
    assert found is not None
    assert found.message_id == "<1@a>"


async def test_another_tenant_sees_and_changes_nothing(sessions: Sessions, tenant: str) -> None:
    other = await another_tenant(sessions)
    invoice = await issue(sessions, tenant, "EON1")
    await start_mail(sessions, tenant, invoice.id, "<1@a>")
    async with sessions.begin() as session:
        await invoices.add_document(session, document_of(invoice))
        await invoices.complete_mail(session, other, invoice.id, ADA, MailState.SENT, message=None)
    async with sessions() as session:
        assert await invoices.find_by_id(session, other, invoice.id) is None
        assert await invoices.find_by_order(session, other, "EON1") is None
        assert await invoices.find_pdf(session, other, invoice.id) is None
        assert await invoices.find_mail(session, other, invoice.id, ADA) is None
        assert not await invoices.is_mailed(session, other, invoice.id)
        assert not await invoices.is_mailed(session, tenant, invoice.id)
        with pytest.raises(NoResultFound):
            await invoices.start_mail(session, other, invoice.id, ADA, "<1@b>")
        with pytest.raises(NoResultFound):
            await invoices.load(session, other, invoice.id)
