"""Receiving payments over the API: what is due goes down, by what was paid and never by more."""

import asyncio
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import httpx
import pytest
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.security.access import INVOICE_MANAGE, INVOICE_VIEW
from database import audit
from database.tables import PaymentItem
from tests.api_fixtures import ApiClientFactory, Client, CrowdFactory, TokenMaker
from tests.database.rows import another_tenant
from tests.database.sales import add_draft, as_it_is, credit, issue_sales_invoice

Sessions = async_sessionmaker[AsyncSession]
PATH = "/v1/payments/receive"
ITEMS = "receivePaymentItemDtoList"


@pytest.fixture
async def client(api_client: ApiClientFactory, token: TokenMaker, tenant: str) -> AsyncIterator[Client]:
    async with api_client(token=await token(tenant, [INVOICE_MANAGE])) as client:
        yield client


@pytest.fixture
async def everybody(crowd: CrowdFactory, token: TokenMaker, tenant: str) -> AsyncIterator[httpx.AsyncClient]:
    """For requests at once."""
    async with crowd(await token(tenant, [INVOICE_MANAGE])) as client:
        yield client


def item(code: str, amount: object, **members: Any) -> dict[str, Any]:
    return {"documentType": "SALES_INVOICE", "documentCode": code, "paymentAmount": amount, **members}


def payment(*items: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {ITEMS: list(items), "currency": "EUR", "documentDate": "24-11-2026", **members}


def faults(answer: Any) -> list[tuple[str, str]]:
    return [(fault["field"], fault["error"]) for fault in answer.json()["errors"]]


async def test_a_payment_is_kept_and_returned_with_all_its_members(
    client: Client, sessions: Sessions, tenant: str
) -> None:
    row = await issue_sales_invoice(sessions, tenant)
    sent = payment(
        item(row.code, 40.5, exchangeRate=1.25, taxCode="TX-0000001", taxAmount=0),
        exchangeRate=1.2,
        amount="40.50",
        accountCodePayTo="AC-0000001",
        paymentType="BANK_TRANSFER",
        contactCode="C-0000001",
        memo="by instalments",
        referenceNumber=4711,
        customField=[{"label": "Till", "value": 0.1}],
        somethingElse="ignored",
    )
    answer = await client.post(PATH, json=sent)
    assert answer.status_code == 201
    body = answer.json()
    assert isinstance(body.pop("id"), int)
    assert body == {
        "code": "RP-0000001",
        "documentSequenceCode": "RP-0000001",
        "documentType": "RECEIVE_PAYMENT",
        "currency": "EUR",
        "exchangeRate": 1.2,
        "amount": 40.5,
        "accountCodePayTo": "AC-0000001",
        "paymentType": "BANK_TRANSFER",
        "documentDate": "24-11-2026",
        "contactCode": "C-0000001",
        "memo": "by instalments",
        "referenceNumber": "4711",
        "referenceDate": None,
        "checkNumber": None,
        "customField": [{"label": "Till", "value": 0.1}],
        ITEMS: [
            {
                "documentType": "SALES_INVOICE",
                "documentCode": row.code,
                "paymentAmount": 40.5,
                "exchangeRate": 1.25,
                "taxCode": "TX-0000001",
                "taxAmount": 0,
            }
        ],
    }
    for place in (f"/{body['code']}", f"/code/{body['code']}", f"/{answer.json()['id']}"):
        assert (await client.get(PATH + place)).json() == answer.json()


async def test_a_day_of_long_ago_is_answered_as_it_was_sent(client: Client, sessions: Sessions, tenant: str) -> None:
    """Such years are slips, but the vendor's client may send them: the answer is no fault of ours."""
    row = await issue_sales_invoice(sessions, tenant)
    days = {"documentDate": "01-01-0001", "referenceDate": "05-06-0999"}
    answer = await client.post(PATH, json=payment(item(row.code, 1), **days))
    assert answer.status_code == 201, answer.text
    assert {name: answer.json()[name] for name in days} == days


async def test_the_invoice_is_open_until_the_last_cent_is_paid(client: Client, sessions: Sessions, tenant: str) -> None:
    row = await issue_sales_invoice(sessions, tenant)
    await client.post(PATH, json=payment(item(row.code, "99.99")))
    row = await as_it_is(sessions, row)
    assert (row.due, row.payment_status, row.status) == (Decimal("0.01"), "PARTIAL", "OPEN")
    await client.post(PATH, json=payment(item(row.code, 0.01)))
    row = await as_it_is(sessions, row)
    assert (row.due, row.payment_status, row.status) == (Decimal(0), "RECEIVED", "CLOSED")
    assert row.closed_at is not None


async def test_one_payment_settles_several_invoices_or_none(client: Client, sessions: Sessions, tenant: str) -> None:
    first, second = [await issue_sales_invoice(sessions, tenant) for _ in range(2)]
    refused = await client.post(PATH, json=payment(item(first.code, 60), item(second.code, "100.01")))
    assert refused.status_code == 400
    assert faults(refused) == [
        (f"{ITEMS}.1.paymentAmount", f"is 100.01 EUR, but only 100.00 EUR is due on {second.code}")
    ]
    assert [(await as_it_is(sessions, row)).due for row in (first, second)] == [Decimal(100), Decimal(100)]
    taken = await client.post(PATH, json=payment(item(first.code, 60), item(second.code, 100), amount=160))
    assert (taken.status_code, taken.json()["amount"]) == (201, 160)
    assert [(await as_it_is(sessions, row)).due for row in (first, second)] == [Decimal(40), Decimal(0)]


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"amount": 41}, "amount"),
        ({"currency": "USD"}, "currency"),
        ({"currency": None}, "currency"),
        ({"currency": ""}, "currency"),
        ({"exchangeRate": 0}, "exchangeRate"),
        ({"paymentType": "BARTER"}, "paymentType"),
        ({"documentDate": "2026-11-24"}, "documentDate"),
        ({"documentDate": None}, "documentDate"),
        ({ITEMS: []}, ITEMS),
        ({ITEMS: None}, ITEMS),
    ],
)
async def test_a_wrong_member_is_named(
    client: Client, sessions: Sessions, tenant: str, change: dict[str, Any], field: str
) -> None:
    row = await issue_sales_invoice(sessions, tenant)
    answer = await client.post(PATH, json=payment(item(row.code, 40)) | change)
    assert (answer.status_code, answer.json()["httpStatus"]) == (400, "BAD_REQUEST")
    assert [name for name, _ in faults(answer)] == [field]
    assert (await as_it_is(sessions, row)).due == Decimal(100)


