"""What brought down the due amount of sales invoices, read for many at once."""

from datetime import date
from decimal import Decimal

from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from database import payments
from database.payments import NewPayment
from database.tables import SalesInvoice
from invoicing.sales.knock_off import KnockOff, PaidItem
from tests.database.sales import ACTOR, credit, issue_sales_invoice

Sessions = async_sessionmaker[AsyncSession]


async def pay(sessions: Sessions, tenant: str, *amounts: tuple[SalesInvoice, str]) -> None:
    items = tuple(PaidItem(invoice_code=row.code, amount=Decimal(amount)) for row, amount in amounts)
    new = NewPayment(tenant, ACTOR, date(2026, 11, 25), "EUR", None, items, {})
    async with sessions.begin() as session:
        await payments.receive(session, new)


async def test_payments_and_credit_notes_stand_in_the_order_in_which_they_came(sessions: Sessions, tenant: str) -> None:
    row, other, untouched = [await issue_sales_invoice(sessions, tenant, rate="1.5") for _ in range(3)]
    await pay(sessions, tenant, (row, "10.00"), (other, "5.00"), (row, "2.00"))
    note = await credit(sessions, row, "30.00")
    await pay(sessions, tenant, (row, "58.00"))
    async with sessions() as session:
        found = await payments.knock_offs(session, [row.id, other.id, untouched.id])

    def knock_off(order: int, kind: str, code: str, day: date, amount: str, rate: str) -> KnockOff:
        return KnockOff(
            order=order,
            document_type=kind,
            document_code=code,
            document_date=day,
            amount=Decimal(amount),
            exchange_rate=Decimal(rate),
            currency="EUR",
        )

    paid_on = date(2026, 11, 25)
    assert found == {
        row.id: [
            knock_off(1, "RECEIVE_PAYMENT", "RP-0000001", paid_on, "10.00", "1.5"),
            knock_off(2, "RECEIVE_PAYMENT", "RP-0000001", paid_on, "2.00", "1.5"),
            knock_off(3, "CREDIT_NOTE", note, date(2026, 11, 22), "30.00", "1"),
            knock_off(4, "RECEIVE_PAYMENT", "RP-0000002", paid_on, "58.00", "1.5"),
        ],
        other.id: [knock_off(1, "RECEIVE_PAYMENT", "RP-0000001", paid_on, "5.00", "1.5")],
    }


async def test_one_query_reads_those_of_all_invoices(engine: AsyncEngine, sessions: Sessions, tenant: str) -> None:
    rows = [await issue_sales_invoice(sessions, tenant) for _ in range(3)]
    await pay(sessions, tenant, *((row, "1.00") for row in rows))
    statements: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        statements.append(statement)

    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        async with sessions() as session:
            assert len(await payments.knock_offs(session, [row.id for row in rows])) == 3
            assert await payments.knock_offs(session, []) == {}
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)
    assert len(statements) == 1
