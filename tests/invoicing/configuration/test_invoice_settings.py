from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.configuration.invoice_settings import BadInvoiceSettings, InvoiceSettings, parse_invoice_settings

TUTORIAL = {"threshold": "24", "status": "CREATED,CONFIRMED", "extendedOrderStatus": "70,75,76"}

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=20),
    lambda children: st.lists(children, max_size=4) | st.dictionaries(st.text(max_size=10), children, max_size=4),
    max_leaves=8,
)


def with_member(member: str, value: object) -> dict[str, object]:
    return {**TUTORIAL, member: value}


def test_the_tutorials_value_is_read() -> None:
    assert parse_invoice_settings(TUTORIAL) == InvoiceSettings(
        threshold_hours=Decimal(24), statuses=("CREATED", "CONFIRMED"), extended_statuses=("70", "75", "76")
    )


@pytest.mark.parametrize(
    ("written", "hours"),
    [
        ("24", "24"),
        (24, "24"),
        (24.0, "24"),
        (Decimal("1.5"), "1.5"),
        ("96h", "96"),
        ("96 h", "96"),
        (" 96H ", "96"),
        ("0", "0"),
        (0, "0"),
        ("87600", "87600"),
    ],
)
def test_a_threshold_is_hours_however_it_is_written(written: object, hours: str) -> None:
    assert parse_invoice_settings(with_member("threshold", written)).threshold_hours == Decimal(hours)


@pytest.mark.parametrize(
    "written",
    [
        None,
        "",
        "h",
        "a day",
        "-1",
        -1,
        "1e3",
        87_601,
        "999999999h",
        True,
        False,
        [24],
        {"hours": 24},
        "24hh",
        "٢٤",
        1e30,
    ],
)
def test_a_threshold_that_is_no_time_is_refused_by_name(written: object) -> None:
    with pytest.raises(BadInvoiceSettings) as refusal:
        parse_invoice_settings(with_member("threshold", written))
    assert refusal.value.member == "threshold"


@pytest.mark.parametrize(
    ("written", "statuses"),
    [
        ("CREATED", ("CREATED",)),
        ("CREATED , CONFIRMED", ("CREATED", "CONFIRMED")),
        ("SHIPPED,SHIPPED,", ("SHIPPED",)),
        (["CREATED", " COMPLETED "], ("CREATED", "COMPLETED")),
        (["IN_CHECKOUT", "DECLINED"], ("IN_CHECKOUT", "DECLINED")),
    ],
)
def test_statuses_are_a_comma_list_or_an_array(written: object, statuses: tuple[str, ...]) -> None:
    assert parse_invoice_settings(with_member("status", written)).statuses == statuses


@pytest.mark.parametrize(
    "written", [None, "", " , ", [], "CREATED,PAID", "created", ["CREATED", None], ["CREATED", ["X"]], 5, {}, True]
)
def test_a_status_that_no_order_has_is_refused_by_name(written: object) -> None:
    with pytest.raises(BadInvoiceSettings) as refusal:
        parse_invoice_settings(with_member("status", written))
    assert refusal.value.member == "status"


@pytest.mark.parametrize(
    ("written", "statuses"),
    [
        ("70", ("70",)),
        (70, ("70",)),
        ("70, 75 ,76", ("70", "75", "76")),
        ([70, "75"], ("70", "75")),
        ("05", ("05",)),
        ("ready_to-invoice.1", ("ready_to-invoice.1",)),
    ],
)
def test_extended_statuses_are_opaque_codes(written: object, statuses: tuple[str, ...]) -> None:
    assert parse_invoice_settings(with_member("extendedOrderStatus", written)).extended_statuses == statuses


@pytest.mark.parametrize("written", [None, "", [], "70) id:(EON1", '"70"', "7 0", "x" * 33, [True], 7.5, {}])
def test_an_extended_status_that_could_change_the_search_is_refused_by_name(written: object) -> None:
    with pytest.raises(BadInvoiceSettings) as refusal:
        parse_invoice_settings(with_member("extendedOrderStatus", written))
    assert refusal.value.member == "extendedOrderStatus"


@pytest.mark.parametrize("value", [None, "24", 24, [], [TUTORIAL]])
def test_a_value_that_is_no_object_is_refused(value: object) -> None:
    with pytest.raises(BadInvoiceSettings) as refusal:
        parse_invoice_settings(value)
    assert refusal.value.member == "value"


def test_members_that_we_do_not_know_are_left_alone() -> None:
    assert parse_invoice_settings({**TUTORIAL, "comment": "ours"}) == parse_invoice_settings(TUTORIAL)


def test_an_endless_wrong_value_is_not_repeated_in_full() -> None:
    with pytest.raises(BadInvoiceSettings) as refusal:
        parse_invoice_settings(with_member("status", "x" * 10_000))
    assert len(str(refusal.value)) < 200


@given(threshold=JSON, status=JSON, extended=JSON)
def test_any_json_is_read_or_refused_with_its_member(threshold: object, status: object, extended: object) -> None:
    refused = None
    try:
        settings = parse_invoice_settings({"threshold": threshold, "status": status, "extendedOrderStatus": extended})
    except BadInvoiceSettings as error:
        refused = error.member
    else:
        assert settings.threshold_hours >= 0
        assert settings.statuses
        assert settings.extended_statuses
    assert refused in {None, "threshold", "status", "extendedOrderStatus"}
