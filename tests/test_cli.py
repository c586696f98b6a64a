"""The `invoices` command: what a person types, one sentence when it cannot be, and never a traceback."""

import asyncio
import io
import json
import os
import socket
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from uuid import uuid4

import pytest
from sqlalchemy import create_engine, text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

from api.security.access import SCOPES
from database import audit, effects, recurrences, refunds
from database.client_secrets import secret_matches
from database.effects import EffectKind, EffectState, NewEffect
from database.engine import driver_url
from database.invoices import PDF, SeriesPlace, add_document, add_invoice
from database.issuing import Issue, issue
from database.sales_invoices import Entry
from demo.embedded.postgres import EmbeddedPostgres
from integrations.document_store import ObjectDocumentStore
from invoicing.invoice import Invoice, InvoiceKind, Preceding
from tests.command_line import SECRET, Ended, Run
from tests.database import rows
from tests.database.rows import document_of
from tests.documents.invoices import make_invoice
from tests.recurring_invoices import every, issue_parent, wish

ROOT = Path(__file__).parents[1]
NO_DATABASE = "the database does not answer: check INVOICES_DATABASE_URL"
NO_TEMPORAL = "Temporal does not answer: check INVOICES_TEMPORAL_ADDRESS"


@pytest.fixture
def run(command_line: Run) -> Run:
    return command_line


@dataclass(frozen=True)
class StoredClient:
    client_id: str
    secret_hash: str
    scopes: list[str]


def stored_client(database_url: str, tenant: str) -> StoredClient:
    engine = create_engine(driver_url(database_url))
    with engine.connect() as connection:
        query = text("SELECT client_id, secret_hash, scopes FROM api_clients WHERE tenant = :tenant")
        row = connection.execute(query, {"tenant": tenant}).one()
    engine.dispose()
    return StoredClient(*row)


def test_help_lists_the_commands(run: Run) -> None:
    for option in ("--help", "-h"):
        shown = run(option)
        assert (shown.status, shown.errors) == (0, "")
        for command in (
            "api",
            "worker",
            "migrate",
            "client",
            "verify",
            "job",
            "order",
            "credit-note",
            "recurring",
            "schedule",
            "demo",
            "up",
        ):
            assert f"\n  {command} " in shown.output


def test_what_is_missing_or_unknown_is_said(run: Run) -> None:
    for command, words in (
        (["nothing"], "No such command 'nothing'"),
        (["client", "create"], "Missing option '--tenant'"),
        (["order", "retry", "--tenant", "acme"], "Missing argument 'ORDER_ID'"),
        (["order", "retry", "EON1"], "Missing option '--tenant'"),
        (["order", "release", "EON1", "--tenant", "acme"], "Missing option '--choice'"),
        (["job", "pause", "one", "--tenant", "acme"], "Invalid value for 'JOB': 'one' is not a valid UUID"),
        (["job", "start", "--tenant", "acme", "--concurrency", "0"], "Invalid value for '--concurrency'"),
        (["credit-note", "retry", "--tenant", "acme"], "Missing argument 'NUMBER'"),
        (["credit-note", "retry", "CN-1"], "Missing option '--tenant'"),
        (["credit-note", "settle", "CN-1", "--tenant", "acme"], "Missing option '--reference'"),
        (["recurring", "retry", "--tenant", "acme"], "Missing argument 'CODE'"),
        (["recurring", "list"], "Missing option '--tenant'"),
        (["demo", "--orders", "-1"], "Invalid value for '--orders'"),
    ):
        shown = run(*command)
        assert (shown.status, shown.output) == (2, "")
        assert f"Error: {words}" in shown.errors


def test_a_clients_secret_is_shown_once_and_kept_as_a_hash(run: Run, database_url: str) -> None:
    tenant = f"c{uuid4().hex[:10]}"  # new: made along with its client
    scopes = "invoice.invoice_view, site.site_read"
    made = run("client", "create", "--tenant", tenant, "--scopes", scopes, DATABASE_URL=database_url)
    assert made.status == 0
    shown = dict(line.split(":", 1) for line in made.output.splitlines())
    secret = shown["client_secret"].strip()
    assert len(secret) >= 32
    assert made.output.count(secret) == 1
    assert made.errors == "The secret is not shown again.\n"
    client = stored_client(database_url, tenant)
    assert (client.client_id, client.scopes) == (
        shown["client_id"].strip(),
        ["invoice.invoice_view", "site.site_read"],
    )
    assert secret not in client.secret_hash
    assert secret_matches(secret, client.secret_hash)


