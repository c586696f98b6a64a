"""Structured logs: one format for structlog and for the libraries' stdlib logging; ids only, nothing personal.

    log = logs.get_logger(__name__)
    logs.bind(tenant=tenant, job_id=str(job_id), order_id=order_id)
    log.info("invoice_issued", number=number)

What is bound goes along with every later line of the same task. Two things are a last line of defence, not a licence:
members that are named like a secret lose their value, and so do user and password of a URL. Tracebacks show where and
what kind, but of database and validation errors only the part that quotes no data.
"""

import logging
import re
import sys
import traceback
from collections.abc import Iterator, MutableMapping
from typing import TextIO, cast

import structlog
from psycopg import Error as PostgresError
from pydantic import ValidationError
from sqlalchemy.exc import StatementError
from structlog.typing import EventDict, ExcInfo, FilteringBoundLogger, Processor

HIDDEN = "[hidden]"
SECRET_NAME = re.compile(r"passw|secret|token|authorization|api_?key|credential|cookie|encryption_key", re.IGNORECASE)
URL_USER_INFO = re.compile(r"(?<=://)[^/?#\s@]*:[^/?#\s]*@|(?<=://)[^/?#\s@]+@")
BEARER = re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]{8,}", re.IGNORECASE)

NOISY = ("httpx", "httpcore", "uvicorn.access", "fontTools", "weasyprint", "PIL")
"""Libraries whose informational lines repeat ours or quote URLs."""


def get_logger(name: str) -> FilteringBoundLogger:
    """The logger of a module."""
    return cast("FilteringBoundLogger", structlog.stdlib.get_logger(name))


def bind(**ids: str) -> None:
    """Bind ids (`tenant`, `job_id`, `order_id`) to the lines of the running task."""
    structlog.contextvars.bind_contextvars(**ids)


def unbind_all() -> None:
    """Forget what is bound: a new request or activity begins."""
    structlog.contextvars.clear_contextvars()


def configure_logging(level: str, log_format: str, stream: TextIO | None = None) -> None:
    """Send every line, ours and the libraries', to `stream` (standard error) as `json` or for a `console`.

    May be called again; the last call holds.
    """
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_shared_processors(),
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                *_output_processors(log_format),
            ],
        )
    )
    logging.basicConfig(handlers=[handler], level=level.upper(), force=True)
    for name in NOISY:
        logging.getLogger(name).setLevel(logging.WARNING)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_shared_processors(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        wrapper_class=structlog.stdlib.BoundLogger,
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=False,
    )


def _shared_processors() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]


def _output_processors(log_format: str) -> list[Processor]:
    traceback_text = structlog.processors.ExceptionRenderer(safe_traceback)
    if log_format == "console":
        return [traceback_text, redact, structlog.dev.ConsoleRenderer(colors=False)]
    return [traceback_text, redact, structlog.processors.JSONRenderer(default=str)]


def redact(_logger: object, _method: str, event: EventDict) -> EventDict:
    """Processor: hide what is named like a secret and what looks like a login, however deep."""
    return cast("EventDict", _redacted(dict(event)))


def _redacted(value: object) -> object:
    match value:
        case str():
            return _redacted_text(value)
        case MutableMapping():
            return {key: HIDDEN if SECRET_NAME.search(str(key)) else _redacted(member) for key, member in value.items()}
        case list() | tuple():
            return [_redacted(member) for member in value]
        case None | bool() | int() | float():
            return value
        case _:
            return _redacted_text(str(value))


def _redacted_text(text: str) -> str:
    return BEARER.sub(rf"\1 {HIDDEN}", URL_USER_INFO.sub(f"{HIDDEN}@", text))


def safe_traceback(exc_info: ExcInfo) -> str:
    """Where it went wrong and what kind of thing it was, from the cause to what came of it."""
    return "".join(part for exception in _chain(exc_info[1]) for part in _described(exception)).rstrip()


def _chain(exception: BaseException | None) -> Iterator[BaseException]:
    if exception is None:
        return
    earlier = exception.__cause__ or (None if exception.__suppress_context__ else exception.__context__)
    yield from _chain(earlier)
    yield exception
    if isinstance(exception, BaseExceptionGroup):
        for member in exception.exceptions:
            yield from _chain(member)


def _described(exception: BaseException) -> Iterator[str]:
    yield "Traceback (most recent call last):\n"
    yield from traceback.format_tb(exception.__traceback__)
    kind = type(exception)
    yield f"{kind.__module__}.{kind.__qualname__}: {_safe_message(exception)}\n"


def _safe_postgres_message(exception: PostgresError) -> str:
    """SQLSTATE and first sentence; that of class 22 (data exception) quotes the value."""
    state = exception.sqlstate or ""
    sentence = "" if state.startswith("22") else exception.diag.message_primary
    return f"{state} {sentence or ''}".strip()


def _safe_message(exception: BaseException) -> str:
    """The message without the data it quotes: a broken constraint shows the row, a validation error the input."""
    match exception:
        case StatementError():
            return _safe_message(exception.orig) if exception.orig else ""
        case PostgresError():
            return _safe_postgres_message(exception)
        case ValidationError():
            faults = exception.errors(include_input=False, include_url=False, include_context=False)
            return "; ".join(f"{'.'.join(map(str, fault['loc']))}: {fault['type']}" for fault in faults)
        case _:
            return str(exception)