@pytest.mark.parametrize(
    ("change", "member"),
    [
        ({"paymentAmount": 0}, "paymentAmount"),
        ({"paymentAmount": -1}, "paymentAmount"),
        ({"paymentAmount": "1.005"}, "paymentAmount"),
        ({"paymentAmount": None}, "paymentAmount"),
        ({"paymentAmount": True}, "paymentAmount"),
        ({"paymentAmount": "NaN"}, "paymentAmount"),
        ({"exchangeRate": -1}, "exchangeRate"),
        ({"documentType": "PURCHASE_INVOICE"}, "documentType"),
        ({"documentCode": ""}, "documentCode"),
    ],
)
async def test_a_wrong_member_of_an_item_is_named(
    client: Client, sessions: Sessions, tenant: str, change: dict[str, Any], member: str
) -> None:
    row = await issue_sales_invoice(sessions, tenant)
    answer = await client.post(PATH, json=payment(item(row.code, 1), item(row.code, 1) | change))
    assert answer.status_code == 400
    assert [name for name, _ in faults(answer)] == [f"{ITEMS}.1.{member}"]
    assert (await as_it_is(sessions, row)).due == Decimal(100)


async def test_a_draft_cannot_be_paid(client: Client, sessions: Sessions, tenant: str) -> None:
    draft = await add_draft(sessions, tenant)
    answer = await client.post(PATH, json=payment(item(draft.code, 1)))
    assert answer.status_code == 400
    assert [name for name, _ in faults(answer)] == [f"{ITEMS}.0.documentCode"]


