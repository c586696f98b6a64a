"""Migrations: they build exactly the tables that the code knows, once, whoever runs them, and can be taken back."""

import threading
from collections.abc import Callable, Iterator
from uuid import uuid4

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import CheckConstraint, Engine, create_engine, inspect, text
from sqlalchemy.exc import DBAPIError, OperationalError

from database.engine import driver_url
from database.migrate import alembic_config, migrate
from database.tables import Table
from demo.embedded.postgres import EmbeddedPostgres

Connect = Callable[[str], Engine]


@pytest.fixture
def url(postgres: EmbeddedPostgres) -> str:
    """An empty database."""
    name = f"m{uuid4().hex[:10]}"
    postgres.create_database(name)
    return postgres.url(name)


@pytest.fixture
def connect() -> Iterator[Connect]:
    engines: list[Engine] = []

    def connect(url: str) -> Engine:
        engines.append(create_engine(driver_url(url)))
        return engines[-1]

    yield connect
    for engine in engines:
        engine.dispose()


def heads(engine: Engine) -> tuple[str, ...]:
    with engine.connect() as connection:
        return MigrationContext.configure(connection).get_current_heads()


def test_the_migrations_make_the_tables_that_the_code_knows(url: str, connect: Connect) -> None:
    migrate(url)
    with connect(url).connect() as connection:
        options = {"compare_type": True, "compare_server_default": True}
        context = MigrationContext.configure(connection, opts=options)
        assert compare_metadata(context, Table.metadata) == []
        # Check constraints are beyond Alembic's comparison.
        there = {
            check["name"]
            for table in Table.metadata.tables
            for check in inspect(connection).get_check_constraints(table)
        }
    known = {
        constraint.name
        for table in Table.metadata.tables.values()
        for constraint in table.constraints
        if isinstance(constraint, CheckConstraint)
    }
    assert there == known != set()


def test_migrating_again_changes_nothing(url: str, connect: Connect) -> None:
    migrate(url)
    engine = connect(url)
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO tenants (code) VALUES ('acme')"))
    first = heads(engine)
    migrate(url)
    with engine.connect() as connection:
        assert list(connection.execute(text("SELECT code FROM tenants")).scalars()) == ["acme"]
        newest = ScriptDirectory.from_config(alembic_config(connection)).get_heads()
    assert heads(engine) == first == tuple(newest)


def test_two_that_migrate_at_once_take_turns(url: str, connect: Connect) -> None:
    failures: list[BaseException] = []
    together = threading.Barrier(2)

    def run() -> None:
        together.wait(10)
        try:
            migrate(url)
        except BaseException as error:  # noqa: BLE001 -- a thread keeps its failures to itself
            failures.append(error)

    threads = [threading.Thread(target=run) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert inspect(connect(url)).has_table("invoices")


def test_the_migrations_can_be_taken_back_and_made_again(url: str, connect: Connect) -> None:
    migrate(url)
    engine = connect(url)
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), "base")
    assert inspect(engine).get_table_names() == ["alembic_version"]
    with engine.connect() as connection:
        left = "SELECT proname FROM pg_proc JOIN pg_namespace n ON n.oid = pronamespace WHERE nspname = 'public'"
        assert list(connection.execute(text(left)).scalars()) == []
    migrate(url)
    assert set(inspect(engine).get_table_names()) == {"alembic_version", *Table.metadata.tables}


ISSUED = (
    "INSERT INTO invoices (id, tenant, kind, number, issue_date, currency, net, tax, gross, total, payable, document,"
    " hash) VALUES ('{id}', 'acme', 'INVOICE', 'R1', '2026-11-22', 'EUR', 1, 0, 1, 1, 1, '{{}}', '')"
)
KEPT_BACK = {
    "0003": {
        "stored that the version before cannot name": "INSERT INTO invoice_documents (tenant, invoice_id, form,"
        " media_type, key, sha256, size_bytes, template_version) VALUES ('acme', '{id}', 'CII', 'x', 'k', '0', 1, '1')",
        "templates that the version before does not know": "INSERT INTO document_templates (id, tenant, kind, version,"
        " content, sha256, created_by) VALUES ('{id}', 'acme', 'DOCUMENT', 1, '{{}}', '0', 'c')",
    },
    "0004": {
        "bounces were taken in": "INSERT INTO mail_recipients (message_id, recipient, tenant, invoice_id, role, state,"
        " reported_at) VALUES ('<1@a>', 'a@b.example', 'acme', '{id}', 'to', 'BOUNCED', now())"
    },
}


@pytest.mark.parametrize(
    ("down_to", "refusal"), [(version, refusal) for version, rows in KEPT_BACK.items() for refusal in rows]
)
def test_what_only_the_newer_version_knows_is_not_lost_by_going_back(
    url: str, connect: Connect, down_to: str, refusal: str
) -> None:
    migrate(url)
    engine, invoice_id = connect(url), uuid4()
    with engine.begin() as connection:
        connection.execute(text("INSERT INTO tenants (code) VALUES ('acme')"))
        for statement in (ISSUED, KEPT_BACK[down_to][refusal]):
            connection.exec_driver_sql(statement.format(id=invoice_id))
    with pytest.raises(DBAPIError, match=refusal), engine.begin() as connection:
        command.downgrade(alembic_config(connection), down_to)


