"""The error body of each dialect (Emporix A.0 to A.4, Deskera B.6; RFC 9457 and RFC 6749 elsewhere)."""

from collections.abc import Callable, Mapping
from http import HTTPStatus

from pydantic import JsonValue

from api.errors.api_error import ApiError, Detail, Dialect, Fault, Forbidden

Body = dict[str, JsonValue]

KINDS: Mapping[int, str] = {
    400: "validation_violation",
    403: "insufficient_permissions",
    404: "resource_not_found",
    405: "method_not_allowed",
    409: "conflict_resource",
    413: "payload_too_large",
    415: "unsupported_media_type",
    503: "service_unavailable",
}
"""`type` of a status where the dialect has one word for each."""


def error_body(dialect: Dialect, error: ApiError) -> Body:
    """The body that `dialect` gives to `error`."""
    if isinstance(error, Fault) and dialect not in {Dialect.PROBLEM, Dialect.DESKERA}:
        return {"fault": {"faultstring": error.message, "detail": {"errorcode": error.errorcode}}}
    return BODIES[dialect](error)


def _kind(error: ApiError) -> str:
    return error.kind or KINDS.get(error.status, "internal_service_error")


def _messages(error: ApiError) -> list[JsonValue]:
    return [{"message": str(detail)} for detail in error.details]


def _invoice(error: ApiError) -> Body:
    """A.1.3: `code` is a string."""
    body: Body = {"message": error.message, "code": str(error.status)}
    if error.details:
        body["detailInfo"] = "; ".join(str(detail) for detail in error.details)
    return body


def _configuration(error: ApiError) -> Body:
    """A.2, where `type` is nearly always the media type."""
    kind = "Forbidden" if isinstance(error, Forbidden) else error.kind or "application/json"
    body: Body = {"message": error.message, "status": error.status, "type": kind}
    return {"details": _messages(error), **body} if error.details else body


def _sequential_id(error: ApiError) -> Body:
    """A.3; its 403 has the reason for a message (A.0)."""
    body: Body = {"status": error.status, "type": _kind(error), "message": error.message}
    if isinstance(error, Forbidden):
        return {**body, "message": str(error.details[0])}
    if error.status == HTTPStatus.BAD_REQUEST and error.details:
        body["message"] = "There are validation problems, see details section for more information"
    if error.details:
        body["errorDetails"] = [{"field": detail.field, "message": detail.message} for detail in error.details]
    return body


def _site(error: ApiError) -> Body:
    """A.4."""
    kind = "Forbidden" if isinstance(error, Forbidden) else _kind(error)
    body: Body = {"type": kind, "status": error.status, "message": error.message}
    return {**body, "details": _messages(error)} if error.details else body


def _oauth(error: ApiError) -> Body:
    """RFC 6749 section 5.2."""
    server_error = error.status >= HTTPStatus.INTERNAL_SERVER_ERROR
    kind = error.kind or ("server_error" if server_error else "invalid_request")
    return {"error": kind, "error_description": "; ".join([error.message, *map(str, error.details)])}


def _deskera(error: ApiError) -> Body:
    """B.6; `httpStatus` is the name that Spring gives to the status."""
    body: Body = {
        "code": error.status,
        "errorMessage": error.message,
        "httpStatus": HTTPStatus(error.status).name,
    }
    if error.details:
        body["errors"] = [
            {"field": detail.field, "error": detail.message, **_standard(detail)} for detail in error.details
        ]
    return body


def _problem(error: ApiError) -> Body:
    """RFC 9457 section 3; the faults of single members stand in the extension `errors`."""
    body: Body = {
        "type": "about:blank",
        "title": HTTPStatus(error.status).phrase,
        "status": error.status,
        "detail": error.message,
    }
    if error.details:
        body["errors"] = [
            {"field": detail.field, "detail": detail.message, **_standard(detail)} for detail in error.details
        ]
    return body


def _standard(detail: Detail) -> Body:
    """What EN 16931 calls it, where the fault is a term that an electronic invoice lacks; a line, of a template's."""
    said = {"term": detail.term, "rule": detail.rule, "line": detail.line}
    return {name: value for name, value in said.items() if value is not None}


BODIES: Mapping[Dialect, Callable[[ApiError], Body]] = {
    Dialect.INVOICE: _invoice,
    Dialect.CONFIGURATION: _configuration,
    Dialect.SEQUENTIAL_ID: _sequential_id,
    Dialect.SITE: _site,
    Dialect.OAUTH: _oauth,
    Dialect.DESKERA: _deskera,
    Dialect.PROBLEM: _problem,
}
