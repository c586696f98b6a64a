"""Verification: what was issued is proven, and every way of changing it behind our back is named."""

import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import date
from uuid import UUID

import pytest
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import invoices, sequences
from database.issuing import CREDIT_NOTE_SERIES, SALES_SERIES, Issue, issue, issue_opening
from database.sales_invoices import Entry, find, lock, settle
from database.verification import Verification, verify
from invoicing.document_forms import DocumentForm
from invoicing.invoice import Invoice, InvoiceKind, Preceding
from invoicing.verification import FindingKind
from tests.database.rows import another_tenant, document_of
from tests.documents.invoices import make_invoice

Sessions = async_sessionmaker[AsyncSession]
PDF = b"%PDF-1.7 as it was stored"
STORED = hashlib.sha256(PDF).hexdigest()


async def stored(_key: str) -> str | None:
    return STORED


async def changed(_key: str) -> str | None:
    return hashlib.sha256(PDF + b"!").hexdigest()


async def gone(_key: str) -> str | None:
    return None


async def report_on(sessions: Sessions, tenant: str, digest: object = stored) -> Verification:
    async with sessions.begin() as session:
        return await verify(session, tenant, digest)  # type: ignore[arg-type]


def wanted(tenant: str, schema_type: str = SALES_SERIES) -> Issue:
    return Issue(
        tenant=tenant,
        site={"code": "main"},
        issue_date=date(2026, 11, 22),
        entry=Entry(actor="client:test"),
        schema_type=schema_type,
    )


def plain(tenant: str, invoice_id: UUID, number: str) -> Invoice:
    return make_invoice(tenant=tenant, id=invoice_id, number=number, order_id=None)


async def issued(sessions: Sessions, tenant: str, count: int = 3) -> list[Invoice]:
    """Invoices with a PDF each."""
    made = []
    for _ in range(count):
        async with sessions.begin() as session:
            invoice = await issue(session, wanted(tenant), lambda id_, number: plain(tenant, id_, number))
            await invoices.add_document(session, document_of(invoice, key=f"{tenant}/{invoice.id}", sha256=STORED))
        made.append(invoice)
    return made


async def credited(sessions: Sessions, tenant: str, invoice: Invoice) -> Invoice:
    """A credit note over the whole invoice."""
    preceding = Preceding(invoice_id=invoice.id, number=invoice.number, issue_date=invoice.issue_date)
    change = {"kind": InvoiceKind.CREDIT_NOTE, "preceding": preceding}
    async with sessions.begin() as session:
        row = await find(session, tenant, invoice.number)
        assert row is not None
        row = await lock(session, tenant, row.id)
        assert row is not None
        note = await issue(
            session,
            wanted(tenant, CREDIT_NOTE_SERIES),
            lambda id_, number: invoice.model_copy(update={**change, "id": id_, "number": number}),
        )
        await settle(session, row, "client:test", credited=note.totals.total)
    return note


@pytest.fixture
async def owner(sessions: Sessions) -> AsyncIterator[AsyncSession]:
    """The database's owner, whom no trigger stops."""
    async with sessions.begin() as session:
        await session.execute(text("SET LOCAL session_replication_role = replica"))
        yield session


async def tampered(owner: AsyncSession, statement: str, **values: object) -> None:
    """Change behind the service's back, for good."""
    result = await owner.execute(text(statement), values)
    assert result.rowcount == 1  # type: ignore[attr-defined]
    await owner.commit()


def named(report: Verification) -> set[tuple[FindingKind, str]]:
    return {(finding.kind, finding.subject) for finding in report.findings}


async def test_what_was_issued_is_proven(sessions: Sessions, tenant: str) -> None:
    made = await issued(sessions, tenant)
    note = await credited(sessions, tenant, made[0])
    async with sessions.begin() as session:
        xml = document_of(note, key=f"{tenant}/{note.id}", sha256=STORED, form=DocumentForm.UBL)
        await invoices.add_document(session, xml)
    report = await report_on(sessions, tenant)
    assert report.findings == []
    assert report.is_clean
    assert [(s.name, s.first, s.last, s.issued, s.external) for s in report.series] == [
        (SALES_SERIES, 1, 3, 3, 0),
        (CREDIT_NOTE_SERIES, 1, 1, 1, 0),
    ]
    assert (report.documents, report.files, report.without_file) == (4, 4, 1), "the credit note has no PDF yet"
    assert [invoice.number for invoice in (*made, note)] == ["0000001", "0000002", "0000003", "CN-0000001"]


