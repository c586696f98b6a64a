from datetime import date

import pytest

from invoicing.configuration.known_configurations import BadValue, parse_book_beginning, refuse_bad_value
from invoicing.mail_address import is_mail_address


@pytest.mark.parametrize("value", ["shop@example.com", "invoices@localhost", "a.b+c@sub.example.co.uk"])
def test_the_senders_address_is_taken(value: str) -> None:
    refuse_bad_value("cust.notification.email.from", value)


@pytest.mark.parametrize(
    "value",
    [
        "",
        "shop",
        "@example.com",
        "shop@",
        "Shop <shop@example.com>",
        "shop@example.com\r\nBcc: all@example.com",
        "shop@example.com\n",
        "a..b@example.com",
        "shop@-example.com",
        f"{'x' * 65}@example.com",
        f"shop@{'x' * 60}.{'y' * 60}.{'z' * 60}.{'w' * 60}.{'v' * 60}",
        5,
        None,
        ["shop@example.com"],
    ],
)
def test_a_sender_that_is_no_address_is_refused(value: object) -> None:
    with pytest.raises(BadValue, match="must be a mail address") as refusal:
        refuse_bad_value("cust.notification.email.from", value)
    assert refusal.value.field == "value"


def test_a_bad_member_of_the_invoice_settings_is_named_by_its_path() -> None:
    with pytest.raises(BadValue, match="threshold") as refusal:
        refuse_bad_value("invoiceSettings", {"threshold": "soon", "status": "CREATED", "extendedOrderStatus": "70"})
    assert refusal.value.field == "value.threshold"


def test_invoice_settings_that_are_no_object_are_refused_as_a_whole() -> None:
    with pytest.raises(BadValue) as refusal:
        refuse_bad_value("invoiceSettings", "24")
    assert refusal.value.field == "value"


@pytest.mark.parametrize("value", ["soon", 7, None, {"threshold": "soon"}])
def test_a_configuration_that_is_not_ours_to_read_may_hold_anything(value: object) -> None:
    refuse_bad_value("storefront.host", value)


def test_the_longest_address_that_fits_is_one() -> None:
    local, domain = "x" * 64, f"{'y' * 63}.{'z' * 63}.{'w' * 61}"
    assert len(f"{local}@{domain}") == 254
    assert is_mail_address(f"{local}@{domain}")
    assert not is_mail_address(f"{local}@{domain}w")


@pytest.mark.parametrize(("key", "value"), [("baseCurrency", "SGD"), ("bookBeginningDate", "29-02-2024")])
def test_what_the_books_are_kept_by_is_taken(key: str, value: str) -> None:
    refuse_bad_value(key, value)


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("baseCurrency", "sgd"),
        ("baseCurrency", "XXX"),
        ("baseCurrency", None),
        ("baseCurrency", ["EUR"]),
        ("bookBeginningDate", "2024-02-29"),
        ("bookBeginningDate", "29-02-2023"),
        ("bookBeginningDate", "1-1-2024"),
        ("bookBeginningDate", 2024),
    ],
)
def test_books_that_nobody_can_keep_are_refused(key: str, value: object) -> None:
    with pytest.raises(BadValue, match=f"{key} must be") as refusal:
        refuse_bad_value(key, value)
    assert refusal.value.field == "value"


def test_the_books_begin_on_the_day_that_is_written() -> None:
    assert parse_book_beginning("01-02-2024") == date(2024, 2, 1)
    assert parse_book_beginning("soon") is None
