"""What all resources of the accounting API share (Deskera B): its JSON, its dates, its pages, its filter language.

A handler takes its body with `opt={"exact_numbers": True}`, so that JSON numbers arrive as `Decimal`, and answers with
`answer(...)`: numbers exact, nulls explicit, dates dd-MM-yyyy. Models ignore members that they do not know.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any
from zlib import crc32

import msgspec
from litestar import Response
from litestar.enums import MediaType
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, PlainSerializer
from pydantic.alias_generators import to_camel

from api.errors.api_error import ApiError
from api.requests.request_bodies import refused

DATE_FORMAT = "%d-%m-%Y"
LARGEST_AMOUNT = Decimal(10) ** 15
MAX_DECIMALS = 12
DEFAULT_LIMIT, MAX_LIMIT = 10, 1000
MAX_PAGE = 10**9

Json = dict[str, Any]
"""A JSON object on its way out: its amounts are `Decimal`, its dates text."""


class DeskeraModel(BaseModel):
    """A body of the accounting API: camelCase outside, unknown members ignored (B.3)."""

    model_config = ConfigDict(frozen=True, extra="ignore", alias_generator=to_camel, populate_by_name=True)


def parse_date(text: str) -> date:
    """`18-06-2020` (B.1).

    Raises:
        ValueError: anything else.
    """
    if not re.fullmatch(r"\d{2}-\d{2}-\d{4}", text):
        raise ValueError("is no date of the form dd-MM-yyyy")
    return datetime.strptime(text, DATE_FORMAT).date()  # noqa: DTZ007 -- a day has no time zone


def print_date(day: date) -> str:
    """The day as dd-MM-yyyy."""
    return f"{day:%d-%m}-{day.year:04d}"  # not %Y, which pads no early year on Linux


def _date(value: object) -> object:
    if not isinstance(value, str):
        return value
    try:
        return parse_date(value.strip())
    except ValueError:
        raise refused("must be a date of the form dd-MM-yyyy") from None


def _number(value: object) -> object:
    if isinstance(value, bool):
        raise refused("must be a number")
    if not isinstance(value, str):
        return value
    try:
        return Decimal(value.strip())
    except InvalidOperation:
        raise refused("must be a number") from None


def _text(value: object) -> object:
    """Numbers are taken as their digits: postal codes, units and format ids come either way (B, errata)."""
    if isinstance(value, bool):
        raise refused("must be text")
    return f"{value:f}" if isinstance(value, Decimal) else str(value) if isinstance(value, int) else value


def _nothing_for_blank(value: object) -> object:
    return value.strip() or None if isinstance(value, str) else value


DeskeraDate = Annotated[date, BeforeValidator(_date, json_schema_input_type=str), PlainSerializer(print_date)]
"""dd-MM-yyyy in JSON."""

Amount = Annotated[
    Decimal,
    BeforeValidator(_number),
    Field(ge=-LARGEST_AMOUNT, le=LARGEST_AMOUNT, decimal_places=MAX_DECIMALS, allow_inf_nan=False),
]
"""A number, or text that holds one; exact."""

Text = Annotated[str, BeforeValidator(_text, json_schema_input_type=str | int)]
"""Text, or a number as its digits."""


Blank = BeforeValidator(_nothing_for_blank)
"""For a member that may be None: empty text is None too, since forms send it for what was left empty."""


def answer(body: Json | Sequence[Json | str] | None, status: int = 200) -> Response[bytes]:
    """A response with `body` as JSON: decimals are numbers with every digit, None is null."""
    return Response(to_json(body), status_code=status, media_type=MediaType.JSON)


def to_json(body: object) -> bytes:
    """Exact JSON text."""
    return _ENCODER.encode(_plain(body))


def stored(body: object) -> Any:  # noqa: ANN401 -- JSON has any shape
    """JSON as it is kept in the database: decimals as text, since `jsonb` may write a number in another way."""
    match body:
        case Decimal():
            return f"{body:f}"
        case Mapping():
            return {str(name): stored(member) for name, member in body.items()}
        case list() | tuple():
            return [stored(member) for member in body]
    return body


def _plain(body: object) -> object:
    """Decimals without an exponent and without superfluous zeros, as numbers are usually written."""
    match body:
        case Decimal():
            return msgspec.Raw(_digits(body).encode())
        case Mapping():
            return {str(name): _plain(member) for name, member in body.items()}
        case list() | tuple():
            return [_plain(member) for member in body]
    return body


def _digits(number: Decimal) -> str:
    whole, _, fraction = f"{number:f}".partition(".")
    fraction = fraction.rstrip("0")
    return f"{whole}.{fraction}" if fraction else whole if number else "0"


def spring_page(content: Sequence[Json], *, page: int, limit: int, total: int, is_sorted: bool) -> Json:
    """A page of a list in Spring's envelope (B.2); `page` counts from 0."""
    sort = {"sorted": is_sorted, "unsorted": not is_sorted, "empty": not is_sorted}
    pages = -(-total // limit)
    return {
        "content": list(content),
        "pageable": {
            "sort": sort,
            "pageSize": limit,
            "pageNumber": page,
            "offset": page * limit,
            "paged": True,
            "unpaged": False,
        },
        "totalElements": total,
        "totalPages": pages,
        "last": page + 1 >= pages,
        "first": page == 0,
        "sort": sort,
        "numberOfElements": len(content),
        "size": limit,
        "number": page,
        "empty": not content,
    }


def whole_parameter(parameters: Mapping[str, str], name: str, default: int, largest: int) -> int:
    """A query parameter that is a whole number from 0; left out or empty, the default. Larger ones are cut.

    Raises:
        ApiError: 400 naming the parameter.
    """
    text = parameters.get(name, "").strip()
    if not text:
        return default
    if not re.fullmatch(r"\d{1,18}", text):
        raise ApiError(400, f"{name} must be a whole number from 0", field=name)
    return min(int(text), largest)


def tenant_number(tenant: str) -> int:
    """A tenant as the number that the vendor's clients read under `tenantId` (B.7): ours have codes.

    The same tenant always has the same number, but two may share one: it identifies nobody.
    """
    return crc32(tenant.encode())


def page_of(parameters: Mapping[str, str]) -> tuple[int, int]:
    """`(page, limit)` of a list request; unknown parameters are nobody's business (B.2).

    Raises:
        ApiError: 400, one of the two is no whole number, or a limit of 0.
    """
    limit = whole_parameter(parameters, "limit", DEFAULT_LIMIT, MAX_LIMIT)
    if limit == 0:
        raise ApiError(400, "limit must be at least 1", field="limit")
    return whole_parameter(parameters, "page", 0, MAX_PAGE), limit


_ENCODER = msgspec.json.Encoder()
