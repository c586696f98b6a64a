"""The words on the page and in the mail: one JSON file a language, one lookup.

A file is named like a locale. `en_US.json` holds only what differs from `en.json`; what a language lacks is taken from
English.
"""

import json
from functools import cache
from pathlib import Path

FOLDER = Path(__file__).parent
FALLBACK = "en"


class Texts:
    """All texts in one language."""

    def __init__(self, language: str, texts: dict[str, str]) -> None:
        self.language = language
        """ISO 639-1 of what is really printed: English where we lack the language that was asked for."""
        self._texts = texts

    def __call__(self, key: str, **values: str) -> str:
        """The text called `key`, with its `{placeholders}` filled in.

        Raises:
            KeyError: no such text, or no value for one of its placeholders.
        """
        return self._texts[key].format_map(values)

    def find(self, key: str) -> str | None:
        """The text called `key`, where there may be none."""
        return self._texts.get(key)


@cache
def texts_in(language: str, territory: str | None = None) -> Texts:
    """The texts in a language (ISO 639-1) as a territory (ISO 3166-1) words them.

    >>> texts_in("en")("tax"), texts_in("en", "US")("tax"), texts_in("tlh")("tax")
    ('VAT', 'Tax', 'VAT')
    """
    printed = language if _catalogue(language) else FALLBACK
    layers = [_catalogue(FALLBACK), _catalogue(printed)]
    if territory:
        layers.append(_catalogue(f"{printed}_{territory}"))
    return Texts(printed, {key: text for layer in layers for key, text in layer.items()})


@cache
def _catalogues() -> dict[str, Path]:
    return {file.stem: file for file in FOLDER.glob("*.json")}


def _catalogue(name: str) -> dict[str, str]:
    file = _catalogues().get(name)
    if file is None:
        return {}
    catalogue: dict[str, str] = json.loads(file.read_text(encoding="utf-8"))
    return catalogue
