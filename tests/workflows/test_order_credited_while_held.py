"""An order's invoice waits for a person, and is credited in full meanwhile: it is over, and the order begins anew.

Every order is EON9001 without a usable e-mail address: captured over 288.95 EUR, issued, printed, reported, not mailed.
"""

import asyncio
from decimal import Decimal

import pytest
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError

from contracts.failures import Reason
from contracts.order_invoice import Retry, Step
from database.job_lists import ItemView
from demo.orders.manual import MANUAL
from tests.credit_desk import ORDER, Desk
from tests.waiting import eventually
from tests.workflows.histories import replayed

TOTAL = Decimal("288.95")
SECOND = "second-transaction"


async def hold(desk: Desk) -> str:
    """Invoice the order until it is held for want of an address; the invoice's number."""
    order = MANUAL[ORDER](ORDER)
    order["customer"]["email"] = "nobody"
    desk.service.shop.add_order(order)
    view = (await desk.service.run(ORDER))[ORDER]
    assert (view.item.state, view.item.reason) == ("HELD", Reason.NO_MAIL_ADDRESS)
    return str(view.invoice_number)


def mend_address(desk: Desk) -> None:
    order = desk.service.shop.order(ORDER)
    order["customer"]["email"] = "ada@example.org"
    desk.service.shop.replace_order(order)


async def named_again(desk: Desk) -> ItemView:
    return (await desk.service.run(ORDER))[ORDER]


async def retried(desk: Desk) -> None:
    await desk.service.order(ORDER).execute_update("retry", Retry())


async def held_for(desk: Desk, reason: Reason) -> None:
    async def is_held() -> bool:
        held = (await desk.service.standing(ORDER)).held
        return held is not None and held.reason is reason

    await eventually(is_held, what=f"the hold: {reason}")


async def cancelled(desk: Desk) -> None:
    """Cancel it, and see that it is heard."""
    await desk.service.order(ORDER).cancel()
    async with asyncio.timeout(30):
        with pytest.raises(WorkflowFailureError):
            await desk.service.order(ORDER).result()
    assert (await desk.service.order(ORDER).describe()).status is WorkflowExecutionStatus.CANCELED


def mailed(desk: Desk) -> list[tuple[str, ...]]:
    return [mail.attachments for mail in desk.service.mail_sink.mails()]


async def test_the_next_job_that_names_it_makes_a_new_invoice_and_mails_only_that(desk: Desk) -> None:
    first = await hold(desk)
    await desk.settled(await desk.credit())
    desk.service.shop.authorise_again(ORDER, SECOND)
    mend_address(desk)
    view = await named_again(desk)
    assert view.item.state == "SUCCESS"
    assert view.invoice_number not in {None, first}
    assert mailed(desk) == [(f"{view.invoice_number}.pdf",)]
    assert [one.transaction_id for one in desk.service.shop.books().captures][1:] == [SECOND]
    assert desk.service.shop.captures(ORDER) == [(TOTAL, "EUR"), (TOTAL, "EUR")]
    assert desk.refunds == [(TOTAL, "EUR")]
    assert desk.service.shop.order(ORDER)["mixins"]["invoice"]["invoiceNo"] == view.invoice_number
    rounds = sorted((row.order_round, row.number) for row in await desk.service.invoices() if row.kind == "INVOICE")
    assert rounds == [(0, first), (1, view.invoice_number)]
    await replayed(desk.service.order(ORDER))


async def test_without_another_payment_a_person_decides_and_a_cancel_is_heard(desk: Desk) -> None:
    await hold(desk)
    await desk.settled(await desk.credit())
    mend_address(desk)
    await retried(desk)
    await held_for(desk, Reason.NOT_AUTHORISED)
    await cancelled(desk)
    assert mailed(desk) == []
    assert desk.service.shop.captures(ORDER) == [(TOTAL, "EUR")]
    await replayed(desk.service.order(ORDER))


async def test_while_the_refund_is_open_it_waits_and_then_is_invoiced(desk: Desk) -> None:
    first = await hold(desk)
    transaction = desk.service.shop.transaction_of(ORDER)
    desk.service.shop.decline(transaction)
    made = await desk.credit()
    await desk.held(made)
    desk.service.shop.authorise_again(ORDER, SECOND)
    mend_address(desk)
    view = await named_again(desk)
    assert (view.item.state, view.item.reason, view.item.step) == ("HELD", Reason.REFUND_PENDING, Step.LOOK_UP)
    assert view.item.invoice_id is None
    desk.service.shop.accept(transaction)
    await desk.workflow(made).execute_update("retry", Retry())
    await desk.settled(made)
    view = await named_again(desk)
    assert view.item.state == "SUCCESS"
    assert view.invoice_number != first


async def test_while_the_refund_is_open_it_may_be_cancelled(desk: Desk) -> None:
    await hold(desk)
    desk.service.shop.decline(desk.service.shop.transaction_of(ORDER))
    await desk.held(await desk.credit())
    await retried(desk)
    await held_for(desk, Reason.REFUND_PENDING)
    await cancelled(desk)


async def test_a_cancel_that_came_too_late_for_the_credited_invoice_is_heard_before_the_next(desk: Desk) -> None:
    await hold(desk)
    await desk.service.order(ORDER).cancel()
    await desk.settled(await desk.credit())
    desk.service.shop.authorise_again(ORDER, SECOND)
    mend_address(desk)
    view = await named_again(desk)
    assert (view.item.state, view.item.reason) == ("FAILURE", Reason.CANCELLED)
    assert view.item.message == "cancelled; its invoice has been credited"
    assert desk.service.shop.captures(ORDER) == [(TOTAL, "EUR")]
    assert (await named_again(desk)).item.state == "SUCCESS"


async def test_credited_in_part_the_invoice_is_finished_all_the_same(desk: Desk) -> None:
    first = await hold(desk)
    await desk.settled(await desk.credit([{"position": 1, "quantity": 1}]))
    mend_address(desk)
    view = await named_again(desk)
    assert (view.item.state, view.invoice_number) == ("SUCCESS", first)
    assert mailed(desk) == [(f"{first}.pdf",)]
    assert desk.service.shop.captures(ORDER) == [(TOTAL, "EUR")]
