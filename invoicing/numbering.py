"""Numbers of a series: a counter, zero-padded, between two texts with placeholders (Emporix A.3)."""

import re
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from fnmatch import translate
from glob import escape

from pydantic import ConfigDict, Field

from invoicing.frozen import Frozen
from invoicing.site import Json, country_of, timezone_of

MAX_VALUE_LENGTH = 100
"""Longer placeholder values are cut."""

CONTROL = re.compile(r"[\x00-\x1f\x7f]+")
"""A number is one line: it stands in file names and mail subjects."""

DEFAULT_COUNTRY = "DE"

PLACEHOLDER_NAME = re.compile(r"__.+__|--.+--", re.DOTALL)
"""`__name__`; `--name--` is an old spelling that samples still show."""

CLOCK = {
    "__year__": "%Y",
    "__month__": "%m",
    "__day__": "%d",
    "__hour__": "%H",
    "__minute__": "%M",
    "__second__": "%S",
}
"""Built-in placeholders that a clock fills, with their `strftime` format."""

COUNTRY = "__country__"
INVOICE_YEAR = "__num__"
VENDOR = "__vendorName__"

ANYTHING = "*"
DIGIT = "[0-9]"
CLOCK_SHAPES = {name: DIGIT * (4 if name == "__year__" else 2) for name in CLOCK}
"""What the clock puts there, as a shell pattern."""


class SeriesExhausted(Exception):
    """The series has no number left: `max_value` is the last one that may be used."""

    def __init__(self) -> None:
        super().__init__("Not enough free ids left in this schema. MaxValue is exceeded")


class MissingPlaceholder(ValueError):
    """A required placeholder has no value. `name` is the placeholder."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Required Placeholder is missing: {name}")
        self.name = name


class Placeholder(Frozen):
    """How a placeholder gets its value when the caller gives none; members as in the schema's JSON."""

    model_config = ConfigDict(populate_by_name=True)

    required: bool = False
    default: str | None = None
    """Only for one that is not required."""
    site_path: str | None = Field(default=None, alias="sitePath")
    """Where in the site's JSON the value is, `mixins.customConfig.region`."""
    array_limit: int | None = Field(default=None, alias="arrayLimit")
    """How many items to take where the path ends at an array."""
    delimiter: str | None = None
    """What stands between those items; nothing where it is not given."""


class NumberFormat(Frozen):
    """What a series prints around its counter."""

    pre_text: str = ""
    post_text: str = ""
    number_of_digits: int
    max_value: int
    placeholders: Mapping[str, Placeholder] = {}


def format_number(number_format: NumberFormat, counter: int, values: Mapping[str, str]) -> str:
    """The number `counter` as printed. A placeholder without a value stays in the text as it is.

    Raises:
        SeriesExhausted: the counter is beyond the series' last number.
        MissingPlaceholder: a required placeholder is not in `values`.

    >>> series = NumberFormat(pre_text="INV__num__", number_of_digits=4, max_value=9999)
    >>> format_number(series, 1001, {"__num__": "25"})
    'INV251001'
    """
    if counter > number_format.max_value:
        raise SeriesExhausted
    for name, placeholder in number_format.placeholders.items():
        if placeholder.required and name not in values:
            raise MissingPlaceholder(name)
    digits = str(counter).zfill(number_format.number_of_digits)
    return f"{_filled(number_format.pre_text, values)}{digits}{_filled(number_format.post_text, values)}"


def placeholder_values(
    number_format: NumberFormat, given: Mapping[str, str], at: datetime, site: Json | None
) -> dict[str, str]:
    """What every placeholder stands for: the given value, else the site's, else its default, else the clock's in UTC.

    A required placeholder takes nothing but a given value or, when the caller named a site, what follows from the site:
    its `sitePath`, or for a built-in one the time in the site's time zone (default UTC) and the site's country
    (default DE). Without either it is left out, and `format_number` refuses.

    Args:
        number_format: the series' format.
        given: the caller's values by placeholder; they win.
        at: the instant of the number, with a time zone.
        site: the site's JSON with its mixins, or None where the caller named none.
    """
    at_site = _built_in(at, site) if site is not None else {}
    anywhere = _built_in(at, {})
    values: dict[str, str] = {}
    for name in {*number_format.placeholders, *anywhere, *given}:
        placeholder = number_format.placeholders.get(name, Placeholder())
        sources = [given.get(name), _from_site(placeholder, site), at_site.get(name)]
        if not placeholder.required:
            sources += [placeholder.default, anywhere.get(name)]
        value = next((source for source in sources if source is not None), None)
        if value is not None:
            values[name] = CONTROL.sub(" ", value[:MAX_VALUE_LENGTH])
    return values


