"""JSON whose numbers stay what they are: read as `Decimal`, written digit for digit."""

import json
from decimal import Decimal
from typing import Any, TypeAlias

JsonObject: TypeAlias = dict[str, Any]
"""A document of the shop: open, deep, and not ours to narrow down."""
_write = json.JSONEncoder(ensure_ascii=False).encode


class NotAnObject(ValueError):
    """The text is JSON, but no object."""


def parse(text: str | bytes) -> object:
    """Read JSON; a number with a point becomes a `Decimal`, never a float.

    Raises:
        ValueError: `text` is no JSON, or no UTF-8.
    """
    value: object = json.loads(text, parse_float=Decimal)
    return value


def parse_object(text: str | bytes) -> JsonObject:
    """Read JSON that must be an object.

    Raises:
        NotAnObject: `text` is another kind of JSON.
        ValueError: `text` is no JSON.
    """
    value = parse(text)
    if not isinstance(value, dict):
        raise NotAnObject("a JSON object is expected")
    return value


def dump(value: object) -> str:
    """Write JSON without spaces; a `Decimal` keeps its digits.

    >>> dump({"amount": Decimal("1.10"), "tags": ["ä", None]})
    '{"amount":1.10,"tags":["ä",null]}'
    """
    match value:
        case Decimal():
            return format(value, "f")
        case dict():
            return "{" + ",".join(f"{_write(key)}:{dump(member)}" for key, member in value.items()) + "}"
        case list() | tuple():
            return "[" + ",".join(map(dump, value)) + "]"
        case _:
            return _write(value)
