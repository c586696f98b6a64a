"""How every command runs: its settings, its one transaction, and what goes wrong as one sentence."""

import re
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from typing import Any, TypeVar

import click
import uvloop
from pydantic import ValidationError
from pydantic_core import ErrorDetails
from pydantic_settings import SettingsError
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.ext.asyncio import AsyncSession
from temporalio.service import RPCError

import logs
from contracts.namespace import UnknownNamespace
from contracts.temporal_client import TemporalAway
from database.engine import create_engine, create_sessions
from settings import Settings, WrongSetting, get_settings

Result = TypeVar("Result")

ACTOR = "command line"
"""Who did it, in the audit trail."""


class Refused(click.ClickException):
    """What the user asked for cannot be done; the message says what to do next."""


def read_settings() -> Settings:
    """The settings, with logs set up as they say.

    Raises:
        Refused: a variable is wrong; the message names it.
    """
    try:
        settings = get_settings()
    except ValidationError as error:
        raise Refused(f"a setting is wrong: {'; '.join(map(_fault, error.errors()))}") from None
    except SettingsError as error:
        name = re.search(r'field "(\w+)"', str(error))
        variable = f"INVOICES_{name[1].upper()}" if name else str(error)
        raise Refused(f"a setting is wrong: {variable}: must be JSON") from None
    logs.configure_logging(settings.log_level, settings.log_format)
    return settings


def _fault(fault: ErrorDetails) -> str:
    """The variable, and where in its JSON; pydantic's message quotes no input."""
    name, *inside = map(str, fault["loc"])
    where = f" {'.'.join(inside)}:" if inside else ""
    return f"INVOICES_{name.upper()}:{where} {fault['msg'].removeprefix('Value error, ')}"


def run(work: Coroutine[Any, Any, Result]) -> Result:
    """Do the work on an event loop of its own.

    Raises:
        Refused: database or Temporal do not answer or are not prepared, or a setting is wrong.
    """
    try:
        return uvloop.run(work)
    except OperationalError:
        raise Refused("the database does not answer: check INVOICES_DATABASE_URL") from None
    except SQLAlchemyError as error:
        raise Refused(f"the database refused ({type(error).__name__}): has `invoices migrate` been run?") from None
    except WrongSetting as error:
        raise Refused(f"a setting is wrong: {error}") from None
    except (TemporalAway, RPCError):
        raise Refused("Temporal does not answer: check INVOICES_TEMPORAL_ADDRESS") from None
    except UnknownNamespace as error:
        raise Refused(f"{error}: has `invoices migrate` been run?") from None
    except SystemExit:
        # The server has logged why.
        raise Refused("the API cannot listen on its address: check INVOICES_API_HOST and INVOICES_API_PORT") from None


@asynccontextmanager
async def transaction(settings: Settings) -> AsyncIterator[AsyncSession]:
    """One transaction over a connection of the command's own."""
    engine = create_engine(settings.database_url.get_secret_value(), pool_size=1)
    try:
        async with create_sessions(engine).begin() as session:
            yield session
    finally:
        await engine.dispose()
