"""One invoice, five places: PDF, CII, UBL, the API's JSON and the database say the same to the cent."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from bench.random_invoices import drawn
from database import sites
from database.tables import Contact, IssuedInvoice, Product
from documents.pdf import render
from documents.request import PrintRequest
from invoicing.document_forms import DocumentForm
from invoicing.draft import Draft, DraftAdjustment, DraftCharge, DraftLine, TaxTreatment
from invoicing.electronic.needs import missing_terms
from invoicing.invoice import AdjustmentKind, Invoice, TaxCategory
from invoicing.money import minor_unit
from tests.api.sales_invoices.requests import URL
from tests.api_fixtures import ApiClientFactory, Client, TokenMaker
from tests.documents.drafted_requests import request_of
from tests.documents.stated_figures import PrintedFigures, Stated, of_cii, of_document, of_preview, of_row, of_ubl
from tests.gallery.houses import gln

Sessions = async_sessionmaker[AsyncSession]
Json = dict[str, Any]
PDF, CII, UBL, _ = DocumentForm
BASE = "GBP"
DRAWN, SEED = 400, 20261121

SITE: Json = {
    "code": "main",
    "name": "Foxglove",
    "active": True,
    "default": True,
    "defaultLanguage": "en",
    "languages": ["en"],
    "currency": BASE,
    "homeBase": {
        "address": {"street": "Clerkenwell Close", "zipCode": "EC1R 0AU", "city": "London", "country": "GB"},
        "timezone": "Europe/London",
    },
}
MIXINS: Json = {
    "merchantInfo": {
        "merchantName": "Foxglove & Daughters Ltd",
        "merchantFinanceInfo": {"merchantSalesTaxId": "GB980780684", "merchantIban": "GB29NWBK60161331926819"},
    },
    "invoiceDocument": {"seller": {"peppolId": gln("501234500002"), "email": "accounts@foxglove.example"}},
}
CONTACT: Json = {
    "billingAddress": [{"address1": "Herrengasse 14", "city": "Wien", "postalCode": "1010", "country": "AT"}],
    "shippingAddress": [{"address1": "Herrengasse 14", "city": "Wien", "postalCode": "1010", "country": "AT"}],
    "peppolId": "9914:ATU13585627",
    "taxNumber": "ATU13585627",
}


def holds(category: TaxCategory) -> Callable[[Draft], bool]:
    return lambda draft: category in categories(draft)


KINDS: dict[str, Callable[[Draft], bool]] = {
    **{category.value: holds(category) for category in TaxCategory},
    "several categories": lambda draft: len(categories(draft)) > 1,
    "net": lambda draft: not draft.tax_inclusive,
    "inclusive": lambda draft: draft.tax_inclusive,
    "without decimals": lambda draft: decimals_of(draft.currency) == 0,
    "three decimals": lambda draft: decimals_of(draft.currency) == 3,
    "goods taken back": lambda draft: any(line.quantity < 0 for line in draft.lines),
    "adjusted lines": lambda draft: sum(len(line.adjustments) for line in draft.lines) > 2,
    "charged, paid and rounded": lambda draft: bool(draft.charges and draft.paid and draft.rounding),
    "withheld": lambda draft: bool(draft.withheld),
    "exchanged": lambda draft: draft.exchange_rate is not None,
    "eight lines": lambda draft: len(draft.lines) == 8,
}


@cache
def drawn_draft(kind: str) -> Draft:
    """Some draft of a kind; it may have no structured form.

    Hypothesis draws by the modules that are loaded, too: another process may have another draft, never none.
    """
    return next(filter(KINDS[kind], drawn_drafts()))


@cache
def drawn_drafts() -> tuple[Draft, ...]:
    return tuple(drawn(DRAWN, SEED))


def categories(draft: Draft) -> set[TaxCategory]:
    return {line.tax.category for line in draft.lines}


def plain_draft(category: TaxCategory, *, tax_inclusive: bool) -> Draft:
    """What every structured form can say: three lines in one category, a discount, shipping, money paid before."""
    tax = TaxTreatment(
        category=category,
        rate=Decimal(20) if category is TaxCategory.STANDARD else Decimal(0),
        exemption_reason="Education" if category is TaxCategory.EXEMPT else None,
    )
    off = DraftAdjustment(kind=AdjustmentKind.ALLOWANCE, percent=Decimal("12.5"), reason="Loyalty")
    lines = [
        DraftLine(item_id="A", name="Thing", quantity=Decimal(3), unit_price=Decimal("33.33"), tax=tax),
        DraftLine(
            item_id="B", name="Other", quantity=Decimal(7), unit_price=Decimal("1.99"), tax=tax, adjustments=(off,)
        ),
        DraftLine(item_id="C", name="Hours", quantity=Decimal("1.75"), unit_price=Decimal("61.7"), unit="HUR", tax=tax),
    ]
    discount = DraftCharge(kind=AdjustmentKind.ALLOWANCE, name="Discount", percent=Decimal(3))
    shipping = DraftCharge(kind=AdjustmentKind.CHARGE, name="Shipping", amount=Decimal("4.90"))
    return Draft(
        currency="EUR",
        tax_inclusive=tax_inclusive,
        lines=tuple(lines),
        charges=(discount, shipping),
        paid=Decimal(50),
        rounding=Decimal("0.02"),
    )


@pytest.fixture
async def client(
    sessions: Sessions, tenant: str, api_client: ApiClientFactory, token: TokenMaker
) -> AsyncIterator[Client]:
    async with sessions.begin() as session:
        await sites.add_site(session, tenant, "main", SITE, MIXINS)
        session.add(Contact(tenant=tenant, code="C-0000001", name="Café Central", status="ACTIVE", body=CONTACT))
        session.add(Product(tenant=tenant, code="P-0000001", name="Thing", body={}))
    async with api_client(token=await token(tenant)) as client:
        yield client


async def answered(client: Client, path: str, body: Json, status: int) -> Json:
    answer = await client.post(f"{URL}{path}", json=body)
    assert answer.status_code == status, answer.text
    read: Json = json.loads(answer.content, parse_float=Decimal)
    return read


@dataclass(frozen=True)
class Issued:
    """An invoice as the API has issued it."""

    previewed: Json
    created: Json
    row: IssuedInvoice


Issue = Callable[[Draft], Awaitable[Issued]]


@pytest.fixture
def issue(client: Client, sessions: Sessions, tenant: str) -> Issue:
    """Previews, creates and reads back the sales invoice that a draft describes."""

    async def issued(draft: Draft) -> Issued:
        body = request_of(draft, base_currency=BASE)
        previewed, created = await answered(client, "/preview", body, 200), await answered(client, "", body, 201)
        async with sessions() as session:
            row = (await session.scalars(select(IssuedInvoice).where(IssuedInvoice.tenant == tenant))).one()
        return Issued(previewed, created, row)

    return issued


@pytest.mark.parametrize("tax_inclusive", [False, True], ids=["net", "inclusive"])
@pytest.mark.parametrize("category", TaxCategory)
async def test_an_invoice_of_each_tax_category_says_the_same_everywhere(
    category: TaxCategory, tax_inclusive: bool, issue: Issue
) -> None:
    issued = await issue(plain_draft(category, tax_inclusive=tax_inclusive))
    assert_the_same(issued, forms=(PDF, CII, UBL))


@pytest.mark.parametrize("kind", KINDS)
async def test_any_invoice_says_the_same_everywhere(kind: str, issue: Issue) -> None:
    issued = await issue(drawn_draft(kind))
    invoice = Invoice.model_validate(issued.row.document)
    assert_the_same(issued, forms=(PDF, *(form for form in (CII, UBL) if not missing_terms(invoice, form))))


def assert_the_same(issued: Issued, *, forms: tuple[DocumentForm, ...]) -> None:
    stored = of_document(issued.row.document)
    total = stored.gross + stored.rounding
    assert of_preview(issued.previewed) == stored
    assert of_row(issued.row) == (stored.net, stored.tax, stored.gross, total, stored.payable)
    invoice = Invoice.model_validate(issued.row.document)
    due = max(stored.payable - invoice.withheld, Decimal(0))
    created = issued.created
    assert (created["totalAmount"], created["taxAmount"], created["dueAmount"]) == (total, stored.tax, due)

    made = render(PrintRequest(invoice=invoice, forms=forms), {})
    for form in forms:
        if form is PDF:
            assert_printed(made[PDF], invoice, stored)
        else:
            assert (of_cii if form is CII else of_ubl)(made[form]) == stored, form


def assert_printed(pdf: bytes, invoice: Invoice, stored: Stated) -> None:
    """The page's own totals and tax rows; what comes to nothing may be left out."""
    page = PrintedFigures(pdf, decimals_of(invoice.currency))
    due = max(stored.payable - invoice.withheld, Decimal(0))
    printed = {
        "Total excl. VAT": stored.net,
        "of which VAT" if invoice.tax_inclusive else "VAT": stored.tax,
        "Total incl. VAT": stored.gross,
        "Rounding": stored.rounding or None,
        "Paid": -stored.paid if stored.paid else None,
        "Payable": stored.payable if invoice.withheld else None,
        "Amount due": due if invoice.withheld else stored.payable,
    }
    assert {label: page.after(label) for label in printed} == printed
    assert page.groups() == tuple(sorted(group.as_printed() for group in stored.groups))


def decimals_of(currency: str) -> int:
    return len(f"{minor_unit(currency):f}".partition(".")[2])