async def test_numbers_that_callers_drew_are_listed_with_who_and_when(sessions: Sessions, tenant: str) -> None:
    await issued(sessions, tenant, 1)
    async with sessions.begin() as session:
        drawn = await sequences.draw(session, tenant, SALES_SERIES)
        await sequences.record(session, drawn, "0000002", drawn_by="client:shop")
    await issued(sessions, tenant, 1)
    report = await report_on(sessions, tenant)
    assert report.is_clean
    (external,) = report.external_numbers
    assert (external.series, external.number, external.drawn_by) == (SALES_SERIES, "0000002", "client:shop")
    assert external.drawn_at.tzinfo is not None
    assert (report.series[0].issued, report.series[0].external) == (2, 1)


async def test_an_opening_invoice_is_proven_without_a_series(sessions: Sessions, tenant: str) -> None:
    async with sessions.begin() as session:
        await issue_opening(
            session,
            wanted(tenant),
            lambda id_, number: plain(tenant, id_, number).model_copy(update={"is_opening": True}),
            "OLD-17",
        )
    report = await report_on(sessions, tenant)
    assert (report.is_clean, report.documents, report.series) == (True, 1, [])


@pytest.mark.parametrize("column", ["net", "tax", "gross", "total", "payable"])
async def test_a_cent_that_was_changed_is_named(
    sessions: Sessions, tenant: str, owner: AsyncSession, column: str
) -> None:
    made = await issued(sessions, tenant)
    await tampered(owner, f"UPDATE invoices SET {column} = {column} + 0.01 WHERE id = :id", id=made[1].id)
    assert (FindingKind.FIGURES, "0000002") in named(await report_on(sessions, tenant))


async def test_a_changed_document_breaks_its_hash_and_its_sums(
    sessions: Sessions, tenant: str, owner: AsyncSession
) -> None:
    made = await issued(sessions, tenant)
    path = "'{totals,tax}'"
    await tampered(
        owner, f"UPDATE invoices SET document = jsonb_set(document, {path}, '\"0.01\"') WHERE id = :id", id=made[1].id
    )
    report = await report_on(sessions, tenant)
    assert {(FindingKind.CHAIN, "0000002"), (FindingKind.FIGURES, "0000002")} <= named(report)
    assert any("BR-CO-14" in finding.message for finding in report.findings)


async def test_a_document_rewritten_with_its_hash_breaks_the_chain_after_it(
    sessions: Sessions, tenant: str, owner: AsyncSession
) -> None:
    made = await issued(sessions, tenant)
    await tampered(owner, "UPDATE invoices SET hash = repeat('0', 64) WHERE id = :id", id=made[1].id)
    assert named(await report_on(sessions, tenant)) == {(FindingKind.CHAIN, "0000002"), (FindingKind.CHAIN, "0000003")}


async def test_an_invoice_that_was_removed_leaves_a_gap(sessions: Sessions, tenant: str, owner: AsyncSession) -> None:
    made = await issued(sessions, tenant)
    await tampered(owner, "DELETE FROM invoices WHERE id = :id", id=made[1].id)
    found = named(await report_on(sessions, tenant))
    assert (FindingKind.GAP, f"{SALES_SERIES} 2") in found
    assert (FindingKind.CHAIN, "0000003") in found


async def test_a_number_whose_drawing_was_removed_is_a_gap_and_its_invoice_a_stray(
    sessions: Sessions, tenant: str, owner: AsyncSession
) -> None:
    await issued(sessions, tenant)
    await tampered(owner, "DELETE FROM drawn_numbers WHERE tenant = :tenant AND counter = 2", tenant=tenant)
    found = named(await report_on(sessions, tenant))
    assert {(FindingKind.GAP, f"{SALES_SERIES} 2"), (FindingKind.REPEAT, "0000002")} <= found


