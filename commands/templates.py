"""`invoices template`: the tenant's own page and mail."""

import json
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from pathlib import Path

import click

from api.documents.awaited_previews import made
from api.documents.preview_bodies import REFUSAL, LookWish, PreviewRequest
from api.documents.previews import wished
from api.documents.template_bodies import TemplateList, TemplateSummary, read_content
from api.documents.templates import began, found, listed, require_sound
from api.errors.api_error import ApiError
from api.requests.request_bodies import read_body
from api.sales_invoices.lookups import Reader
from api.security.access import TENANT
from commands.running import ACTOR, Refused, read_settings, run
from commands.steering import Desk, steering
from database import document_templates
from database.document_templates import UnknownVersion
from database.secured_values import SecuredValues
from database.tables import DocumentTemplate
from database.tenants import tenant_exists
from invoicing.document.preview import Content
from invoicing.document.template_kind import TemplateKind
from invoicing.invoice import InvoiceKind
from settings import Settings

START = "start"
PAGE_FILES = {"html": "page.html", "css": "page.css"}
MAIL_FILE = "mail.json"
SUFFIXES = {TemplateKind.DOCUMENT: ".pdf", TemplateKind.MAIL: ".json"}

tenant_option = click.option("--tenant", required=True)
kind_option = click.option(
    "--kind",
    type=click.Choice([*TemplateKind], case_sensitive=False),
    default=TemplateKind.DOCUMENT,
    show_default=True,
)
version_argument = click.argument("version", type=click.IntRange(min=1))
folder_option = click.option(
    "--folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help=f"Holds {PAGE_FILES['html']} and {PAGE_FILES['css']}, or {MAIL_FILE}.",
)


@click.group()
def template() -> None:
    """Templates of a tenant's own, for the page and for the mail."""


@template.command("list")
@tenant_option
@kind_option
def list_versions(tenant: str, kind: str) -> None:
    """Show every version, the newest first; * marks the one that documents are issued with."""
    shown = run(_list(read_settings(), tenant, TemplateKind(kind)))
    for summary in shown.versions:
        click.echo(_line(summary))
    if shown.active is None:
        click.echo("documents are issued with the service's own template")


@template.command()
@tenant_option
@kind_option
@click.option(
    "--folder",
    required=True,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help=f"Holds {PAGE_FILES['html']} and {PAGE_FILES['css']}, or {MAIL_FILE}.",
)
@click.option("--note", help="What is new in it.")
@click.option("--activate", "activates", is_flag=True, help="Issue documents with it from now on.")
def add(tenant: str, kind: str, folder: Path, note: str | None, *, activates: bool) -> None:
    """Try what FOLDER holds on sample documents, and store it as the next version."""
    wanted = TemplateKind(kind)
    with _refusals():
        content = read_content(wanted, _read(wanted, folder))
    row = run(_add(read_settings(), tenant, wanted, content, note, activates=activates))
    click.echo(f"version {row.version} of the {kind.lower()} template is stored{' and active' if activates else ''}")


@template.command()
@click.argument("version")
@tenant_option
@kind_option
@click.option("--folder", type=click.Path(file_okay=False, path_type=Path), help="Write its files there.")
@click.option("--layout", help="Of `start`: CLASSIC, COMPACT or LETTER.")
@click.option("--language", help="Of `start` of a mail, as de.")
def show(version: str, tenant: str, kind: str, folder: Path | None, **said: str | None) -> None:
    """Show VERSION, or with `start` the service's own template to begin from, as JSON or as files in --folder."""
    wanted = TemplateKind(kind)
    if version == START:
        wish = {name: value for name, value in said.items() if value is not None}
        content = run(_start(read_settings(), tenant, wanted, wish))
    elif version.isdecimal():
        content = run(_show(read_settings(), tenant, wanted, int(version)))
    else:
        raise Refused(f"VERSION must be a number, or {START} for the service's own template")
    if folder is None:
        click.echo(json.dumps(content, ensure_ascii=False, indent=2))
        return
    for file in _write(wanted, folder, content):
        click.echo(f"wrote {file}")


@template.command()
@version_argument
@tenant_option
@kind_option
def activate(version: int, tenant: str, kind: str) -> None:
    """Issue documents with VERSION from now on; those that are issued keep theirs."""
    run(_activate(read_settings(), tenant, TemplateKind(kind), version))
    click.echo(f"version {version} of the {kind.lower()} template is active")


@template.command()
@tenant_option
@kind_option
def reset(tenant: str, kind: str) -> None:
    """Issue documents with the service's own template from now on; the versions stay."""
    run(_reset(read_settings(), tenant, TemplateKind(kind)))
    click.echo(f"the service's own {kind.lower()} template is active")


