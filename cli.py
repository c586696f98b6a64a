"""The `invoices` command: runs the parts of the service, and the operator's commands.

Every command ends through `main`: an error is one sentence and exit status 1, and the process leaves with `os._exit`
after flushing, because an interpreter that shuts down while a Temporal client still has threads can abort.
"""

import asyncio
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import BinaryIO

import click

from api.app import create_app
from api.audit.verification_report import report_json, report_lines
from api.credit_notes.settlement import record_refund, retry_settlement
from api.deskera import to_json
from api.errors.api_error import ApiError
from api.jobs.control_gate import ClientControlGate
from api.sales_invoices.preview import faults_of_preview, preview_of_file
from api.sales_invoices.preview_text import preview_text
from api.schedules.gate import ClientScheduleGate
from api.security.access import SCOPES, TENANT
from api.serve import serve
from api.services import ApiServices
from api.temporal_gate import ClientGate, RetryAnswer
from commands.jobs import job
from commands.mails import mail
from commands.orders import order
from commands.running import ACTOR, Refused, read_settings, run, transaction
from commands.schedules import schedule
from commands.templates import template
from contracts import starts
from contracts.namespace import prepare_namespace
from contracts.sales_invoice import RecurringRef
from contracts.temporal_client import connect
from database import access as access_rows
from database import credit_notes, recurrences, sales_invoices
from database.engine import create_engine, create_sessions
from database.migrate import migrate as migrate_database
from database.recurrences import RecurrenceView
from database.refunds import NotRefused
from database.tenants import ensure_tenant, tenant_exists
from database.verification import Verification
from database.verification import verify as verify_tenant
from integrations.document_store import ObjectDocumentStore, digest_of
from settings import Settings, judging_settings
from worker import run_worker, temporal_target

NO_DEMO = "the demo is not installed: install this package with its extra `demo`"


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
def invoices() -> None:
    """Turn commerce orders into captured, numbered, printed and mailed invoices."""


invoices.add_command(job)
invoices.add_command(order)
invoices.add_command(mail)
invoices.add_command(schedule)
invoices.add_command(template)


@invoices.command()
def api() -> None:
    """Serve the REST API until a signal."""
    run(_serve_api(read_settings()))


@invoices.command()
def worker() -> None:
    """Run workflows and activities until a signal, then drain."""
    run(run_worker(read_settings()))


@invoices.command()
def migrate() -> None:
    """Bring the database and the Temporal namespace to the state that this version needs."""
    settings = read_settings()
    run(_migrate(settings))
    click.echo("database and Temporal namespace are up to date")


@invoices.group()
def client() -> None:
    """OAuth clients of the API."""


@client.command("create")
@click.option("--tenant", required=True, help="Lower-case letters and digits, 3 to 16; made if it is new.")
@click.option("--scopes", default="", help="Separated by commas or spaces; all scopes when left out.")
def create_client(tenant: str, scopes: str) -> None:
    """Make a client and show its secret, this once."""
    made = run(_create_client(read_settings(), tenant, scopes.replace(",", " ").split()))
    click.echo(f"client_id:     {made[0]}\nclient_secret: {made[1]}\nscopes:        {made[2]}")
    click.echo("The secret is not shown again.", err=True)


@client.command("list")
@click.option("--tenant", required=True)
def list_clients(tenant: str) -> None:
    """Show the tenant's clients; their secrets are not kept."""
    for line in run(_list_clients(read_settings(), tenant)):
        click.echo(line)


@client.command("revoke")
@click.argument("client_id")
@click.option("--tenant", required=True)
def revoke_client(client_id: str, tenant: str) -> None:
    """Take a client's access away; its tokens end at once."""
    run(_revoke_client(read_settings(), tenant, client_id))
    click.echo(f"client {client_id} is revoked")


@invoices.command()
@click.option("--tenant", required=True)
@click.option("--json", "as_json", is_flag=True, help="Print the whole report as JSON.")
def verify(tenant: str, as_json: bool) -> None:  # noqa: FBT001 -- click passes a flag by its name
    """Prove what the tenant has issued: numbers, hash chain, sums, stored files, balances. Exit status 1: not clean."""
    report = run(_verify(read_settings(), tenant))
    for line in [report_json(report)] if as_json else report_lines(report):
        click.echo(line)
    if not report.is_clean:
        raise Refused(f"{report.finding_count} findings: see above")


@invoices.group("credit-note")
def credit_note() -> None:
    """Credit notes under way."""


