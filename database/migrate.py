"""Bringing a database to the current schema."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Connection, create_engine, text

from database.engine import CONNECT_TIMEOUT_SECONDS, driver_url

ADVISORY_LOCK = 7_203_511_903
"""Any number of ours: two processes that migrate at once take turns."""


def migrate(database_url: str, revision: str = "head") -> None:
    """Upgrade the database to `revision`. Safe to run from several processes at once.

    Raises:
        sqlalchemy.exc.OperationalError: the database does not answer.
    """
    engine = create_engine(driver_url(database_url), connect_args={"connect_timeout": CONNECT_TIMEOUT_SECONDS})
    try:
        with engine.begin() as connection:
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": ADVISORY_LOCK})
            command.upgrade(alembic_config(connection), revision)
    finally:
        engine.dispose()


def alembic_config(connection: Connection) -> Config:
    """Alembic's configuration over an open connection; there is no alembic.ini."""
    config = Config()
    config.set_main_option("script_location", str(Path(__file__).with_name("migrations")))
    config.attributes["connection"] = connection
    return config