def test_a_client_for_whom_no_scopes_are_named_has_them_all(run: Run, database_url: str) -> None:
    tenant = f"c{uuid4().hex[:10]}"
    assert run("client", "create", "--tenant", tenant, DATABASE_URL=database_url).status == 0
    assert stored_client(database_url, tenant).scopes == sorted(SCOPES)


def test_a_client_is_listed_without_its_secret_and_loses_its_access(run: Run, database_url: str) -> None:
    tenant = f"c{uuid4().hex[:10]}"
    made = run("client", "create", "--tenant", tenant, "--scopes", "site.site_read", DATABASE_URL=database_url)
    secret = made.output.split("client_secret:")[1].split()[0]
    client_id = stored_client(database_url, tenant).client_id
    listed = run("client", "list", "--tenant", tenant, DATABASE_URL=database_url)
    assert listed.output == f"{client_id}  active   site.site_read\n"
    assert secret not in listed.output
    foreign = run("client", "revoke", client_id, "--tenant", "acme", DATABASE_URL=database_url)
    assert foreign.refused_with(f"tenant acme has no client {client_id}: see `invoices client list`")
    assert run("client", "revoke", client_id, "--tenant", tenant, DATABASE_URL=database_url).status == 0
    after = run("client", "list", "--tenant", tenant, DATABASE_URL=database_url)
    assert after.output == f"{client_id}  revoked  site.site_read\n"


def test_a_client_that_cannot_be_is_refused_in_one_sentence(run: Run, database_url: str) -> None:
    scope = run("client", "create", "--tenant", "acme", "--scopes", "invoice.rule_all", DATABASE_URL=database_url)
    assert scope.refused_with(f"--scopes: there is no scope invoice.rule_all; choose from {', '.join(SCOPES)}")
    for tenant in ("ACME", "ac", "a" * 17, "1acme", "acme\n", "acme;"):
        refused = run("client", "create", "--tenant", tenant, DATABASE_URL=database_url)
        assert refused.refused_with(
            "--tenant must be 3 to 16 lower-case letters and digits, beginning with a letter"
        ), tenant


@pytest.fixture
def issued(run: Run, database_url: str, tmp_path: Path) -> tuple[str, dict[str, str], Path]:
    """A tenant with an invoice and its stored PDF: its code, settings to verify it with, and the file."""
    tenant = f"v{uuid4().hex[:10]}"
    settings = {"DATABASE_URL": database_url, "DOCUMENT_STORE_URL": (tmp_path / "kept").as_uri()}
    assert run("client", "create", "--tenant", tenant, **settings).status == 0

    async def issue_one() -> str:
        engine = create_async_engine(driver_url(database_url))
        stored = await ObjectDocumentStore(settings["DOCUMENT_STORE_URL"]).put(tenant, b"%PDF", PDF, ".pdf")
        wanted = Issue(
            tenant=tenant, site={"code": "main"}, issue_date=date(2026, 11, 22), entry=Entry(actor="command line")
        )
        async with async_sessionmaker(engine).begin() as session:
            invoice = await issue(
                session, wanted, lambda id_, number: make_invoice(tenant=tenant, id=id_, number=number, order_id=None)
            )
            await add_document(session, document_of(invoice, key=stored.key, sha256=stored.sha256, size=4))
        await engine.dispose()
        return stored.key

    return tenant, settings, tmp_path / "kept" / asyncio.run(issue_one())


def test_what_was_issued_is_verified(run: Run, issued: tuple[str, dict[str, str], Path]) -> None:
    tenant, settings, _ = issued
    shown = run("verify", "--tenant", tenant, **settings)
    assert shown == Ended(
        0,
        "series salesInvoiceNoSequence: 1 to 1, 1 issued, 0 external\n1 documents, 1 files, 0 without a file\nclean\n",
        "",
    )
    assert json.loads(run("verify", "--tenant", tenant, "--json", **settings).output)["clean"] is True


