"""The words on the page and in the mail: one gettext catalogue a language, one lookup.

`document.pot` is English and the list of all texts: `msgctxt` is a text's name, `msgid` its English wording. The other
catalogues are named like a locale (`de.po`); one of a territory (`en_US.po`) holds only what differs from its language.
What a language lacks is taken from English. Catalogues are read when they are first asked for, 2 ms each, and kept;
there is no compiled form that could be older than its source.
"""

import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from babel import Locale
from babel.messages.pofile import read_po

from documents.direction import in_order

FOLDER = Path(__file__).parent
ENGLISH = "en"
TEMPLATE = FOLDER / "document.pot"


@dataclass(frozen=True)
class Texts:
    """All texts in one language."""

    language: str
    """ISO 639-1 of what is really printed: English where we lack the language that was asked for."""
    direction: str
    """`ltr`, or `rtl` where people read from right to left."""
    second: "Texts | None" = None
    """The same in the document's second language, where it has one."""
    _wordings: dict[str, str] = field(default_factory=dict, repr=False)

    def __call__(self, key: str, **values: str) -> str:
        """The text called `key`, with its `{placeholders}` filled in, each in its own reading order.

        Raises:
            KeyError: no such text, or no value for one of its placeholders.
        """
        return self._wordings[key].format_map({name: self.apart(value) for name, value in values.items()})

    def apart(self, value: str) -> str:
        """A value from outside as it has to stand among these words: see `documents.direction`."""
        return in_order(value) if self.direction == "rtl" else value

    def pieces(self, key: str) -> list[str]:
        """The text called `key` around its placeholders, whose values only the layout engine knows.

        >>> texts_in("en").pieces("page_number")
        ['Page ', ' of ', '']
        """
        return re.split(r"{\w+}", self._wordings[key])

    def find(self, key: str) -> str | None:
        """The text called `key`, where there may be none."""
        return self._wordings.get(key)


@cache
def texts_in(language: str, territory: str | None = None, second: str | None = None) -> Texts:
    """The texts in a language (ISO 639-1) as a territory (ISO 3166-1) words them, and in a second language beside it.

    A second language that we lack, or that is the first one, is none.

    >>> texts_in("en")("tax"), texts_in("en", "US")("tax"), texts_in("tlh")("tax")
    ('VAT', 'Tax', 'VAT')
    >>> beside = texts_in("ar", "AE", second="en").second
    >>> beside and beside("invoice"), texts_in("en", second="en").second
    ('Invoice', None)
    """
    printed = language if language in languages() else ENGLISH
    beside = texts_in(second, territory) if second in languages() - {printed} and second else None
    layers = [_catalogue(ENGLISH), _catalogue(printed), _catalogue(f"{printed}_{territory}")]
    wordings = {key: text for layer in layers for key, text in layer.items()}
    return Texts(printed, Locale(printed).text_direction, beside, wordings)


@cache
def languages() -> frozenset[str]:
    """The languages that we have texts in, ISO 639-1."""
    return frozenset(name for name in _catalogues() if "_" not in name)


@cache
def _catalogues() -> dict[str, Path]:
    return {ENGLISH: TEMPLATE} | {file.stem: file for file in FOLDER.glob("*.po")}


@cache
def _catalogue(name: str) -> dict[str, str]:
    """Wordings by name; none for a name that no catalogue has."""
    file = _catalogues().get(name)
    if file is None:
        return {}
    with file.open("rb") as stream:
        messages = [(message.context, message) for message in read_po(stream)]
    wording = "id" if file == TEMPLATE else "string"
    return {key: text for key, message in messages if key and (text := getattr(message, wording))}
