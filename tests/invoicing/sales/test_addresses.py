"""Addresses of the accounting API as an invoice keeps them."""

import pytest

from invoicing.invoice import Address
from invoicing.sales.addresses import SalesAddress, address_of, country_code


@pytest.mark.parametrize(
    ("country", "code"),
    [
        ("SG", "SG"),
        ("sg", "SG"),
        (" us ", "US"),
        ("USA", "US"),
        ("DEU", "DE"),
        ("UK", "GB"),
        ("Singapore", "SG"),
        ("UNITED STATES", "US"),
        ("Deutschland", "DE"),
        ("Allemagne", "DE"),
        ("Elbonia", None),
        ("EU", None),
        ("ZZ", None),
        ("", None),
        ("XX", None),
    ],
)
def test_countries_are_known_by_code_and_name(country: str, code: str | None) -> None:
    assert country_code(country) == code


def test_every_member_has_its_place() -> None:
    stated = SalesAddress(
        address1=" 1  Raffles Place ", address2="Tower\n2", country="Singapore", state="Central", city="Singapore",
        postal_code="048616",
    )  # fmt: skip
    assert address_of(stated) == Address(
        street="1 Raffles Place",
        extra_lines=("Tower 2",),
        zip_code="048616",
        city="Singapore",
        state="Central",
        country="SG",
    )


def test_a_country_that_nobody_knows_is_kept_as_a_line() -> None:
    assert address_of(SalesAddress(address1="Road 1", country="Elbonia")) == Address(
        street="Road 1", extra_lines=("Elbonia",)
    )


def test_an_address_that_says_nothing_is_none() -> None:
    assert address_of(None) is None
    assert address_of(SalesAddress(address1=" ", city="")) is None
