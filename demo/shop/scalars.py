"""Single values: as a query writes them, and as a document holds them."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation

Path = tuple[str, ...]
SCALAR = r'"(?:[^"\\]|\\.)*"|[^\s"(),:<>=~]+'
"""A quoted text, or a bare word without any character that the grammar uses."""


@dataclass(frozen=True)
class Scalar:
    """A value as it stands in the query; quoted ones may be dates, bare ones numbers or booleans."""

    text: str
    quoted: bool

    def equals(self, value: object) -> bool:
        """Whether a value of a document is this one: `70` finds the text "70" as well as the number."""
        if isinstance(value, bool):
            return not self.quoted and self.text == ("true" if value else "false")
        if isinstance(value, str):
            return value == self.text or (self.quoted and instant(value) == instant(self.text) is not None)
        return isinstance(value, int | Decimal) and number(self.text) == value

    def compare(self, value: object) -> int | None:
        """-1, 0 or 1 as the document's value is below, at or above this one; None if they cannot be compared.

        Only a quoted scalar compares with a date, only a bare one with a number.
        """
        if isinstance(value, str):
            return sign(instant(value), instant(self.text)) if self.quoted else None
        if isinstance(value, bool) or not isinstance(value, int | Decimal) or self.quoted:
            return None
        return sign(Decimal(value), number(self.text))


def sign(left: datetime | Decimal | None, right: datetime | Decimal | None) -> int | None:
    """How two values of one kind stand to each other."""
    if isinstance(left, datetime) and isinstance(right, datetime):
        return (left > right) - (left < right)
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return (left > right) - (left < right)
    return None


def scalar(text: str) -> Scalar:
    """A bare word, or a quoted text without its quotes and escapes."""
    if text.startswith('"'):
        return Scalar(re.sub(r"\\(.)", r"\1", text[1:-1]), quoted=True)
    return Scalar(text, quoted=False)


def values_at(document: object, path: Path) -> Iterator[object]:
    """What stands at a dotted path; below an array, what stands there in each of its elements."""
    if isinstance(document, list):
        for element in document:
            yield from values_at(element, path)
    elif not path:
        yield document
    elif isinstance(document, dict) and path[0] in document:
        yield from values_at(document[path[0]], path[1:])


def number(text: str) -> Decimal | None:
    """A decimal number, or None."""
    try:
        value = Decimal(text)
    except InvalidOperation:
        return None
    return value if value.is_finite() else None


def instant(text: str) -> datetime | None:
    """A date (its midnight) or a timestamp (UTC unless it says otherwise), or None."""
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return None
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
