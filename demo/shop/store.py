"""The shop's SQLite file: what is committed survives `kill -9` of the shop."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SCHEMA = """
CREATE TABLE IF NOT EXISTS orders (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    status TEXT,
    extended_status TEXT,
    body TEXT NOT NULL,
    UNIQUE (tenant, id)
);
CREATE TABLE IF NOT EXISTS patches (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    order_id TEXT NOT NULL,
    body TEXT NOT NULL,
    at TEXT NOT NULL
);
CREATE TABLE IF NOT EXISTS transactions (
    tenant TEXT NOT NULL,
    id TEXT NOT NULL,
    order_id TEXT NOT NULL,
    authorised TEXT,
    currency TEXT NOT NULL,
    declined TEXT,
    PRIMARY KEY (tenant, id)
);
CREATE TABLE IF NOT EXISTS entries (
    position INTEGER PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    type TEXT NOT NULL,
    successful INTEGER NOT NULL,
    amount TEXT NOT NULL,
    currency TEXT NOT NULL,
    capture_id TEXT,
    refund_id TEXT,
    idempotency_key TEXT,
    message TEXT,
    at TEXT NOT NULL
);
CREATE INDEX IF NOT EXISTS entries_of_transaction ON entries (tenant, transaction_id);
CREATE TABLE IF NOT EXISTS answers (
    tenant TEXT NOT NULL,
    key TEXT NOT NULL,
    transaction_id TEXT NOT NULL,
    request TEXT NOT NULL,
    successful INTEGER NOT NULL,
    answer TEXT NOT NULL,
    PRIMARY KEY (tenant, key)
);
CREATE TRIGGER IF NOT EXISTS entries_stay BEFORE UPDATE ON entries
BEGIN SELECT RAISE(ABORT, 'money moved stays moved'); END;
CREATE TRIGGER IF NOT EXISTS entries_are_never_struck BEFORE DELETE ON entries
BEGIN SELECT RAISE(ABORT, 'money moved stays moved'); END;
"""
"""Amounts are decimal text; `entries` is append-only; `status` and `extended_status` repeat members of `body`."""

BUSY_TIMEOUT_SECONDS = 10.0


class Store:
    """One connection to the shop's file in `folder`; several may be open, in one process or in more."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.connection = sqlite3.connect(
            folder / "shop.sqlite3", timeout=BUSY_TIMEOUT_SECONDS, isolation_level=None, check_same_thread=False
        )
        self.connection.row_factory = sqlite3.Row
        self.connection.execute("PRAGMA journal_mode = WAL")
        self.connection.execute("PRAGMA synchronous = NORMAL")
        self.connection.executescript(SCHEMA)

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that takes the write lock at once: what it reads cannot change before it writes."""
        self.connection.execute("BEGIN IMMEDIATE")
        try:
            yield self.connection
        except BaseException:
            self.connection.execute("ROLLBACK")
            raise
        self.connection.execute("COMMIT")

    def rows(self, sql: str, *values: object) -> list[sqlite3.Row]:
        """All rows of a query."""
        return self.connection.execute(sql, values).fetchall()

    def row(self, sql: str, *values: object) -> sqlite3.Row | None:
        """The first row of a query, if there is one."""
        found: sqlite3.Row | None = self.connection.execute(sql, values).fetchone()
        return found
