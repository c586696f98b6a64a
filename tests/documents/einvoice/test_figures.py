from decimal import Decimal

import pytest

from documents.einvoice.figures import amount, number


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("5.00", "5.00"),
        ("5.0", "5.0"),
        ("100", "100"),
        ("1.500", "1.50"),
        ("1.000", "1.00"),
        ("1.234", "1.234"),
        ("1E+2", "100"),
        ("-0.00", "0.00"),
        ("-12.30", "-12.30"),
        ("123456789012345678901234567890.12", "123456789012345678901234567890.12"),
    ],
)
def test_an_amount_is_written_as_it_is_stored(value: str, text: str) -> None:
    assert amount(Decimal(value)) == text


@pytest.mark.parametrize(("value", "text"), [("1E+1", "10"), ("19.00", "19"), ("0.250", "0.25"), ("-0", "0")])
def test_a_number_has_no_zeros_at_its_end(value: str, text: str) -> None:
    assert number(Decimal(value)) == text