def invoice_placeholders(issue_date: date, vendor_name: str | None) -> dict[str, str]:
    """What an invoice gives to its series: `__num__`, the two-digit year of its date, and the vendor's name, if any.

    >>> invoice_placeholders(date(2025, 7, 25), None)
    {'__num__': '25'}
    """
    values = {INVOICE_YEAR: f"{issue_date:%y}"}
    return values | ({VENDOR: vendor_name} if vendor_name else {})


def invoice_shapes(number_format: NumberFormat) -> dict[str, str]:
    """What stands for each placeholder when an invoice is numbered at a site, as a shell pattern.

    Only what the invoice's date and the clock put there has a shape of its own.
    """
    by_site = {name for name, rule in number_format.placeholders.items() if rule.site_path is not None}
    anything = dict.fromkeys([*number_format.placeholders, COUNTRY, VENDOR], ANYTHING)
    clock = {name: ANYTHING if name in by_site else shape for name, shape in CLOCK_SHAPES.items()}
    return anything | clock | {INVOICE_YEAR: DIGIT * 2}


def counters_printing(number_format: NumberFormat, text: str, shapes: Mapping[str, str]) -> frozenset[int]:
    """Every counter at which the series could print this text; several where a placeholder may swallow digits.

    Args:
        number_format: the series' format.
        text: what may be a number of the series.
        shapes: what may stand for each placeholder, as a shell pattern: `invoice_shapes`, or `ANYTHING`.

    >>> series = NumberFormat(pre_text="INV__num__", number_of_digits=4, max_value=9999)
    >>> sorted(counters_printing(series, "INV261002", {"__num__": "[0-9][0-9]"}))
    [1002]
    >>> sorted(counters_printing(series, "26-1002", {"__num__": "[0-9][0-9]"}))
    []
    """
    before = re.compile(translate(_pattern(number_format.pre_text, shapes)))
    after = re.compile(translate(_pattern(number_format.post_text, shapes)))
    begins = [place for place in range(len(text)) if before.match(text[:place])]
    ends = [place for place in range(1, len(text) + 1) if after.match(text[place:])]
    printed = {text[begin:end] for begin in begins for end in ends if begin < end}
    counters = {int(digits) for digits in printed if _is_counter(digits, number_format.number_of_digits)}
    return frozenset(counter for counter in counters if counter <= number_format.max_value)


def _built_in(at: datetime, site: Json) -> dict[str, str]:
    local = at.astimezone(timezone_of(site))
    clock = {name: local.strftime(pattern) for name, pattern in CLOCK.items()}
    return clock | {COUNTRY: country_of(site) or DEFAULT_COUNTRY}


def _from_site(placeholder: Placeholder, site: Json | None) -> str | None:
    if placeholder.site_path is None or site is None:
        return None
    found: object = site
    for member in placeholder.site_path.split("."):
        found = found.get(member) if isinstance(found, Mapping) else None
    if isinstance(found, Sequence) and not isinstance(found, str):
        items = [text for item in found[: placeholder.array_limit] if (text := _scalar(item)) is not None]
        return (placeholder.delimiter or "").join(items) or None
    return _scalar(found)


def _scalar(value: object) -> str | None:
    if isinstance(value, bool):
        return str(value).lower()
    return str(value) if isinstance(value, str | int | float) and value != "" else None


def _is_counter(digits: str, width: int) -> bool:
    return digits.isascii() and digits.isdigit() and str(int(digits)).zfill(width) == digits


def _pattern(text: str, shapes: Mapping[str, str]) -> str:
    """The text as a shell pattern, each placeholder in its shape; where two overlap anything may come of them."""
    pattern, end = "", 0
    for begin, stop, shape in _places(text, shapes):
        pattern += escape(text[end:begin]) + shape
        end = stop
    return pattern + escape(text[end:])


def _places(text: str, names: Mapping[str, str]) -> Iterator[tuple[int, int, str]]:
    """Begin, end and shape of every placeholder in the text, overlapping ones as one."""
    found = sorted(
        (match.start(), match.start() + len(name), shape)
        for name, shape in names.items()
        for match in re.finditer(f"(?={re.escape(name)})", text)
    )
    merged: list[tuple[int, int, str]] = []
    for begin, end, shape in found:
        if merged and begin < merged[-1][1]:
            first, last, _ = merged.pop()
            merged.append((first, max(last, end), ANYTHING))
        else:
            merged.append((begin, end, shape))
    yield from merged


def _filled(text: str, values: Mapping[str, str]) -> str:
    """All placeholders at once, so that a value that looks like a placeholder stays a value."""
    if not values:
        return text
    longest_first = sorted(values, key=len, reverse=True)
    return re.sub("|".join(map(re.escape, longest_first)), lambda match: values[match[0]], text)
