"""Prices are made of the stored order, and not anew once money may have moved by them."""

from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.exceptions import ApplicationError

from activities.capture_payment import CaptureActivities
from activities.recalculate import RecalculateActivities
from contracts.failures import Reason
from contracts.order_invoice import CaptureRequest, OrderRef
from database import configurations, orders, sites
from database.configurations import Entry
from database.orders import Recalculation
from database.secured_values import NO_KEY
from database.tables import JsonObject
from invoicing.invoice import Invoice
from invoicing.orders.issuing import make_invoice
from invoicing.orders.payment import PaymentAction
from tests.activities.conftest import ON_ACCOUNT, Bring
from tests.activities.fakes import GatewayFake, Killed

Sessions = async_sessionmaker[AsyncSession]


async def recalculated(sessions: Sessions, order: OrderRef, tolerance_minor: int = 1) -> Recalculation:
    await RecalculateActivities(sessions, tolerance_minor).recalculate(order)
    return await prices(sessions, order)


async def prices(sessions: Sessions, order: OrderRef) -> Recalculation:
    async with sessions() as session:
        snapshot = await orders.get_order(session, order.tenant, order.order_id)
    assert snapshot is not None
    assert snapshot.recalculation is not None
    return snapshot.recalculation


async def site_includes_tax(sessions: Sessions, tenant: str) -> None:
    async with sessions.begin() as session:
        view = await sites.get_site(session, tenant, "main")
        assert view is not None
        await sites.replace_site(session, tenant, "main", {**view.body, "includesTax": True}, {})


async def test_the_stored_order_is_priced_and_its_payment_planned(sessions: Sessions, looked_up: Bring) -> None:
    """Figures of the sample order as the reference states them."""
    made = await recalculated(sessions, await looked_up())
    assert (made.priced.totals.net, made.priced.totals.gross) == (Decimal("248.46"), Decimal("288.95"))
    assert not made.priced.tax_inclusive
    assert made.judged
    assert (made.payment.action, made.payment.amount) == (PaymentAction.CAPTURE, Decimal("288.95"))


async def test_on_account_nothing_is_planned(sessions: Sessions, looked_up: Bring) -> None:
    made = await recalculated(sessions, await looked_up(ON_ACCOUNT))
    assert (made.payment.action, made.payment.amount) == (PaymentAction.NOTHING, Decimal(0))