async def test_an_invoice_that_there_is_not_is_named(client: Client, sessions: Sessions, tenant: str) -> None:
    row = await issue_sales_invoice(sessions, tenant)
    foreign = await issue_sales_invoice(sessions, await another_tenant(sessions))
    assert foreign.code == row.code, "two tenants number alike"
    answer = await client.post(PATH, json=payment(item(row.code, 1), item("0009999", 1)))
    assert (answer.status_code, answer.json()["errorMessage"]) == (404, "Sales invoice not found.")
    assert faults(answer) == [(f"{ITEMS}.1.documentCode", "there is no sales invoice 0009999")]
    await client.post(PATH, json=payment(item(row.code, 1)))
    assert (await as_it_is(sessions, foreign)).due == Decimal(100)


async def test_two_that_pay_all_that_is_due_at_once_pay_it_once(
    everybody: httpx.AsyncClient, sessions: Sessions, tenant: str
) -> None:
    row = await issue_sales_invoice(sessions, tenant)
    body = payment(item(row.code, 100))
    answers = await asyncio.gather(*(everybody.post(PATH, json=body) for _ in range(8)))
    assert sorted(answer.status_code for answer in answers) == [201] + [400] * 7
    refused = next(answer for answer in answers if answer.status_code == 400)
    assert faults(refused) == [(f"{ITEMS}.0.paymentAmount", f"is 100.00 EUR, but only 0.00 EUR is due on {row.code}")]
    row = await as_it_is(sessions, row)
    assert (row.received, row.due) == (Decimal(100), Decimal(0))


async def test_payments_of_the_same_invoices_in_another_order_do_not_lock_each_other_out(
    everybody: httpx.AsyncClient, sessions: Sessions, tenant: str
) -> None:
    rows = [await issue_sales_invoice(sessions, tenant) for _ in range(3)]
    there = payment(*(item(row.code, 1) for row in rows))
    back = payment(*(item(row.code, 1) for row in reversed(rows)))
    answers = await asyncio.gather(*(everybody.post(PATH, json=body) for body in [there, back] * 10))
    assert {answer.status_code for answer in answers} == {201}
    assert {(await as_it_is(sessions, row)).due for row in rows} == {Decimal(80)}


async def test_a_repeat_under_the_same_key_pays_once(
    everybody: httpx.AsyncClient, sessions: Sessions, tenant: str
) -> None:
    row = await issue_sales_invoice(sessions, tenant)
    key = {"Idempotency-Key": "pay-1"}
    body = payment(item(row.code, 10))
    answers = await asyncio.gather(*(everybody.post(PATH, json=body, headers=key) for _ in range(5)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.text for answer in answers}) == 1
    assert (await as_it_is(sessions, row)).due == Decimal(90)
    other = await everybody.post(PATH, json=payment(item(row.code, 11)), headers=key)
    assert other.status_code == 409
    assert (await as_it_is(sessions, row)).due == Decimal(90)


async def test_a_refused_payment_does_not_use_its_key_up(client: Client, sessions: Sessions, tenant: str) -> None:
    row = await issue_sales_invoice(sessions, tenant)
    key = {"Idempotency-Key": "pay-1"}
    assert (await client.post(PATH, json=payment(item(row.code, 101)), headers=key)).status_code == 400
    assert (await client.post(PATH, json=payment(item(row.code, 100)), headers=key)).status_code == 201


async def test_each_invoice_has_the_payment_in_its_trail(client: Client, sessions: Sessions, tenant: str) -> None:
    row = await issue_sales_invoice(sessions, tenant)
    await client.post(PATH, json=payment(item(row.code, 30), item(row.code, "10.50")))
    async with sessions() as session:
        event = (await audit.list_events(session, tenant, document=f"sales-invoice/{row.code}", limit=1))[0]
    assert event.action == "pay"
    assert event.actor.startswith("client:")
    detail = event.detail | {"due": Decimal(event.detail["due"]), "amount": Decimal(event.detail["amount"])}
    assert detail == {
        "payment": "RP-0000001",
        "amount": Decimal("40.50"),
        "currency": "EUR",
        "due": Decimal("59.50"),
    }


async def test_the_rate_is_the_item_s_else_the_payment_s_else_the_invoice_s(
    client: Client, sessions: Sessions, tenant: str
) -> None:
    foreign = await issue_sales_invoice(sessions, tenant, rate="1.4567890123")
    own = await issue_sales_invoice(sessions, tenant)
    items = [item(foreign.code, 1, exchangeRate=2), item(foreign.code, 1), item(own.code, 1)]
    without = (await client.post(PATH, json=payment(*items))).json()
    assert [entry["exchangeRate"] for entry in without[ITEMS]] == [2, 1.4567890123, 1]
    with_rate = (await client.post(PATH, json=payment(*items, exchangeRate=1.5))).json()
    assert [entry["exchangeRate"] for entry in with_rate[ITEMS]] == [2, 1.5, 1.5]


