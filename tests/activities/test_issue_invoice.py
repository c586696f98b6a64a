"""Number and invoice together or not at all: no gap, no repeat, one invoice an order."""

import asyncio
import json
from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, select, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker
from temporalio.exceptions import ApplicationError

from activities.issue_invoice import IssueActivities
from contracts.failures import Reason
from contracts.order_invoice import InvoiceRef, OrderRef
from database import audit, configurations, invoices
from database.configurations import Entry
from database.effects import EffectState
from database.electronic_forms import electronic_of
from database.secured_values import NO_KEY
from database.tables import DrawnNumber, Effect, IssuedInvoice, JsonObject, OrderSnapshot, SequenceSchema
from invoicing.document_forms import DocumentForm
from invoicing.hash_chain import link
from tests.activities.conftest import ON_ACCOUNT, Bring, all_of
from tests.activities.fakes import Killed
from tests.database.rows import issue as add_invoice

Sessions = async_sessionmaker[AsyncSession]


async def issue(sessions: Sessions, order: OrderRef) -> InvoiceRef:
    return await IssueActivities(sessions).issue_invoice(order)


async def issued(sessions: Sessions, tenant: str) -> list[IssuedInvoice]:
    rows = select(IssuedInvoice).where(IssuedInvoice.tenant == tenant).order_by(IssuedInvoice.counter)
    async with sessions() as session:
        return list(await session.scalars(rows))


async def drawn(sessions: Sessions, tenant: str) -> list[DrawnNumber]:
    rows = select(DrawnNumber).where(DrawnNumber.tenant == tenant).order_by(DrawnNumber.counter)
    async with sessions() as session:
        return list(await session.scalars(rows))


async def counter(sessions: Sessions, tenant: str) -> int:
    async with sessions() as session:
        return (await session.scalars(select(SequenceSchema.counter).where(SequenceSchema.tenant == tenant))).one()


async def change_series(sessions: Sessions, tenant: str, **values: Any) -> None:
    async with sessions.begin() as session:
        await session.execute(update(SequenceSchema).where(SequenceSchema.tenant == tenant).values(**values))


async def assert_nothing_issued(sessions: Sessions, tenant: str) -> None:
    assert await issued(sessions, tenant) == []
    assert await drawn(sessions, tenant) == []
    assert await counter(sessions, tenant) == 1000


async def test_a_captured_order_gets_the_next_number_of_its_series(
    sessions: Sessions, configured: str, captured: Bring
) -> None:
    order, berlin = await captured(), ZoneInfo("Europe/Berlin")
    before = datetime.now(berlin).date()
    ref = await issue(sessions, order)
    (row,) = await issued(sessions, configured)
    assert (ref.tenant, ref.invoice_id, ref.number) == (configured, row.id, row.number)
    assert before <= row.issue_date <= datetime.now(berlin).date()
    assert row.number == f"INV{row.issue_date:%y}1001"
    assert (row.order_id, row.counter, row.total, row.payable) == ("EON9001", 1001, Decimal("288.95"), Decimal(0))
    (number,) = await drawn(sessions, configured)
    assert (number.counter, number.formatted, number.drawn_by) == (1001, row.number, f"invoice:{row.id}")


async def test_an_invoice_costs_no_more_statements_than_it_has_rows_and_reads(
    engine: AsyncEngine, sessions: Sessions, captured: Bring
) -> None:
    """Order, site, settings, number; what stands before it; then number, invoice, sales invoice and event as rows."""
    order = await captured()
    begun: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        begun.append(statement.split(maxsplit=1)[0])

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        await issue(sessions, order)
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)
    assert begun == ["SELECT", "SELECT", "SELECT", "WITH", "INSERT", "SELECT", "INSERT", "INSERT", "INSERT"]


