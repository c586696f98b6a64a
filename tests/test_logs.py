import io
import json
import logging
from collections.abc import Iterator

import psycopg
import pytest
import structlog
from pydantic import BaseModel, ValidationError
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError, IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

import logs
from tests.api_fixtures import LogLines

EMAIL = "max@example.com"
QUEUE_URL = "amqp://ann:pass-word@queue"


@pytest.fixture(autouse=True)
def nothing_bound() -> Iterator[None]:
    logs.unbind_all()
    yield
    logs.unbind_all()


def test_ours_and_the_libraries_lines_look_the_same(log_lines: LogLines) -> None:
    logs.bind(tenant="acme", job_id="J1", order_id="EON1")
    logs.get_logger("ours").info("invoice_issued", number="INV261001")
    logging.getLogger("library").warning("retry %d of %d", 2, 3)
    (ours,) = log_lines.named("invoice_issued")
    (theirs,) = log_lines.named("retry 2 of 3")
    for line, logger, level in ((ours, "ours", "info"), (theirs, "library", "warning")):
        assert (line["logger"], line["level"]) == (logger, level)
        assert (line["tenant"], line["job_id"], line["order_id"]) == ("acme", "J1", "EON1")
        assert str(line["timestamp"]).endswith("Z")
    assert ours["number"] == "INV261001"


@pytest.mark.parametrize(
    "name",
    ["password", "client_secret", "access_token", "Authorization", "x-access-token", "api_key", "apiKey", "Cookie"],
)
def test_what_is_named_like_a_secret_is_hidden_however_deep(log_lines: LogLines, name: str) -> None:
    logs.get_logger("ours").info("asked", headers=[{"deep": {name: "s3cr3t-value"}}], **{name: "s3cr3t-value"})
    assert "s3cr3t-value" not in log_lines.text
    assert log_lines.named("asked")[0][name] == "[hidden]"


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("cannot reach postgresql://ann:pa:ss@db:5432/x", "cannot reach postgresql://[hidden]@db:5432/x"),
        ("smtp://ann@mail.example/", "smtp://[hidden]@mail.example/"),
        ("p@ss in https://u:p@ss@host/path", "p@ss in https://[hidden]@host/path"),
        ("GET https://shop.example/a@b?c=d", "GET https://shop.example/a@b?c=d"),
        ("sent Bearer abcdef0123456789.x-y_z", "sent Bearer [hidden]"),
        ("sent basic QWxhZGRpbjpvcGVu", "sent basic [hidden]"),
        ("Basic rule", "Basic rule"),
    ],
)
def test_logins_inside_text_are_hidden(log_lines: LogLines, words: str, shown: str) -> None:
    logging.getLogger("library").warning(words)
    logs.get_logger("ours").info("said", text=words, wrapped=[words])
    assert [line["event"] for line in log_lines.named(shown)] == [shown]
    (line,) = log_lines.named("said")
    assert (line["text"], line["wrapped"]) == (shown, [shown])


def test_a_login_in_an_exceptions_words_is_hidden_too(log_lines: LogLines) -> None:
    def connect(url: str) -> None:
        raise ConnectionError(f"no route to {url}")

    try:
        connect(QUEUE_URL)
    except ConnectionError:
        logs.get_logger("ours").exception("failed")
    (line,) = log_lines.named("failed")
    assert "pass-word" not in log_lines.text
    assert "ConnectionError: no route to amqp://[hidden]@queue" in str(line["exception"])
    assert "test_logs.py" in str(line["exception"])


async def test_the_databases_first_sentence_is_shown_unless_it_quotes_the_value(
    log_lines: LogLines, sessions: async_sessionmaker[AsyncSession]
) -> None:
    for event, statement in (("no_table", "SELECT * FROM nowhere"), ("no_uuid", "SELECT CAST(:value AS text)::uuid")):
        async with sessions() as session:
            try:
                await session.execute(text(statement), {"value": EMAIL} if ":value" in statement else {})
            except DBAPIError:
                logs.get_logger("ours").exception(event)
    assert '42P01 relation "nowhere" does not exist' in str(log_lines.named("no_table")[0]["exception"])
    assert "InvalidTextRepresentation: 22P02" in str(log_lines.named("no_uuid")[0]["exception"])
    assert EMAIL not in log_lines.text


class Customer(BaseModel):
    age: int


def _validation_error() -> Exception:
    try:
        Customer.model_validate({"age": EMAIL})
    except ValidationError as error:
        return error
    raise AssertionError


def _database_error() -> Exception:
    return IntegrityError("INSERT INTO customers", {"email": EMAIL}, psycopg.errors.UniqueViolation(f"{EMAIL} exists"))


@pytest.mark.parametrize(
    ("error", "kept"),
    [(_validation_error(), "age: int_parsing"), (_database_error(), "IntegrityError: 23505")],
    ids=["validation", "database"],
)
def test_a_traceback_does_not_quote_the_data_that_caused_it(log_lines: LogLines, error: Exception, kept: str) -> None:
    try:
        try:
            raise error
        except type(error) as cause:
            raise RuntimeError("while storing") from cause
    except RuntimeError:
        logs.get_logger("ours").exception("failed")
    (line,) = log_lines.named("failed")
    assert EMAIL not in log_lines.text
    assert kept in str(line["exception"])
    assert str(line["exception"]).endswith("RuntimeError: while storing")


def test_groups_show_what_they_hold(log_lines: LogLines) -> None:
    logs.get_logger("ours").error("failed", exc_info=ExceptionGroup("two", [ValueError("one"), KeyError("other")]))
    text = str(log_lines.named("failed")[0]["exception"])
    assert "ValueError: one" in text
    assert "KeyError: 'other'" in text


def test_the_console_format_is_for_reading_and_hides_as_well(log_lines: LogLines) -> None:
    stream = io.StringIO()
    logs.configure_logging("INFO", "console", stream)
    logs.get_logger("ours").info("asked", client_secret="s3cr3t", tenant="acme")
    logs.get_logger("ours").debug("unseen")
    assert "asked" in stream.getvalue()
    assert "tenant=acme" in stream.getvalue()
    assert "s3cr3t" not in stream.getvalue()
    assert "unseen" not in stream.getvalue()
    with pytest.raises(json.JSONDecodeError):
        json.loads(stream.getvalue())


def test_what_json_does_not_know_is_written_as_text(log_lines: LogLines) -> None:
    logs.get_logger("ours").info("odd", value={1: {2}, "when": structlog})
    assert log_lines.named("odd")
