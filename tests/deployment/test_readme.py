"""What the pages for people say is so: settings, commands, targets, reasons, links."""

import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

import click
import pytest
from pydantic import SecretStr
from pydantic.fields import FieldInfo

from cli import invoices
from contracts.failures import FINAL, Reason
from contracts.search_attributes import ALL
from settings import Settings
from tests.deployment.compose_file import ROOT

README = ROOT / "README.md"
PAGES = [README, ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]
PAGE_NAMES = [str(page.relative_to(ROOT)) for page in PAGES]

FENCED = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
INLINE = re.compile(r"(?<!`)`([^`\n]+)`(?!`)")
LINK = re.compile(r"!?\[[^\]]*\]\(([^)\s]+)\)")
ENDED_BY_THE_JOB = {Reason.IN_PROGRESS_ELSEWHERE}

REGISTRIES = re.compile(
    "|".join(
        re.escape(first + second)
        for first, second in [
            ("pypi", ".org"),
            ("python", "hosted.org"),
            ("registry.npm", "js.org"),
            ("npm", "js.com"),
            ("deb.deb", "ian.org"),
            ("security.deb", "ian.org"),
            ("archive.ubu", "ntu.com"),
            ("ports.ubu", "ntu.com"),
            ("docker", ".io"),
            ("ghcr", ".io"),
            ("quay", ".io"),
            ("proxy.gol", "ang.org"),
            ("crates", ".io"),
        ]
    )
)


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def prose_of(page: Path) -> str:
    return FENCED.sub("", text_of(page))


def code_of(page: Path) -> Iterator[str]:
    """Every line of a shell block, without its comment, and every inline piece of code."""
    for language, block in FENCED.findall(text_of(page)):
        if language == "sh":
            yield from (line.split(" #")[0].strip() for line in block.splitlines())
    yield from INLINE.findall(prose_of(page))


def table_under(heading: str) -> list[list[str]]:
    """Rows of the first table below a heading of the README, without its head."""
    section = text_of(README).split(f"\n## {heading}\n")[1].split("\n## ")[0]
    rows = [line.strip("|").split(" | ") for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in rows[2:]]


def shown_default(field: FieldInfo) -> str:
    """A default as one would write it into the environment; passwords in URLs are masked."""
    default = field.get_default(call_default_factory=True)
    if default is None:
        return "unset"
    if isinstance(default, SecretStr):
        default = re.sub(r"(?<=://)([^:/@]*):[^@]*@", r"\1:***@", default.get_secret_value())
    return f"`{str(default).lower() if isinstance(default, bool) else default}`"


def settings_rows() -> list[list[str]]:
    return [
        [f"`INVOICES_{name.upper()}`", shown_default(field), str(field.description)]
        for name, field in Settings.model_fields.items()
    ]


def make_targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", text_of(ROOT / "Makefile"), re.MULTILINE))


def anchors_of(page: Path) -> set[str]:
    headings = re.findall(r"^#+ (.*)$", prose_of(page), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def tracked_files() -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=60,
    )
    if listed.returncode != 0:
        pytest.skip("this is no git checkout")
    return [path for name in listed.stdout.decode().split("\0") if name and (path := ROOT / name).is_file()]


def test_every_setting_has_a_description() -> None:
    assert [name for name, field in Settings.model_fields.items() if not field.description] == []


def test_the_settings_table_is_what_the_settings_say() -> None:
    assert table_under("Settings") == settings_rows()


def test_no_default_that_is_a_password_is_shown() -> None:
    shown = " ".join(cell for row in table_under("Settings") for cell in row)
    for field in Settings.model_fields.values():
        default = field.get_default(call_default_factory=True)
        if isinstance(default, SecretStr) and (password := urlsplit(default.get_secret_value()).password):
            assert f":{password}@" not in shown


def test_every_reason_is_explained_and_said_to_end_or_to_hold_the_order() -> None:
    said = {row[0].strip("`"): row[1] for row in table_under("When an order does not succeed")}
    ended = FINAL | ENDED_BY_THE_JOB
    assert said == {str(reason): "ended" if reason in ended else "held" for reason in Reason}


