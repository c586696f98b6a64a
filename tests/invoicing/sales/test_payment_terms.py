"""Payment terms (Deskera B.5): when an invoice is due."""

from datetime import date

import pytest

from invoicing.sales.payment_terms import PaymentTerm, UnknownPaymentTerm, due_date, parse_payment_term


@pytest.mark.parametrize(
    ("term", "day"),
    [
        ("1", date(2024, 2, 15)),
        ("2", date(2024, 2, 25)),
        ("3", date(2024, 3, 1)),
        ("4", date(2024, 3, 16)),
        ("5", date(2024, 3, 31)),
    ],
)
def test_the_five_terms_count_days_from_the_invoices_date_across_a_leap_day(term: str, day: date) -> None:
    assert due_date(date(2024, 2, 15), parse_payment_term(term)) == day


def test_the_vendors_sample_is_due_thirty_days_after_its_date() -> None:
    assert due_date(date(2020, 6, 18), PaymentTerm.NET_30) == date(2020, 7, 18)


@pytest.mark.parametrize("text", ["4", " 4 ", "NET 30", "Net 30", "net_30", "NET-30"])
def test_a_term_is_known_by_id_and_by_name(text: str) -> None:
    assert parse_payment_term(text) is PaymentTerm.NET_30


@pytest.mark.parametrize("text", ["", "0", "6", "30", "NET", "NET 31", "NET30"])
def test_other_words_are_no_term(text: str) -> None:
    with pytest.raises(UnknownPaymentTerm, match=r"4 \(NET 30\)"):
        parse_payment_term(text)