def test_one_byte_of_a_stored_pdf_is_named_and_the_exit_status_is_1(
    run: Run, issued: tuple[str, dict[str, str], Path]
) -> None:
    tenant, settings, pdf = issued
    pdf.write_bytes(b"%PDG")
    shown = run("verify", "--tenant", tenant, **settings)
    assert (shown.status, shown.errors) == (1, "Error: 1 findings: see above\n")
    assert "document: 0000001: its PDF has other bytes than were stored" in shown.output
    assert "NOT CLEAN" in shown.output


def test_a_tenant_that_is_not_there_cannot_be_verified(run: Run, database_url: str, tmp_path: Path) -> None:
    shown = run(
        "verify", "--tenant", "nobody", DATABASE_URL=database_url, DOCUMENT_STORE_URL=(tmp_path / "kept").as_uri()
    )
    assert shown.refused_with("there is no tenant nobody")


def test_wrong_settings_are_named_and_not_quoted(run: Run) -> None:
    credentials = json.dumps({"acme": {"client_id": "us", "client_secret": [SECRET]}})
    ended = run("migrate", DATABASE_URL=SECRET, API_PORT=SECRET, COMMERCE_CREDENTIALS=credentials, LOG_LEVEL="LOUD")
    assert (ended.status, ended.output, ended.errors.count("\n")) == (1, "", 1)
    assert ended.errors.startswith("Error: a setting is wrong: INVOICES_")
    for words in (
        "INVOICES_DATABASE_URL: must be postgresql://",
        "INVOICES_API_PORT: Input should be a valid integer",
        "INVOICES_COMMERCE_CREDENTIALS: acme.client_secret: Input should be a valid string",
        "INVOICES_LOG_LEVEL: String should match pattern",
    ):
        assert words in ended.errors
    assert SECRET not in ended.errors


def test_a_setting_that_should_be_json_says_so(run: Run) -> None:
    ended = run("worker", COMMERCE_CREDENTIALS=SECRET)
    assert ended.refused_with("a setting is wrong: INVOICES_COMMERCE_CREDENTIALS: must be JSON")


