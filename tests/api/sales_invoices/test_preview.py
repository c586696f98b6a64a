"""Previews of sales invoices: over HTTP, and of a file without a database."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.deskera import to_json
from api.errors.api_error import ApiError
from api.sales_invoices.preview import faults_of_preview, preview_of_file
from api.sales_invoices.preview_text import preview_text
from database.tables import AuditEvent, CodeCounter, SalesInvoice, SequenceSchema
from tests.api.sales_invoices.requests import URL, faults, item, request
from tests.api_fixtures import ApiClientFactory, Client, TokenMaker

Sessions = async_sessionmaker[AsyncSession]
TODAY = date(2026, 11, 22)
INVOICE: dict[str, Any] = {
    "currency": "EUR",
    "salesInvoiceItems": [
        {"productDescription": "Paper", "productQuantity": 3, "unitPrice": "19.99", "taxRate": 19, "discount": 10,
         "discountInPercent": True},
        {"productDescription": "Book", "productQuantity": 2, "unitPrice": 12, "taxCategory": "S", "taxRate": 7},
    ],
    "charges": [{"name": "Shipping", "amount": "9.90", "taxRate": 19}],
    "allowances": [{"name": "Loyalty", "amount": "1.00", "taxRate": 7}],
    "prepaidAmount": 20,
}  # fmt: skip
"""59.97 - 6.00 = 53.97 and 24.00; + 9.90 and - 1.00. At 19 %: 63.87, tax 12.1353; at 7 %: 23.00, tax 1.61."""
TOTALS = {
    "BT-106": "77.97",
    "BT-107": "1.00",
    "BT-108": "9.90",
    "BT-109": "86.87",
    "BT-110": "13.75",
    "BT-112": "100.62",
    "BT-113": "20.00",
    "BT-114": "0.00",
    "BT-115": "80.62",
}


def computed(**changes: Any) -> Any:
    return preview_of_file(to_json(INVOICE | changes), TODAY)


def refusal(**changes: Any) -> set[str]:
    with pytest.raises(ApiError) as refused:
        computed(**changes)
    return {str(detail.field) for detail in refused.value.details}


def test_every_figure_is_shown_by_its_term() -> None:
    shown = computed()
    assert {one["term"]: f"{one['amount']:f}" for one in shown["totals"]} == TOTALS
    assert [(str(group["taxRate"]), str(group["net"]), str(group["tax"])) for group in shown["taxGroups"]] == [
        ("19", "63.87", "12.14"),
        ("7", "23.00", "1.61"),
    ]
    assert (str(shown["dueAmount"]), shown["violations"], shown["differences"]) == ("80.62", [], [])
    (paper, _) = shown["lines"]
    assert (str(paper["amount"]), paper["adjustments"][0]["kind"], str(paper["adjustments"][0]["amount"])) == (
        "53.97",
        "ALLOWANCE",
        "6.00",
    )


def test_figures_that_are_stated_otherwise_are_told() -> None:
    shown = computed(totalAmount=101, taxAmount="13.75")
    assert shown["differences"] == [{"field": "totalAmount", "stated": 101, "computed": Decimal("100.62")}]
    assert faults_of_preview(shown) == ["totalAmount: is stated as 101 EUR, the invoice comes to 100.62 EUR"]


def test_violated_rules_are_told() -> None:
    shown = computed(taxPointDate="01-11-2026", taxPointCode="35")
    assert [one["rule"] for one in shown["violations"]] == ["BR-CO-3"]
    assert faults_of_preview(shown)[0].startswith("BR-CO-3: ")


def test_a_base_currency_may_be_named() -> None:
    """100.62 x 1.1 = 110.682; 13.75 x 1.1 = 15.125, half up 15.13."""
    base = computed(baseCurrency="USD", exchangeRate="1.1")["inBaseCurrency"]
    assert (str(base["total"]), str(base["tax"]), base["exchangeRateDate"]) == ("110.68", "15.13", "22-11-2026")
    assert refusal(baseCurrency="USD") == {"exchangeRate"}


@pytest.mark.parametrize(
    ("changes", "fields"),
    [
        ({"currency": None}, {"currency"}),
        ({"currency": "EURO"}, {"currency"}),
        ({"salesInvoiceItems": []}, {"salesInvoiceItems"}),
        ({"salesInvoiceItems": [{"unitPrice": 1}]}, {"salesInvoiceItems.0.productQuantity"}),
        (
            {"salesInvoiceItems": [{"unitPrice": 1, "productQuantity": 1, "taxCode": "X"}]},
            {"salesInvoiceItems.0.taxCode"},
        ),
        ({"charges": [{"name": "A", "amount": 1, "taxRate": 101}]}, {"charges.0.taxRate"}),
        ({"allowances": [{"name": "A", "amount": -1}]}, {"allowances.0.amount"}),
    ],
)
def test_what_cannot_be_computed_is_refused_by_its_member(changes: dict[str, Any], fields: set[str]) -> None:
    assert refusal(**changes) == fields


def test_a_table_shows_every_figure() -> None:
    text = preview_text(computed(baseCurrency="USD", exchangeRate="1.1", withheldAmount=5))
    for figure in (
        *TOTALS.values(),
        "19.99",
        "53.97",
        "-6.00",
        "10 %",
        "+9.90",
        "-1.00",
        "63.87",
        "75.62",
        "110.68 USD",
    ):
        assert figure in text, (figure, text)
    assert text.isascii()
    assert all(line == line.rstrip() for line in text.splitlines())


async def test_nothing_is_stored_and_no_number_is_drawn(seller: Client, sessions: Sessions, tenant: str) -> None:
    answer = await seller.post(f"{URL}/preview", json=request(totalAmount=1))
    assert answer.status_code == 200, answer.text
    shown = answer.json()
    assert (shown["dueAmount"], [one["field"] for one in shown["differences"]]) == (128.4, ["totalAmount"])
    assert shown["lines"][0]["name"] == "Cordless drill"
    async with sessions() as session:
        for table in (SalesInvoice, SequenceSchema, CodeCounter, AuditEvent):
            assert await session.scalar(select(func.count()).where(table.tenant == tenant)) == 0


async def test_a_preview_needs_neither_contact_nor_site(
    api_client: ApiClientFactory, token: TokenMaker, tenant: str
) -> None:
    async with api_client(token=await token(tenant)) as client:
        answer = await client.post(f"{URL}/preview", json=INVOICE)
        assert (answer.status_code, answer.json()["dueAmount"]) == (200, 80.62)
        answer = await client.post(f"{URL}/preview/", json=INVOICE | {"contactCode": "C-404", "siteCode": "mars"})
        assert answer.status_code == 200


async def test_a_preview_has_its_faults_named(seller: Client) -> None:
    answer = await seller.post(f"{URL}/preview", json=request(item(taxCode="TX-404"), item(unitPrice="x")))
    assert (answer.status_code, set(faults(answer.json()))) == (400, {"salesInvoiceItems.1.unitPrice"})
    answer = await seller.post(f"{URL}/preview", json=request(item(taxCode="TX-404")))
    assert (answer.status_code, set(faults(answer.json()))) == (400, {"salesInvoiceItems.0.taxCode"})
