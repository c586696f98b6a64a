from collections.abc import Mapping
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.numbering import (
    ANYTHING,
    MissingPlaceholder,
    NumberFormat,
    Placeholder,
    SeriesExhausted,
    counters_printing,
    format_number,
    invoice_placeholders,
    invoice_shapes,
    placeholder_values,
)

AT = datetime(2025, 12, 31, 23, 4, 5, tzinfo=UTC)
"""In Tokyo the next year has begun, in New York it is still the afternoon."""

BERLIN: Mapping[str, object] = {
    "homeBase": {"address": {"country": "AT"}, "timezone": "Europe/Berlin"},
    "languages": ["de", "en", "fr"],
    "mixins": {"customConfig": {"region": "NORTH", "zones": ["n1", "n2", "n3"], "code": 7, "open": True, "none": ""}},
}


def series(
    pre: str = "", post: str = "", digits: int = 4, max_value: int = 9_999, **placeholders: Placeholder
) -> NumberFormat:
    return NumberFormat(
        pre_text=pre, post_text=post, number_of_digits=digits, max_value=max_value, placeholders=placeholders
    )


def printed(number_format: NumberFormat, given: Mapping[str, str], site: Mapping[str, object] | None = None) -> str:
    return format_number(number_format, 11, placeholder_values(number_format, given, AT, site))


REQUIRED = Placeholder(required=True)


@pytest.mark.parametrize(
    ("number_format", "counter", "number"),
    [
        (series("V-"), 11, "V-0011"),
        (series("V-"), 12, "V-0012"),
        (series("ORD-2026-", "-EU", digits=6), 1_001, "ORD-2026-001001-EU"),
        (series(digits=1), 7, "7"),
        (series(digits=4, max_value=10**9), 123_456, "123456"),
        (series(digits=18), 9_999, "000000000000009999"),
    ],
)
def test_a_number_is_its_counter_padded_between_two_texts(
    number_format: NumberFormat, counter: int, number: str
) -> None:
    assert format_number(number_format, counter, {}) == number


def test_the_tutorials_series_prints_the_two_digit_year_of_the_invoice() -> None:
    tutorial = series("INV__num__", max_value=999_999_999, __num__=REQUIRED)
    given = invoice_placeholders(date(2025, 7, 25), vendor_name=None)
    assert format_number(tutorial, 1_001, placeholder_values(tutorial, given, AT, BERLIN)) == "INV251001"


def test_a_vendors_invoice_prints_the_vendor_and_the_sites_month() -> None:
    vendors = series("meinMAKLERstore-__vendorName__", "-__year__-__month__", 6, 10**6, __vendorName__=REQUIRED)
    given = invoice_placeholders(date(2026, 1, 1), vendor_name="Acme")
    assert format_number(vendors, 10_001, placeholder_values(vendors, given, AT, BERLIN)) == (
        "meinMAKLERstore-Acme010001-2026-01"
    )


def test_the_last_number_is_the_maximum_and_no_other_follows() -> None:
    assert format_number(series(max_value=12), 12, {}) == "0012"
    with pytest.raises(SeriesExhausted, match="MaxValue is exceeded"):
        format_number(series(max_value=12), 13, {})


@pytest.mark.parametrize(
    ("timezone", "text"),
    [
        ("Europe/Berlin", "2026-01-01 00:04:05"),
        ("America/New_York", "2025-12-31 18:04:05"),
        ("Asia/Tokyo", "2026-01-01 08:04:05"),
        ("Europe/Nowhere", "2025-12-31 23:04:05"),
        (None, "2025-12-31 23:04:05"),
    ],
)
def test_dates_are_the_sites_and_utc_where_it_names_no_time_zone(timezone: str | None, text: str) -> None:
    clock = series("__year__-__month__-__day__ __hour__:__minute__:__second__ ")
    assert printed(clock, {}, {"homeBase": {"timezone": timezone}}) == f"{text} 0011"


@pytest.mark.parametrize(
    ("site", "country"),
    [(BERLIN, "AT"), ({}, "DE"), ({"homeBase": {"address": {}}}, "DE"), ({"homeBase": []}, "DE"), (None, "DE")],
)
def test_the_country_is_the_sites_and_germany_where_it_names_none(
    site: Mapping[str, object] | None, country: str
) -> None:
    assert printed(series("__country__"), {}, site) == f"{country}0011"


def test_what_the_caller_gives_wins_over_everything() -> None:
    from_site = Placeholder(sitePath="mixins.customConfig.region", default="SOUTH")
    number_format = series("__region__-__year__-", __region__=from_site)
    assert printed(number_format, {"__region__": "WEST", "__year__": "1999"}, BERLIN) == "WEST-1999-0011"


