"""Amounts, dates, quantities and rates as people of a locale write them, from exact `Decimal`s.

Babel knows the locale (CLDR). How many decimals a currency has is ISO 4217's word, not CLDR's. Digits are Latin ones
everywhere, in Arabic too (`ar-u-nu-latn`), so that page, search and structured invoice show the same figures. Between
right-to-left words a minus sign gets the mark that CLDR gives it, or it would end up behind its number.
"""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from functools import lru_cache

from babel import Locale, UnknownLocaleError
from babel.dates import format_date
from babel.numbers import NumberPattern, get_decimal_symbol, parse_pattern

from documents.direction import LEFT_TO_RIGHT
from documents.texts import Texts, texts_in
from invoicing.invoice import Invoice
from invoicing.money import minor_unit

FIGURE_SPACE, PUNCTUATION_SPACE = "\u2007", "\u2008"
"""As wide as a digit, and as a full stop or comma."""
NARROW_SPACE, NO_BREAK_SPACE = "\u202f", "\u00a0"
"""CLDR groups French thousands with the first; in our font it can hardly be seen."""
LATIN_DIGITS = "latn"
LONG_DATES = frozenset({"ar", "he", "ja"})
"""Their medium dates are bare figures, or not of one script; the long ones name the month, or year, month and day."""
MOST_DECIMALS = 12
MOST_RATE_DECIMALS = 4
"""A rate blended from several has any number of them."""


class Formatter:
    """Writes values for one invoice: its locale, its currency, its texts."""

    def __init__(self, locale: Locale, currency: str, texts: Texts) -> None:
        self.locale = locale
        self.currency = currency
        self.texts = texts
        self._decimals = decimals_of(minor_unit(currency))

    def amount(self, value: Decimal) -> str:
        """An amount without its currency, for columns: `1.234,50`."""
        return self._number(value, self._decimals, self._decimals)

    def money(self, value: Decimal) -> str:
        """An amount with its currency: `1.234,50 €`, `$1,234.50`."""
        pattern = _pattern(self.locale.currency_formats["standard"].pattern, self._decimals, self._decimals)
        return self._written(pattern, value)

    def unit_price(self, value: Decimal) -> str:
        """A price with the currency's decimals, or more where it has more."""
        return self._number(value, self._decimals, max(self._decimals, MOST_DECIMALS))

    def exchange_rate(self, value: Decimal) -> str:
        """A rate between currencies, with all its decimals and at least two."""
        return self._number(value, 2, MOST_DECIMALS)

    def quantity(self, value: Decimal) -> str:
        """A quantity with the decimals it needs and no more: `2`, `1,5`."""
        return self._number(value, 0, MOST_DECIMALS)

    def percent(self, rate: Decimal) -> str:
        """A rate given in percent: `Decimal("19")` is `19 %`."""
        pattern = _pattern(self.locale.percent_formats[None].pattern, 0, MOST_RATE_DECIMALS)
        return self._written(pattern, rate.scaleb(-2))

    def of_currency(self, currency: str) -> "Formatter":
        """The same for amounts in another currency."""
        return Formatter(self.locale, currency, self.texts)

    def date(self, value: date) -> str:
        """A date of medium length: `21.11.2026`, `Nov 21, 2026`, `2026年11月21日`."""
        return format_date(value, "long" if self.locale.language in LONG_DATES else "medium", self.locale)

    def unit(self, code: str) -> str:
        """The short name of a UN/ECE Recommendation 20 code; the code itself where we have no name for it."""
        return self.texts.find(f"unit.{code}") or code

    def aligned(self, numbers: Sequence[str]) -> list[str]:
        """Pad numbers with spaces as wide as the digits they lack, so that right-aligned decimal marks meet."""
        mark = get_decimal_symbol(self.locale, numbering_system=LATIN_DIGITS)
        lengths = [len(number.partition(mark)[2]) for number in numbers]
        longest = max(lengths, default=0)
        return [
            self.texts.apart(
                number + (PUNCTUATION_SPACE if longest and not length else "") + FIGURE_SPACE * (longest - length)
            )
            for number, length in zip(numbers, lengths, strict=True)
        ]

    def _number(self, value: Decimal, least: int, most: int) -> str:
        return self._written(_pattern(self.locale.decimal_formats[None].pattern, least, most), value)

    def _written(self, pattern: NumberPattern, value: Decimal) -> str:
        text: str = pattern.apply(
            value, self.locale, currency=self.currency, currency_digits=False, numbering_system=LATIN_DIGITS
        )
        text = text.replace(NARROW_SPACE, NO_BREAK_SPACE)
        return text.replace("-", f"{LEFT_TO_RIGHT}-") if self.texts.direction == "rtl" else text


def formatter_for(invoice: Invoice) -> Formatter:
    """The formatter of an invoice; labels follow its language, figures its locale.

    Raises:
        UnsupportedCurrency: the invoice's currency has no minor unit.
    """
    locale = locale_of(invoice.locale, invoice.language)
    texts = texts_in(invoice.language, locale.territory, invoice.look.second_language)
    return Formatter(locale, invoice.currency, texts)


def locale_of(code: str, language: str) -> Locale:
    """The locale called `code`, else the language's, else English: an odd code must not stop an invoice.

    >>> str(locale_of("de-AT", "de")), str(locale_of("no such", "fr")), str(locale_of("", "?"))
    ('de_AT', 'fr', 'en')
    """
    for candidate in (code.replace("-", "_"), language):
        try:
            return Locale.parse(candidate)
        except (UnknownLocaleError, ValueError, TypeError):
            continue
    return Locale("en")


def decimals_of(unit: Decimal) -> int:
    """How many decimals a minor unit has: 2 for `0.01`."""
    return max(0, -int(unit.as_tuple().exponent))


@lru_cache(maxsize=512)
def _pattern(pattern: str, least: int, most: int) -> NumberPattern:
    parsed = parse_pattern(pattern)
    parsed.frac_prec = (least, most)
    return parsed