@credit_note.command("retry")
@click.argument("number")
@click.option("--tenant", required=True)
def retry_credit_note(number: str, tenant: str) -> None:
    """Try the refund, PDF or mail of a held credit note again."""
    run(_retry_credit_note(read_settings(), tenant, number))
    click.echo(f"credit note {number} is being tried again")


@credit_note.command("settle")
@click.argument("number")
@click.option("--tenant", required=True)
@click.option("--reference", required=True, help="What the refund is called where it was made.")
@click.option("--note", help="A word on it.")
def settle_credit_note(number: str, tenant: str, reference: str, note: str | None) -> None:
    """Record that a refused refund was given back outside, and go on with PDF and mail."""
    if not reference.strip():
        raise Refused("--reference must not be empty")
    run(_settle_credit_note(read_settings(), tenant, number, reference.strip(), note))
    click.echo(f"the refund of credit note {number} is recorded as {reference.strip()}")


@invoices.group()
def recurring() -> None:
    """Invoices that recur."""


@recurring.command("list")
@click.option("--tenant", required=True)
def list_recurring(tenant: str) -> None:
    """Show every recurrence: how it stands, its next date, and why a copy that is due is not made."""
    for line in run(_list_recurring(read_settings(), tenant)):
        click.echo(line)


@recurring.command("retry")
@click.argument("code")
@click.option("--tenant", required=True)
def retry_recurring(code: str, tenant: str) -> None:
    """Make the copies of invoice CODE that are due, now; starts its workflow where that was ended from outside."""
    run(_retry_recurring(read_settings(), tenant, code))
    click.echo(f"the schedule of invoice {code} is being read again")


@invoices.command("preview")
@click.argument("file", type=click.File("rb"))
@click.option("--json", "as_json", is_flag=True, help="Print the answer of the API instead of a table.")
@click.pass_context
def preview_invoice(context: click.Context, file: BinaryIO, *, as_json: bool) -> None:
    """Compute and check a sales invoice in FILE (- for standard input): the body of the API, taxes named by rate."""
    try:
        shown = preview_of_file(file.read(), datetime.now(UTC).date())
    except ApiError as error:
        faults = [str(detail) for detail in error.details] or [error.message]
    else:
        click.echo(to_json(shown).decode() if as_json else preview_text(shown))
        faults = faults_of_preview(shown)
    for fault in faults:
        click.echo(f"Error: {fault}", err=True)
    if faults:
        context.exit(1)


@invoices.command()
@click.option("--orders", type=click.IntRange(0, 99_000), default=0, help="Generated orders to add.")
@click.option("--report", type=click.Path(dir_okay=False, path_type=Path), help="Write the figures here, as JSON.")
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), default=Path("var"), show_default=True)
def demo(orders: int, report: Path | None, folder: Path) -> None:
    """Start everything, invoice sample orders, and show what became of them."""
    with _demo_errors():
        from demo.story import run_demo  # noqa: PLC0415 -- the stand-ins are no part of an installed service

        if not run_demo(folder, orders=orders, report=report):
            raise Refused("the demo did not end as it should: see above")


@invoices.command()
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), default=Path("var"), show_default=True)
def up(folder: Path) -> None:
    """Start everything and leave it running until Ctrl-C."""
    with _demo_errors():
        from demo.up import run_up  # noqa: PLC0415 -- as above

        run_up(folder)


@contextmanager
def _demo_errors() -> Iterator[None]:
    try:
        from demo.failure import DemoFailed  # noqa: PLC0415 -- as above
    except ImportError:
        raise Refused(NO_DEMO) from None
    try:
        yield
    except DemoFailed as error:
        raise Refused(str(error)) from None
    except ModuleNotFoundError as error:
        raise Refused(f"{NO_DEMO} ({error.name} is missing)") from None


async def _serve_api(settings: Settings) -> None:

    with judging_settings():
        store = ObjectDocumentStore(settings.document_store_url)
    engine = create_engine(settings.database_url.get_secret_value(), settings.database_pool_size)
    try:
        client = await connect(temporal_target(settings), lazy=True)
        services = ApiServices(
            settings=settings,
            sessions=create_sessions(engine),
            documents=store,
            temporal=ClientGate(client),
            control=ClientControlGate(client),
            schedules=ClientScheduleGate(client),
        )
        await serve(create_app(services), settings.api_host, settings.api_port)
    finally:
        await engine.dispose()


async def _migrate(settings: Settings) -> None:

    await asyncio.to_thread(migrate_database, settings.database_url.get_secret_value())
    temporal = await connect(temporal_target(settings))
    await prepare_namespace(temporal, timedelta(days=settings.temporal_retention_days))