@pytest.mark.parametrize(
    ("placeholder", "value"),
    [
        (Placeholder(sitePath="mixins.customConfig.region"), "NORTH"),
        (Placeholder(sitePath="mixins.customConfig.code"), "7"),
        (Placeholder(sitePath="mixins.customConfig.open"), "true"),
        (Placeholder(sitePath="mixins.customConfig.zones"), "n1n2n3"),
        (Placeholder(sitePath="mixins.customConfig.zones", delimiter="-"), "n1-n2-n3"),
        (Placeholder(sitePath="mixins.customConfig.zones", arrayLimit=2, delimiter="-"), "n1-n2"),
        (Placeholder(sitePath="languages", arrayLimit=1), "de"),
        (Placeholder(sitePath="homeBase.address.country"), "AT"),
        (Placeholder(sitePath="mixins.customConfig.none", default="X"), "X"),
        (Placeholder(sitePath="mixins.other.region", default="X"), "X"),
        (Placeholder(sitePath="mixins.customConfig.region.deeper", default="X"), "X"),
        (Placeholder(sitePath="mixins.customConfig", default="X"), "X"),
    ],
)
def test_a_placeholder_finds_its_value_in_the_site(placeholder: Placeholder, value: str) -> None:
    assert printed(series("__p__-", __p__=placeholder), {}, BERLIN) == f"{value}-0011"


def test_a_required_placeholder_without_a_value_is_missed_by_name() -> None:
    with pytest.raises(MissingPlaceholder, match="Required Placeholder is missing") as missing:
        printed(series("INV__num__", __num__=REQUIRED), {}, BERLIN)
    assert missing.value.name == "__num__"


def test_a_required_placeholder_does_not_fall_back_to_its_default() -> None:
    with pytest.raises(MissingPlaceholder):
        printed(series("__p__", __p__=Placeholder(required=True, default="X")), {}, BERLIN)


@pytest.mark.parametrize("name", ["__year__", "__month__", "__day__", "__hour__", "__minute__", "__second__"])
def test_a_required_date_must_be_given_unless_a_site_is_named(name: str) -> None:
    number_format = NumberFormat(pre_text=name, number_of_digits=1, max_value=99, placeholders={name: REQUIRED})
    with pytest.raises(MissingPlaceholder):
        printed(number_format, {})
    assert printed(number_format, {}, {}).isdigit()
    assert printed(number_format, {name: "given"}) == "given11"


def test_a_placeholder_that_is_not_required_takes_its_default() -> None:
    assert printed(series("__abo__-", __abo__=Placeholder(default="REG")), {}) == "REG-0011"


def test_an_optional_date_with_a_default_takes_the_sites_first() -> None:
    number_format = series("__year__-", __year__=Placeholder(default="0000"))
    assert printed(number_format, {}, BERLIN) == "2026-0011"
    assert printed(number_format, {}) == "0000-0011"


def test_undeclared_placeholders_are_filled_where_they_are_built_in_and_stay_as_text_where_not() -> None:
    assert printed(series("__year__-__nobody__-"), {}) == "2025-__nobody__-0011"
    assert printed(series("__year__-__nobody__-"), {"__nobody__": "me"}) == "2025-me-0011"


def test_the_old_spelling_of_a_placeholder_is_filled_too() -> None:
    number_format = NumberFormat(
        pre_text="--prefix--", number_of_digits=1, max_value=99, placeholders={"--prefix--": REQUIRED}
    )
    assert printed(number_format, {"--prefix--": "C-"}) == "C-11"


def test_a_long_value_is_cut_after_a_hundred_characters() -> None:
    assert printed(series("__p__", __p__=REQUIRED), {"__p__": "x" * 101}) == "x" * 100 + "0011"


def test_a_number_stays_on_one_line() -> None:
    assert printed(series("__p__", __p__=REQUIRED), {"__p__": "a\r\nb\x00c"}) == "a b c0011"


def test_an_empty_value_is_a_value() -> None:
    assert printed(series("A__p__", __p__=REQUIRED), {"__p__": ""}) == "A0011"


@given(
    values=st.dictionaries(st.from_regex(r"\A__[a-z]{1,5}__\Z"), st.text(max_size=120), max_size=4),
    counter=st.integers(1, 10**12),
    digits=st.integers(1, 18),
)
def test_every_text_around_the_counter_is_the_given_one(values: dict[str, str], counter: int, digits: int) -> None:
    """A value that itself looks like a placeholder is not filled again."""
    number_format = NumberFormat(
        pre_text="".join(values),
        number_of_digits=digits,
        max_value=10**12,
        placeholders=dict.fromkeys(values, REQUIRED),
    )
    number = format_number(number_format, counter, values)
    assert number == "".join(values.values()) + str(counter).zfill(digits)
    assert int(number[-max(digits, len(str(counter))) :]) == counter