async def test_payments_are_listed_the_newest_first(client: Client, sessions: Sessions, tenant: str) -> None:
    rows = [await issue_sales_invoice(sessions, tenant) for _ in range(2)]
    for n, row in enumerate([rows[0], rows[1], rows[0]], 1):
        await client.post(PATH, json=payment(item(row.code, n)))
    listed = (await client.get(PATH, params={"limit": 2, "page": 0})).json()
    assert [entry["code"] for entry in listed["content"]] == ["RP-0000003", "RP-0000002"]
    assert (listed["totalElements"], listed["totalPages"], listed["last"], listed["number"]) == (3, 2, False, 0)
    rest = (await client.get(PATH, params={"limit": 2, "page": 1})).json()
    assert [entry["code"] for entry in rest["content"]] == ["RP-0000001"]
    mine = (await client.get(f"{PATH}/", params={"salesInvoiceCode": rows[0].code, "unknown": "x"})).json()
    assert [entry["amount"] for entry in mine["content"]] == [3, 1]
    assert (await client.get(PATH, params={"limit": "many"})).status_code == 400


async def test_a_payment_that_there_is_not_is_not_found(client: Client, sessions: Sessions, tenant: str) -> None:
    for code in ("RP-0000001", "1", "9" * 30, "code/RP-0000001"):
        answer = await client.get(f"{PATH}/{code}")
        assert (answer.status_code, answer.json()["errorMessage"]) == (404, "Payment not found."), code


async def test_payments_are_their_tenant_s_alone(
    client: Client, api_client: ApiClientFactory, token: TokenMaker, sessions: Sessions, tenant: str
) -> None:
    row = await issue_sales_invoice(sessions, tenant)
    made = (await client.post(PATH, json=payment(item(row.code, 1)))).json()
    stranger = await another_tenant(sessions)
    async with api_client(token=await token(stranger)) as other:
        assert (await other.get(f"{PATH}/{made['id']}")).status_code == 404
        assert (await other.get(f"{PATH}/{made['code']}")).status_code == 404
        assert (await other.get(PATH, params={"salesInvoiceCode": row.code})).json()["content"] == []
        assert (await other.post(PATH, json=payment(item(row.code, 1)))).status_code == 404


async def test_who_only_reads_invoices_receives_nothing(
    api_client: ApiClientFactory, token: TokenMaker, sessions: Sessions, tenant: str
) -> None:
    row = await issue_sales_invoice(sessions, tenant)
    async with api_client(token=await token(tenant, [INVOICE_VIEW])) as reader:
        assert (await reader.post(PATH, json=payment(item(row.code, 1)))).status_code == 403
        assert (await reader.get(PATH)).status_code == 200


@pytest.mark.parametrize("statement", ["UPDATE payment_items SET amount = 1", "DELETE FROM payment_items"])
async def test_the_database_refuses_to_change_a_payment(
    client: Client, sessions: Sessions, tenant: str, statement: str
) -> None:
    row = await issue_sales_invoice(sessions, tenant)
    await client.post(PATH, json=payment(item(row.code, 10)))
    with pytest.raises(DBAPIError):
        async with sessions.begin() as session:
            await session.execute(text(f"{statement} WHERE tenant = :tenant"), {"tenant": tenant})
    async with sessions() as session:
        amounts = await session.scalars(select(PaymentItem.amount).where(PaymentItem.tenant == tenant))
        assert list(amounts) == [Decimal(10)]


async def test_what_a_credit_note_took_off_is_not_paid_again(client: Client, sessions: Sessions, tenant: str) -> None:
    row = await issue_sales_invoice(sessions, tenant)
    await credit(sessions, row, "30.00")
    assert (await client.post(PATH, json=payment(item(row.code, "70.01")))).status_code == 400
    assert (await client.post(PATH, json=payment(item(row.code, 70)))).status_code == 201
