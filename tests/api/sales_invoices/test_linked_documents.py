"""Documents that belong together with a sales invoice (Deskera B.2, B.3)."""

from datetime import date
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import sales_invoices
from invoicing.invoice import Invoice
from tests.api.sales_invoices import requests as fixtures
from tests.api.sales_invoices.requests import URL, Json, created, refused, request, set_up
from tests.api.sales_invoices.test_listing import copied, from_order
from tests.api_fixtures import ApiClientFactory, Client, TokenMaker
from tests.database.rows import another_tenant
from tests.database.sales import credit, issue_sales_invoice

Sessions = async_sessionmaker[AsyncSession]
seller = fixtures.seller

QUOTATION = {"documentType": "QUOTATION", "documentCode": "QO-7", "documentSequenceCode": "0000007"}
SALES_ORDER = {"documentType": "SALES_ORDER", "documentCode": "SO-1", "documentSequenceCode": None}
PURCHASE_ORDER = {"documentType": "PURCHASE_ORDER", "documentCode": "PO-3", "documentSequenceCode": "3"}
MEMBERS = {
    "documentType", "documentCode", "documentSequenceCode", "documentDate", "totalAmount", "currency", "relation",
}  # fmt: skip


async def linked(client: Client, kind: str, code: str, query: str = "") -> list[Json]:
    answer = await client.get(f"{URL}/linked-{kind}/{code}{query}")
    assert answer.status_code == 200, answer.text
    found: list[Json] = answer.json()
    assert all(set(each) == MEMBERS for each in found)
    return found


def link(code: str, **changes: str) -> Json:
    return {"documentType": "SALES_INVOICE", "documentCode": code, **changes}


async def test_links_are_kept_as_they_were_sent(seller: Client) -> None:
    made = await created(seller, request(linkedDocuments=[QUOTATION, SALES_ORDER]))
    assert made["linkedDocuments"] == [QUOTATION, SALES_ORDER]


async def test_a_link_needs_type_and_code(seller: Client) -> None:
    halves = [
        QUOTATION,
        {"documentType": "SALES_ORDER"},
        {"documentCode": "SO-1"},
        {"documentType": " ", "documentCode": "1"},
    ]
    assert set(await refused(seller, request(linkedDocuments=halves))) == {
        "linkedDocuments.1.documentCode",
        "linkedDocuments.2.documentType",
        "linkedDocuments.3.documentType",
    }


async def test_its_own_links_are_listed_by_their_type(seller: Client) -> None:
    await created(seller, request(linkedDocuments=[QUOTATION, SALES_ORDER, PURCHASE_ORDER]))
    unknown = {"documentDate": None, "totalAmount": None, "currency": None, "relation": None}
    assert await linked(seller, "quotation", "0000001") == [QUOTATION | unknown]
    assert await linked(seller, "salesorder", "0000001") == [SALES_ORDER | unknown]
    assert await linked(seller, "order", "0000001") == [SALES_ORDER | unknown, PURCHASE_ORDER | unknown]
    assert await linked(seller, "invoices", "0000001") == []


async def test_the_shops_order_is_a_sales_order(seller: Client, sessions: Sessions, tenant: str) -> None:
    invoice = await from_order(sessions, tenant, "EON7", order_date=date(2026, 11, 19))
    expected = [
        {
            "documentType": "SALES_ORDER",
            "documentCode": "EON7",
            "documentSequenceCode": "EON7",
            "documentDate": "19-11-2026",
            "totalAmount": None,
            "currency": None,
            "relation": None,
        }
    ]
    assert await linked(seller, "order", invoice.number) == expected
    assert await linked(seller, "salesorder", invoice.number) == expected
    assert await linked(seller, "quotation", invoice.number) == []


async def test_invoices_that_name_it_by_code_or_number_refer_to_it(seller: Client) -> None:
    await created(seller, request())
    naming = request(linkedDocuments=[QUOTATION, link("0000001")], salesInvoiceDate="01-06-2020")
    by_code = await created(seller, naming)
    draft = await created(seller, request(linkedDocuments=[link("x", documentSequenceCode="0000001")], status="DRAFT"))
    await created(seller, request(linkedDocuments=[link("00000011"), {**QUOTATION, "documentCode": "0000001"}]))
    found = await linked(seller, "invoices", "0000001")
    assert found == [
        {
            "documentType": "SALES_INVOICE",
            "documentCode": by_code["salesInvoiceCode"],
            "documentSequenceCode": by_code["salesInvoiceCode"],
            "documentDate": "01-06-2020",
            "totalAmount": 128.4,
            "currency": "SGD",
            "relation": "NAMES",
        },
        {
            "documentType": "SALES_INVOICE",
            "documentCode": draft["salesInvoiceCode"],
            "documentSequenceCode": None,
            "documentDate": "18-06-2020",
            "totalAmount": 128.4,
            "currency": "SGD",
            "relation": "NAMES",
        },
    ]
    assert await linked(seller, "invoices", "0000001", "?limit=1&page=1") == found[1:]
    assert await linked(seller, "invoices", draft["salesInvoiceCode"]) == []


async def test_credit_notes_and_copies_refer_to_it(seller: Client, sessions: Sessions, tenant: str) -> None:
    invoice = await issue_sales_invoice(sessions, tenant)
    note = await credit(sessions, invoice, "40.00")
    copy = await copied(sessions, tenant, invoice.id)
    found = await linked(seller, "invoices", invoice.code)
    told = [(each["documentType"], each["documentCode"], each["totalAmount"], each["relation"]) for each in found]
    assert told == [
        ("SALES_INVOICE", copy.number, 119.0, "COPIES"),
        ("CREDIT_NOTE", note, 40.0, "CREDITS"),
    ]


async def test_an_invoice_that_does_not_exist_has_no_links(seller: Client) -> None:
    for kind in ("invoices", "order", "quotation", "salesorder"):
        answer = await seller.get(f"{URL}/linked-{kind}/0009999")
        assert (answer.status_code, answer.json()["errorMessage"]) == (404, "Sales invoice not found."), kind


async def test_links_do_not_cross_tenants(
    seller: Client, api_client: ApiClientFactory, token: TokenMaker, sessions: Sessions, tenant: str
) -> None:
    mine: Invoice = await from_order(sessions, tenant, "EON1")
    other = await another_tenant(sessions)
    await set_up(sessions, other)
    async with api_client(token=await token(other)) as stranger:
        theirs = await created(stranger, request(linkedDocuments=[link(mine.number)]))
        assert theirs["salesInvoiceCode"] == mine.number
        assert await linked(stranger, "order", mine.number) == []
    assert await linked(seller, "invoices", mine.number) == []
    async with sessions() as session:
        row = await sales_invoices.find(session, tenant, mine.number)
        assert row is not None
        assert row.total == Decimal("119.00")
