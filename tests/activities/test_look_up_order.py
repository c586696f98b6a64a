"""What the look-up refuses, what it hands back, and that money once moved fixes the order."""

from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.exceptions import ApplicationError

from activities.capture_payment import CaptureActivities
from activities.look_up_order import LookUpActivities
from contracts.failures import Reason
from contracts.order_invoice import CaptureRequest, LookedUp, OrderRef
from database import invoices, orders
from database.invoices import MailState
from database.orders import Snapshot
from demo.orders.exact_json import dump
from demo.orders.manual import MANUAL
from tests.activities.conftest import Bring
from tests.activities.fakes import GatewayFake, Killed, ShopFake
from tests.database.rows import document_of, issue

Sessions = async_sessionmaker[AsyncSession]
TEXT = dump(MANUAL["EON9001"]("EON9001"))
CHANGED = TEXT.replace('"EUR"', '"USD"')


def ref_of(tenant: str, order_id: str = "EON9001") -> OrderRef:
    return OrderRef(tenant=tenant, order_id=order_id, job_id=uuid4())


async def look_up(sessions: Sessions, order: OrderRef, text: str | None = TEXT) -> LookedUp:
    shop = ShopFake({} if text is None else {order.order_id: text})
    return await LookUpActivities(sessions, shop).look_up_order(order)


async def kept(sessions: Sessions, order: OrderRef) -> Snapshot | None:
    async with sessions() as session:
        return await orders.get_order(session, order.tenant, order.order_id)


async def test_an_order_is_kept_as_the_shop_has_it_now(sessions: Sessions, tenant: str) -> None:
    order = ref_of(tenant)
    for text in (TEXT, CHANGED):
        assert await look_up(sessions, order, text) == LookedUp(unfinished=None)
        assert await kept(sessions, order) == Snapshot(text, None)


async def test_once_the_money_is_taken_the_order_stays_as_it_was(
    sessions: Sessions, captured: Bring, configured: str
) -> None:
    order = await captured()
    before = await kept(sessions, order)
    silent: Any = None  # whoever asks the shop fails
    assert await LookUpActivities(sessions, silent).look_up_order(order) == LookedUp()
    assert await kept(sessions, order) == before


async def test_while_it_is_unknown_whether_the_money_is_taken_the_order_stays_too(
    sessions: Sessions, priced: Bring
) -> None:
    order = await priced()
    gateway = CaptureActivities(sessions, GatewayFake(dies_at="after"))
    with pytest.raises(Killed):
        await gateway.capture_payment(CaptureRequest(order=order, requested_by="run/1"))
    before = await kept(sessions, order)
    await look_up(sessions, order, CHANGED)
    assert await kept(sessions, order) == before


class SlowShop(ShopFake):
    """While it is being asked, another attempt of the step goes all the way to the capture."""

    def __init__(self, sessions: Sessions, order: OrderRef, text: str) -> None:
        super().__init__({order.order_id: text})
        self._capture = CaptureActivities(sessions, GatewayFake())
        self._request = CaptureRequest(order=order, requested_by="run/1")

    async def get(self, tenant: str, order_id: str) -> str:
        await self._capture.capture_payment(self._request)
        return await super().get(tenant, order_id)


async def test_a_look_up_that_wakes_after_the_capture_comes_too_late(sessions: Sessions, priced: Bring) -> None:
    order = await priced()
    before = await kept(sessions, order)
    await LookUpActivities(sessions, SlowShop(sessions, order, CHANGED)).look_up_order(order)
    assert await kept(sessions, order) == before


async def test_after_a_decline_the_order_is_read_anew(sessions: Sessions, priced: Bring) -> None:
    order = await priced()
    gateway = CaptureActivities(sessions, GatewayFake(declines=True))
    with pytest.raises(ApplicationError):
        await gateway.capture_payment(CaptureRequest(order=order, requested_by="run/1"))
    await look_up(sessions, order, CHANGED)
    assert await kept(sessions, order) == Snapshot(CHANGED, None)


async def test_an_invoice_is_handed_back_until_it_is_printed_and_mailed(sessions: Sessions, tenant: str) -> None:
    order = ref_of(tenant)
    invoice = await issue(sessions, tenant, order.order_id, number="INV1")

    async def unfinished() -> bool:
        found = (await look_up(sessions, order, None)).unfinished
        return found is not None and (found.invoice_id, found.number) == (invoice.id, "INV1")

    assert await unfinished()
    async with sessions.begin() as session:
        await invoices.add_document(session, document_of(invoice))
    assert await unfinished()
    async with sessions.begin() as session:
        await invoices.start_mail(session, tenant, invoice.id, "ada@example.com", "<1@a>")
    assert await unfinished()
    async with sessions.begin() as session:
        await invoices.complete_mail(session, tenant, invoice.id, "ada@example.com", MailState.SENT, message=None)
    with pytest.raises(ApplicationError, match="already invoiced: INV1") as refused:
        await look_up(sessions, order, None)
    assert (refused.value.type, refused.value.non_retryable) == (Reason.ALREADY_INVOICED, True)


@pytest.mark.parametrize(
    ("text", "reason", "words"),
    [
        (None, Reason.UNKNOWN_ORDER, "no order EON9001"),
        ('{"id":"EON1","currency":"EUR"}', Reason.INVALID_ORDER, "id: is not the id that was asked for"),
        ('{"id":"EON9001"}', Reason.INVALID_ORDER, "currency"),
        ('{"id":"EON9001","currency":"EUR","entries":[{"amount":-1}]}', Reason.INVALID_ORDER, r"entries\[0\]\.amount"),
        ('{"id":"EON9001","currency":"EUR","totalPrice":NaN}', Reason.INVALID_ORDER, "NaN"),
        ('{"id":"EON9001","currency":"EUR","status":"IN_CHECKOUT"}', Reason.NOT_INVOICEABLE, "IN_CHECKOUT"),
        ('{"id":"EON9001","currency":"EUR","status":"DECLINED"}', Reason.NOT_INVOICEABLE, "DECLINED"),
        (
            '{"id":"EON9001","currency":"EUR","mixins":{"invoice":{"invoiceNo":"OLD-7"}}}',
            Reason.ALREADY_INVOICED,
            "carries an invoice number",
        ),
    ],
)
async def test_an_order_that_cannot_be_invoiced_is_refused_and_not_kept(
    sessions: Sessions, tenant: str, text: str | None, reason: Reason, words: str
) -> None:
    order = ref_of(tenant)
    with pytest.raises(ApplicationError, match=words) as refused:
        await look_up(sessions, order, text)
    assert (refused.value.type, refused.value.non_retryable) == (reason, True)
    assert await kept(sessions, order) is None
