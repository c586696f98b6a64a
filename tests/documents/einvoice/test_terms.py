"""What is said by which term."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from documents.einvoice.terms import terms_of
from invoicing.document_forms import DocumentForm
from invoicing.draft import ExchangeRate
from invoicing.invoice import Address, ChargeKind, Invoice, Settlement, SettlementKind, TaxCategory
from tests.documents.einvoice.strategies import complete_buyer, complete_seller
from tests.documents.invoices import make_invoice
from tests.documents.sales_invoices import ALLOWANCE, CHARGE, adjustment, credit_note, extra, free, line, sales_invoice

CII, UBL, XRECHNUNG = DocumentForm.CII, DocumentForm.UBL, DocumentForm.XRECHNUNG


def invoice(*lines: Any, **changes: Any) -> Invoice:
    return sales_invoice(lines or [line()], **{"seller": complete_seller(), "buyer": complete_buyer()} | changes)


def test_every_amount_is_the_stored_one() -> None:
    """100.00 less 2 %, and 4.50 of shipping; 19 % of 102.50 are 19.475, so 19.48; 50.00 were paid, 2 cents are off."""
    rate = ExchangeRate(base_currency="EUR", rate=Decimal("0.5"), rate_date=date(2026, 11, 20))
    charges = [extra(ALLOWANCE, "Sale", percent="2"), extra(CHARGE, "Shipping", "4.50")]
    stated = invoice(currency="USD", charges=charges, paid="50.00", rounding="-0.02", exchange_rate=rate)
    terms = terms_of(stated, UBL)
    assert {name: terms[name] for name in (f"BT-{number}" for number in range(106, 116))} == {
        "BT-106": "100.00",
        "BT-107": "2.00",
        "BT-108": "4.50",
        "BT-109": "102.50",
        "BT-110": "19.48",
        "BT-111": "9.74",
        "BT-112": "121.98",
        "BT-113": "50.00",
        "BT-114": "-0.02",
        "BT-115": "71.96",
    }
    assert (terms["BT-5"], terms["BT-6"]) == ("USD", "EUR")
    assert terms["BG-23"] == [{"BT-116": "102.50", "BT-117": "19.48", "BT-118": "S", "BT-119": "19"}]
    assert terms["BG-20"] == [
        {
            "amount": "2.00",
            "reason": "Sale",
            "reason_code": "95",
            "vat_category_code": "S",
            "vat_rate": "19",
            "base_amount": "100.00",
            "rate": "2",
        }
    ]


def test_a_base_currency_that_is_the_invoices_own_is_not_said() -> None:
    rate = ExchangeRate(base_currency="EUR", rate=Decimal(1), rate_date=date(2026, 11, 20))
    terms = terms_of(invoice(exchange_rate=rate), UBL)
    assert "BT-6" not in terms
    assert "BT-111" not in terms


def test_sums_over_nothing_are_not_said() -> None:
    assert not {"BT-107", "BT-108", "BT-113", "BT-114", "BG-20", "BG-21"} & terms_of(invoice(), CII).keys()


def test_a_line_is_in_net_prices() -> None:
    """2 x 11.90 - 2.38 with 19 % in them are 18.00 without."""
    stated = invoice(line("11.90", "2", adjustments=(adjustment(ALLOWANCE, "2.38"),)), inclusive=True)
    (only,) = terms_of(stated, CII)["BG-25"]
    assert only == {
        "BT-126": "1",
        "BT-129": "2",
        "BT-130": "H87",
        "BT-131": "18.00",
        "BT-146": "10",
        "BT-151": "S",
        "BT-152": "19",
        "BT-153": "Beratung vor Ort",
        "BT-155": "P-0000001",
        "BG-27": [{"amount": "2.00", "reason_code": "95"}],
    }


def test_an_allowance_of_a_tax_inclusive_document_states_no_percentage() -> None:
    """10 % of 119.00 are 11.90, of which 10.00 are net."""
    stated = invoice(line("119.00"), inclusive=True, charges=[extra(ALLOWANCE, "Sale", percent="10")])
    assert terms_of(stated, UBL)["BG-20"] == [
        {"amount": "10.00", "reason": "Sale", "reason_code": "95", "vat_category_code": "S", "vat_rate": "19"}
    ]


def test_not_even_where_the_cents_happen_to_agree() -> None:
    """1 % of 1.19 is a cent, and so is what that is without tax."""
    stated = invoice(line("1.19"), inclusive=True, charges=[extra(ALLOWANCE, "Sale", percent="1")])
    (only,) = terms_of(stated, UBL)["BG-20"]
    assert only["amount"] == "0.01"
    assert "base_amount" not in only


def test_charges_have_the_code_of_their_kind() -> None:
    charges = [(ChargeKind.SHIPPING, "", "4.90", "19"), (ChargeKind.PAYMENT_FEE, "Gebühr", "1.00", "19")]
    stated = terms_of(make_invoice(charges=charges), CII)["BG-21"]
    assert [(one["reason_code"], one.get("reason")) for one in stated] == [("FC", None), ("ABK", "Gebühr")]


def test_outside_the_scope_of_tax_there_is_no_rate_but_germany_wants_one() -> None:
    outside = invoice(line(tax=free(TaxCategory.OUTSIDE_SCOPE)))
    for form, rate in ((CII, None), (UBL, None), (XRECHNUNG, "0")):
        terms = terms_of(outside, form)
        assert "BT-152" not in terms["BG-25"][0]
        assert terms["BG-23"][0].get("BT-119") == rate
        assert "vat_identifier" not in {**terms["BG-4"], **terms["BG-7"]}


@pytest.mark.parametrize(
    ("settlement", "means"),
    [
        (
            Settlement(kind=SettlementKind.ON_ACCOUNT, method="invoice"),
            {
                "BT-81": "58",
                "BT-82": "invoice",
                "BT-83": "0000002",
                "BT-84": "DE89370400440532013000",
                "BT-85": "Nordlicht Handel GmbH",
                "BT-86": "COBADEFFXXX",
            },
        ),
        (Settlement(kind=SettlementKind.CAPTURED, method="credit_card"), {"BT-81": "48", "BT-82": "credit_card"}),
    ],
)
def test_the_account_is_named_where_the_buyer_transfers(settlement: Settlement, means: dict[str, str]) -> None:
    terms = terms_of(invoice(settlement=settlement), CII)
    payment = {f"BT-{number}" for number in range(81, 92)}
    assert {name: value for name, value in terms.items() if name in payment} == means


def test_the_rest_of_what_was_paid_in_part_is_transferred_to_the_account() -> None:
    """The page asks for it in the same way; by what the first part was paid is no name for that."""
    gift_card = Settlement(kind=SettlementKind.PAID_BEFORE, method="gift_card")
    terms = terms_of(invoice(settlement=gift_card, paid="100.00"), CII)
    assert (terms["BT-81"], terms["BT-83"], terms["BT-84"]) == ("58", "0000002", "DE89370400440532013000")
    assert (terms["BT-113"], terms["BT-115"], terms.get("BT-82")) == ("100.00", "19.00", None)
    settled = terms_of(invoice(settlement=gift_card, paid="119.00"), CII)
    assert (settled["BT-81"], settled["BT-82"], settled.get("BT-84")) == ("1", "gift_card", None)


def test_the_account_may_be_another_ones() -> None:
    other = complete_seller().model_copy(update={"account_holder": "Nordlicht Treuhand"})
    assert terms_of(invoice(seller=other), CII)["BT-85"] == "Nordlicht Treuhand"


def test_memo_and_what_is_withheld_share_the_one_note() -> None:
    terms = terms_of(invoice(memo="Thank you.", withheld="12.5"), UBL)
    assert terms["BG-1"] == [{"BT-22": "Thank you.\nWithheld by the buyer: 12.50 EUR"}]
    assert terms["BT-115"] == "119.00", "withholding does not lower what the invoice is over"
    assert "BG-1" not in terms_of(invoice(memo=" "), UBL)


@pytest.mark.parametrize(
    ("memo", "note"),
    [
        ("Orders #17 #18", "Orders # 17 #18"),
        ("#AAI#General", "# AAI#General"),
        ("Order #123", "Order #123"),
        ("Orders #123 and #124", "Orders #123 and #124"),
    ],
)
def test_no_part_of_a_note_is_taken_for_its_subject(memo: str, note: str) -> None:
    """UBL writes a subject (BT-21) as #code#, three characters that must be on the list: BR-CL-08."""
    for form in (UBL, XRECHNUNG):
        assert terms_of(invoice(memo=memo), form)["BG-1"] == [{"BT-22": note}]
    assert terms_of(invoice(memo=memo), CII)["BG-1"] == [{"BT-22": memo}]


