"""From whatever was raised to the `ApiError` that is answered; an exception's own words may quote data."""

from collections.abc import Mapping
from functools import singledispatch

from litestar.enums import ParamType
from litestar.exceptions import HTTPException, MethodNotAllowedException, NotFoundException, ValidationException
from litestar.exceptions.http_exceptions import RequestEntityTooLarge
from pydantic.alias_generators import to_camel
from sqlalchemy import exc as database
from temporalio.service import RPCError, RPCStatusCode

from api.errors.api_error import ApiError, Detail
from integrations.faults import TransientFault

RETRY_AFTER_SECONDS = 5
UNIQUE_VIOLATION = "23505"
FIRST_SERVER_ERROR = 500
AWAY = frozenset({RPCStatusCode.UNAVAILABLE, RPCStatusCode.DEADLINE_EXCEEDED, RPCStatusCode.RESOURCE_EXHAUSTED})
"""What Temporal's client says when waiting may help."""


class NotStorable(ApiError):
    """The database refused a value; it does not tell which."""

    def __init__(self, field: str | None = None) -> None:
        words = "A value of the request is out of range or holds a character that cannot be stored"
        super().__init__(400, words, field=field)


@singledispatch
def as_api_error(_exception: BaseException) -> ApiError:
    """What to answer. A kind of exception that is not registered below is a bug of ours."""
    return ApiError(500, "An internal error occurred")


@as_api_error.register
def _(exception: ApiError) -> ApiError:
    return exception


@as_api_error.register
def _(exception: BaseExceptionGroup) -> ApiError:
    """Litestar wraps what fails while a dependency is cleaned up; the first failure tells the story."""
    return as_api_error(exception.exceptions[0])


@as_api_error.register
def _(exception: HTTPException) -> ApiError:
    if exception.status_code >= FIRST_SERVER_ERROR:
        return ApiError(exception.status_code, "An internal error occurred")
    return ApiError(exception.status_code, exception.detail, headers=exception.headers)


@as_api_error.register
def _(_exception: NotFoundException) -> ApiError:
    return ApiError(404, "There is no such resource")


@as_api_error.register
def _(exception: MethodNotAllowedException) -> ApiError:
    return ApiError(405, "This resource does not know the method", headers=exception.headers)


@as_api_error.register
def _(_exception: RequestEntityTooLarge) -> ApiError:
    return ApiError(413, "The body is too large")


@as_api_error.register
def _(exception: ValidationException) -> ApiError:
    """Litestar lists the faults of a request under `extra`, as `{"message", "key"}`.

    A parameter that is missing it only tells in its own sentence, which ends with the URL.
    """
    if isinstance(exception.extra, list):
        faults = [fault for fault in exception.extra if not _is_unread(fault)] or exception.extra
        return ApiError(400, "The request is not valid", details=[_fault(fault) for fault in faults])
    return ApiError(400, exception.detail.partition(" for path ")[0])


def _is_unread(fault: Mapping[str, str]) -> bool:
    """Without a body Litestar also lists arguments that it has not come to, each by its bare name."""
    key = fault.get("key", "data")
    return key != "data" and fault["message"] == repr(key)


def _fault(fault: Mapping[str, str]) -> Detail:
    """A fault without a key is the whole body's; of a body that is not there Litestar says only `'data'`."""
    field = fault.get("key", "data").removeprefix("data.")
    if field == "data":
        return Detail("is required" if fault["message"] == "'data'" else fault["message"], "body")
    return Detail(fault["message"], _outer_name(field, fault.get("source")))


def _outer_name(field: str, source: str | None) -> str:
    """A parameter as callers spell it; Litestar names the handler's argument (`state_`, where it keeps `state`)."""
    match source:
        case ParamType.QUERY:
            return to_camel(field.rstrip("_"))
        case ParamType.HEADER:
            return field.replace("_", "-").title()
    return field


@as_api_error.register(database.OperationalError)
@as_api_error.register(database.InterfaceError)
@as_api_error.register(database.TimeoutError)
@as_api_error.register(TimeoutError)
@as_api_error.register(TransientFault)
def _(_exception: Exception) -> ApiError:
    headers = {"Retry-After": str(RETRY_AFTER_SECONDS)}
    return ApiError(503, "The service is not available at the moment, please try again", headers=headers)


@as_api_error.register
def _(exception: RPCError) -> ApiError:
    """Temporal is away, or does not want us."""
    return as_api_error(TimeoutError() if exception.status in AWAY else RuntimeError())


@as_api_error.register
def _(_exception: database.DataError) -> ApiError:
    """A number out of range, or a character (NUL) that PostgreSQL does not keep."""
    return NotStorable()


@as_api_error.register
def _(exception: database.IntegrityError) -> ApiError:
    """Two requests created the same thing at once; any other broken constraint is a fault of ours."""
    if getattr(exception.orig, "sqlstate", None) == UNIQUE_VIOLATION:
        return ApiError(409, "This exists already")
    return ApiError(500, "An internal error occurred")