def test_a_document_store_that_cannot_be_opened_is_a_wrong_setting(run: Run, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = run("api", DOCUMENT_STORE_URL=(tmp_path / "file" / "documents").as_uri())
    words = "the document store cannot be opened: Not a directory (INVOICES_DOCUMENT_STORE_URL)"
    assert ended.refused_with(f"a setting is wrong: {words}"), ended


def test_an_api_whose_port_is_taken_says_what_to_look_at(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = run("api", API_PORT=str(taken.getsockname()[1]))
    words = "the API cannot listen on its address: check INVOICES_API_HOST and INVOICES_API_PORT"
    assert ended.refused_with(words), ended


def test_without_a_database_every_command_says_so(run: Run) -> None:
    for command in (["migrate"], ["client", "create", "--tenant", "acme"]):
        assert run(*command).refused_with(NO_DATABASE)


def test_without_its_tables_the_database_is_to_be_migrated(run: Run, postgres: EmbeddedPostgres) -> None:
    name = f"e{uuid4().hex[:10]}"
    postgres.create_database(name)
    ended = run("client", "create", "--tenant", "acme", DATABASE_URL=postgres.url(name))
    assert ended.refused_with("the database refused (ProgrammingError): has `invoices migrate` been run?"), ended


def test_without_temporal_every_command_says_so(run: Run, database_url: str) -> None:
    assert run("migrate", DATABASE_URL=database_url).refused_with(NO_TEMPORAL)
    assert run("order", "retry", "EON1", "--tenant", "acme").refused_with(NO_TEMPORAL)


def test_an_order_that_nobody_invoices_cannot_be_tried_again(
    run: Run, database_url: str, temporal_address: str
) -> None:
    settings = {"DATABASE_URL": database_url, "TEMPORAL_ADDRESS": temporal_address}
    ended = run("order", "retry", "EON9404", "--tenant", "acme", **settings)
    assert ended.refused_with("no invoice of order EON9404 is under way; start a job that names it"), ended


def test_a_credit_note_that_there_is_not_cannot_be_tried_again(
    run: Run, database_url: str, temporal_address: str
) -> None:
    settings = {"DATABASE_URL": database_url, "TEMPORAL_ADDRESS": temporal_address}
    ended = run("credit-note", "retry", "CN-404", "--tenant", "acme", **settings)
    assert ended.refused_with("tenant acme has no credit note CN-404"), ended
    assert run("credit-note", "retry", "CN-404", "--tenant", "acme").refused_with(NO_TEMPORAL)


async def test_a_refused_refund_that_was_made_outside_is_recorded_once(
    run: Run, database_url: str, temporal_address: str, tenant: str, sessions: async_sessionmaker[AsyncSession]
) -> None:
    note = await refused_credit_note(sessions, tenant)
    settings = {"DATABASE_URL": database_url, "TEMPORAL_ADDRESS": temporal_address}

    async def settle(number: str, reference: str = "re_4711") -> Ended:
        command = ("credit-note", "settle", number, "--tenant", tenant, "--reference", reference, "--note", "by hand")
        return await asyncio.to_thread(run, *command, **settings)

    assert (await settle("CN-404")).refused_with(f"tenant {tenant} has no credit note CN-404")
    assert (await settle("CN-1", " ")).refused_with("--reference must not be empty")
    assert await settle("CN-1") == Ended(0, "the refund of credit note CN-1 is recorded as re_4711\n", "")
    async with sessions() as session:
        row = await refunds.latest_refund(session, tenant, note.id)
        (event,) = await audit.list_events(session, tenant, document="credit-note/CN-1", limit=10)
    assert row is not None
    assert (row.state, row.reference, row.message) == ("DONE", "re_4711", "by hand")
    assert (event.actor, event.action, event.detail["refund"]) == ("command line", "refund", "re_4711")
    again = await settle("CN-1")
    assert again.refused_with("the refund is DONE: only one that the gateway refused can be settled by hand")


async def refused_credit_note(sessions: async_sessionmaker[AsyncSession], tenant: str) -> Invoice:
    """CN-1, whose captured payment the gateway did not give back."""
    invoice = await rows.issue(sessions, tenant)
    preceding = Preceding(invoice_id=invoice.id, number=invoice.number, issue_date=invoice.issue_date)
    changes = {"id": uuid4(), "kind": InvoiceKind.CREDIT_NOTE, "number": "CN-1", "preceding": preceding}
    note = invoice.model_copy(update=changes)
    refund = NewEffect(
        tenant=tenant,
        key="R",
        order_id="EON1",
        amount=Decimal("10.00"),
        currency="EUR",
        transaction_id="T1",
        requested_by="run/1",
        kind=EffectKind.REFUND,
        credit_note_id=note.id,
    )
    async with sessions.begin() as session:
        await add_invoice(session, note, SeriesPlace(uuid4(), 1))
        await effects.start_effect(session, refund, EffectState.REFUSED)
    return note


async def test_recurrences_are_listed_with_what_keeps_them_and_tried_again(
    run: Run, database_url: str, temporal_address: str, tenant: str, sessions: async_sessionmaker[AsyncSession]
) -> None:
    parent = await issue_parent(sessions, tenant, date(2035, 1, 31))
    await wish(sessions, parent, every(copies=14))
    async with sessions.begin() as session:
        await recurrences.note_problem(session, tenant, parent.id, "no active series")
    settings = {"DATABASE_URL": database_url, "TEMPORAL_ADDRESS": temporal_address}
    listed = await asyncio.to_thread(run, "recurring", "list", "--tenant", tenant, **settings)
    assert listed.output == "0000001  ACTIVE   0 of 14 made  next on 2035-02-28  no active series\n"
    tried = await asyncio.to_thread(run, "recurring", "retry", "0000001", "--tenant", tenant, **settings)
    assert (tried.status, tried.output) == (0, "the schedule of invoice 0000001 is being read again\n")
    unknown = await asyncio.to_thread(run, "recurring", "retry", "7", "--tenant", tenant, **settings)
    assert unknown.refused_with(f"tenant {tenant} has no recurring invoice 7: see `invoices recurring list`")


def test_a_worker_without_its_namespace_asks_for_a_migration(
    run: Run, database_url: str, temporal_address: str
) -> None:
    settings = {"DATABASE_URL": database_url, "TEMPORAL_ADDRESS": temporal_address, "RENDER_PROCESSES": "1"}
    ended = run("worker", TEMPORAL_NAMESPACE="nowhere", **settings)
    assert ended.refused_with("Temporal has no namespace 'nowhere': has `invoices migrate` been run?"), ended


def test_migrating_prepares_database_and_namespace_and_may_be_repeated(
    run: Run, postgres: EmbeddedPostgres, temporal_address: str
) -> None:
    name = f"e{uuid4().hex[:10]}"
    postgres.create_database(name)
    settings = {"DATABASE_URL": postgres.url(name), "TEMPORAL_ADDRESS": temporal_address, "TEMPORAL_NAMESPACE": name}
    for _ in range(2):
        assert run("migrate", **settings) == Ended(0, "database and Temporal namespace are up to date\n", "")


def test_as_a_process_of_its_own_it_ends_soon_with_status_1_and_no_traceback(nowhere: dict[str, str]) -> None:
    clean = {name: value for name, value in os.environ.items() if not name.startswith("INVOICES_")}
    command = [sys.executable, "-m", "cli", "order", "retry", "EON1", "--tenant", "acme"]
    ended = subprocess.run(
        command, cwd=ROOT, env=clean | nowhere, capture_output=True, text=True, timeout=15, check=False
    )
    assert Ended(ended.returncode, ended.stdout, ended.stderr).refused_with(NO_TEMPORAL)


INVOICE = {
    "currency": "EUR",
    "salesInvoiceItems": [{"productDescription": "Lamp", "productQuantity": 1, "unitPrice": "120", "taxRate": 7}],
}


@pytest.fixture
def invoice_file(tmp_path: Path) -> Callable[..., str]:
    """A sales invoice over 128.40 EUR in a file."""

    def write(**changes: object) -> str:
        file = tmp_path / "invoice.json"
        file.write_text(json.dumps(INVOICE | changes), encoding="utf-8")
        return str(file)

    return write


def test_a_sales_invoice_is_previewed_without_any_server(run: Run, invoice_file: Callable[..., str]) -> None:
    shown = run("preview", invoice_file())
    assert (shown.status, shown.errors) == (0, "")
    for words in ("Lamp", "S 7 %", "120.00", "8.40", "BT-112  Total with tax"):
        assert words in shown.output


def test_a_preview_is_printed_as_json_too(run: Run, invoice_file: Callable[..., str]) -> None:
    shown = run("preview", "--json", invoice_file())
    assert (shown.status, json.loads(shown.output)["dueAmount"]) == (0, 128.4)


def test_a_preview_reads_standard_input(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(json.dumps(INVOICE).encode())))
    assert "128.40" in run("preview", "-").output


def test_an_invoice_that_breaks_a_rule_is_shown_and_ends_with_status_1(
    run: Run, invoice_file: Callable[..., str]
) -> None:
    shown = run("preview", invoice_file(taxPointDate="01-01-2026", taxPointCode="35", totalAmount=100))
    assert (shown.status, "128.40" in shown.output) == (1, True)
    (violated, differing) = shown.errors.splitlines()
    assert violated.startswith("Error: BR-CO-3: ")
    assert differing == "Error: totalAmount: is stated as 100 EUR, the invoice comes to 128.40 EUR"


def test_each_fault_of_a_previewed_invoice_is_one_sentence(run: Run, invoice_file: Callable[..., str]) -> None:
    shown = run("preview", invoice_file(currency=None, salesInvoiceItems=[{"productQuantity": 1}]))
    assert (shown.status, shown.output) == (1, "")
    fields = [line.split(": ")[1] for line in shown.errors.splitlines()]
    assert fields == ["currency", "salesInvoiceItems.0.unitPrice"]


def test_a_file_that_is_no_json_is_refused_in_one_sentence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "x").write_text("{")
    shown = run("preview", str(tmp_path / "x"))
    assert (shown.status, shown.output, shown.errors.count("\n")) == (1, "", 1)
    assert shown.errors.startswith("Error: The body is not valid JSON")
