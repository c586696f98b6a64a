"""Which page of a list is asked for, in the Emporix dialect and on our own routes."""

from dataclasses import dataclass
from typing import Annotated

from litestar.params import QueryParameter

MAX_PAGE_SIZE = 1000

PageNumber = Annotated[int, QueryParameter(name="pageNumber", ge=1)]
PageSize = Annotated[int, QueryParameter(name="pageSize", ge=1, le=MAX_PAGE_SIZE)]


@dataclass(frozen=True)
class Window:
    """A page of a list."""

    number: int
    size: int

    @property
    def offset(self) -> int:
        """How many rows lie before the page."""
        return (self.number - 1) * self.size