def test_a_migration_that_fails_leaves_nothing_behind(url: str, connect: Connect) -> None:
    engine = connect(url)
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE site_mixins ()"))  # in the way of the last table
    with pytest.raises(Exception, match="site_mixins"):
        migrate(url)
    assert inspect(engine).get_table_names() == ["site_mixins"]


def test_a_database_that_does_not_answer_is_an_error_at_once(unused_port: int) -> None:
    with pytest.raises(OperationalError):
        migrate(f"postgresql://nobody:secret-word@127.0.0.1:{unused_port}/nowhere")


def test_an_order_invoiced_before_there_were_sales_invoices_gets_one(url: str, connect: Connect) -> None:
    """What was issued stays as it is, to the byte; what is due on it is known from now on."""
    migrate(url)
    engine = connect(url)
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), "0001")
        connection.execute(text("INSERT INTO tenants (code) VALUES ('acme')"))
        connection.execute(
            text(
                "INSERT INTO invoices (id, tenant, kind, order_id, schema_id, counter, number, issue_date, currency,"
                " net, tax, gross, total, payable, document, hash) VALUES"
                " (gen_random_uuid(), 'acme', 'INVOICE', 'EON1', gen_random_uuid(), 1, 'INV1', '2026-11-01', 'EUR',"
                "  10.00, 1.90, 11.90, 11.90, 0, '{}', 'h1'),"
                " (gen_random_uuid(), 'acme', 'INVOICE', 'EON2', gen_random_uuid(), 2, 'INV2', '2026-11-02', 'EUR',"
                "  10.00, 1.90, 11.90, 11.90, 11.90, '{}', 'h2')"
            )
        )
    migrate(url)
    with engine.connect() as connection:
        rows = connection.execute(
            text(
                "SELECT code, status, payment_status, due::text, order_round FROM sales_invoices"
                " JOIN invoices ON invoices.id = invoice_id ORDER BY code"
            )
        )
        assert [tuple(row) for row in rows] == [
            ("INV1", "CLOSED", "RECEIVED", "0.00", 0),
            ("INV2", "OPEN", "PENDING", "11.90", 0),
        ]


def test_mails_of_before_there_were_recipients_are_entered_with_what_is_known_of_them(
    url: str, connect: Connect
) -> None:
    """So that what bounces after the upgrade finds the mail that it is about."""
    migrate(url)
    engine = connect(url)
    with engine.begin() as connection:
        command.downgrade(alembic_config(connection), "0004")
        connection.execute(text("INSERT INTO tenants (code) VALUES ('acme')"))
        connection.execute(
            text(
                "INSERT INTO invoices (id, tenant, kind, order_id, order_round, schema_id, counter, number, issue_date,"
                " currency, net, tax, gross, total, payable, document, hash) VALUES"
                " ('00000000-0000-0000-0000-000000000001', 'acme', 'INVOICE', 'EON1', 0, gen_random_uuid(), 1, 'INV1',"
                "  '2026-11-01', 'EUR', 10.00, 1.90, 11.90, 11.90, 0, '{}', 'h1')"
            )
        )
        invoice = "'acme', '00000000-0000-0000-0000-000000000001'"
        connection.execute(
            text(
                "INSERT INTO mail_deliveries (tenant, invoice_id, recipient, message_id, state, message) VALUES"
                f" ({invoice}, 'wrong@x.example', '<own@a>', 'REFUSED', 'no'),"
                f" ({invoice}, 'right@x.example', '<own@a>', 'SENT', NULL)"
            )
        )
        connection.execute(
            text(
                "INSERT INTO mail_requests (id, tenant, invoice_id, recipients, cc, bcc, state, message_id,"
                " requested_by) VALUES"
                f" (gen_random_uuid(), {invoice}, '{{a@x.example}}', '{{b@x.example,a@x.example}}',"
                "  '{b@x.example}', 'STARTED', '<asked@a>', 'client:c'),"
                f" (gen_random_uuid(), {invoice}, '{{c@x.example}}', '{{}}', '{{}}', 'REQUESTED', NULL, 'client:c')"
            )
        )
    migrate(url)
    with engine.connect() as connection:
        rows = connection.execute(
            text("SELECT message_id, recipient, role, state, diagnostic FROM mail_recipients ORDER BY 1, 2")
        )
        assert [tuple(row) for row in rows] == [
            ("<asked@a>", "a@x.example", "to", "QUEUED", None),
            ("<asked@a>", "b@x.example", "cc", "QUEUED", None),
            ("<own@a>", "right@x.example", "to", "SENT", None),
            ("<own@a>", "wrong@x.example", "to", "BOUNCED", "no"),
        ]
