"""Sorting, paging and picking members of a list of orders (Emporix A.5)."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from demo.orders.exact_json import JsonObject, dump
from demo.shop.refusals import invalid
from demo.shop.scalars import Path, values_at

Found = tuple[str, object]
"""An order: its text, and the document in it."""
DEFAULT_PAGE_SIZE = 16
LARGEST_PAGE = 200


@dataclass(frozen=True)
class Listing:
    """What a caller wants to see of the orders found; pages count from 1."""

    sort: str | None = None
    page_number: int = 1
    page_size: int = DEFAULT_PAGE_SIZE
    fields: str | None = None

    def page(self, found: Sequence[Found]) -> bytes:
        """The page as a JSON array; whole orders are passed on as they are written."""
        first = (self.page_number - 1) * self.page_size
        page = self.sorted(found)[first : first + self.page_size]
        if self.fields is None:
            return f"[{','.join(text for text, _ in page)}]".encode()
        paths = [tuple(name.strip().split(".")) for name in self.fields.split(",")]
        return dump([picked(document, [("id",), *paths]) for _, document in page]).encode()

    def sorted(self, found: Sequence[Found]) -> list[Found]:
        """Sorted by every field named, the first one first; orders without the member come last.

        Raises:
            Refusal: 400, a direction that is neither asc nor desc.
        """
        orders = list(found)
        for clause in reversed(self.sort.split(",") if self.sort else []):
            name, _, direction = clause.strip().partition(":")
            if direction not in {"", "asc", "desc"}:
                raise invalid(f"'{clause}' is not field:asc or field:desc", "sort")
            path = tuple(name.split("."))
            present = [order for order in orders if sort_key(order, path)]
            absent = [order for order in orders if not sort_key(order, path)]
            present.sort(key=lambda order: sort_key(order, path), reverse=direction == "desc")
            orders = present + absent
        return orders


def sort_key(order: Found, path: Path) -> tuple[tuple[str, Decimal, str], ...]:
    """Numbers before texts; empty if there is nothing at the path."""
    value = next(values_at(order[1], path), None)
    if value is None:
        return ()
    if isinstance(value, int | Decimal):
        return (("number", Decimal(value), ""),)
    return (("text", Decimal(0), str(value)),)


def picked(document: object, paths: Sequence[Path]) -> object:
    """A document with the members at these paths only, in an array with those of each element."""
    if isinstance(document, list):
        return [picked(element, paths) for element in document]
    if not isinstance(document, dict):
        return document
    kept: JsonObject = {}
    for name in dict.fromkeys(path[0] for path in paths if path[0] in document):
        below = [path[1:] for path in paths if path[0] == name]
        kept[name] = document[name] if () in below else picked(document[name], below)
    return kept
