"""Errors of the API: controllers raise `ApiError`, and each dialect's own body is made of it.

    raise ApiError(404, "Configuration not found", details=["Could not find ..."])
    raise ApiError(400, "startValue must not exceed maxValue", field="startValue")
    raise ApiError(409, "Mixin X already exists for site Y")

`status` is the HTTP status; `message` is one sentence for a person; `field` names the member of the request at fault
(`placeholders.__year__.default`); `details` lists several faults, as text or as `Detail(message, field)`; `kind`
replaces the dialect's usual `type` for that status. Whatever else is raised (a body that does not validate, an unknown
route, a database that is away, a bug) `api.errors.translation` turns into an `ApiError`, so that every error of a route
speaks its dialect.

A controller names its dialect with `opt={"dialect": Dialect.SITE}`; without it the first segment of the path decides,
as it does for routes that do not exist. The bodies themselves are in `api.errors.bodies`.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum

SYNTAX = "bad_payload_syntax"
"""`type` of a body that is not JSON at all, or JSON of the wrong outer shape (Emporix A.2)."""


class Dialect(StrEnum):
    """Whose error bodies a route speaks; the value is the first segment of its paths."""

    INVOICE = "invoice"
    CONFIGURATION = "configuration"
    SEQUENTIAL_ID = "sequential-id"
    SITE = "site"
    OAUTH = "oauth"
    DESKERA = "v1"
    PROBLEM = "problem"
    """RFC 9457, where no dialect has a word to say."""


@dataclass(frozen=True)
class Detail:
    """One fault of a request; `field` is the path of the member, joined by dots.

    `term` and `rule` are there of what an electronic invoice lacks: `BT-31`, `BR-S-02`.
    """

    message: str
    field: str | None = None
    term: str | None = None
    rule: str | None = None
    line: int | None = None
    """From 1, of a member that is a text of several lines."""

    def __str__(self) -> str:
        where = f"{self.field}, line {self.line}" if self.line is not None else self.field
        return f"{where}: {self.message}" if where else self.message


class ApiError(Exception):
    """An answer other than success, as a controller sees it."""

    def __init__(
        self,
        status: int,
        message: str,
        *,
        field: str | None = None,
        details: Iterable[Detail | str] = (),
        kind: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(message)
        self.status = status
        self.message = message
        self.details = tuple(_detail(detail) for detail in details) or ((Detail(message, field),) if field else ())
        self.kind = kind
        self.headers = dict(headers or {})


class Fault(ApiError):
    """401 as the gateway words it (Emporix A.0); the code is what clients look at."""

    def __init__(self, faultstring: str, errorcode: str) -> None:
        super().__init__(401, faultstring, headers={"WWW-Authenticate": "Bearer"})
        self.errorcode = errorcode


class Forbidden(ApiError):
    """403: who asks is known and may not."""

    def __init__(self, reason: str) -> None:
        super().__init__(403, "User not authorized", details=[reason])


def _detail(detail: Detail | str) -> Detail:
    return Detail(detail) if isinstance(detail, str) else detail