async def test_an_order_that_is_charged_is_invoiced_whatever_its_electronic_form_lacks(
    sessions: Sessions, configured: str, captured: Bring
) -> None:
    """The tenant asked to be stopped only after the order had gone by."""
    order = await captured()
    settings: JsonObject = {"eInvoice": {"whenIncomplete": "BLOCK", "ubl": "ALWAYS"}}
    async with sessions.begin() as session:
        await configurations.add_entries(session, configured, [Entry("invoiceDocument", settings)], NO_KEY)
    ref = await issue(sessions, order)
    async with sessions() as session:
        (event,) = await audit.list_events(session, configured, document=f"sales-invoice/{ref.number}", limit=9)
        (electronic,) = (await electronic_of(session, configured, [ref.invoice_id])).values()
    assert (electronic.wanted, electronic.forms) == ((DocumentForm.CII, DocumentForm.UBL), (DocumentForm.CII,))
    assert event.detail["notMade"] == [{"form": "UBL"}]
    assert {"BT-49", "BT-10"} <= {term["term"] for term in event.detail["missing"]}


async def test_an_order_that_is_invoiced_gets_the_same_invoice_again(
    sessions: Sessions, configured: str, captured: Bring
) -> None:
    order = await captured()
    assert await issue(sessions, order) == await issue(sessions, order)
    assert len(await issued(sessions, configured)) == 1
    assert await counter(sessions, configured) == 1001