def test_a_credit_note_names_its_invoice_and_how_it_is_settled() -> None:
    terms = terms_of(credit_note(seller=complete_seller(), buyer=complete_buyer()), UBL)
    assert terms["BT-3"] == "381"
    assert terms["BG-3"] == [{"BT-25": "RE-2026-00017", "BT-26": date(2026, 11, 2)}]
    assert (terms["BT-81"], terms["BT-20"]) == ("97", "It is set against the preceding invoice.")
    refunded = credit_note(refunded="119.00", seller=complete_seller(), buyer=complete_buyer())
    assert terms_of(refunded, UBL)["BT-20"] == "The payment is given back."


def test_a_cash_discount_ends_its_line() -> None:
    terms = terms_of(invoice(payment_terms="#SKONTO#TAGE=14#PROZENT=2.00#"), XRECHNUNG)
    assert terms["BT-20"] == "#SKONTO#TAGE=14#PROZENT=2.00#\n"
    assert terms_of(invoice(payment_terms="30 days"), XRECHNUNG)["BT-20"] == "30 days"


@pytest.mark.parametrize(("code", "word"), [("3", "invoice"), ("5", "invoice"), ("35", "delivery"), ("72", "payment")])
def test_the_codes_of_a_tax_point_of_both_syntaxes_are_taken(code: str, word: str) -> None:
    assert terms_of(invoice(tax_point_code=code), CII)["BT-8"] == word


