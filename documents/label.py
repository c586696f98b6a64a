"""Words in two languages: a document may be read in a second one beside its own."""

from collections.abc import Callable, Iterable, Sequence
from typing import Self

from documents.formatting import Formatter, locale_of


class Label(str):
    """Words in the document's language that know the same words in its second one.

    >>> invoice = Label("Rechnung", "Invoice")
    >>> f"{invoice}, {invoice.second}"
    'Rechnung, Invoice'
    """

    __slots__ = ("second",)
    second: str
    """Empty where there is no second language, or where it says the same."""

    def __new__(cls, words: str, second: str = "") -> Self:
        """A label in one language, or in two."""
        label = super().__new__(cls, words)
        label.second = "" if second == words else second
        return label


class Voice:
    """Says everything in the document's language, and once more in its second where it has one."""

    def __init__(self, first: Formatter) -> None:
        self.first = first
        self.second = _beside(first)

    def label(self, say: Callable[[Formatter], str]) -> Label:
        """What `say` makes of each language."""
        return Label(say(self.first), say(self.second) if self.second else "")

    def named(self, key: str, **values: str) -> Label:
        """The text called `key`."""
        return self.label(lambda formatter: formatter.texts(key, **values))

    def sentences(self, say: Callable[[Formatter], Iterable[str]]) -> list[Label]:
        """What `say` makes of each language, sentence by sentence."""
        first = list(say(self.first))
        second: Sequence[str] = list(say(self.second)) if self.second else [""] * len(first)
        return [Label(words, beside) for words, beside in zip(first, second, strict=True)]


def _beside(first: Formatter) -> Formatter | None:
    """Figures and dates as the second language writes them, in the same country if it is known there."""
    texts = first.texts.second
    if texts is None:
        return None
    locale = locale_of(f"{texts.language}_{first.locale.territory}", texts.language)
    return Formatter(locale, first.currency, texts)
