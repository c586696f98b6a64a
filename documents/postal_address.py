"""Postal addresses as the country they lie in writes them, top line first."""

from collections.abc import Iterable

from babel import Locale

from invoicing.invoice import Address, Buyer

NUMBER_FIRST = frozenset({"AU", "CA", "FR", "GB", "IE", "IN", "LU", "MC", "MY", "NZ", "PH", "SG", "TH", "US", "ZA"})
"""Countries that put the house number before the street (UPU, postal addressing systems)."""
CITY_LINES = {
    "AU": ("{city} {state} {zip}",),
    "CA": ("{city} {state} {zip}",),
    "GB": ("{city}", "{zip}"),
    "IE": ("{city}", "{zip}"),
    "IN": ("{city} {zip}", "{state}"),
    "IT": ("{zip} {city} {state}",),
    "NZ": ("{city} {zip}",),
    "SG": ("{city} {zip}",),
    "US": ("{city}, {state} {zip}",),
    "ZA": ("{city}", "{zip}"),
}
ELSEWHERE = ("{zip} {city}",)


def buyer_lines(buyer: Buyer, home: str, locale: Locale) -> list[str]:
    """The address window: who, then where; `home` is the country the letter is sent from."""
    address = buyer.address
    return _without_repeats([address.company, buyer.name, address.contact, *place(address, home, locale)])


def address_lines(address: Address, home: str, locale: Locale) -> list[str]:
    """An address with the names that it carries itself."""
    return _without_repeats([address.company, address.contact, *place(address, home, locale)])


def place(address: Address, home: str, locale: Locale) -> list[str]:
    """Street to country; the country in capitals, and only when the letter leaves `home`."""
    street = [address.street_number, address.street]
    if address.country not in NUMBER_FIRST:
        street.reverse()
    parts = {"city": address.city, "state": address.state, "zip": address.zip_code}
    cities = [pattern.format_map(parts) for pattern in CITY_LINES.get(address.country, ELSEWHERE)]
    lines = [" ".join(street), *address.extra_lines, *(city.strip(" ,") for city in cities)]
    if address.country and address.country != home:
        lines.append(locale.territories.get(address.country, address.country).upper())
    return [" ".join(line.split()) for line in lines if line.strip()]


def _without_repeats(lines: Iterable[str | None]) -> list[str]:
    return list(dict.fromkeys(line for line in lines if line and line.strip()))
