"""Which sites a list shows, and which page of them (Emporix A.4)."""

from dataclasses import dataclass
from typing import Annotated

from litestar.params import QueryParameter

from api.errors.api_error import Forbidden
from api.security.access import SITE_MANAGE, Access
from database.sites import SiteView


@dataclass(frozen=True)
class Listing:
    """What a caller asks of a list of sites."""

    include_inactive: bool
    total_count: bool
    page_number: int
    page_size: int | None

    def visible(self, found: list[SiteView], access: Access) -> list[SiteView]:
        """The sites to list.

        Raises:
            Forbidden: inactive ones are asked for without the manage scope.
        """
        if self.include_inactive:
            require_manage(access)
        return [site for site in found if self.include_inactive or is_active(site)]

    def page(self, sites: list[SiteView]) -> list[SiteView]:
        """The page asked for; everything where no page size is given."""
        size = self.page_size
        return sites if size is None else sites[(self.page_number - 1) * size : self.page_number * size]

    def headers(self, sites: list[SiteView]) -> dict[str, str]:
        """The number of all sites, if asked for."""
        return {"X-Count": str(len(sites))} if self.total_count else {}


async def provide_listing(
    *,
    include_inactive: Annotated[bool, QueryParameter(name="includeInactive")] = False,
    total_count: Annotated[bool, QueryParameter(name="totalCount")] = False,
    page_number: Annotated[int, QueryParameter(name="pageNumber", ge=1, le=1_000_000)] = 1,
    page_size: Annotated[int | None, QueryParameter(name="pageSize", ge=1, le=1_000)] = None,
) -> Listing:
    """Dependency `listing`."""
    return Listing(include_inactive, total_count, page_number, page_size)


def is_active(site: SiteView) -> bool:
    """A site is active unless it says that it is not."""
    return site.body.get("active") is not False


def require_manage(access: Access) -> None:
    """Inactive sites are for who manages sites.

    Raises:
        Forbidden: the caller does not.
    """
    if SITE_MANAGE not in access.scopes:
        raise Forbidden(f"Missing required scopes [{SITE_MANAGE}]")
