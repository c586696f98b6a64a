"""Pages of contacts, taxes and products: searched, filtered and sorted alike (Deskera B.2)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from database.tables import Contact, Product, Tax
from invoicing.sales.filter_language import Condition

Neighbour = TypeVar("Neighbour", Contact, Tax, Product)

Columns = Mapping[str, ColumnElement[str]]
"""What can be asked for, by the name that callers give it; each is text."""

SORTS = ("createdAt", "createdDate", "updatedAt", "name", "code", "id")


@dataclass(frozen=True)
class Listing:
    """Which rows, in which order."""

    conditions: Sequence[Condition]
    """Their fields are names of the resource's columns. Case does not count."""
    search: str | None
    sort: str
    """One of `SORTS`."""
    descending: bool
    limit: int
    offset: int


async def page_of(
    session: AsyncSession,
    table: type[Neighbour],
    tenant: str,
    listing: Listing,
    *,
    columns: Columns,
    searched: Sequence[ColumnElement[str]],
) -> tuple[list[Neighbour], int]:
    """The rows of one page, and how many there are in all. `searched` are the columns that `search` looks into."""
    query = select(table).where(table.tenant == tenant, *(_holds(columns, each) for each in listing.conditions))
    if listing.search:
        query = query.where(or_(*(column.icontains(listing.search, autoescape=True) for column in searched)))
    total = await session.scalar(select(func.count()).select_from(query.order_by(None).subquery())) or 0
    rows = await session.scalars(_sorted(query, table, listing).limit(listing.limit).offset(listing.offset))
    return list(rows), total


def _holds(columns: Columns, condition: Condition) -> ColumnElement[bool]:
    column = columns[condition.field]
    if not condition.values:
        return (column.is_not(None)) & (column != "")
    return func.lower(column).in_([func.lower(value) for value in condition.values])


def _sorted(query: Select[Neighbour], table: type[Neighbour], listing: Listing) -> Select[Neighbour]:
    keys = _sort_keys(table, listing.sort)
    return query.order_by(*(key.desc() if listing.descending else key.asc() for key in keys))


def _sort_keys(table: type[Neighbour], sort: str) -> Sequence[ColumnElement[Any]]:
    """Ids are assigned in the order of creation; they also decide between equals."""
    match sort:
        case "name":
            return func.lower(table.name), table.id.expression
        case "code":
            return func.length(table.code), table.code.expression
        case "updatedAt":
            return table.updated_at.expression, table.id.expression
    return (table.id.expression,)
