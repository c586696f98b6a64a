"""The application's exception handler: any exception becomes the error body of the route's dialect."""

from http import HTTPStatus

from litestar import Request, Response
from litestar.connection.base import AuthT, StateT, UserT

import logs
from api.errors.api_error import ApiError, Dialect
from api.errors.bodies import Body, error_body
from api.errors.translation import NotStorable, as_api_error
from api.requests.json_request import UNSTORABLE

BY_PATH = {dialect.value: dialect for dialect in Dialect}

log = logs.get_logger(__name__)


def answer_error(request: Request[UserT, AuthT, StateT], exception: Exception) -> Response[Body]:
    """Translate, log what is our own fault, and answer."""
    error = as_api_error(exception)
    if isinstance(error, NotStorable):
        error = NotStorable(request.state.get(UNSTORABLE))
    _log(error, exception)
    dialect = dialect_of(request)
    return Response(
        error_body(dialect, error),
        status_code=error.status,
        headers=error.headers,
        media_type=media_type_of(dialect),
    )


def dialect_of(request: Request[UserT, AuthT, StateT]) -> Dialect:
    """The dialect of the route, or of its neighbours where there is no route."""
    handler = request.scope.get("route_handler")
    declared = handler.opt.get("dialect") if handler is not None else None
    if isinstance(declared, Dialect):
        return declared
    return dialect_of_path(request.scope["path"])


def dialect_of_path(path: str) -> Dialect:
    """The dialect that the first segment of a path stands for."""
    return BY_PATH.get(path.lstrip("/").partition("/")[0], Dialect.PROBLEM)


def media_type_of(dialect: Dialect) -> str:
    """The media type of a dialect's error bodies."""
    return "application/problem+json" if dialect is Dialect.PROBLEM else "application/json"


def _log(error: ApiError, exception: Exception) -> None:
    if error.status == HTTPStatus.SERVICE_UNAVAILABLE:
        log.warning("unavailable", error=type(exception).__name__)
    elif error.status >= HTTPStatus.INTERNAL_SERVER_ERROR:
        log.error("request_failed", exc_info=exception)
