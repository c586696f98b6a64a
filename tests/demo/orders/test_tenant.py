"""What the demo configures: bodies of the public API with numbers that pass their check digits."""

from string import ascii_uppercase
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from demo.orders.tenant import SiteSetup, invoice_sequence, invoice_settings, sites

SHOP = "http://127.0.0.1:8090"


def by_code() -> dict[str, SiteSetup]:
    return {setup.site["code"]: setup for setup in sites(SHOP)}


def mixin(setup: SiteSetup, name: str) -> dict[str, Any]:
    (found,) = [body[name] for body in setup.mixins if name in body]
    assert isinstance(found, dict)
    return found


def iban_remainder(iban: str) -> int:
    """ISO 7064 MOD 97-10: 1 for a right number."""
    return int("".join(str(ascii_uppercase.index(c) + 10) if c.isalpha() else c for c in iban[4:] + iban[:4])) % 97


def vat_check_digit(digits: str) -> int:
    """ISO 7064 MOD 11,10 over the first eight digits of a German VAT id."""
    product = 10
    for digit in digits:
        product = ((product + int(digit)) % 10 or 10) * 2 % 11
    return (11 - product) % 10


def test_the_sites_are_two_german_ones_and_an_american_one() -> None:
    found = by_code()
    assert list(found) == ["main", "outlet", "us"]
    assert [setup.site["includesTax"] for setup in found.values()] == [False, True, False]
    assert [setup.site["currency"] for setup in found.values()] == ["EUR", "EUR", "USD"]
    assert [setup.site["defaultLanguage"] for setup in found.values()] == ["de", "de", "en"]
    zones = [setup.site["homeBase"]["timezone"] for setup in found.values()]
    assert zones == ["Europe/Berlin", "Europe/Berlin", "America/New_York"]
    assert all(ZoneInfo(zone) for zone in zones)
    assert [setup.site["default"] for setup in found.values()] == [True, False, False]


@pytest.mark.parametrize("setup", sites(SHOP), ids=lambda setup: setup.site["code"])
def test_a_site_has_what_its_creation_requires(setup: SiteSetup) -> None:
    required = {"code", "name", "defaultLanguage", "languages", "currency", "homeBase", "shipToCountries"}
    assert required <= set(setup.site)
    assert {"country", "zipCode"} <= set(setup.site["homeBase"]["address"])
    assert setup.site["defaultLanguage"] in setup.site["languages"]
    assert setup.site["currency"] in setup.site["availableCurrencies"]


@pytest.mark.parametrize("setup", sites(SHOP), ids=lambda setup: setup.site["code"])
def test_every_mixin_is_a_body_of_its_own(setup: SiteSetup) -> None:
    assert all(len(body) == 1 for body in setup.mixins)
    assert mixin(setup, "generalShopSettings") == {"logoUrl": f"{SHOP}/assets/logo.png"}
    assert mixin(setup, "merchantInfo")["merchantName"].startswith("ACME")


@pytest.mark.parametrize("code", ["main", "outlet"])
def test_the_german_numbers_pass_their_check_digits(code: str) -> None:
    finance = mixin(by_code()[code], "merchantInfo")["merchantFinanceInfo"]
    vat = finance["merchantSalesTaxId"]
    assert iban_remainder(finance["merchantIban"]) == 1
    assert vat.startswith("DE")
    assert vat_check_digit(vat[2:10]) == int(vat[10])
    assert len(finance["merchantBic"]) in {8, 11}


def test_the_tutorials_bodies_are_sent_as_they_are() -> None:
    assert invoice_settings() == [
        {
            "key": "invoiceSettings",
            "secured": False,
            "value": {"threshold": "24", "status": "CREATED,CONFIRMED", "extendedOrderStatus": "70,75,76"},
            "version": 1,
        }
    ]
    assert invoice_sequence() == {
        "name": "invoiceNoSequence",
        "schemaType": "invoiceNoSequence",
        "preText": "INV__num__",
        "maxValue": 999999999,
        "numberOfDigits": 4,
        "startValue": 1000,
        "placeholders": {"__num__": {"required": True}},
    }