@pytest.mark.parametrize(("counter", "kind"), [(5, FindingKind.GAP), (2, FindingKind.REPEAT)])
async def test_a_counter_that_was_moved_is_seen(
    sessions: Sessions, tenant: str, owner: AsyncSession, counter: int, kind: FindingKind
) -> None:
    await issued(sessions, tenant)
    await tampered(
        owner, "UPDATE sequence_schemas SET counter = :counter WHERE tenant = :tenant", counter=counter, tenant=tenant
    )
    assert {finding.kind for finding in (await report_on(sessions, tenant)).findings} == {kind}


@pytest.mark.parametrize("digest", [changed, gone])
async def test_a_file_that_is_not_the_one_that_was_stored_is_named(
    sessions: Sessions, tenant: str, digest: object
) -> None:
    await issued(sessions, tenant, 1)
    assert named(await report_on(sessions, tenant, digest)) == {(FindingKind.DOCUMENT, "0000001")}


@pytest.mark.parametrize(
    "change",
    [
        "received = received + 1",
        "credited = credited + 1",
        "status = 'OPEN'",
        "payment_status = 'PENDING'",
        "total = total + 1",
        "prepaid = prepaid - 1",
        "withheld = withheld + 1",
        "due_date = '2026-12-24'",
    ],
)
async def test_a_balance_that_its_payments_do_not_make_is_named(
    sessions: Sessions, tenant: str, owner: AsyncSession, change: str
) -> None:
    made = await issued(sessions, tenant)
    await tampered(owner, f"UPDATE sales_invoices SET {change} WHERE invoice_id = :id", id=made[2].id)
    assert (FindingKind.BALANCE, "0000003") in named(await report_on(sessions, tenant))


async def test_a_credit_note_that_was_turned_to_another_invoice_is_named(
    sessions: Sessions, tenant: str, owner: AsyncSession
) -> None:
    made = await issued(sessions, tenant)
    note = await credited(sessions, tenant, made[0])
    await tampered(owner, "UPDATE invoices SET corrects = :other WHERE id = :id", other=made[1].id, id=note.id)
    found = named(await report_on(sessions, tenant))
    assert (FindingKind.FIGURES, note.number) in found
    assert {(FindingKind.BALANCE, "0000001"), (FindingKind.BALANCE, "0000002")} <= found


async def test_a_payment_that_is_not_the_sum_of_its_items_is_named(
    sessions: Sessions, tenant: str, owner: AsyncSession
) -> None:
    payment = {
        "tenant": tenant, "code": "RP-0000001", "document_date": date(2026, 11, 22), "currency": "EUR", "body": "{}",
    }  # fmt: skip
    await tampered(
        owner,
        "INSERT INTO payments (tenant, code, document_date, currency, amount, body, created_by)"
        " VALUES (:tenant, :code, :document_date, :currency, 7, :body, 'client:test')",
        **payment,
    )
    assert named(await report_on(sessions, tenant)) == {(FindingKind.BALANCE, "RP-0000001")}


async def test_an_invoice_that_says_captured_without_the_ledger_is_named(sessions: Sessions, tenant: str) -> None:
    async with sessions.begin() as session:
        await issue(
            session,
            replace(wanted(tenant), order_round=0),
            lambda id_, number: make_invoice(tenant=tenant, id=id_, number=number, order_id="EON1"),
        )
    assert named(await report_on(sessions, tenant)) == {(FindingKind.BALANCE, "0000001")}


async def test_an_invoice_that_nobody_keeps_a_balance_of_is_named(
    sessions: Sessions, tenant: str, owner: AsyncSession
) -> None:
    made = await issued(sessions, tenant, 1)
    await tampered(owner, "DELETE FROM sales_invoices WHERE invoice_id = :id", id=made[0].id)
    assert named(await report_on(sessions, tenant)) == {(FindingKind.BALANCE, "0000001")}


async def test_more_than_a_page_is_read_in_order(
    sessions: Sessions, tenant: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("database.verification.PAGE", 2)
    await issued(sessions, tenant, 5)
    report = await report_on(sessions, tenant)
    assert (report.is_clean, report.documents, report.files) == (True, 5, 5)


async def test_another_tenants_documents_are_not_looked_at(sessions: Sessions, tenant: str) -> None:
    await issued(sessions, tenant, 1)
    report = await report_on(sessions, await another_tenant(sessions))
    assert (report.is_clean, report.documents, report.series) == (True, 0, [])
