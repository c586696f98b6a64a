"""Every single omission is told as the one term that it is, with its rule and its place."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from invoicing.document_forms import STRUCTURED, DocumentForm
from invoicing.electronic.needs import missing_terms
from invoicing.invoice import Address, Exchange, Invoice, InvoiceKind, Settlement, SettlementKind, TaxCategory
from tests.documents.einvoice.strategies import complete_buyer, complete_seller
from tests.documents.invoices import make_invoice
from tests.documents.sales_invoices import credit_note, free, line, sales_invoice

CII, UBL, XRECHNUNG = DocumentForm.CII, DocumentForm.UBL, DocumentForm.XRECHNUNG
Change = dict[str, Any]
ELSEWHERE = Address(street="Hafen 3", zip_code="20457", city="Hamburg", country="DE")


def complete(category: TaxCategory = TaxCategory.STANDARD, **changes: Any) -> Invoice:
    reason = "for a reason" if category is TaxCategory.EXEMPT else None
    lines = [line()] if category is TaxCategory.STANDARD else [line(tax=free(category, reason))]
    fields: Change = {"seller": complete_seller(), "buyer": complete_buyer(), "delivery_date": date(2026, 11, 20)}
    return sales_invoice(lines, **fields | changes)


def changed(invoice: Invoice, path: str, value: object) -> Invoice:
    """The invoice with another value at `seller.address.city`, `lines[0].name`, ..."""
    name, _, rest = path.partition(".")
    name, is_first = name.removesuffix("[0]"), name.endswith("[0]")
    member = getattr(invoice, name)
    new = changed(member[0] if is_first else member, rest, value) if rest else value
    return invoice.model_copy(update={name: (new, *member[1:]) if is_first else new})


def told(invoice: Invoice, form: DocumentForm) -> list[tuple[str, str, str]]:
    return [(one.term, one.rule, one.field) for one in missing_terms(invoice, form)]


@pytest.mark.parametrize("form", STRUCTURED)
@pytest.mark.parametrize("category", TaxCategory)
def test_nothing_is_missing_where_all_is_there(category: TaxCategory, form: DocumentForm) -> None:
    assert told(complete(category), form) == []


def test_a_pdf_needs_nothing() -> None:
    assert missing_terms(make_invoice([]), DocumentForm.PDF) == ()


OF_EVERY_FORM = [
    ("seller.name", " ", "BT-27", "BR-06"),
    ("seller.address.country", "", "BT-40", "BR-09"),
    ("seller.address.country", "XX", "BT-40", "BR-CL-14"),
    ("seller.registration_scheme", "9999", "BT-30", "BR-CL-11"),
    ("seller.peppol_id", "7777:1", "BT-34", "BR-CL-25"),
    ("seller.peppol_id", "nowhere", "BT-34", "BR-62"),
    ("buyer.name", "", "BT-44", "BR-07"),
    ("buyer.address.country", "", "BT-55", "BR-11"),
    ("buyer.address.country", "D", "BT-55", "BR-CL-14"),
    ("buyer.peppol_id", "7777:1", "BT-49", "BR-CL-25"),
    ("ship_to.country", "", "BT-80", "BR-57"),
    ("ship_to.country", "XY", "BT-80", "BR-CL-14"),
    ("due_date", None, "BT-9", "BR-CO-25"),
    ("tax_point_code", "7", "BT-8", "BR-CL-06"),
    ("currency", "STN", "BT-5", "BR-CL-04"),
    ("lines[0].name", "\t", "BT-153", "BR-25"),
    ("lines[0].unit", "piece", "BT-130", "BR-CL-23"),
    ("lines[0].base_quantity", Decimal(0), "BT-149", "PEPPOL-EN16931-R121"),
]


@pytest.mark.parametrize("form", STRUCTURED)
@pytest.mark.parametrize(("path", "value", "term", "rule"), OF_EVERY_FORM)
def test_what_every_form_needs(path: str, value: object, term: str, rule: str, form: DocumentForm) -> None:
    whole = complete(payment_terms=None, ship_to=ELSEWHERE)
    assert told(changed(whole, path, value), form) == [(term, rule, path)]


@pytest.mark.parametrize(
    ("path", "value", "term", "rule"),
    [
        ("seller.peppol_id", None, "BT-34", "PEPPOL-EN16931-R020"),
        ("seller.peppol_id", "EM:a@example.org", "BT-34", "PEPPOL-EN16931-CL008"),
        ("seller.peppol_id", "0088:7300010000002", "BT-34", "PEPPOL-COMMON-R040"),
        ("buyer.peppol_id", None, "BT-49", "PEPPOL-EN16931-R010"),
        ("buyer.peppol_id", "0208:0202239952", "BT-49", "PEPPOL-COMMON-R043"),
        ("buyer.reference", None, "BT-10", "PEPPOL-EN16931-R003"),
    ],
)
def test_what_peppol_needs(path: str, value: object, term: str, rule: str) -> None:
    lacking = changed(complete(), path, value)
    assert told(lacking, UBL) == [(term, rule, path)]
    assert told(lacking, CII) == []


def test_an_order_number_of_the_buyers_is_reference_enough_for_peppol() -> None:
    assert told(changed(complete(purchase_order_reference="PO-7"), "buyer.reference", None), UBL) == []


GERMAN = [
    ("seller.address.city", "", "BT-37", 3),
    ("seller.address.zip_code", " ", "BT-38", 4),
    ("seller.contact", None, "BT-41", 5),
    ("seller.phone", None, "BT-42", 6),
    ("seller.email", None, "BT-43", 7),
    ("buyer.address.city", "", "BT-52", 8),
    ("buyer.address.zip_code", "", "BT-53", 9),
    ("ship_to.city", "", "BT-77", 10),
    ("ship_to.zip_code", "", "BT-78", 11),
    ("payment_terms", "#SKONTO#TAGE=14#PROZENT=2#", "BT-20", 18),
    ("seller.phone", "12", "BT-42", 27),
    ("seller.email", "nobody", "BT-43", 28),
]


@pytest.mark.parametrize(("path", "value", "term", "number"), GERMAN)
def test_what_germany_needs(path: str, value: object, term: str, number: int) -> None:
    lacking = changed(complete(ship_to=ELSEWHERE), path, value)
    assert told(lacking, XRECHNUNG) == [(term, f"BR-DE-{number}", path)]
    assert told(lacking, UBL) == []
    within = changed(lacking, "buyer.address.country", "DE")
    assert told(within, UBL) == [(term, f"DE-R-{number:03}", path)], "both sides are German"
    assert told(within, CII) == []


@pytest.mark.parametrize(
    ("terms", "is_fine"),
    [
        ("Net 30.\n#SKONTO#TAGE=7#PROZENT=3.00#\r\n#SKONTO#TAGE=14#PROZENT=2.00#\n\nThank you.", True),
        ("Quote #5# please", True),
        ("#SKONTO#TAGE=14#PROZENT=2.00#\nQuote #5# please", False),
        ("#SKONTO#TAGE=14#PROZENT=2.00#\u2028Thank you.", False),
    ],
)
def test_a_cash_discount_ends_a_line_and_no_other_hash_signs_come_below(terms: str, is_fine: bool) -> None:
    """BR-DE-18 splits at line feeds only, and looks for one behind the last #...#."""
    assert told(complete(payment_terms=terms), XRECHNUNG) == (
        [] if is_fine else [("BT-20", "BR-DE-18", "payment_terms")]
    )


