"""Fulfilling an invoice when it is issued, and sums for many invoices at once."""

from decimal import Decimal

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import fulfillments, sales_invoices
from database.tables import SalesInvoice
from invoicing.sales.items import sales_items
from tests.database.sales import ACTOR, DAY, as_it_is, issue_sales_invoice, stated_item

Sessions = async_sessionmaker[AsyncSession]
STATED = [stated_item("SII-0000001", "P-0000001", "2"), stated_item("SII-0000002", "P-0000002", "0.5")]


async def issue_complete(sessions: Sessions, tenant: str, **details: object) -> SalesInvoice:
    row = await issue_sales_invoice(sessions, tenant, details={"salesInvoiceItems": STATED} | details)
    async with sessions.begin() as session:
        held = await sales_invoices.lock(session, tenant, row.id)
        assert held is not None
        await fulfillments.fulfil_all(session, held, sales_items(held.details, None), ACTOR)
    return await as_it_is(sessions, row)


async def test_everything_is_fulfilled_on_the_day_of_the_invoice(sessions: Sessions, tenant: str) -> None:
    row = await issue_complete(sessions, tenant)
    assert (row.fulfillment_status, row.fulfillment_type) == ("FULLY_FULFILLED", "DEFAULT")
    async with sessions() as session:
        (made,), total = await fulfillments.list_fulfillments(
            session, tenant, invoice_code=row.code, limit=10, offset=0
        )
    assert (total, made.fulfillment.fulfillment_date, made.fulfillment.created_by) == (1, DAY, ACTOR)
    assert [(part.item_code, part.quantity) for part in made.parts] == [
        ("SII-0000001", Decimal(2)),
        ("SII-0000002", Decimal("0.5")),
    ]


async def test_a_drop_shipment_is_fulfilled_as_one(sessions: Sessions, tenant: str) -> None:
    row = await issue_complete(sessions, tenant, dropShip=True)
    assert (row.fulfillment_status, row.fulfillment_type) == ("FULLY_FULFILLED", "DROP_SHIP")


async def test_a_back_order_waits_for_its_goods(sessions: Sessions, tenant: str) -> None:
    row = await issue_complete(sessions, tenant, backOrder=True)
    assert (row.fulfillment_status, row.fulfillment_type) == ("UNFULFILLED", "NONE")


@pytest.mark.parametrize("quantity", ["0", "-2"])
async def test_what_needs_no_goods_is_fulfilled_without_a_fulfilment(
    sessions: Sessions, tenant: str, quantity: str
) -> None:
    returned = [stated_item("SII-0000001", "P-0000001", quantity)]
    row = await issue_complete(sessions, tenant, salesInvoiceItems=returned)
    assert (row.fulfillment_status, row.fulfillment_type) == ("FULLY_FULFILLED", "NONE")
    async with sessions() as session:
        assert await fulfillments.fulfilled_of(session, row) == {}


async def test_the_sums_of_many_invoices_are_read_at_once(sessions: Sessions, tenant: str) -> None:
    row = await issue_complete(sessions, tenant)
    untouched = await issue_sales_invoice(sessions, tenant, details={"salesInvoiceItems": STATED})
    async with sessions() as session:
        found = await fulfillments.fulfilled_quantities(session, [row.id, untouched.id])
        assert await fulfillments.fulfilled_quantities(session, []) == {}
    assert found == {row.id: {"SII-0000001": Decimal(2), "SII-0000002": Decimal("0.5")}}