def test_every_search_attribute_is_named() -> None:
    section = text_of(README).split("\n## Looking into Temporal\n")[1].split("\n## ")[0]
    assert [key.name for key in ALL if f"`{key.name}`" not in section] == []


@pytest.mark.parametrize("name", PAGE_NAMES)
def test_every_make_target_that_is_named_exists(name: str) -> None:
    named = {match[1] for code in code_of(ROOT / name) for match in re.finditer(r"\bmake ([a-z]+)", code)}
    assert named <= make_targets()


def test_the_readme_names_every_make_target() -> None:
    named = {
        match[1] for page in PAGES[:2] for code in code_of(page) for match in re.finditer(r"\bmake ([a-z]+)", code)
    }
    assert named | {"help"} >= make_targets()


@pytest.mark.parametrize("name", PAGE_NAMES)
def test_every_invoices_command_that_is_named_exists(name: str) -> None:
    for code in code_of(ROOT / name):
        found = re.search(r"(?:^|(?:^|\s)(?:\.venv/bin/|exec api ))invoices (\w.*)$", code)
        if found:
            check_command(invoices, shlex.split(found[1]))


def check_command(command: click.Command, words: list[str]) -> None:
    """Follow the words from group to command, then look its options up; any word that is neither may be an argument."""
    if isinstance(command, click.Group):
        assert words, f"{command.name} wants a command"
        assert words[0] in command.commands, f"{command.name} has no command {words[0]}"
        check_command(command.commands[words[0]], words[1:])
        return
    options = {option for parameter in command.params for option in parameter.opts}
    used = {word.split("=")[0] for word in words if word.startswith("-")}
    assert used <= options, f"{command.name} has no option {used - options}"


@pytest.mark.parametrize("name", PAGE_NAMES)
def test_every_relative_link_leads_somewhere(name: str) -> None:
    page = ROOT / name
    for target in LINK.findall(prose_of(page)):
        if "://" in target:
            continue
        path, _, anchor = target.partition("#")
        linked = (page.parent / path).resolve() if path else page
        assert linked.exists(), target
        if anchor:
            assert anchor in anchors_of(linked), target


@pytest.mark.parametrize("name", PAGE_NAMES)
def test_every_file_that_is_named_exists(name: str) -> None:
    """Inline code that looks like a path of ours: `demo/orders/expected_ends.json`, `documents/`."""
    rooms = {path.name for path in ROOT.iterdir() if path.is_dir() and not path.name.startswith(".")} - {"var"}
    for code in INLINE.findall(prose_of(ROOT / name)):
        first, slash, _ = code.partition("/")
        if slash and first in rooms and re.fullmatch(r"[\w./-]+", code):
            assert (ROOT / code).exists(), code


def test_every_fixture_that_is_named_is_where_it_is_said_to_be() -> None:
    rows = re.findall(r"^\| (`.*`) \| .* \| `(tests/\w+\.py)` \|$", text_of(ROOT / "CONTRIBUTING.md"), re.MULTILINE)
    assert rows
    for names, file in rows:
        for name in INLINE.findall(names):
            assert re.search(rf"^@pytest\.fixture.*\n(async )?def {name}\(", text_of(ROOT / file), re.MULTILINE), name


def test_every_decision_is_listed() -> None:
    folder = ROOT / "docs" / "decisions"
    pages = sorted(page.name for page in folder.glob("[0-9]*.md"))
    assert [int(page[:4]) for page in pages] == list(range(1, len(pages) + 1))
    assert sorted(LINK.findall(text_of(folder / "README.md"))) == pages


def test_no_file_names_the_host_of_a_package_registry() -> None:
    named = [
        f"{path.relative_to(ROOT)}: {found[0]}"
        for path in tracked_files()
        if (found := REGISTRIES.search(path.read_bytes().decode("utf-8", "replace")))
    ]
    assert not named