def test_an_xrechnung_wants_the_buyers_reference_and_takes_a_mail_address() -> None:
    whole = complete()
    assert told(changed(whole, "buyer.reference", None), XRECHNUNG) == [("BT-10", "BR-DE-15", "buyer.reference")]
    by_mail = changed(changed(whole, "buyer.peppol_id", None), "seller.peppol_id", None)
    assert told(by_mail, XRECHNUNG) == []
    unreachable = changed(by_mail, "buyer.email", None)
    assert told(unreachable, XRECHNUNG) == [("BT-49", "PEPPOL-EN16931-R010", "buyer.peppol_id")]


@pytest.mark.parametrize(
    ("category", "seller", "buyer"),
    [
        (TaxCategory.STANDARD, "BR-S-02", None),
        (TaxCategory.ZERO, "BR-Z-02", None),
        (TaxCategory.EXEMPT, "BR-E-02", None),
        (TaxCategory.REVERSE_CHARGE, "BR-AE-02", "BR-AE-02"),
        (TaxCategory.INTRA_COMMUNITY, "BR-IC-02", "BR-IC-02"),
        (TaxCategory.EXPORT, "BR-G-02", None),
    ],
)
@pytest.mark.parametrize("form", STRUCTURED)
def test_a_category_asks_for_tax_identifiers(
    category: TaxCategory, seller: str, buyer: str | None, form: DocumentForm
) -> None:
    unregistered = complete_seller().model_copy(update={"tax_id": None, "tax_number": None, "registration_id": "HRB 1"})
    lacking = complete(category, seller=unregistered, buyer=complete_buyer().model_copy(update={"tax_id": None}))
    wanted = [("BT-31", seller, "seller.tax_id")]
    if buyer:
        wanted.append(("BT-48", buyer, "buyer.tax_id"))
    assert told(lacking, form) == wanted


