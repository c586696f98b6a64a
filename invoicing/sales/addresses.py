"""Postal addresses as the accounting API has them (Deskera B.3), as an invoice keeps them."""

from collections.abc import Mapping
from functools import cache

from babel import Locale
from babel.core import get_global

from invoicing.frozen import Frozen
from invoicing.invoice import Address

LANGUAGES = ("en", "de", "fr")
"""In which country names are known."""
CODE_LENGTH = 2


class SalesAddress(Frozen):
    """Deskera's members; the country is a code or a name."""

    address1: str | None = None
    address2: str | None = None
    country: str | None = None
    state: str | None = None
    city: str | None = None
    postal_code: str | None = None


def address_of(stated: SalesAddress | None) -> Address | None:
    """The address; a country that nobody knows is kept as a line of it. None where it says nothing."""
    if stated is None:
        return None
    country = (stated.country or "").strip()
    code = country_code(country)
    extra = (_line(stated.address2), country if country and code is None else "")
    address = Address(
        street=_line(stated.address1),
        extra_lines=tuple(line for line in extra if line),
        zip_code=_line(stated.postal_code),
        city=_line(stated.city),
        state=_line(stated.state),
        country=code or "",
    )
    return address if address != Address() else None


def country_code(country: str) -> str | None:
    """ISO 3166-1 alpha-2 of a code or a name, None for anything else.

    >>> country_code("us"), country_code("Deutschland"), country_code("GBR"), country_code("Elbonia")
    ('US', 'DE', 'GB', None)
    """
    text = country.strip()
    if text.upper() in _territories():
        return text.upper()
    aliases: Mapping[str, list[str]] = get_global("territory_aliases")
    alias = aliases.get(text.upper(), [])
    return alias[0] if len(alias) == 1 and alias[0] in _territories() else _names().get(text.casefold())


def _line(text: str | None) -> str:
    return " ".join((text or "").split())


@cache
def _territories() -> frozenset[str]:
    """Codes of two letters that are countries: no regions, no placeholders."""
    return frozenset(
        code
        for code in map(str, Locale("en").territories)
        if len(code) == CODE_LENGTH and code.isalpha() and code not in {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}
    )


@cache
def _names() -> Mapping[str, str]:
    return {
        str(name).casefold(): str(code)
        for language in LANGUAGES
        for code, name in Locale(language).territories.items()
        if code in _territories()
    }
