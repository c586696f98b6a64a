"""Drawing numbers for a client of the API: lock, format, record (Emporix A.3)."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain

from sqlalchemy.ext.asyncio import AsyncSession

from api.errors.api_error import ApiError, Detail
from api.security.access import Access
from api.sequential_ids.bodies import MAX_IDS
from database import sequences, sites
from database.sequences import Drawn, NoActiveSchema, Wanted
from invoicing.numbering import MissingPlaceholder, SeriesExhausted, format_number, placeholder_values
from invoicing.site import Json


@dataclass(frozen=True)
class Draw:
    """Numbers that a client wants, and what it gives to be put into them, by placeholder."""

    wanted: Wanted
    placeholders: Mapping[str, str]


async def draw_ids(
    session: AsyncSession, access: Access, draws: Sequence[Draw], site_code: str | None
) -> list[list[str]]:
    """The next numbers of each draw, as printed, recorded as drawn by the client. All or none.

    Raises:
        ApiError: 400, too many at once, an unknown site or a required placeholder without a value; 404, a type has no
            active schema; 409, a series has too few numbers left.
    """
    if sum(draw.wanted.count for draw in draws) > MAX_IDS:
        raise ApiError(400, f"must be at most {MAX_IDS} in one request", field="numberOfIds")
    site = await _site(session, access.tenant, site_code)
    try:
        drawn = await sequences.draw_batch(session, access.tenant, [draw.wanted for draw in draws])
        printed = [_printed(series, draw.placeholders, site) for series, draw in zip(drawn, draws, strict=True)]
    except NoActiveSchema as error:
        raise ApiError(404, str(error)) from error
    except SeriesExhausted as error:
        raise ApiError(409, str(error)) from error
    except MissingPlaceholder as error:
        details = [Detail(str(error), f"placeholders.{error.name}")]
        raise ApiError(400, "Required Placeholder is missing", details=details) from error
    numbers = list(zip(chain.from_iterable(drawn), chain.from_iterable(printed), strict=True))
    await sequences.record_many(session, numbers, f"client:{access.client_id}")
    return printed


async def _site(session: AsyncSession, tenant: str, site_code: str | None) -> Json | None:
    if site_code is None:
        return None
    site = await sites.get_site(session, tenant, site_code)
    if site is None:
        raise ApiError(400, f"Couldn't find a site with code '{site_code}'", field="siteCode")
    return site.body


def _printed(series: Sequence[Drawn], given: Mapping[str, str], site: Json | None) -> list[str]:
    number_format = series[0].format
    values = placeholder_values(number_format, given, datetime.now(UTC), site)
    return [format_number(number_format, drawn.counter, values) for drawn in series]