def test_a_tax_number_is_enough_where_no_border_is_crossed() -> None:
    by_number = complete_seller().model_copy(update={"tax_id": None, "tax_number": "22/815/08154"})
    assert told(complete(TaxCategory.STANDARD, seller=by_number), CII) == []
    assert told(complete(TaxCategory.REVERSE_CHARGE, seller=by_number), CII) == []
    assert told(complete(TaxCategory.EXPORT, seller=by_number), CII) == [("BT-31", "BR-G-02", "seller.tax_id")]


def test_nothing_that_identifies_the_seller_is_told() -> None:
    nobody = complete_seller().model_copy(update={"tax_id": None, "tax_number": None, "registration_id": None})
    outside = complete(TaxCategory.OUTSIDE_SCOPE, seller=nobody)
    assert told(outside, CII) == [("BT-30", "BR-CO-26", "seller.registration_id")]


def test_an_intra_community_supply_says_when_it_was_delivered() -> None:
    undated = complete(TaxCategory.INTRA_COMMUNITY, delivery_date=None)
    assert told(undated, CII) == [("BT-72", "BR-IC-11", "delivery_date")]
    assert told(complete(TaxCategory.EXPORT, delivery_date=None), CII) == []


def test_an_exemption_code_is_on_the_list_and_in_peppol_of_its_category() -> None:
    path = "tax_groups[0].exemption_code"
    exempt = complete(TaxCategory.EXEMPT)
    assert told(changed(exempt, path, "VATEX-EU-132"), UBL) == []
    assert told(changed(exempt, path, "VATEX-1"), CII) == [("BT-121", "BR-CL-22", path)]
    assert told(changed(exempt, path, "VATEX-EU-G"), UBL) == [("BT-121", "PEPPOL-EN16931-P0104", path)]
    assert told(changed(exempt, path, "VATEX-EU-G"), CII) == []


def test_three_decimals_are_told_where_they_are() -> None:
    """1.001 dinar and 5 %, which is 0.050 dinar."""
    dinars = complete().model_copy(update={"currency": "KWD"})
    assert told(dinars, CII) == [], "100.00 has two"
    finer = sales_invoice(
        [line("1.001", tax=free(TaxCategory.ZERO))], currency="KWD", seller=complete_seller(), buyer=complete_buyer()
    )
    assert told(finer, CII) == [
        ("BT-106", "BR-DEC-09", "totals.lines_net"),
        ("BT-109", "BR-DEC-12", "totals.net"),
        ("BT-112", "BR-DEC-14", "totals.gross"),
        ("BT-115", "BR-DEC-18", "totals.payable"),
        ("BT-116", "BR-DEC-19", "tax_groups[0].net"),
        ("BT-131", "BR-DEC-23", "lines[0].net"),
    ]


def test_the_tax_in_a_base_currency_of_three_decimals_is_told() -> None:
    exchange = Exchange(
        base_currency="TND", rate=Decimal("3.3"), rate_date=date(2026, 11, 1), tax=Decimal("62.701"), total=Decimal(1)
    )
    found = told(complete(exchange=exchange), CII)
    assert ("BT-111", "BR-DEC-15", "exchange.tax") in found


def test_a_rate_below_half_a_percent_is_told_where_its_tax_is_seen() -> None:
    tax = line("1000.00").tax.model_copy(update={"rate": Decimal("0.4")})
    small = sales_invoice([line("1000.00", tax=tax)], seller=complete_seller(), buyer=complete_buyer())
    assert told(small, CII) == [("BT-117", "BR-CO-17", "tax_groups[0].tax")], "4.00 of tax at 0 %"


def test_a_tax_that_is_a_whole_unit_off_is_told() -> None:
    """49 yen with 100 % in them: 24.5, rounded to 25 of tax, and 24 without it."""
    double = line("49", tax=line().tax.model_copy(update={"rate": Decimal(100)}))
    yen = sales_invoice([double], currency="JPY", inclusive=True, seller=complete_seller(), buyer=complete_buyer())
    assert (yen.totals.net, yen.totals.tax) == (Decimal(24), Decimal(25))
    assert told(yen, CII) == [("BT-117", "BR-CO-17", "tax_groups[0].tax")]


def test_what_the_arithmetic_finds_is_told_too() -> None:
    whole = complete()
    totals = whole.totals.model_copy(update={"payable": Decimal("118.00")})
    assert told(whole.model_copy(update={"totals": totals}), CII) == [("BG-22", "BR-CO-16", "totals")]
    groups = tuple(group.model_copy(update={"net": Decimal("99.99")}) for group in whole.tax_groups)
    assert told(whole.model_copy(update={"tax_groups": groups}), CII) == [("BG-23", "BR-S-08", "tax_groups")]


