"""A site as an invoice reads it: who sells, in which language, currency and time zone (Emporix A.4).

A stored site holds whatever the shop sent. Reading never fails: what is missing or odd counts as absent, and an
invoice that needs it says so itself.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, available_timezones

from babel import Locale, UnknownLocaleError

from invoicing.frozen import Frozen
from invoicing.invoice import Address, Seller

Json = Mapping[str, object]

UTC = ZoneInfo("UTC")
DEFAULT_LANGUAGE = "en"


class Site(Frozen):
    """What an invoice takes from a site and its mixins `generalShopSettings` and `merchantInfo`."""

    code: str
    name: str
    default_language: str
    """ISO 639; `en` where the site names none."""
    languages: tuple[str, ...]
    currency: str | None
    includes_tax: bool
    """Prices are shown with tax."""
    timezone: ZoneInfo
    """Of the home base; UTC where it is absent or no IANA name."""
    address: Address
    merchant_name: str | None
    brand_name: str | None
    tax_id: str | None
    iban: str | None
    bic: str | None
    logo_url: str | None
    """An http(s) URL or nothing."""
    locale: str
    """Of the default language in the home base's country, `de_DE`."""


def read_site(body: Json) -> Site:
    """The site in its stored JSON, with its mixins under `mixins`. Never raises."""
    shop, merchant = mixin(body, "generalShopSettings"), mixin(body, "merchantInfo")
    finance = _object(merchant, "merchantFinanceInfo")
    code = _text(body.get("code")) or ""
    language = _language(body.get("defaultLanguage")) or DEFAULT_LANGUAGE
    address = _address(_object(_object(body, "homeBase"), "address"))
    return Site(
        code=code,
        name=_text(body.get("name")) or code,
        default_language=language,
        languages=_languages(body.get("languages")) or (language,),
        currency=_currency(body.get("currency")),
        includes_tax=body.get("includesTax") is True,
        timezone=timezone_of(body),
        address=address,
        merchant_name=_text(merchant.get("merchantName")),
        brand_name=_text(shop.get("brandName")),
        tax_id=_text(finance.get("merchantSalesTaxId")),
        iban=_compact(finance.get("merchantIban")),
        bic=_compact(finance.get("merchantBic")),
        logo_url=web_url(shop.get("logoUrl")),
        locale=locale_of(language, address.country),
    )


def seller_of(site: Site) -> Seller:
    """Who invoices: the merchant by its name, else its brand, else the site."""
    return Seller(
        name=site.merchant_name or site.brand_name or site.name,
        address=site.address,
        tax_id=site.tax_id,
        iban=site.iban,
        bic=site.bic,
        logo_url=site.logo_url,
    )


def locale_of(language: str, country: str) -> str:
    """The locale to print in: the language as spoken in the country where CLDR knows it, else the language, else `en`.

    >>> locale_of("de", "DE"), locale_of("en", "JP"), locale_of("qq", "DE")
    ('de_DE', 'en', 'en')
    """
    for name in (f"{language}_{country}", language):
        try:
            return str(Locale.parse(name))
        except (UnknownLocaleError, ValueError):
            continue
    return DEFAULT_LANGUAGE


def timezone_of(body: Json) -> ZoneInfo:
    """The home base's time zone, UTC where the site names none that exists."""
    name = _object(body, "homeBase").get("timezone")
    return ZoneInfo(name) if isinstance(name, str) and is_timezone(name) else UTC


def country_of(body: Json) -> str | None:
    """The home base's country."""
    return _text(_object(_object(body, "homeBase"), "address").get("country"))


def is_timezone(name: str) -> bool:
    """Is it an IANA time zone's name, letter for letter."""
    return name in _timezones()


def web_url(value: object) -> str | None:
    """The value if it is an absolute http(s) URL, else None."""
    text = _text(value)
    if text is None or re.search(r"[\s\x00-\x1f\x7f]", text):
        return None
    try:
        parts = urlsplit(text)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        return None
    return text if usable else None


def mixin(body: Json, name: str) -> Json:
    """A mixin of the site, empty where there is none."""
    return _object(_object(body, "mixins"), name)


@cache
def _timezones() -> frozenset[str]:
    return frozenset(available_timezones())


def _object(parent: Json, member: str) -> Json:
    value = parent.get(member)
    return value if isinstance(value, Mapping) else {}


def _text(value: object) -> str | None:
    """Text without the blanks around it; a number is taken as its digits (a zip code, a house number)."""
    if isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    return (value.strip() or None) if isinstance(value, str) else None


def _compact(value: object) -> str | None:
    text = _text(value)
    return re.sub(r"\s", "", text) if text else None


def _language(value: object) -> str | None:
    text = (_text(value) or "").lower()
    return text if re.fullmatch(r"[a-z]{2,3}", text) else None


def _languages(value: object) -> tuple[str, ...]:
    items = value if isinstance(value, Sequence) and not isinstance(value, str) else ()
    return tuple(dict.fromkeys(language for item in items if (language := _language(item))))


def _currency(value: object) -> str | None:
    text = _text(value)
    return text if text and re.fullmatch(r"[A-Z]{3}", text) else None


def _address(body: Json) -> Address:
    extras = (_text(body.get(name)) for name in ("streetAppendix", *(f"extraLine{n}" for n in range(1, 5))))
    return Address(
        street=_text(body.get("street")) or "",
        street_number=_text(body.get("streetNumber")) or "",
        extra_lines=tuple(line for line in extras if line),
        zip_code=_text(body.get("zipCode")) or "",
        city=_text(body.get("city")) or "",
        state=_text(body.get("state")) or "",
        country=(_text(body.get("country")) or "").upper(),
    )
