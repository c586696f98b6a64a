from collections.abc import Mapping
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from invoicing.invoice import Address, Seller
from invoicing.site import locale_of, read_site, seller_of, web_url

SITE: Mapping[str, object] = {
    "code": "main",
    "name": "United States",
    "active": True,
    "default": True,
    "defaultLanguage": "en",
    "languages": ["en", "de"],
    "currency": "USD",
    "availableCurrencies": ["EUR", "USD"],
    "includesTax": True,
    "homeBase": {
        "address": {
            "street": "Broadway",
            "streetNumber": "1500",
            "zipCode": "10036",
            "city": "New York",
            "country": "US",
            "state": "NY",
        },
        "location": {"latitude": 40.75, "longitude": -73.98},
        "timezone": "America/New_York",
    },
    "shipToCountries": ["US"],
    "mixins": {
        "generalShopSettings": {"logoUrl": "https://sample_logo_url.png", "brandName": "Acme Shoes"},
        "merchantInfo": {
            "merchantName": "Acme Inc.",
            "merchantFinanceInfo": {
                "merchantSalesTaxId": "US-123",
                "merchantIban": "DE89 3704 0044 0532 0130 00",
                "merchantBic": "COBADEFFXXX",
            },
        },
    },
}

MEMBERS = [
    "code", "name", "defaultLanguage", "languages", "currency", "includesTax", "homeBase", "mixins", "timezone",
    "address", "street", "zipCode", "country", "generalShopSettings", "merchantInfo", "merchantFinanceInfo", "logoUrl",
    "merchantName", "merchantIban",
]  # fmt: skip
ODD = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["de", "DE", "Europe"]),
    lambda children: st.lists(children, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS), children, max_size=6),
    max_leaves=12,
)


def test_a_full_site_is_read() -> None:
    site = read_site(SITE)
    assert (site.code, site.name, site.currency, site.includes_tax) == ("main", "United States", "USD", True)
    assert (site.default_language, site.languages, site.locale) == ("en", ("en", "de"), "en_US")
    assert site.timezone == ZoneInfo("America/New_York")
    assert site.address == Address(
        street="Broadway", street_number="1500", zip_code="10036", city="New York", state="NY", country="US"
    )
    assert (site.merchant_name, site.brand_name) == ("Acme Inc.", "Acme Shoes")
    assert (site.tax_id, site.iban, site.bic) == ("US-123", "DE89370400440532013000", "COBADEFFXXX")
    assert site.logo_url == "https://sample_logo_url.png"


def test_a_site_that_says_nothing_has_defaults() -> None:
    site = read_site({"code": "bare"})
    assert (site.name, site.default_language, site.languages, site.locale) == ("bare", "en", ("en",), "en")
    assert (site.currency, site.includes_tax, site.timezone) == (None, False, ZoneInfo("UTC"))
    assert site.address == Address()
    assert (site.merchant_name, site.tax_id, site.iban, site.bic, site.logo_url) == (None, None, None, None, None)


@pytest.mark.parametrize(
    "timezone", ["", "Europe", "Europe/Nowhere", "../../etc/passwd", "/etc/localtime", "\x00", 2, None]
)
def test_a_time_zone_that_does_not_exist_is_utc(timezone: object) -> None:
    assert read_site({"homeBase": {"timezone": timezone}}).timezone == ZoneInfo("UTC")


@pytest.mark.parametrize("flag", [False, None, "true", 1, "false"])
def test_prices_are_without_tax_unless_the_site_says_true(flag: object) -> None:
    assert read_site({"includesTax": flag}).includes_tax is False


def test_numbers_in_an_address_are_read_as_text() -> None:
    address = read_site({"homeBase": {"address": {"zipCode": 10036, "streetNumber": 7, "city": True}}}).address
    assert (address.zip_code, address.street_number, address.city) == ("10036", "7", "")


def test_further_address_lines_are_kept_in_their_order() -> None:
    body = {"homeBase": {"address": {"extraLine2": "c/o Smith", "streetAppendix": "b", "extraLine1": "Floor 3"}}}
    assert read_site(body).address.extra_lines == ("b", "Floor 3", "c/o Smith")


@pytest.mark.parametrize(
    ("language", "country", "locale"),
    [
        ("de", "DE", "de_DE"),
        ("de", "AT", "de_AT"),
        ("en", "US", "en_US"),
        ("en", "JP", "en"),
        ("de", "", "de"),
        ("de", "Germany", "de"),
        ("qq", "DE", "en"),
        ("", "", "en"),
        ("pt", "BR", "pt_BR"),
    ],
)
def test_the_locale_is_the_language_as_spoken_in_the_country(language: str, country: str, locale: str) -> None:
    assert locale_of(language, country) == locale


@pytest.mark.parametrize("url", ["https://cdn.example.com/logo.png", "http://127.0.0.1:8090/logo.svg?v=2"])
def test_a_web_url_is_taken(url: str) -> None:
    assert web_url(url) == url


@pytest.mark.parametrize(
    "url",
    ["", "logo.png", "//host/logo.png", "ftp://host/logo.png", "file:///etc/passwd", "javascript:alert(1)", "https://",
     "data:image/png;base64,AAAA", "https://ho st/logo.png", "https://host:port/", "https://host:0/", "http://[::1", 5,
     None, "https://host/\nlogo.png"],
)  # fmt: skip
def test_what_is_no_web_url_counts_as_absent(url: object) -> None:
    assert web_url(url) is None
    assert read_site({"mixins": {"generalShopSettings": {"logoUrl": url}}}).logo_url is None


def test_the_seller_is_the_merchant_at_the_home_base() -> None:
    site = read_site(SITE)
    assert seller_of(site) == Seller(
        name="Acme Inc.",
        address=site.address,
        tax_id="US-123",
        iban="DE89370400440532013000",
        bic="COBADEFFXXX",
        logo_url="https://sample_logo_url.png",
    )


@pytest.mark.parametrize(
    ("mixins", "name"),
    [
        ({"generalShopSettings": {"brandName": "Acme Shoes"}, "merchantInfo": {"merchantName": " "}}, "Acme Shoes"),
        ({"generalShopSettings": {"brandName": ""}}, "Shop"),
        ({}, "Shop"),
    ],
)
def test_the_seller_is_the_brand_or_the_site_where_no_merchant_is_named(
    mixins: Mapping[str, object], name: str
) -> None:
    assert seller_of(read_site({"code": "x", "name": "Shop", "mixins": mixins})).name == name


@given(st.dictionaries(st.sampled_from(MEMBERS), ODD))
def test_no_site_is_too_odd_to_be_read(body: Mapping[str, object]) -> None:
    seller_of(read_site(body))
