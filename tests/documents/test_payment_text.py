from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from documents.formatting import formatter_for
from documents.payment_text import grouped_iban, payment_sentences
from documents.texts import texts_in
from invoicing.invoice import Invoice, Settlement, SettlementKind
from tests.documents.invoices import GERMAN_SELLER, Item, make_invoice

IBAN = "DE89370400440532013000"


def sentences(invoice: Invoice) -> str:
    return " ".join(payment_sentences(invoice, formatter_for(invoice))).replace("\u00a0", " ")


def english(**changes: Any) -> Invoice:
    return make_invoice(language="en", locale="en_GB", **changes)


def test_a_captured_card_is_named() -> None:
    assert sentences(english()) == "Paid in full by credit card. Thank you \u2013 there is nothing left to pay."


def test_a_method_that_we_have_no_word_for_is_called_as_the_shop_calls_it() -> None:
    invoice = english(settlement=Settlement(kind=SettlementKind.PAID_BEFORE, method="gift_card_7"))
    assert sentences(invoice).startswith("Paid in full by gift card 7.")


def test_a_payment_without_a_method_is_still_a_payment() -> None:
    invoice = english(settlement=Settlement(kind=SettlementKind.PAID_BEFORE))
    assert sentences(invoice).startswith("Paid in full. ")


@pytest.mark.parametrize(
    ("iban", "due", "sentence"),
    [
        (IBAN, date(2026, 12, 5), "to account DE89 3704 0044 0532 0130 00 by 5 Dec 2026, quoting"),
        (IBAN, None, "to account DE89 3704 0044 0532 0130 00, quoting"),
        (None, date(2026, 12, 5), "by 5 Dec 2026, quoting"),
        (None, None, ", quoting"),
    ],
)
def test_on_account_asks_for_a_transfer_with_what_is_known(iban: str | None, due: date | None, sentence: str) -> None:
    seller = GERMAN_SELLER.model_copy(update={"iban": iban})
    asked = sentences(english(kind=SettlementKind.ON_ACCOUNT, seller=seller, due_date=due))
    assert asked.replace(" ,", ",") == f"Please transfer €11.90 {sentence} invoice number RE-2026-00017.".replace(
        " ,", ","
    )


def test_a_part_payment_says_what_is_paid_and_what_is_left() -> None:
    whole = english(seller=GERMAN_SELLER.model_copy(update={"iban": None}))
    part = whole.model_copy(
        update={"totals": whole.totals.model_copy(update={"paid": Decimal("5.00"), "payable": Decimal("6.90")})}
    )
    assert sentences(part) == (
        "€5.00 have been paid already by credit card. Please transfer €6.90, quoting invoice number RE-2026-00017."
    )


def test_an_invoice_over_nothing_asks_for_nothing() -> None:
    assert sentences(english(lines=[Item(price="0.00")])) == "There is nothing to pay."


def test_the_method_of_an_order_on_account_is_no_payment() -> None:
    invoice = english(
        kind=SettlementKind.ON_ACCOUNT, settlement=Settlement(kind=SettlementKind.ON_ACCOUNT, method="invoice")
    )
    assert "invoice." not in sentences(invoice).replace("RE-2026-00017.", "")


def test_an_iban_is_printed_in_groups_of_four() -> None:
    assert grouped_iban("gb82west12345698765432", texts_in("en")) == "GB82 WEST 1234 5698 7654 32"


def test_the_groups_of_an_iban_stay_in_one_line_where_a_second_one_would_begin_at_the_right() -> None:
    assert grouped_iban("SA0380000000608010167519", texts_in("ar")) == "SA03 8000 0000 6080 1016 7519".replace(
        " ", "\u00a0"
    )