async def _create_client(settings: Settings, tenant: str, scopes: list[str]) -> tuple[str, str, str]:

    if not TENANT.fullmatch(tenant):
        raise Refused("--tenant must be 3 to 16 lower-case letters and digits, beginning with a letter")
    if unknown := sorted(set(scopes) - set(SCOPES)):
        raise Refused(f"--scopes: there is no scope {', '.join(unknown)}; choose from {', '.join(SCOPES)}")
    async with transaction(settings) as session:
        await ensure_tenant(session, tenant)
        made = await access_rows.create_client(session, tenant, scopes or SCOPES)
    return made.client_id, made.client_secret, " ".join(scopes or SCOPES)


async def _list_clients(settings: Settings, tenant: str) -> list[str]:
    async with transaction(settings) as session:
        return [
            f"{found.client_id}  {'revoked' if found.revoked_at else 'active '}  {' '.join(found.scopes)}"
            for found in await access_rows.list_clients(session, tenant)
        ]


async def _revoke_client(settings: Settings, tenant: str, client_id: str) -> None:
    async with transaction(settings) as session:
        if not await access_rows.revoke_client(session, tenant, client_id):
            raise Refused(f"tenant {tenant} has no client {client_id}: see `invoices client list`")


async def _verify(settings: Settings, tenant: str) -> Verification:
    with judging_settings():
        store = ObjectDocumentStore(settings.document_store_url)
    async with transaction(settings) as session:
        if not await tenant_exists(session, tenant):
            raise Refused(f"there is no tenant {tenant}")
    async with transaction(settings) as session:
        return await verify_tenant(session, tenant, partial(digest_of, store))


async def _retry_credit_note(settings: Settings, tenant: str, number: str) -> None:
    gate = ClientGate(await connect(temporal_target(settings)))
    engine = create_engine(settings.database_url.get_secret_value(), pool_size=1)
    try:
        answer = await retry_settlement(gate, create_sessions(engine), tenant, number)
    finally:
        await engine.dispose()
    if answer is RetryAnswer.UNKNOWN:
        raise Refused(f"tenant {tenant} has no credit note {number}")
    if answer is RetryAnswer.NOT_HELD:
        raise Refused(f"credit note {number} is not on hold: it is settled, or being settled right now")


async def _settle_credit_note(settings: Settings, tenant: str, number: str, reference: str, note: str | None) -> None:
    gate = ClientGate(await connect(temporal_target(settings)))
    engine = create_engine(settings.database_url.get_secret_value(), pool_size=1)
    sessions = create_sessions(engine)
    try:
        async with sessions.begin() as session:
            view = await credit_notes.find(session, tenant, number)
            if view is None:
                raise Refused(f"tenant {tenant} has no credit note {number}")
            await record_refund(session, view, reference, actor=ACTOR, note=note)
        await retry_settlement(gate, sessions, tenant, number)
    except NotRefused as error:
        raise Refused(f"{error}: only one that the gateway refused can be settled by hand") from None
    finally:
        await engine.dispose()


async def _list_recurring(settings: Settings, tenant: str) -> list[str]:
    async with transaction(settings) as session:
        return [_recurrence_line(view) for view in await recurrences.views(session, tenant)]


def _recurrence_line(view: RecurrenceView) -> str:
    standing = view.standing
    upcoming = standing.next_dates(1)
    told = f"next on {upcoming[0]}" if upcoming else "no next date"
    problem = f"  {view.recurrence.problem}" if view.recurrence.problem else ""
    made = f"{len(standing.made)} of {standing.schedule.count} made"
    return f"{view.parent.code}  {standing.state:<7}  {made}  {told}{problem}"


async def _retry_recurring(settings: Settings, tenant: str, code: str) -> None:
    async with transaction(settings) as session:
        row = await sales_invoices.find(session, tenant, code)
        view = await recurrences.view_of(session, row) if row else None
    if row is None or view is None:
        raise Refused(f"tenant {tenant} has no recurring invoice {code}: see `invoices recurring list`")
    ref = RecurringRef(tenant=tenant, sales_invoice_id=row.id)
    await starts.start(await connect(temporal_target(settings)), starts.recurrence(ref))


def main() -> None:
    """Entry point of `invoices`."""
    try:
        status = invoices(standalone_mode=False) or 0
    except click.ClickException as error:
        error.show()
        status = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        status = 130
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status if isinstance(status, int) else 0)


if __name__ == "__main__":
    main()
