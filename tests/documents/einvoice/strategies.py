"""Issued documents of every kind: the drafts of the property tests, with parties that have all or lack something."""

from datetime import date
from decimal import Decimal
from uuid import UUID

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from invoicing.calculation import calculate
from invoicing.invoice import (
    Address,
    Buyer,
    Invoice,
    InvoiceKind,
    Preceding,
    Seller,
    Settlement,
    SettlementKind,
)
from tests.invoicing.strategies import drafts

TEXT = st.sampled_from(
    ("Kölner Str. 5", "  ", "a < b & c > d", "line one\nline two", "\x07bell", "東京都", "'\"]]>", "")
)
GERMANY = Address(street="Speicherstraße", street_number="12a", zip_code="20457", city="Hamburg", country="DE")
AUSTRIA = Address(company="Kraus OG", street="Ring 1", zip_code="1010", city="Wien", country="AT")


def complete_seller() -> Seller:
    return Seller(
        name="Nordlicht Handel GmbH",
        address=GERMANY,
        tax_id="DE123456789",
        tax_number="22/815/08154",
        registration_id="HRB 4711",
        peppol_id="9930:DE123456789",
        contact="Ole Hansen",
        phone="+49 40 1234567",
        email="hallo@nordlicht.example",
        iban="DE89 3704 0044 0532 0130 00",
        bic="COBADEFFXXX",
    )


def complete_buyer() -> Buyer:
    return Buyer(
        customer_id="K-10482",
        name="Kraus OG",
        email="kraus@example.org",
        address=AUSTRIA,
        tax_id="ATU12345675",
        peppol_id="9915:b",
        reference="04011000-12345-34",
    )


def sometimes(value: object, *others: object) -> SearchStrategy[object]:
    """Mostly the value, now and then one of the others."""
    return st.sampled_from((*(value,) * 12, *others))


def addresses(whole: Address) -> SearchStrategy[Address]:
    return st.builds(
        Address,
        company=st.sampled_from((None, "Werk 2 & Söhne")),
        contact=st.sampled_from((None, "Eva Kraus")),
        street=sometimes(whole.street, ""),
        street_number=st.just(whole.street_number),
        extra_lines=st.lists(TEXT, max_size=4).map(tuple),
        zip_code=sometimes(whole.zip_code, "", " "),
        city=sometimes(whole.city, ""),
        state=st.sampled_from(("", "HH")),
        country=sometimes(whole.country, "", "XX", "NL", "DK", "SE", "NO", "IT", "IS", "GR", "US"),
    )


def sellers() -> SearchStrategy[Seller]:
    whole = complete_seller()
    return st.builds(
        Seller,
        name=sometimes(whole.name, "", "  "),
        address=addresses(GERMANY),
        tax_id=sometimes(whole.tax_id, None, "36-1234567", "ZZ12", "NO123456785MVA", "IT123", "EL094259216", "SE12"),
        tax_number=sometimes(whole.tax_number, None),
        registration_id=sometimes(None, "HRB 4711", "DK12345674", "12345678"),
        registration_scheme=sometimes(None, "0184", "0106", "9999", "0196"),
        peppol_id=sometimes(whole.peppol_id, None, "0088:7300010000001", "0088:7300010000002", "EM:a@b.example", "x"),
        contact=sometimes(whole.contact, None),
        phone=sometimes(whole.phone, None, "ab1"),
        email=sometimes(whole.email, None, "nobody"),
        iban=sometimes(whole.iban, None, "12345"),
        bic=sometimes(whole.bic, None),
        account_holder=st.sampled_from((None, "Nordlicht")),
    )


def buyers() -> SearchStrategy[Buyer]:
    whole = complete_buyer()
    return st.builds(
        Buyer,
        customer_id=sometimes(whole.customer_id, None),
        name=sometimes(whole.name, ""),
        email=sometimes(whole.email, None),
        address=addresses(AUSTRIA),
        tax_id=sometimes(whole.tax_id, None, "FN 12345"),
        peppol_id=sometimes(whole.peppol_id, None, "9999:1", "0208:0202239951", "0219:1"),
        reference=sometimes(whole.reference, None, " "),
    )


def settlements() -> SearchStrategy[Settlement]:
    return st.builds(
        Settlement,
        kind=st.sampled_from(SettlementKind),
        method=st.sampled_from((None, "credit_card", "invoice")),
        transaction_id=st.sampled_from((None, "T-1")),
    )


@st.composite
def documents(draw: st.DrawFn, *, complete: bool = False) -> Invoice:
    """An invoice or a credit note; `complete` ones lack at most what their figures make impossible."""
    figures = calculate(draw(drafts(most_lines=5)))
    kind = draw(st.sampled_from(InvoiceKind))
    preceding = Preceding(invoice_id=UUID(int=7), number="RE-1", issue_date=date(2026, 11, 2))
    point = draw(sometimes((None, None), (date(2026, 11, 1), None), (None, "35"), (None, "5"), (None, "x")))
    assert isinstance(point, tuple)
    return Invoice(
        id=UUID(int=8),
        tenant="acme",
        kind=kind,
        number="0000002",
        issue_date=date(2026, 11, 21),
        due_date=draw(st.sampled_from((date(2026, 12, 21),) if complete else (date(2026, 12, 21), None))),
        tax_point_date=point[0],
        tax_point_code=None if complete and point[1] == "x" else point[1],
        payment_terms=draw(
            sometimes("14 days net", None, "#SKONTO#TAGE=14#PROZENT=2.00#", *([] if complete else ["#x"]))
        ),
        preceding=preceding if kind is InvoiceKind.CREDIT_NOTE else None,
        order_id=draw(st.sampled_from((None, "EON9001"))),
        purchase_order_reference=draw(st.sampled_from((None, "PO-7"))),
        delivery_date=date(2026, 11, 20) if complete else draw(sometimes(date(2026, 11, 20), None)),
        site_code="main",
        currency=figures.currency,
        language="de",
        locale="de_DE",
        tax_inclusive=figures.tax_inclusive,
        seller=complete_seller() if complete else draw(sellers()),
        buyer=complete_buyer() if complete else draw(buyers()),
        ship_to=draw(st.sampled_from((None, GERMANY))) if complete else draw(st.none() | addresses(GERMANY)),
        memo=draw(st.none() | TEXT),
        lines=figures.lines,
        allowances=figures.allowances,
        charges=figures.charges,
        tax_groups=figures.tax_groups,
        totals=figures.totals,
        settlement=draw(settlements()),
        exchange=figures.exchange,
        withheld=figures.withheld or Decimal(0),
    )
