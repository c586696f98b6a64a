"""`invoices template`: the tenant's own page and mail, from a shell."""

import asyncio
import json
import shlex
from pathlib import Path

import pytest

from database import audit
from tests.command_line import Ended, Run
from tests.documents.own_template.pages import AROUND
from tests.service_fixtures import Service
from tests.workflows.deliveries import enter

PAGE = AROUND.format("<p>Own {{ page.number }}</p>")


class Shell:
    """Types commands for this test's tenant."""

    def __init__(self, run: Run, service: Service, folder: Path) -> None:
        self._run, self.service, self.folder = run, service, folder
        self._settings = {
            "DATABASE_URL": service.settings.database_url.get_secret_value(),
            "TEMPORAL_ADDRESS": service.settings.temporal_address,
        }

    async def __call__(self, line: str, tenant: str | None = None) -> Ended:
        arguments = [*shlex.split(line.replace("FOLDER", str(self.folder))), "--tenant", tenant or self.service.tenant]
        return await asyncio.to_thread(self._run, "template", *arguments, **self._settings)

    def write(self, **texts: str) -> None:
        for name, text in texts.items():
            (self.folder / {"page": "page.html", "style": "page.css", "mail": "mail.json"}[name]).write_text(text)


@pytest.fixture
def shell(command_line: Run, service: Service, tmp_path: Path) -> Shell:
    folder = tmp_path / "own"
    folder.mkdir()
    return Shell(command_line, service, folder)


async def test_a_page_is_begun_from_ours_stored_activated_and_reset(shell: Shell) -> None:
    folder = shell.folder
    begun = await shell("show start --folder FOLDER --layout LETTER")
    assert begun.output == f"wrote {folder}/page.html\nwrote {folder}/page.css\n"
    stored = await shell("add --folder FOLDER --note 'As it was'")
    assert stored.output == "version 1 of the document template is stored\n", stored
    shell.write(page=PAGE, style="")
    stored = await shell("add --folder FOLDER --activate")
    assert stored.output == "version 2 of the document template is stored and active\n"
    listed = (await shell("list")).output.splitlines()
    assert [line.split()[:2] for line in listed] == [["*", "2"], ["1", listed[1].split()[1]]]
    assert listed[1].endswith("  As it was")
    assert json.loads((await shell("show 2")).output) == {"html": PAGE, "css": ""}
    assert (await shell("activate 1")).output == "version 1 of the document template is active\n"
    assert (await shell("reset")).output == "the service's own document template is active\n"
    assert (await shell("list")).output.splitlines()[-1] == "documents are issued with the service's own template"
    async with shell.service.sessions() as session:
        events = await audit.list_events(session, shell.service.tenant, document="template/document", limit=9)
    assert [(event.actor, event.action) for event in events] == [
        ("command line", action) for action in ("reset", "activate", "activate", "create", "create")
    ]


async def test_a_mail_is_written_as_json(shell: Shell) -> None:
    assert (await shell("show start --kind mail --language de --folder FOLDER")).status == 0
    assert json.loads((shell.folder / "mail.json").read_text()).keys() == {"de"}
    assert (await shell("add --kind mail --folder FOLDER")).output == "version 1 of the mail template is stored\n"
    assert (await shell("preview --kind mail --sample INVOICE --language de --out FOLDER/m.json")).status == 0
    assert json.loads((shell.folder / "m.json").read_text()).keys() == {"subject", "text", "html"}


async def test_a_preview_is_a_file(shell: Shell) -> None:
    invoice = await enter(shell.service.sessions, shell.service.tenant)
    shell.write(page=PAGE, style="")
    file = shell.folder / "out.pdf"
    shown = await shell(f"preview --invoice {invoice.number} --folder FOLDER --out FOLDER/out.pdf")
    assert (shown.output, file.read_bytes()[:5]) == (f"wrote {file}\n", b"%PDF-")
    plain = await shell(
        "preview --sample CREDIT_NOTE --brand-colour '#7a1f3d' --second-language fr --out FOLDER/out.pdf"
    )
    assert plain.status == 0


async def test_what_is_wrong_is_one_sentence(shell: Shell) -> None:
    shell.write(page=AROUND.format("{{ page.nummer }}\n{{ page.betrag }}"), style="@import 'x';")
    refused = await shell("add --folder FOLDER")
    assert refused.refused_with(
        "The template is not valid: content.css, line 1: @import cannot be used here; "
        "content.html, line 5: there is no member 'nummer'; "
        "content.html, line 6: there is no member 'betrag'"
    ), refused
    for line, sentence in {
        "show 7": "There is no such version of the template",
        "show last": "VERSION must be a number, or start for the service's own template",
        "activate 7": "there is no version 7 of the document template: see `invoices template list`",
        "preview": "The preview is not valid: body: one of draft, invoice, sample is required",
        "preview --sample INVOICE --layout FANCY": (
            "The preview is not valid: layout: Input should be 'CLASSIC', 'COMPACT' or 'LETTER'"
        ),
        "add --kind mail --folder FOLDER": f"there is no file {shell.folder}/mail.json",
    }.items():
        ended = await shell(line)
        assert ended.refused_with(sentence), ended
    assert (await shell("list", "nosuchtenant")).refused_with("there is no tenant nosuchtenant")
    words = "--tenant must be 3 to 16 lower-case letters and digits, beginning with a letter"
    assert (await shell("list", "A B")).refused_with(words)


async def test_without_temporal_nothing_is_tried(
    command_line: Run, service: Service, tmp_path: Path, nowhere: dict[str, str]
) -> None:
    (tmp_path / "page.html").write_text(PAGE)
    (tmp_path / "page.css").write_text("")
    arguments = ("template", "add", "--tenant", service.tenant, "--folder", str(tmp_path))
    url = service.settings.database_url.get_secret_value()
    ended = await asyncio.to_thread(command_line, *arguments, DATABASE_URL=url)
    assert ended.refused_with("Temporal does not answer, so nothing was made: try again")