async def test_killed_between_number_and_invoice_no_number_is_burned(
    sessions: Sessions, configured: str, captured: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await captured()

    async def die(*_arguments: object, **_kept: object) -> None:
        raise Killed

    with monkeypatch.context() as patch:
        patch.setattr(invoices, "add_invoice", die)
        with pytest.raises(Killed):
            await issue(sessions, order)
    await assert_nothing_issued(sessions, configured)
    await issue(sessions, order)
    assert [row.counter for row in await issued(sessions, configured)] == [1001]


async def test_thirty_at_once_get_consecutive_numbers_and_one_chain(
    sessions: Sessions, configured: str, priced: Bring
) -> None:
    orders = await all_of(priced, ON_ACCOUNT, 30)
    async with asyncio.timeout(60):
        refs = await asyncio.gather(*(issue(sessions, order) for order in orders))
    rows = await issued(sessions, configured)
    assert [row.counter for row in rows] == list(range(1001, 1031))
    assert [number.counter for number in await drawn(sessions, configured)] == list(range(1001, 1031))
    assert {ref.number for ref in refs} == {row.number for row in rows}
    previous = None
    for row in rows:
        assert (row.previous_hash, row.hash) == (previous, link(row.document, previous))
        previous = row.hash


async def test_some_that_fail_among_others_leave_no_gap(
    sessions: Sessions, configured: str, priced: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    orders = await all_of(priced, ON_ACCOUNT, 12)
    add = invoices.add_invoice

    async def fail_now_and_then(session: AsyncSession, invoice: Any, place: Any, **kept: Any) -> None:
        await add(session, invoice, place, **kept)
        if int(invoice.order_id.removeprefix("EON")) % 3 == 0:
            raise ConnectionError("the connection is lost before the commit")

    monkeypatch.setattr(invoices, "add_invoice", fail_now_and_then)
    async with asyncio.timeout(60):
        results = await asyncio.gather(*(issue(sessions, order) for order in orders), return_exceptions=True)
    assert [type(result) for result in results] == [ConnectionError, InvoiceRef, InvoiceRef] * 4
    assert [row.counter for row in await issued(sessions, configured)] == list(range(1001, 1009))
    assert [number.counter for number in await drawn(sessions, configured)] == list(range(1001, 1009))


async def test_the_same_order_ten_times_at_once_is_one_invoice(
    sessions: Sessions, configured: str, captured: Bring
) -> None:
    """Who comes too late meets the unique key, and finds the invoice when the step is tried again."""
    order = await captured()
    async with asyncio.timeout(60):
        results = await asyncio.gather(*(issue(sessions, order) for _ in range(10)), return_exceptions=True)
    (row,) = await issued(sessions, configured)
    for result in results:
        assert isinstance(result, IntegrityError) or result == InvoiceRef(
            tenant=configured, invoice_id=row.id, number=row.number
        )
    assert (await issue(sessions, order)).invoice_id == row.id
    assert [number.counter for number in await drawn(sessions, configured)] == [1001]
    assert await counter(sessions, configured) == 1001


async def assert_refused(sessions: Sessions, order: OrderRef, reason: Reason, words: str) -> None:
    with pytest.raises(ApplicationError, match=words) as refused:
        await issue(sessions, order)
    assert (refused.value.type, refused.value.non_retryable) == (reason, True)


async def test_without_its_capture_on_the_ledger_an_order_is_not_invoiced(
    sessions: Sessions, configured: str, priced: Bring
) -> None:
    await assert_refused(sessions, await priced(), Reason.INTERNAL_ERROR, "the ledger knows of no capture over 288.95")
    await assert_nothing_issued(sessions, configured)


@pytest.mark.parametrize("wrong", [{"amount": Decimal("288.94")}, {"state": EffectState.STARTED}, {"state": "REFUSED"}])
async def test_a_capture_that_is_not_certain_to_the_cent_is_none(
    sessions: Sessions, configured: str, captured: Bring, wrong: dict[str, Any]
) -> None:
    order = await captured()
    async with sessions.begin() as session:
        await session.execute(update(Effect).where(Effect.tenant == configured).values(**wrong))
    await assert_refused(sessions, order, Reason.INTERNAL_ERROR, "the ledger knows of no capture")
    await assert_nothing_issued(sessions, configured)


async def test_an_order_without_prices_is_not_invoiced(sessions: Sessions, configured: str, looked_up: Bring) -> None:
    await assert_refused(sessions, await looked_up(), Reason.INTERNAL_ERROR, "not been recalculated")
    await assert_nothing_issued(sessions, configured)


async def charge_without_reason(sessions: Sessions, tenant: str, **members: Any) -> None:
    """Turn the stored prices of zero-rated goods into exempt ones that give no reason, which BR-E-10 forbids."""
    async with sessions.begin() as session:
        row = (await session.scalars(select(OrderSnapshot).where(OrderSnapshot.tenant == tenant))).one()
        assert row.priced is not None
        exempt = json.loads(json.dumps(row.priced["priced"]).replace('"tax_category": "Z"', '"tax_category": "E"'))
        stored = {name: member for name, member in row.priced.items() if name != "judged"}
        row.priced = stored | {"priced": exempt} | members


async def test_what_was_charged_by_figures_from_before_the_rules_is_invoiced_as_it_was_charged(
    sessions: Sessions, configured: str, captured: Bring
) -> None:
    order = await captured("EON9003")
    await charge_without_reason(sessions, configured)
    await issue(sessions, order)
    (row,) = await issued(sessions, configured)
    assert {group["tax_category"] for group in row.document["tax_groups"]} == {"E"}


async def test_figures_that_were_judged_are_judged_again(sessions: Sessions, configured: str, captured: Bring) -> None:
    order = await captured("EON9003")
    await charge_without_reason(sessions, configured, judged=True)
    await assert_refused(sessions, order, Reason.RULES_VIOLATED, "BR-E-10")
    await assert_nothing_issued(sessions, configured)


async def test_an_exhausted_series_says_so(sessions: Sessions, configured: str, priced: Bring) -> None:
    order = await priced(ON_ACCOUNT)
    await change_series(sessions, configured, max_value=1000)
    await assert_refused(sessions, order, Reason.SERIES_EXHAUSTED, "MaxValue is exceeded")
    await assert_nothing_issued(sessions, configured)


async def test_without_an_active_schema_there_is_no_number(sessions: Sessions, configured: str, priced: Bring) -> None:
    order = await priced(ON_ACCOUNT)
    await change_series(sessions, configured, schema_type="orderNoSequence")
    await assert_refused(sessions, order, Reason.NO_ACTIVE_SCHEMA, "invoiceNoSequence")


async def test_a_required_placeholder_without_a_value_burns_no_number(
    sessions: Sessions, configured: str, priced: Bring
) -> None:
    order = await priced(ON_ACCOUNT)
    await change_series(sessions, configured, placeholders={"__region__": {"required": True}})
    await assert_refused(sessions, order, Reason.NO_ACTIVE_SCHEMA, "__region__")
    await assert_nothing_issued(sessions, configured)


async def test_a_number_that_was_printed_before_is_not_printed_again(
    sessions: Sessions, configured: str, priced: Bring
) -> None:
    order = await priced(ON_ACCOUNT)
    await change_series(sessions, configured, pre_text="RE-", placeholders={})
    await add_invoice(sessions, configured, "EON1", number="RE-1001")
    await assert_refused(sessions, order, Reason.NUMBER_TAKEN, "RE-1001 has been issued before")
    assert await drawn(sessions, configured) == []
    assert await counter(sessions, configured) == 1000