def test_the_seller_is_named_with_all_that_is_known() -> None:
    assert terms_of(invoice(), UBL)["BG-4"] == {
        "name": "Nordlicht Handel GmbH",
        "legal_identifier": "HRB 4711",
        "vat_identifier": "DE123456789",
        "tax_identifier": "22/815/08154",
        "contacts": [{"name": "Ole Hansen", "phone": "+49 40 1234567", "email": "hallo@nordlicht.example"}],
        "einvoicing_addr": "DE123456789",
        "einvoicing_addr_schemeid": "9930",
        "addr_l1": "Speicherstraße 12a",
        "postcode": "20457",
        "city": "Hamburg",
        "country_code": "DE",
    }


def test_the_lines_of_an_address_have_three_places() -> None:
    extra_lines = ("Hinterhaus", " ", "3. OG", "links")
    address = complete_buyer().address.model_copy(update={"extra_lines": extra_lines, "company": "Kraus OG"})
    buyer = terms_of(invoice(buyer=complete_buyer().model_copy(update={"address": address})), UBL)["BG-7"]
    assert (buyer["addr_l1"], buyer["addr_l2"], buyer["addr_l3"]) == ("Ring 1", "Hinterhaus", "3. OG, links")
    assert "biz_name" not in buyer, "it is the name"


def test_a_buyer_without_a_vat_identifier_has_its_register() -> None:
    private = complete_buyer().model_copy(update={"tax_id": "FN 12345"})
    buyer = terms_of(invoice(buyer=private), UBL)["BG-7"]
    assert buyer["legal_identifier"] == "FN 12345"
    assert buyer["identifiers"] == {None: "K-10482"}
    assert "vat_identifier" not in buyer


def test_goods_went_to_somebody() -> None:
    there = Address(street="Hafen", street_number="3", zip_code="20457", city="Hamburg", country="DE")
    delivery = terms_of(invoice(ship_to=there), CII)["BG-13"]
    assert delivery == {
        "name": "Kraus OG",
        "addr_l1": "Hafen 3",
        "postcode": "20457",
        "city": "Hamburg",
        "country_code": "DE",
    }
    assert "BG-13" not in terms_of(invoice(), CII)
    within = invoice(line(tax=free(TaxCategory.INTRA_COMMUNITY)))
    assert terms_of(within, CII)["BG-13"]["country_code"] == "AT", "BR-IC-12"
