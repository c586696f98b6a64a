"""Reading order ids from a file, line by line, as NDJSON or CSV."""

import csv
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
from typing import BinaryIO

import msgspec
from pydantic import TypeAdapter, ValidationError

from api.jobs.bodies import OrderId
from api.requests.request_bodies import WORDS

LONGEST_LINE = 64 * 1024
"""Bytes; exports carry other columns beside the id."""
NDJSON = "application/x-ndjson"
CSV = "text/csv"

Numbered = Iterator[tuple[int, str]]
"""Lines, or the order ids on them, and the numbers that editors give to the lines, from 1."""


class BadLine(Exception):
    """A line that names no order, and why."""

    def __init__(self, number: int, message: str) -> None:
        super().__init__(message)
        self.number = number


def read_order_ids(file: BinaryIO, media_type: str) -> Numbered:
    """Order ids with the numbers of their lines, each as valid as in a request's `orderIds`; empty lines are skipped.

    NDJSON: a string a line, or an object with the string `orderId`, whose other members are ignored.

    CSV: the column whose name in the first record is `orderId` (or `order_id`, `Order ID`); without such a name the
    first column, the first record included. Commas part the columns, or semicolons where the first line holds no comma.

    Raises:
        BadLine: on the way, for the first line that names no order.
    """
    for number, order_id in READERS[media_type](_lines(file)):
        try:
            yield number, _ORDER_ID.validate_python(order_id)
        except ValidationError as error:
            fault = error.errors(include_url=False, include_context=False, include_input=False)[0]
            raise BadLine(number, WORDS.get(fault["type"], fault["msg"])) from None


def _lines(file: BinaryIO) -> Numbered:
    number = 0
    while line := file.readline(LONGEST_LINE + 1):
        number += 1
        if len(line) > LONGEST_LINE:
            raise BadLine(number, f"is longer than {LONGEST_LINE} bytes")
        try:
            yield number, line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError:
            raise BadLine(number, "is not UTF-8") from None


def _from_ndjson(lines: Numbered) -> Numbered:
    for number, line in lines:
        if not line.strip():
            continue
        try:
            named = _NAMED.decode(line)
        except (msgspec.DecodeError, RecursionError):
            raise BadLine(number, 'must be "an order id" or {"orderId": "an order id"}') from None
        yield number, named if isinstance(named, str) else named.order_id


def _from_csv(lines: Numbered) -> Numbered:
    records = _records(lines)
    first = next(records, None)
    if first is None:
        return
    named = _named_column(first[1])
    column = named or 0
    for number, record in records if named is not None else chain([first], records):
        if column >= len(record):
            raise BadLine(number, "has too few columns")
        yield number, record[column]


def _records(lines: Numbered) -> Iterator[tuple[int, list[str]]]:
    """Records that are not empty, each with the number of the line that it ends on."""
    begun, first = next(((number, line) for number, line in lines if line.strip()), (0, ""))
    delimiter = ";" if ";" in first and "," not in first else ","
    records = csv.reader(chain([first], (line for _, line in lines)), delimiter=delimiter, strict=True)
    try:
        for record in records:
            if any(record):
                yield begun + records.line_num - 1, record
    except csv.Error as error:
        raise BadLine(begun + records.line_num - 1, f"is no CSV: {error}") from None


def _named_column(record: Iterable[str]) -> int | None:
    names = ["".join(letter for letter in name.lower() if letter.isalnum()) for name in record]
    return names.index("orderid") if "orderid" in names else None


class _Named(msgspec.Struct, rename="camel"):
    order_id: str


_NAMED = msgspec.json.Decoder(str | _Named)
_ORDER_ID: TypeAdapter[str] = TypeAdapter(OrderId)

READERS: Mapping[str, Callable[[Numbered], Numbered]] = {NDJSON: _from_ndjson, CSV: _from_csv}
