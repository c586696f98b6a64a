"""The accounting API's own JSON: exact numbers, dates, pages."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from api.deskera import Amount, DeskeraDate, DeskeraModel, Text, page_of, parse_date, print_date, spring_page, to_json
from api.deskera import stored as as_stored
from api.errors.api_error import ApiError
from api.requests.json_request import parse_json


class Body(DeskeraModel):
    unit_price: Amount | None = None
    due_date: DeskeraDate | None = None
    postal_code: Text | None = None


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("0.1", b"0.1"),
        ("128.40", b"128.4"),
        ("8.4000000000", b"8.4"),
        ("100", b"100"),
        ("1E+2", b"100"),
        ("1e-7", b"0.0000001"),
        ("12345678901234567890.12345678901234567890", b"12345678901234567890.1234567890123456789"),
        ("-0.00", b"0"),
    ],
)
def test_numbers_go_out_with_every_digit_and_no_exponent(text: str, written: bytes) -> None:
    assert to_json(Decimal(text)) == written


@given(st.decimals(allow_nan=False, allow_infinity=False, places=10, min_value=-(10**15), max_value=10**15))
def test_a_number_comes_back_as_it_went_out(number: Decimal) -> None:
    """Through the answer, the request, and the form in which the database keeps it."""
    read = parse_json(to_json([number]), exact=True)
    assert isinstance(read, list)
    assert Decimal(read[0]) == number
    assert Decimal(as_stored({"n": number})["n"]) == number


def test_nulls_are_explicit_and_nested_members_are_exact() -> None:
    body = {"a": None, "b": [{"c": Decimal("0.30")}], "d": date(2020, 6, 18).isoformat()}
    assert to_json(body) == b'{"a":null,"b":[{"c":0.3}],"d":"2020-06-18"}'


@pytest.mark.parametrize("value", ["12.50", Decimal("12.50"), " 12.5 "])
def test_an_amount_is_a_number_or_text_that_holds_one(value: Any) -> None:
    assert Body.model_validate({"unitPrice": value}).unit_price == Decimal("12.5")


@pytest.mark.parametrize("value", [True, "x", "", "NaN", "Infinity", "1,5", [1], 10**16, "0.0000000000001"])
def test_what_is_no_usable_amount_is_refused(value: Any) -> None:
    with pytest.raises(ValidationError, match="unitPrice"):
        Body.model_validate({"unitPrice": value})


@pytest.mark.parametrize("value", [40202, "40202", Decimal(40202)])
def test_a_postal_code_is_text_or_its_digits(value: Any) -> None:
    assert Body.model_validate({"postalCode": value}).postal_code == "40202"


def test_days_are_written_day_first() -> None:
    assert (parse_date("18-06-2020"), print_date(date(2020, 6, 8))) == (date(2020, 6, 18), "08-06-2020")
    assert Body.model_validate({"dueDate": "31-12-2026"}).due_date == date(2026, 12, 31)


@pytest.mark.parametrize("text", ["01-01-0001", "05-06-0999", "31-12-9999"])
def test_a_day_is_written_as_it_was_read(text: str) -> None:
    assert print_date(parse_date(text)) == text


@pytest.mark.parametrize("text", ["2020-06-18", "31-02-2020", "1-6-2020", "18-06-20", "", "18-06-2020x"])
def test_other_days_are_refused(text: str) -> None:
    with pytest.raises(ValidationError, match="must be a date of the form dd-MM-yyyy"):
        Body.model_validate({"dueDate": text})


def test_a_number_that_is_too_long_is_named() -> None:
    with pytest.raises(ApiError) as refused:
        parse_json(b'{"lines": [{"body": 1}, {"price": 1e61}]}', exact=True)
    assert [detail.field for detail in refused.value.details] == ["lines.1.price"]


def test_members_that_nobody_knows_are_ignored() -> None:
    assert Body.model_validate({"supportedFeatures": {"x": 1}, "unitPrice": 1}).unit_price == 1


@pytest.mark.parametrize(
    ("total", "page", "limit", "count", "pages", "first", "last"),
    [(0, 0, 10, 0, 0, True, True), (11, 0, 10, 10, 2, True, False), (11, 1, 10, 1, 2, False, True)],
)
def test_a_page_says_where_it_stands(
    total: int, page: int, limit: int, count: int, pages: int, first: bool, last: bool
) -> None:
    body = spring_page([{}] * count, page=page, limit=limit, total=total, is_sorted=True)
    assert (body["totalElements"], body["totalPages"], body["numberOfElements"]) == (total, pages, count)
    assert (body["first"], body["last"], body["empty"]) == (first, last, count == 0)
    assert body["pageable"]["offset"] == page * limit


def test_page_and_limit_have_defaults_and_bounds() -> None:
    assert page_of({}) == (0, 10)
    assert page_of({"10": "10", "0": "0"}) == (0, 10)  # what one client really sends
    assert page_of({"page": "3", "limit": "5000"}) == (3, 1000)
    for wrong in ({"limit": "0"}, {"limit": "-1"}, {"page": "x"}, {"page": "1.5"}):
        with pytest.raises(ApiError) as refused:
            page_of(wrong)
        assert refused.value.details[0].field == next(iter(wrong))


@pytest.mark.parametrize("number", ["1e61", "1e3000000", "1e-61", "1" * 61, "0." + "1" * 61, "-1e999999999"])
def test_a_number_of_absurd_size_is_refused_before_anybody_spells_it_out(number: str) -> None:
    with pytest.raises(ApiError, match="a number of more than 60 digits") as refused:
        parse_json(f'{{"customField": [{number}]}}'.encode(), exact=True)
    assert refused.value.status == 400


@pytest.mark.parametrize(
    "number", ["1" * 35, "1e40", "-0.1234567890123456789012345678901234567", "12345678901234567890123"]
)
def test_a_long_number_comes_back_whole(number: str) -> None:
    assert Decimal(to_json(parse_json(number.encode(), exact=True)).decode()) == Decimal(number)