@template.command()
@tenant_option
@kind_option
@click.option("--draft", help="Code of a draft.")
@click.option("--invoice", help="Number of an issued invoice or credit note.")
@click.option("--sample", help=f"{' or '.join(InvoiceKind)}: a document of nobody's.")
@click.option("--version", type=click.IntRange(min=1), help="By this version, active or not.")
@folder_option
@click.option("--layout", help="By the service's own template: CLASSIC, COMPACT or LETTER.")
@click.option("--paper", help="A4 or LETTER.")
@click.option("--brand-colour", help="As #0f4c5c.")
@click.option("--typeface", help="SANS or SERIF.")
@click.option("--second-language", help="As fr.")
@click.option("--language", help="As de.")
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="The file to write.")
def preview(
    tenant: str, kind: str, version: int | None, folder: Path | None, out: Path | None, **said: str | None
) -> None:
    """Write what a document would look like into a file: PDF, or of a mail JSON. Nothing is issued or stored."""
    wanted = TemplateKind(kind)
    members: dict[str, object] = {_member(name): value for name, value in said.items() if value is not None}
    if version is not None or folder is not None:
        own = {"version": version} if folder is None else {"content": _read(wanted, folder)}
        members["template"] = own
    content = run(_preview(read_settings(), tenant, {**members, "kind": wanted}))
    file = out or Path(f"preview{SUFFIXES[wanted]}")
    file.write_bytes(content)
    click.echo(f"wrote {file}")


async def _list(settings: Settings, tenant: str, kind: TemplateKind) -> TemplateList:
    async with _at_desk(settings, tenant) as desk, desk.sessions() as session:
        return await listed(session, tenant, kind)


async def _add(
    settings: Settings, tenant: str, kind: TemplateKind, content: Content, note: str | None, *, activates: bool
) -> DocumentTemplate:
    async with _at_desk(settings, tenant) as desk:
        await require_sound(desk, tenant, kind, content)
        async with desk.sessions.begin() as session:
            row = await document_templates.add(session, tenant, kind, content, note=note, actor=ACTOR)
            if activates:
                await document_templates.activate(session, tenant, kind, row.version, actor=ACTOR)
    return row


async def _show(settings: Settings, tenant: str, kind: TemplateKind, version: int) -> Content:
    async with _at_desk(settings, tenant) as desk, desk.sessions() as session:
        row = await found(session, tenant, kind, version)
        return row.content


async def _start(settings: Settings, tenant: str, kind: TemplateKind, said: dict[str, str]) -> Content:
    async with _at_desk(settings, tenant) as desk:
        return await began(desk, tenant, kind, read_body(LookWish, said, REFUSAL))


async def _activate(settings: Settings, tenant: str, kind: TemplateKind, version: int) -> None:
    async with _at_desk(settings, tenant) as desk, desk.sessions.begin() as session:
        await document_templates.activate(session, tenant, kind, version, actor=ACTOR)


async def _reset(settings: Settings, tenant: str, kind: TemplateKind) -> None:
    async with _at_desk(settings, tenant) as desk, desk.sessions.begin() as session:
        await document_templates.reset(session, tenant, kind, actor=ACTOR)


async def _preview(settings: Settings, tenant: str, said: dict[str, object]) -> bytes:
    async with _at_desk(settings, tenant) as desk:
        request = read_body(PreviewRequest, said, REFUSAL)
        request.check()
        async with desk.sessions() as session:
            wish = await wished(Reader(session, tenant, SecuredValues(settings.encryption_key)), request)
        return await made(desk, tenant, wish)


@asynccontextmanager
async def _at_desk(settings: Settings, tenant: str) -> AsyncIterator[Desk]:
    if not TENANT.fullmatch(tenant):
        raise Refused("--tenant must be 3 to 16 lower-case letters and digits, beginning with a letter")
    async with steering(settings) as desk:
        async with desk.sessions() as session:
            if not await tenant_exists(session, tenant):
                raise Refused(f"there is no tenant {tenant}")
        with _refusals():
            yield desk


@contextmanager
def _refusals() -> Iterator[None]:
    try:
        yield
    except UnknownVersion as error:
        raise Refused(f"{error}: see `invoices template list`") from None
    except ApiError as error:
        faults = [str(detail) for detail in error.details if detail.message != error.message]
        raise Refused(": ".join([error.message, *["; ".join(faults)] * bool(faults)])) from None


def _read(kind: TemplateKind, folder: Path) -> object:
    """The content that a folder holds."""
    try:
        if kind is TemplateKind.MAIL:
            return json.loads((folder / MAIL_FILE).read_text(encoding="utf-8"))
        return {member: (folder / name).read_text(encoding="utf-8") for member, name in PAGE_FILES.items()}
    except OSError as error:
        raise Refused(f"there is no file {error.filename}") from None
    except ValueError as error:
        raise Refused(f"{folder} holds a file that cannot be read: {error}") from None


def _write(kind: TemplateKind, folder: Path, content: Content) -> Iterator[Path]:
    folder.mkdir(parents=True, exist_ok=True)
    texts = (
        {MAIL_FILE: json.dumps(content, ensure_ascii=False, indent=2)}
        if kind is TemplateKind.MAIL
        else {PAGE_FILES[member]: text for member, text in content.items()}
    )
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
        yield folder / name


def _line(summary: TemplateSummary) -> str:
    mark = "*" if summary.active else " "
    note = f"  {summary.note}" if summary.note else ""
    return f"{mark} {summary.version:>3}  {summary.created_at:%Y-%m-%d %H:%M}  {summary.sha256[:12]}{note}"


def _member(option: str) -> str:
    first, *rest = option.split("_")
    return first + "".join(part.capitalize() for part in rest)