def test_a_net_amount_that_no_price_explains_is_told_to_peppol() -> None:
    lines = tuple(one.model_copy(update={"quantity": Decimal(0)}) for one in complete().lines)
    unexplained = complete().model_copy(update={"lines": lines})
    assert told(unexplained, UBL) == [("BT-131", "PEPPOL-EN16931-R120", "lines[0].net")]
    assert told(unexplained, CII) == []


def test_a_credit_note_is_not_due() -> None:
    note = credit_note(seller=complete_seller(), buyer=complete_buyer())
    assert (note.due_date, note.payment_terms) == (None, None)
    assert told(note, CII) == []
    assert told(note.model_copy(update={"kind": InvoiceKind.INVOICE}), CII) == [("BT-9", "BR-CO-25", "due_date")]


def test_what_was_paid_is_not_due() -> None:
    paid = complete(paid="119.00", due_date=None, settlement=Settlement(kind=SettlementKind.CAPTURED))
    assert told(paid, CII) == []


NATIONAL: list[tuple[str, Change, list[tuple[str, str, str]]]] = [
    ("NO", {"tax_id": "NO974760673"}, [("BT-31", "NO-R-001", "seller.tax_id")]),
    ("NO", {"tax_id": "NO974760673MVA"}, []),
    ("DK", {"tax_id": "DK13585628", "registration_id": None}, [("BT-30", "DK-R-002", "seller.registration_id")]),
    (
        "DK",
        {"tax_id": "DK13585628", "registration_id": "1"},
        [("BT-30", "DK-R-014", "seller.registration_scheme")],
    ),
    ("DK", {"tax_id": "DK13585628", "registration_id": "DK13585628", "registration_scheme": "0184"}, []),
    ("IT", {"tax_id": "IT00743110157", "tax_number": "1"}, [("BT-32", "IT-R-001", "seller.tax_number")]),
    ("IT", {"tax_id": "IT00743110157", "tax_number": None}, []),
    ("IS", {"tax_id": "IS12345", "registration_id": None}, [("BT-30", "IS-R-002", "seller.registration_id")]),
    ("IS", {"tax_id": "IS12345", "registration_id": "5402696029", "registration_scheme": "0196"}, []),
    (
        "NL",
        {"tax_id": "NL123456782B90", "registration_id": "1"},
        [("BT-30", "NL-R-003", "seller.registration_scheme")],
    ),
    ("NL", {"tax_id": "NL123456782B90", "registration_id": "1", "registration_scheme": "0106"}, []),
    ("NL", {"tax_id": "NL123456782B90", "registration_id": None, "iban": None}, [("BT-84", "NL-R-008", "seller.iban")]),
    ("GR", {"tax_id": "EL094259216"}, [("BT-122", "GR-R-004-1", "seller.address.country")]),
]


@pytest.mark.parametrize(("country", "seller", "wanted"), NATIONAL)
def test_what_single_countries_need_in_peppol(country: str, seller: Change, wanted: list[tuple[str, str, str]]) -> None:
    party = complete_seller().model_copy(update=seller)
    lacking = complete(
        seller=party.model_copy(update={"address": party.address.model_copy(update={"country": country})})
    )
    assert told(lacking, UBL) == wanted
    assert told(lacking, CII) == []


def test_sweden_has_three_rates() -> None:
    party = complete_seller().model_copy(update={"tax_id": "SE556036079301", "tax_number": None})
    swedish = party.model_copy(update={"address": party.address.model_copy(update={"country": "SE"})})
    assert told(complete(seller=swedish), UBL) == [("BT-119", "SE-R-006", "tax_groups[0].tax_rate")], "19 %"
    at_home = line(tax=line().tax.model_copy(update={"rate": Decimal(25)}))
    assert told(sales_invoice([at_home], seller=swedish, buyer=complete_buyer()), UBL) == []


def test_a_transfer_within_denmark_names_the_bank() -> None:
    address = Address(street="Gade 1", zip_code="1000", city="København", country="DK")
    party = {"address": address, "tax_id": "DK13585628", "bic": None}
    register = {"registration_id": "DK13585628", "registration_scheme": "0184"}
    danish = complete_seller().model_copy(update={**party, **register})
    within = complete(seller=danish, buyer=complete_buyer().model_copy(update={"address": address}))
    assert told(within, UBL) == [("BT-86", "DK-R-006", "seller.bic")]


def test_everything_is_told_at_once_in_sentences() -> None:
    bare = make_invoice().model_copy(
        update={"seller": complete_seller().model_copy(update={"name": "", "email": None})}
    )
    found = missing_terms(bare, XRECHNUNG)
    assert [one.term for one in found] == ["BT-27", "BT-43", "BT-10"]
    for one in found:
        assert one.message[0].isupper()
        assert one.message.endswith(".")