@given(counters=st.lists(st.integers(1, 9_999_999), min_size=2, max_size=20, unique=True))
def test_different_counters_print_different_numbers(counters: list[int]) -> None:
    number_format = series("A", "Z", max_value=9_999_999)
    assert len({format_number(number_format, counter, {}) for counter in counters}) == len(counters)


def counters(number_format: NumberFormat, text: str) -> list[int]:
    return sorted(counters_printing(number_format, text, invoice_shapes(number_format)))


@pytest.mark.parametrize(
    ("number_format", "text", "found"),
    [
        (series(digits=7, max_value=9_999_999), "0000002", [2]),
        (series(digits=7, max_value=9_999_999), "000002", []),
        (series(digits=7, max_value=9_999_999), "00000002", []),
        (series(digits=7, max_value=9_999_999), "10000000", []),
        (series(digits=4, max_value=10**9), "12345", [12_345]),
        (series("CN-"), "cn-0001", []),
        (series("CN-"), "CN-\u0660\u0660\u0660\u0661", []),
        (series("*[a]?", "$"), "*[a]?0001$", [1]),
        (series("*[a]?", "$"), "xaz0001$", []),
        (series("INV__num__", max_value=10**9, __num__=REQUIRED), "INV261002", [1_002]),
        (series("INV__num__", max_value=10**9, __num__=REQUIRED), "INV2x1002", []),
        (series("__year__-", "/__month__"), "2026-0007/01", [7]),
        (series("__year__-", "/__month__"), "26-0007/01", []),
        (series("__year__", __year__=Placeholder(site_path="mixins.year")), "19990007", [7]),
        (series("__year__", __year__=Placeholder(site_path="mixins.year")), "X0007", [7]),
        (series("__vendorName__", "-EU", digits=2, max_value=999), "Acme123-EU", [23, 123]),
        (series("__vendorName__", "-EU", digits=2, max_value=99), "Acme123-EU", [23]),
        (series(digits=1), "0", [0]),
        (series("A"), "A", []),
        (series("A"), "", []),
    ],
)
def test_a_text_is_recognised_as_the_number_that_a_series_prints(
    number_format: NumberFormat, text: str, found: list[int]
) -> None:
    assert counters(number_format, text) == found


NAMES = st.sampled_from(
    ["__num__", "__vendorName__", "__year__", "__month__", "__country__", "__a__", "__b__", "__a__b__", "--a--"]
)
TEXTS = st.lists(NAMES | st.text("0a9-_*[]?!\n", max_size=4), max_size=4).map("".join)
RULES = st.dictionaries(NAMES, st.builds(Placeholder, default=st.none() | st.text(max_size=4)), max_size=4)


@given(
    texts=st.tuples(TEXTS, TEXTS),
    values=st.dictionaries(NAMES, st.text(max_size=5) | st.text("019", max_size=5)),
    counter=st.integers(0, 10**6),
    digits=st.integers(1, 9),
)
def test_every_number_is_recognised_whatever_its_placeholders_stand_for(
    texts: tuple[str, str], values: dict[str, str], counter: int, digits: int
) -> None:
    number_format = NumberFormat(pre_text=texts[0], post_text=texts[1], number_of_digits=digits, max_value=10**6)
    number = format_number(number_format, counter, values)
    assert counter in counters_printing(number_format, number, dict.fromkeys(values, ANYTHING))


@given(
    texts=st.tuples(TEXTS, TEXTS),
    rules=RULES,
    counter=st.integers(0, 10**6),
    digits=st.integers(1, 9),
    day=st.dates(date(2000, 1, 1)),
    vendor=st.none() | st.text(max_size=5),
)
def test_every_number_of_an_invoice_is_recognised(
    texts: tuple[str, str], rules: dict[str, Placeholder], counter: int, digits: int, day: date, vendor: str | None
) -> None:
    number_format = NumberFormat(
        pre_text=texts[0], post_text=texts[1], number_of_digits=digits, max_value=10**6, placeholders=rules
    )
    values = placeholder_values(number_format, invoice_placeholders(day, vendor), AT, BERLIN)
    assert counter in counters(number_format, format_number(number_format, counter, values))


@given(st.text("0129", max_size=100), st.integers(2, 30))
def test_many_placeholders_are_tried_quickly(text: str, many: int) -> None:
    """Far below a second for the worst of texts: hypothesis' deadline holds it."""
    number_format = series("1".join(["__vendorName__"] * many), "2".join(["__country__"] * many))
    assert set(counters(number_format, text)) <= set(range(10_000))
