"""Postal addresses as the country they lie in writes them, top line first."""

from babel import Locale

from invoicing.invoice import Address, Buyer

NUMBER_FIRST = frozenset({"AU", "CA", "FR", "GB", "IE", "IN", "LU", "MC", "MY", "NZ", "PH", "SG", "TH", "US", "ZA"})
"""Countries that put the house number before the street (UPU, postal addressing systems)."""
CITY_LINES = {
    "AU": ("{city} {state} {zip}",),
    "BR": ("{zip} {city} - {state}",),
    "CA": ("{city} {state} {zip}",),
    "CN": ("{zip} {city}, {state}",),
    "GB": ("{city}", "{zip}"),
    "IE": ("{city}", "{zip}"),
    "IN": ("{city} {zip}", "{state}"),
    "IT": ("{zip} {city} {state}",),
    "JP": ("{city}, {state} {zip}",),
    "MX": ("{zip} {city}, {state}",),
    "NZ": ("{city} {zip}",),
    "SG": ("{city} {zip}",),
    "US": ("{city}, {state} {zip}",),
    "ZA": ("{city}", "{zip}"),
}
ELSEWHERE = ("{zip} {city}",)
LARGEST_FIRST = {("CN", "zh"): "", ("JP", "ja"): "\u3012", ("TW", "zh"): ""}
"""Country and language in whose script an address goes from the postal code (with this mark) down to the name."""


def buyer_lines(buyer: Buyer, home: str, locale: Locale) -> list[str]:
    """The address window: who, then where; `home` is the country the letter is sent from."""
    address = buyer.address
    return _addressed([address.company, buyer.name, address.contact], address, home, locale)


def address_lines(address: Address, home: str, locale: Locale) -> list[str]:
    """An address with the names that it carries itself."""
    return _addressed([address.company, address.contact], address, home, locale)


def _addressed(names: list[str | None], address: Address, home: str, locale: Locale) -> list[str]:
    where = place(address, home, locale)
    lines = [*where, *names] if _goes_from_large_to_small(address, locale) else [*names, *where]
    return list(dict.fromkeys(line for line in lines if line and line.strip()))


def place(address: Address, home: str, locale: Locale) -> list[str]:
    """Street to country; the country in capitals, and only when the letter leaves `home`."""
    country = locale.territories.get(address.country, address.country).upper() if address.country != home else ""
    if _goes_from_large_to_small(address, locale):
        lines = [country, *_from_large_to_small(address, locale)]
    else:
        lines = [*_from_small_to_large(address), country]
    return [" ".join(line.split()) for line in lines if line.strip()]


def _from_small_to_large(address: Address) -> list[str]:
    street = [address.street_number, address.street]
    if address.country not in NUMBER_FIRST:
        street.reverse()
    parts = {"city": address.city, "state": address.state, "zip": address.zip_code}
    cities = [pattern.format_map(parts) for pattern in CITY_LINES.get(address.country, ELSEWHERE)]
    return [" ".join(street), *address.extra_lines, *(city.strip(" ,-") for city in cities)]


def _goes_from_large_to_small(address: Address, locale: Locale) -> bool:
    """One that is written in letters goes as it does elsewhere."""
    return (address.country, locale.language) in LARGEST_FIRST and not (address.city or address.street).isascii()


def _from_large_to_small(address: Address, locale: Locale) -> list[str]:
    mark = LARGEST_FIRST[address.country, locale.language]
    where = f"{address.state}{address.city}{address.street}{address.street_number}"
    return [f"{mark}{address.zip_code}" if address.zip_code else "", where, *address.extra_lines]
