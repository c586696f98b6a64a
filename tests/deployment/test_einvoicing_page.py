"""What docs/einvoicing.md says of the settings is so."""

import json
import re
from typing import Any

from invoicing.configuration.document_settings import DocumentSettings, document_settings, setting_problems
from tests.deployment.compose_file import ROOT

PAGE = (ROOT / "docs" / "einvoicing.md").read_text(encoding="utf-8")
GROUPS = ("eInvoice", "mail", "seller")


def settings_shown() -> dict[str, Any]:
    section = PAGE.split("\n## The settings\n")[1].split("\n## ")[0]
    first = re.search(r"^```json\n(.*?)^```$", section, re.MULTILINE | re.DOTALL)
    assert first is not None
    shown: dict[str, Any] = json.loads(first[1])
    return shown


def test_the_settings_that_are_shown_can_be_set() -> None:
    assert setting_problems(settings_shown()) == []


def test_every_setting_is_shown() -> None:
    known = DocumentSettings().model_dump(by_alias=True)
    shown = settings_shown()
    assert shown.keys() == known.keys()
    assert {group: set(shown[group]) for group in GROUPS} == {group: set(known[group]) for group in GROUPS}


def test_every_setting_is_explained() -> None:
    explained = set(re.findall(r"^\| `([\w.]+)` \|", PAGE, re.MULTILINE))
    known = DocumentSettings().model_dump(by_alias=True)
    own = {name for name in known if name not in GROUPS}
    assert own | {f"eInvoice.{name}" for name in known["eInvoice"]} | {"mail", "seller"} <= explained


def test_the_defaults_are_what_the_page_says() -> None:
    """Where the table names none, nothing is set."""
    settings = document_settings(None, {})
    assert (settings.years_to_retain, settings.e_invoice.embeds, settings.e_invoice.blocks) == (10, True, False)
