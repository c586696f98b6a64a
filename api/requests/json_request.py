"""Reading JSON bodies: what is not JSON is refused with a reason, whatever it is."""

from collections.abc import Iterator
from decimal import Decimal

import msgspec
from litestar import Request
from litestar.connection.base import AuthT, StateT, UserT

from api.errors.api_error import SYNTAX, ApiError

MAX_DEPTH = 64
"""No body of ours nests deeper than a few levels."""
MAX_DIGITS = 60
"""Of a number where numbers are exact; amounts are far smaller, custom fields may hold what they like within this."""
NUL = rb"\u0000"
"""How JSON spells it; a raw one is no JSON."""
UNSTORABLE = "unstorable_member"
"""In the request's state, the member to name should the database refuse the value."""


class JsonRequest(Request[UserT, AuthT, StateT]):
    """Litestar's request; handlers with a `data` argument get what `json` makes of the body."""

    async def json(self) -> object:
        """The body as Python objects.

        Raises:
            ApiError: 415, the sender says that it is something else; 400, it is not JSON (RFC 8259).
        """
        media_type, _ = self.content_type
        if media_type and media_type != "application/json" and not media_type.endswith("+json"):
            raise ApiError(415, "The body must be JSON (Content-Type: application/json)")
        body = await self.body()
        value = parse_json(body, exact=bool(self.route_handler.opt.get("exact_numbers")))
        if NUL in body:
            self.state[UNSTORABLE] = unstorable_member(value)
        return value


def parse_json(body: bytes, *, exact: bool = False) -> object:
    """JSON text as Python objects; `NaN` and `Infinity` are no JSON. `exact` makes every fraction a `Decimal`.

    Raises:
        ApiError: 400, naming the member whose value cannot be kept.
    """
    try:
        value: object = _EXACT.decode(body) if exact else msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ApiError(400, f"The body is not valid JSON: {error}", kind=SYNTAX) from error
    except RecursionError as error:
        raise _too_deep() from error
    if body.count(b"[") + body.count(b"{") > MAX_DEPTH and _depth_exceeds(value, MAX_DEPTH):
        raise _too_deep()
    if exact:
        _check_numbers(value)
    return value


_EXACT = msgspec.json.Decoder(float_hook=Decimal)


def _check_numbers(value: object) -> None:
    """Refuse numbers of absurd size: nine characters can spell one of a million digits.

    Raises:
        ApiError: 400.
    """
    for field, leaf in _leaves(value):
        if isinstance(leaf, Decimal | int) and not isinstance(leaf, bool) and not _is_sensible(Decimal(leaf)):
            reason = f"The body holds a number of more than {MAX_DIGITS} digits"
            raise ApiError(400, reason, field=field, kind=SYNTAX)


def unstorable_member(value: object) -> str | None:
    """The first member that PostgreSQL cannot keep: there is a NUL in its text, or in a name on the way to it."""
    return next(
        (field for field, leaf in _leaves(value) if "\0" in field or (isinstance(leaf, str) and "\0" in leaf)), None
    )


def _leaves(value: object, field: str = "") -> Iterator[tuple[str, object]]:
    """Whatever is neither object nor array, after its path; so are those that are empty, for the names above them."""
    if not isinstance(value, dict | list) or not value:
        yield field or "body", value
        return
    for name, member in value.items() if isinstance(value, dict) else enumerate(value):
        yield from _leaves(member, f"{field}.{name}" if field else str(name))


def _is_sensible(number: Decimal) -> bool:
    _, digits, exponent = number.as_tuple()
    return len(digits) <= MAX_DIGITS and isinstance(exponent, int) and abs(exponent) <= MAX_DIGITS


def _depth_exceeds(value: object, limit: int) -> bool:
    if not isinstance(value, dict | list):
        return False
    members = value.values() if isinstance(value, dict) else value
    return limit == 0 or any(_depth_exceeds(member, limit - 1) for member in members)


def _too_deep() -> ApiError:
    return ApiError(400, f"The body nests deeper than {MAX_DEPTH} levels", kind=SYNTAX)
