"""Listing, filtering, searching and counting sales invoices over HTTP (Deskera B.2)."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event, update
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker

from api.security.access import CONFIGURATION_VIEW, INVOICE_VIEW
from database import sales_invoices
from database.issuing import Issue, issue
from database.sales_invoices import Entry
from database.tables import Contact
from invoicing.invoice import Invoice, SettlementKind
from tests.api.sales_invoices import requests as fixtures
from tests.api.sales_invoices.requests import URL, created, faults, item, request, set_up
from tests.api_fixtures import ApiClientFactory, Client, TokenMaker
from tests.database.rows import another_tenant
from tests.documents.invoices import GERMAN_BUYER, Item, make_invoice

Sessions = async_sessionmaker[AsyncSession]
seller = fixtures.seller

ENVELOPE = {
    "content", "pageable", "totalElements", "totalPages", "last", "first", "sort", "numberOfElements", "size",
    "number", "empty",
}  # fmt: skip


async def listed(client: Client, query: str = "") -> list[str]:
    """The codes on the page."""
    answer = await client.get(f"{URL}?{query}")
    assert answer.status_code == 200, answer.text
    return [row["salesInvoiceCode"] for row in answer.json()["content"]]


async def refusal(client: Client, query: str) -> dict[str, str]:
    answer = await client.get(f"{URL}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, 400), answer.text
    return faults(answer.json())


async def from_order(sessions: Sessions, tenant: str, order_id: str, **changes: Any) -> Invoice:
    """An invoice over 119.00 EUR that was made from an order of the shop; nothing is paid."""
    entry = Entry(actor="job:1")
    return await _issued(sessions, tenant, entry, order_round=0, order_id=order_id, **changes)


async def copied(sessions: Sessions, tenant: str, parent_id: int) -> Invoice:
    """The first copy of a recurring invoice, over 119.00 EUR."""
    entry = Entry(actor="recurrence:1", parent_id=parent_id, occurrence=1)
    return await _issued(sessions, tenant, entry, order_id=None)


async def _issued(
    sessions: Sessions, tenant: str, entry: Entry, order_round: int | None = None, **changes: Any
) -> Invoice:
    def make(id_: Any, number: str) -> Invoice:
        return make_invoice(
            [Item(price="100.00")], kind=SettlementKind.ON_ACCOUNT, tenant=tenant, id=id_, number=number,
            **changes,
        )  # fmt: skip

    day = date(2026, 11, 21)
    wanted = Issue(tenant=tenant, site={"code": "main"}, issue_date=day, entry=entry, order_round=order_round)
    async with sessions.begin() as session:
        return await issue(session, wanted, make)


async def test_a_page_has_springs_envelope_and_whole_invoices(seller: Client) -> None:
    made = [await created(seller, request(memo=str(n))) for n in range(3)]
    answer = await seller.get(URL, params={"limit": 2, "page": 0})
    page = answer.json()
    assert set(page) == ENVELOPE
    assert page["content"] == [made[2], made[1]]
    assert (page["totalElements"], page["totalPages"], page["numberOfElements"]) == (3, 2, 2)
    assert (page["size"], page["number"], page["first"], page["last"], page["empty"]) == (2, 0, True, False, False)
    assert page["pageable"]["offset"] == 0
    rest = (await seller.get(URL, params={"limit": 2, "page": 1})).json()
    assert (rest["content"], rest["first"], rest["last"], rest["pageable"]["offset"]) == ([made[0]], False, True, 2)
    beyond = (await seller.get(URL, params={"limit": 2, "page": 7})).json()
    assert (beyond["content"], beyond["empty"], beyond["totalElements"]) == ([], True, 3)


async def test_ten_invoices_make_a_page_and_nothing_makes_an_empty_one(seller: Client) -> None:
    empty = (await seller.get(URL)).json()
    assert (empty["content"], empty["totalElements"], empty["totalPages"], empty["empty"]) == ([], 0, 0, True)
    for n in range(11):
        await created(seller, request(memo=str(n), status="DRAFT"))
    page = (await seller.get(URL)).json()
    assert (len(page["content"]), page["size"], page["totalElements"]) == (10, 10, 11)


async def test_the_quirks_of_the_vendors_client_are_survived(seller: Client) -> None:
    made = await created(seller, request())
    for path in (f"{URL}/?limit=10&page=0&status=OPEN", f"{URL}?10=10&0=0", f"{URL}?status=&query=&search=&sort=&x=1"):
        answer = await seller.get(path)
        assert (answer.status_code, answer.json()["content"]) == (200, [made]), path


async def test_drafts_and_invoices_made_from_orders_are_in_the_list(
    seller: Client, sessions: Sessions, tenant: str
) -> None:
    draft = await created(seller, request(status="DRAFT"))
    order = await from_order(sessions, tenant, "EON7")
    assert await listed(seller) == [order.number, draft["salesInvoiceCode"]]
    shown = (await seller.get(URL)).json()["content"][0]
    assert (shown["totalAmount"], shown["taxAmount"], shown["contact"]["name"]) == (119.0, 19.0, GERMAN_BUYER.name)
    assert shown == (await seller.get(f"{URL}/{order.number}")).json()


async def test_the_status_filters_by_parameter_and_by_query(seller: Client) -> None:
    issued = (await created(seller, request()))["salesInvoiceCode"]
    draft = (await created(seller, request(status="DRAFT")))["salesInvoiceCode"]
    for query in (
        "status=OPEN",
        "status=open",
        "query=status=OPEN",
        "query=draft=false",
        "query=documentSequenceCode!null",
    ):
        assert await listed(seller, query) == [issued], query
    for query in ("status=DRAFT", "query=status=draft", "query=draft=true"):
        assert await listed(seller, query) == [draft], query
    for query in ("status=OPEN,DRAFT", "status=OPEN&status=DRAFT", "query=status=OPEN,status=DRAFT", "status="):
        assert await listed(seller, query) == [draft, issued], query
    assert await listed(seller, "status=CLOSED") == []
    assert await listed(seller, "status=OPEN&query=status=DRAFT") == []


@pytest.fixture
async def five(seller: Client, sessions: Sessions, tenant: str) -> Client:
    """0000001 to 0000005, their amounts, dates and currencies as below; 0000005 is paid half."""
    async with sessions.begin() as session:
        body = {"paymentTermCode": "4"}
        session.add(Contact(tenant=tenant, code="C-2", name="Müller & Söhne", status="ACTIVE", body=body))
    second = {"contactCode": "C-2", "contact": {"name": "Müller & Söhne"}}
    rows: list[tuple[str, str, str, dict[str, Any]]] = [
        ("10.00", "01-06-2020", "01-07-2020", {"memo": "50 % of_all"}),
        ("20.00", "02-06-2020", "15-07-2020", {**second, "purchaseOrderRefNo": "PO/77"}),
        ("30.00", "03-06-2020", "10-07-2020", {"currency": "USD", "exchangeRate": 1.35}),
        ("40.50", "04-06-2020", "04-06-2020", second),
        ("50.00", "05-06-2020", "05-08-2020", {}),
    ]
    for price, day, due, changes in rows:
        line = item(unitPrice=float(price), taxCode="TX-0000003")
        await created(seller, request(line, salesInvoiceDate=day, salesInvoiceDueDate=due, **changes))
    async with sessions.begin() as session:
        found = await sales_invoices.find(session, tenant, "0000005")
        assert found is not None
        await sales_invoices.settle(session, found, "test", received=Decimal("25.00"))
    return seller


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("contactCodes=C-2", "42"),
        ("contactCodes=C-2,C-0000001", "54321"),
        ("contactCodes=C-2&contactCodes=C-0000001", "54321"),
        ("contactCode=C-2", "42"),
        ("query=contactCode=C-2", "42"),
        ("query=contactCode=C-2,totalAmount=20", "2"),
        ("query=contactName=Müller %26 Söhne", "42"),
        ("contactCodes=c-2", ""),
        ("currency=USD", "3"),
        ("query=currency=USD,currency=SGD", "54321"),
        ("dateFrom=02-06-2020&dateTo=03-06-2020", "32"),
        ("dateFrom=05-06-2020", "5"),
        ("dateTo=01-06-2020", "1"),
        ("dueFrom=10-07-2020&dueTo=15-07-2020", "32"),
        ("query=salesInvoiceDueDate=15-07-2020", "2"),
        ("minAmount=30&maxAmount=40.50", "43"),
        ("minDue=25&maxDue=25.00", "5"),
        ("query=dueAmount=25", "5"),
        ("query=totalAmount=40.5", "4"),
        ("query=totalAmountInBaseCurrency=40.5", "34"),
        ("paymentStatus=PARTIAL", "5"),
        ("paymentStatus=pending", "4321"),
        ("fulfillmentStatus=UNFULFILLED", "54321"),
        ("fulfillmentStatus=FULLY_FULFILLED", ""),
        ("kind=SALES", "54321"),
        ("kind=ORDER", ""),
        ("orderId=EON1", ""),
        ("query=memo!null", "1"),
        ("query=purchaseOrderRefNo=PO/77", "2"),
        ("query=recurring=true", ""),
        ("query=withheldAmount!null", ""),
        ("overdue=true&asOf=15-07-2020", "431"),
        ("overdue=true&asOf=05-06-2020", "4"),
        ("overdue=false&asOf=15-07-2020", "52"),
        ("search=0000003", "3"),
        ("search=MÜLLER", "42"),
        ("search=po/77", "2"),
        ("search=50 %25", "1"),
        ("search=%25", "1"),
        ("search=_", "1"),
        ("search=\\", ""),
        ("search=of_ALL", "1"),
        ("search=merlion", "531"),
        ("search='; DROP TABLE invoices; --", ""),
    ],
)
async def test_a_filter_lists_what_it_says(five: Client, query: str, expected: str) -> None:
    expected_codes = [f"000000{n}" for n in sorted(expected, reverse=True)]
    assert await listed(five, query) == expected_codes
    total = (await five.get(f"{URL}?limit=1&{query}")).json()["totalElements"]
    assert total == len(expected_codes)
    assert (await five.get(f"/v1/invoices/count?{query}")).json() == {"count": len(expected_codes)}


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("sort=totalAmount", "12345"),
        ("sort=totalAmount&sortDir=ASC", "12345"),
        ("sort=totalAmount&sortDir=desc", "54321"),
        ("sort=salesInvoiceDate&sortDir=DESC", "54321"),
        ("sort=salesInvoiceDueDate", "41325"),
        ("sort=salesInvoiceDueDate&sortDir=DESC", "52314"),
        ("sort=dueAmount", "12534"),
        ("sort=documentSequenceCode&sortDir=DESC", "54321"),
        ("sort=contactCode", "13524"),
        ("sort=contactCode&sortDir=DESC", "42531"),
        ("sort=createdDate", "12345"),
        ("sortDir=ASC", "12345"),
        ("sortDir=DESC", "54321"),
        ("", "54321"),
    ],
)
async def test_a_list_is_sorted_and_equals_keep_the_order_of_their_ids(five: Client, sort: str, expected: str) -> None:
    assert await listed(five, sort) == [f"000000{n}" for n in expected]


async def test_what_has_no_due_date_comes_last(seller: Client, sessions: Sessions, tenant: str) -> None:
    await created(seller, request())
    await from_order(sessions, tenant, "EON1", due_date=None)
    for direction in ("ASC", "DESC"):
        assert await listed(seller, f"sort=salesInvoiceDueDate&sortDir={direction}") == ["0000001", "0000002"]


async def test_pages_of_equal_keys_hold_every_invoice_once(seller: Client) -> None:
    for _ in range(7):
        await created(seller, request(status="DRAFT"))
    pages = [await listed(seller, f"sort=totalAmount&limit=2&page={page}") for page in range(4)]
    codes = [code for page in pages for code in page]
    assert (len(codes), len(set(codes))) == (7, 7)


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=x", "limit"),
        ("limit=0", "limit"),
        ("page=-1", "page"),
        ("status=PAID", "status"),
        ("paymentStatus=OPEN", "paymentStatus"),
        ("fulfillmentStatus=x", "fulfillmentStatus"),
        ("kind=x", "kind"),
        ("sort=price", "sort"),
        ("sortDir=UP", "sortDir"),
        ("dateFrom=2020-06-18", "dateFrom"),
        ("dateTo=31-02-2020", "dateTo"),
        ("dueFrom=x", "dueFrom"),
        ("dueTo=1-1-2020", "dueTo"),
        ("dateFrom=02-01-2020&dateTo=01-01-2020", "dateTo"),
        ("minAmount=ten", "minAmount"),
        ("maxAmount=NaN", "maxAmount"),
        ("minDue=1e5", "minDue"),
        ("maxDue=Infinity", "maxDue"),
        ("minAmount=2&maxAmount=1", "maxAmount"),
        ("overdue=yes", "overdue"),
        ("overdue=true&asOf=today", "asOf"),
        ("asOf=today", "asOf"),
        ("query=colour=red", "query"),
        ("query=OPEN", "query"),
        ("query=status=PAID", "query"),
        ("query=id=abc", "query"),
        ("query=id=99999999999999999999", "query"),
        ("query=salesInvoiceDate=x", "query"),
        ("query=draft=maybe", "query"),
    ],
)
async def test_a_parameter_that_cannot_be_read_is_named(seller: Client, query: str, field: str) -> None:
    assert set(await refusal(seller, query)) == {field}


async def test_an_unknown_field_is_named_with_those_that_are_known(seller: Client) -> None:
    reason = (await refusal(seller, "query=colour=red"))["query"]
    assert "colour" in reason
    assert "contactCode" in reason


async def test_overdue_asks_the_clock_of_the_sellers_site(
    api_client: ApiClientFactory, token: TokenMaker, sessions: Sessions, tenant: str
) -> None:
    """On the same instant it is tomorrow on the Line Islands already, 25 hours ahead of Midway."""
    here, there = ZoneInfo("Pacific/Kiritimati"), ZoneInfo("Pacific/Midway")
    due = datetime.now(UTC).astimezone(there).date()
    assert due < datetime.now(UTC).astimezone(here).date()
    other = await another_tenant(sessions)
    for owner, zone in ((tenant, here), (other, there)):
        home = {"homeBase": {"address": {"country": "KI"}, "timezone": zone.key}}
        await set_up(sessions, owner, {"code": "main", "name": "Shop", "currency": "SGD", **home})
    codes = []
    for owner in (tenant, other):
        async with api_client(token=await token(owner)) as client:
            day = f"{due:%d-%m-%Y}"
            await created(client, request(salesInvoiceDate=day, salesInvoiceDueDate=day))
            codes.append(await listed(client, "overdue=true"))
    assert codes == [["0000001"], []]


async def test_neither_drafts_nor_settled_invoices_are_overdue(seller: Client, sessions: Sessions, tenant: str) -> None:
    await created(seller, request(status="DRAFT"))
    await created(seller, request())
    late = "overdue=true&asOf=01-01-2030"
    assert await listed(seller, late) == ["0000001"]
    async with sessions.begin() as session:
        row = await sales_invoices.find(session, tenant, "0000001")
        assert row is not None
        await sales_invoices.settle(session, row, "test", received=row.due)
    assert await listed(seller, late) == []
    assert len(await listed(seller, "overdue=false&asOf=01-01-2030")) == 2


async def test_an_orders_invoice_is_found_by_its_order_and_kind(
    seller: Client, sessions: Sessions, tenant: str
) -> None:
    await created(seller, request())
    opening = request(openingInvoice=True, openingDocumentNumber="OLD-1", taxAmount=8.4)
    beginning = {"key": "bookBeginningDate", "value": "01-01-2021"}
    assert (await seller.post(f"/configuration/{tenant}/configurations", json=[beginning])).status_code < 300
    assert (await created(seller, opening))["salesInvoiceCode"] == "OLD-1"
    await from_order(sessions, tenant, "EON7", buyer=GERMAN_BUYER.model_copy(update={"name": "Ada Lovelace"}))
    number = (await listed(seller, "orderId=EON7"))[0]
    for query in ("kind=ORDER", "query=orderId=EON7", "query=orderId!null", "search=lovelace"):
        assert await listed(seller, query) == [number], query
    assert await listed(seller, "kind=OPENING") == ["OLD-1"]
    assert await listed(seller, "kind=SALES") == ["0000001"]
    assert await listed(seller, "kind=SALES,ORDER") == [number, "0000001"]


async def test_an_order_without_a_rate_is_worth_nothing_known_in_the_base_currency(
    seller: Client, sessions: Sessions, tenant: str
) -> None:
    """Its answer says null; a filter that took 119.00 EUR for 119.00 SGD would list what is not shown."""
    order = await from_order(sessions, tenant, "EON7")
    assert (await seller.get(f"{URL}/{order.number}")).json()["totalAmountInBaseCurrency"] is None
    for query in ("totalAmountInBaseCurrency=119", "totalAmountInBaseCurrency!null"):
        assert await listed(seller, f"query={query}") == []


async def test_a_recurring_copy_is_of_its_own_kind(seller: Client, sessions: Sessions, tenant: str) -> None:
    parent = await created(seller, request())
    copy = await copied(sessions, tenant, parent["id"])
    assert await listed(seller, "kind=RECURRING") == [copy.number]
    assert await listed(seller, "kind=SALES") == [parent["salesInvoiceCode"]]


async def test_a_contact_is_found_by_the_name_that_it_has_now(seller: Client, sessions: Sessions, tenant: str) -> None:
    other = await another_tenant(sessions)
    await set_up(sessions, other)
    await created(seller, request())
    for owner, name, found in ((other, "Zebra Ltd.", []), (tenant, "Giraffe Ltd.", ["0000001"])):
        async with sessions.begin() as session:
            renamed = update(Contact).where(Contact.tenant == owner, Contact.code == "C-0000001").values(name=name)
            await session.execute(renamed)
        assert await listed(seller, f"search={name}") == found
    assert await listed(seller, "search=Merlion") == ["0000001"]


async def test_unpaid_numbers_come_by_due_date(five: Client, sessions: Sessions, tenant: str) -> None:
    await created(five, request(status="DRAFT"))
    unpaid = f"{URL}/unpaid-seq-codes"
    assert (await five.get(unpaid)).json() == ["0000004", "0000001", "0000003", "0000002", "0000005"]
    assert (await five.get(f"{unpaid}?limit=2&page=1")).json() == ["0000003", "0000002"]
    assert (await five.get(f"{unpaid}?contactCode=C-2")).json() == ["0000004", "0000002"]
    async with sessions.begin() as session:
        row = await sales_invoices.find(session, tenant, "0000004")
        assert row is not None
        await sales_invoices.settle(session, row, "test", received=row.due)
    assert (await five.get(unpaid)).json() == ["0000001", "0000003", "0000002", "0000005"]


async def test_the_number_of_queries_does_not_grow_with_the_page(seller: Client, engine: AsyncEngine) -> None:
    counted: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        counted.append(statement)

    async def queries() -> int:
        counted.clear()
        await listed(seller, "limit=100")
        return len(counted)

    await created(seller, request())
    event.listen(engine.sync_engine, "before_cursor_execute", note)
    try:
        few = await queries()
        for _ in range(12):
            await created(seller, request())
        assert await queries() == few
    finally:
        event.remove(engine.sync_engine, "before_cursor_execute", note)


async def test_a_tenant_lists_its_own_invoices_only(
    five: Client, api_client: ApiClientFactory, token: TokenMaker, sessions: Sessions
) -> None:
    other = await another_tenant(sessions)
    await set_up(sessions, other)
    await from_order(sessions, other, "EON9")
    async with api_client(token=await token(other)) as stranger:
        assert len(await listed(stranger)) == 1
        assert await listed(stranger, "contactCodes=C-2") == []
        assert await listed(stranger, "search=Müller") == []
        assert (await stranger.get("/v1/invoices/count")).json() == {"count": 1}
        assert len((await stranger.get(f"{URL}/unpaid-seq-codes")).json()) == 1
    assert await listed(five, "orderId=EON9") == []


async def test_the_list_needs_a_scope_of_invoices(api_client: ApiClientFactory, token: TokenMaker, tenant: str) -> None:
    for scope, status in ((INVOICE_VIEW, 200), (CONFIGURATION_VIEW, 403)):
        async with api_client(token=await token(tenant, [scope])) as client:
            for path in (URL, f"{URL}/unpaid-seq-codes", "/v1/invoices/count"):
                assert (await client.get(path)).status_code == status, (scope, path)
