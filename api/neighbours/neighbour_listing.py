"""How contacts, taxes and products are listed: pages, search, filters, order (Deskera B.2).

Where the vendor's documents leave it open:

- The newest come first. With a `sort` and no `sortDir`, it is ascending.
- `search` looks for the text anywhere in names, codes and the like, whatever its case.
- `query` is in the filter language of all lists; a field that it does not know is refused, since leaving the condition
  out would list too much. Parameters that are not known are ignored.
"""

from collections.abc import Collection
from dataclasses import dataclass
from typing import Annotated

from litestar.params import FromQuery, QueryParameter

from api.deskera import page_of
from api.errors.api_error import ApiError
from database.neighbour_pages import SORTS, Columns, Listing
from invoicing.sales.filter_language import Condition, FilterSyntax, parse_filter

NEWEST_FIRST = "createdAt"
DIRECTIONS = {"ASC": False, "DESC": True}


@dataclass(frozen=True)
class ListRequest:
    """The parameters of a list, as the caller sent them."""

    page: int
    limit: int
    query: str
    search: str
    status: str
    sort: str
    sort_dir: str

    def listing(self, columns: Columns, statuses: Collection[str]) -> Listing:
        """What to read, where `columns` can be filtered by and `statuses` exist.

        Raises:
            ApiError: 400 naming the parameter.
        """
        return Listing(
            conditions=(*self._of_query(columns), *self._of_status(statuses)),
            search=self.search.strip() or None,
            sort=self._known_sort(),
            descending=self._is_descending(),
            limit=self.limit,
            offset=self.page * self.limit,
        )

    def _of_query(self, columns: Columns) -> tuple[Condition, ...]:
        try:
            conditions = parse_filter(self.query)
        except FilterSyntax as error:
            raise ApiError(400, str(error), field="query") from error
        for condition in conditions:
            if condition.field not in columns:
                known = ", ".join(sorted(columns))
                raise ApiError(400, f"cannot be filtered by {condition.field}, only by {known}", field="query")
        return conditions

    def _of_status(self, statuses: Collection[str]) -> tuple[Condition, ...]:
        wanted = tuple(value.strip() for value in self.status.split(",") if value.strip())
        known = {status.lower() for status in statuses}
        if any(value.lower() not in known for value in wanted):
            raise ApiError(400, f"status must be one of {', '.join(sorted(statuses))}", field="status")
        return (Condition(field="status", values=wanted),) if wanted else ()

    def _known_sort(self) -> str:
        sort = self.sort.strip() or NEWEST_FIRST
        if sort not in SORTS:
            raise ApiError(400, f"sort must be one of {', '.join(SORTS)}", field="sort")
        return sort

    def _is_descending(self) -> bool:
        direction = self.sort_dir.strip().upper() or ("ASC" if self.sort.strip() else "DESC")
        if direction not in DIRECTIONS:
            raise ApiError(400, "sortDir must be ASC or DESC", field="sortDir")
        return DIRECTIONS[direction]


async def provide_list_request(
    *,
    limit: FromQuery[str] = "",
    page: FromQuery[str] = "",
    conditions: Annotated[str, QueryParameter(name="query")] = "",
    search: FromQuery[str] = "",
    status: FromQuery[str] = "",
    sort: FromQuery[str] = "",
    sort_dir: Annotated[str, QueryParameter(name="sortDir")] = "",
) -> ListRequest:
    """Dependency `listed` of the controllers."""
    number, size = page_of({"limit": limit, "page": page})
    return ListRequest(
        page=number, limit=size, query=conditions, search=search, status=status, sort=sort, sort_dir=sort_dir
    )