async def test_figures_that_break_a_rule_stop_the_order_before_its_capture(
    sessions: Sessions, looked_up: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    def with_a_cent_too_much(*arguments: Any) -> Invoice:
        invoice = make_invoice(*arguments)
        totals = invoice.totals.model_copy(update={"gross": invoice.totals.gross + Decimal("0.01")})
        return invoice.model_copy(update={"totals": totals})

    monkeypatch.setattr("activities.recalculate.make_invoice", with_a_cent_too_much)
    with pytest.raises(ApplicationError, match="BR-CO-15") as refused:
        await recalculated(sessions, await looked_up())
    assert refused.value.type == Reason.RULES_VIOLATED


async def test_what_its_electronic_form_lacks_holds_the_order_before_its_capture(
    sessions: Sessions, configured: str, looked_up: Bring
) -> None:
    """All of it in one sentence for a person; once it is mended, the order goes on."""
    order = await looked_up()
    missing: JsonObject = {"eInvoice": {"whenIncomplete": "BLOCK", "ubl": "ALWAYS"}}
    async with sessions.begin() as session:
        await configurations.add_entries(session, configured, [Entry("invoiceDocument", missing)], NO_KEY)
    with pytest.raises(ApplicationError) as refused:
        await recalculated(sessions, order)
    assert (refused.value.type, refused.value.non_retryable) == (Reason.EINVOICE_INCOMPLETE, True)
    for term in ("BT-49, PEPPOL-EN16931-R010", "BT-10, PEPPOL-EN16931-R003", "BT-10, DE-R-015"):
        assert f"({term})" in refused.value.message
    async with sessions.begin() as session:
        mended = Entry("invoiceDocument", {"eInvoice": {"whenIncomplete": "BLOCK"}})
        await configurations.replace_entry(session, configured, mended, NO_KEY)
    assert (await recalculated(sessions, order)).judged


async def test_before_any_capture_prices_follow_the_site(sessions: Sessions, configured: str, looked_up: Bring) -> None:
    order = await looked_up()
    assert not (await recalculated(sessions, order)).priced.tax_inclusive
    await site_includes_tax(sessions, configured)
    assert (await recalculated(sessions, order)).priced.tax_inclusive


@pytest.mark.parametrize("dies_at", [None, "after"])
async def test_once_money_may_have_moved_the_prices_stay(
    sessions: Sessions, configured: str, priced: Bring, dies_at: str | None
) -> None:
    order = await priced()
    gateway = GatewayFake(dies_at="after" if dies_at else None)
    request = CaptureRequest(order=order, requested_by="run/1")
    try:
        await CaptureActivities(sessions, gateway).capture_payment(request)
    except Killed:
        assert dies_at
    before = await prices(sessions, order)
    await site_includes_tax(sessions, configured)
    assert await recalculated(sessions, order) == before


async def test_after_a_decline_the_prices_are_made_anew(sessions: Sessions, configured: str, priced: Bring) -> None:
    order = await priced()
    gateway = CaptureActivities(sessions, GatewayFake(declines=True))
    with pytest.raises(ApplicationError):
        await gateway.capture_payment(CaptureRequest(order=order, requested_by="run/1"))
    await site_includes_tax(sessions, configured)
    assert (await recalculated(sessions, order)).priced.tax_inclusive


async def assert_refused(sessions: Sessions, order: OrderRef, reason: Reason, words: str) -> None:
    with pytest.raises(ApplicationError, match=words) as refused:
        await RecalculateActivities(sessions, 1).recalculate(order)
    assert (refused.value.type, refused.value.non_retryable) == (reason, True)


async def test_totals_that_differ_by_more_than_the_tolerance_need_a_person(
    sessions: Sessions, looked_up: Bring
) -> None:
    order = await looked_up("EON9006")  # states two cents too many
    await assert_refused(sessions, order, Reason.TOTALS_DIFFER, "178.5")
    assert (await recalculated(sessions, order, tolerance_minor=2)).priced.totals.gross == Decimal("178.50")


async def test_an_order_of_an_unknown_site_has_no_seller(sessions: Sessions, looked_up: Bring) -> None:
    await assert_refused(sessions, await looked_up(siteCode="moon"), Reason.UNKNOWN_SITE, "'moon'")


async def test_a_card_order_without_an_authorisation_is_not_charged(sessions: Sessions, looked_up: Bring) -> None:
    order = await looked_up(payments=[{"status": "PENDING", "method": "credit_card"}])
    await assert_refused(sessions, order, Reason.NOT_AUTHORISED, "PENDING")


async def test_what_cannot_be_issued_fails_before_the_money_is_captured(
    sessions: Sessions, looked_up: Bring, monkeypatch: pytest.MonkeyPatch
) -> None:
    order = await looked_up()

    def fail(*_arguments: object) -> None:
        raise OverflowError("date value out of range")

    with monkeypatch.context() as patch:
        patch.setattr("activities.recalculate.make_invoice", fail)
        with pytest.raises(OverflowError):
            await RecalculateActivities(sessions, 1).recalculate(order)
    async with sessions() as session:
        snapshot = await orders.get_order(session, order.tenant, order.order_id)
    assert snapshot is not None
    assert snapshot.recalculation is None


async def test_an_order_that_was_not_read_cannot_be_priced(sessions: Sessions, looked_up: Bring) -> None:
    order = (await looked_up()).model_copy(update={"order_id": "EON1"})
    await assert_refused(sessions, order, Reason.INTERNAL_ERROR, "not been looked up")
