"""Where the sample shop sells: site, currency, tax rates, languages of each market."""

from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from demo.orders.arithmetic import Rate, Till
from demo.orders.catalogue import Kind

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")


@dataclass(frozen=True)
class Market:
    """A country as one of the sites serves it; `share` is its weight among generated orders."""

    site: str
    country: str
    currency: str
    rates: dict[Kind, Rate]
    share: int
    inclusive: bool = False
    languages: tuple[str, ...] = ("de", "en")
    zone: ZoneInfo = BERLIN

    @property
    def till(self) -> Till:
        """How the market rounds and taxes."""
        return Till(self.currency, self.inclusive)


def rates(standard: str, reduced: str, zero: str | None = "0") -> dict[Kind, Rate]:
    """The rates of a market in percent."""
    by_kind: dict[Kind, Rate] = {
        "standard": Rate("STANDARD", Decimal(standard)),
        "reduced": Rate("REDUCED", Decimal(reduced)),
    }
    if zero is not None:
        by_kind["zero"] = Rate("ZERO", Decimal(zero))
    return by_kind


GERMANY = Market("main", "DE", "EUR", rates("19", "7"), share=38)
OUTLET = Market("outlet", "DE", "EUR", rates("19", "7"), share=22, inclusive=True)
UNITED_STATES = Market("us", "US", "USD", rates("8.25", "4.5"), share=18, languages=("en",), zone=NEW_YORK)
BRITAIN = Market("main", "GB", "GBP", rates("20", "5"), share=8)
SWITZERLAND = Market("main", "CH", "CHF", rates("8.1", "2.6"), share=7)
JAPAN = Market("main", "JP", "JPY", rates("10", "8", zero=None), share=7)

MARKETS = (GERMANY, OUTLET, UNITED_STATES, BRITAIN, SWITZERLAND, JAPAN)
