import json
import re
from pathlib import Path
from string import Formatter

import pytest

import documents.texts
from documents.texts import texts_in

FOLDER = Path(documents.texts.__file__).parent
ROOM = FOLDER.parent
LANGUAGES = ("de", "fr")


def catalogue(name: str) -> dict[str, str]:
    loaded: dict[str, str] = json.loads((FOLDER / f"{name}.json").read_text(encoding="utf-8"))
    return loaded


def placeholders(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", LANGUAGES)
def test_a_language_has_every_text_that_english_has(language: str) -> None:
    assert catalogue(language).keys() == catalogue("en").keys()


@pytest.mark.parametrize("name", [file.stem for file in FOLDER.glob("*.json")])
def test_a_translation_fills_in_the_same_values(name: str) -> None:
    english = catalogue("en")
    assert {key: placeholders(text) for key, text in catalogue(name).items()} == {
        key: placeholders(english[key]) for key in catalogue(name)
    }


def test_every_text_that_is_asked_for_by_name_exists() -> None:
    code = "".join(file.read_text() for file in [*ROOM.glob("*.py"), *ROOM.glob("templates/*.*")])
    asked = set(re.findall(r"\b(?:texts|t)\(\s*['\"]([a-z_.]+)['\"]", code))
    assert len(asked) > 30
    assert asked <= catalogue("en").keys()


def test_a_territory_may_word_a_text_its_own_way() -> None:
    assert (texts_in("en", "GB")("tax"), texts_in("en", "US")("tax")) == ("VAT", "Tax")


def test_an_unknown_language_is_printed_in_english_and_says_so() -> None:
    texts = texts_in("tlh", "US")
    assert (texts.language, texts("invoice"), texts("tax")) == ("en", "Invoice", "Tax")


def test_a_value_with_braces_is_printed_as_it_is() -> None:
    assert texts_in("en")("iban", iban="{seller}") == "IBAN {seller}"


def test_a_text_that_nobody_wrote_is_an_error() -> None:
    with pytest.raises(KeyError, match="no_such_text"):
        texts_in("de")("no_such_text")
