"""What a template has written, judged as XHTML: well-formed, without scripts and loads, fit for PDF/UA-1."""

import html.entities
import re
from bisect import bisect_right
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field
from xml.parsers import expat

from documents.own_template.style_sheet import loads_something
from invoicing.document.template_fault import TemplateFault

KNOWN_TO_XML = frozenset({"amp", "lt", "gt", "quot", "apos"})
ENTITY = re.compile(r"&([A-Za-z][A-Za-z0-9]*);")
REFUSED = frozenset(
    {
        "applet",
        "audio",
        "base",
        "button",
        "embed",
        "form",
        "frame",
        "iframe",
        "input",
        "link",
        "object",
        "script",
        "select",
        "style",
        "textarea",
        "video",
    }
)
"""Elements that load, run or ask for something. Styles have a sheet of their own."""
EMBEDDED = ("data:image/png;base64,", "data:image/jpeg;base64,")
LINKED = ("https:", "http:", "mailto:", "tel:", "#")
LOADING = frozenset({"src", "srcset", "data", "background", "poster", "xlink:href"})
DEEPEST = 60
MARKED = re.compile("\ue000(\\d+)\ue001")


@dataclass(frozen=True)
class Found:
    """A fault and where it stands in what was written: line from 1, bytes from the line's beginning."""

    line: int
    column: int
    message: str


def with_numbered_entities(source: str) -> str:
    """`&nbsp;` and its like by their numbers: XML knows five names, HTML two thousand.

    >>> with_numbered_entities("5&nbsp;&euro; &amp; more, &nosuch;")
    '5&#160;&#8364; &amp; more, &nosuch;'
    """
    return ENTITY.sub(_numbered, source)


def _numbered(found: re.Match[str]) -> str:
    name = found[1]
    text = None if name in KNOWN_TO_XML else html.entities.html5.get(f"{name};")
    return "".join(f"&#{ord(char)};" for char in text) if text else found[0]


def faults_in(page: str, pictures: Collection[str]) -> list[Found]:
    """Everything wrong with a page that may show these pictures, by their URLs."""
    reading = _Reading(frozenset(pictures))
    reading.read(page)
    return reading.found


class SourceLines:
    """Which line of its template each place of a page comes from."""

    def __init__(self, marked: str) -> None:
        """`marked`: the page with its marks."""
        self._starts: list[int] = [0]
        self._lines: list[int] = [1]
        pieces: list[str] = []
        length = 0
        for place, piece in enumerate(MARKED.split(marked)):
            if place % 2:
                self._starts.append(length)
                self._lines.append(int(piece))
            else:
                pieces.append(piece)
                length += len(piece)
        self._begins = [0]
        for line in "".join(pieces).split("\n"):
            self._begins.append(self._begins[-1] + len(line) + 1)
        self._text = "".join(pieces)

    def line_of(self, found: Found) -> int:
        """The template's line that a fault comes from."""
        begin = self._begins[min(found.line - 1, len(self._begins) - 1)]
        line = self._text[begin : self._begins[min(found.line, len(self._begins) - 1)]]
        place = begin + len(line.encode()[: found.column].decode(errors="ignore"))
        return self._lines[bisect_right(self._starts, place) - 1]


def told(part: str, found: Collection[Found], marked: str) -> list[TemplateFault]:
    """The same by the lines of the template."""
    lines = SourceLines(marked)
    return [TemplateFault(part=part, line=lines.line_of(each), message=each.message) for each in found]


@dataclass
class _Reading:
    pictures: frozenset[str]
    found: list[Found] = field(default_factory=list)
    _path: list[str] = field(default_factory=list)
    _has_title: bool = False

    def read(self, page: str) -> None:
        self._parser = parser = expat.ParserCreate()
        parser.StartDoctypeDeclHandler = self._doctype
        parser.StartElementHandler = self._begin
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._text
        try:
            parser.Parse(page.encode(), True)  # noqa: FBT003 -- its only signature
        except expat.ExpatError as error:
            self.found.append(Found(error.lineno, error.offset, f"not well-formed: {_words(error)}"))
        except _Stop:
            return
        else:
            if not self._has_title:
                self.found.append(Found(1, 0, "the head needs a title"))

    def _fault(self, message: str) -> None:
        self.found.append(Found(self._parser.CurrentLineNumber, self._parser.CurrentColumnNumber, message))

    def _doctype(self, _name: str, system: str | None, _public: str | None, has_subset: int) -> None:
        if has_subset or system:
            self._fault("the document type is written <!DOCTYPE html>")
            raise _Stop

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        if not self._path and tag != "html":
            self._fault("the page is one html element")
            raise _Stop
        self._path.append(tag)
        if len(self._path) > DEEPEST:
            self._fault(f"elements nest deeper than {DEEPEST}")
            raise _Stop
        for message in self._faults_of(tag.rpartition(":")[2].lower(), attributes):
            self._fault(message)

    def _end(self, _tag: str) -> None:
        self._path.pop()

    def _text(self, text: str) -> None:
        if self._path == ["html", "head", "title"] and text.strip():
            self._has_title = True

    def _faults_of(self, tag: str, attributes: dict[str, str]) -> Iterator[str]:
        if tag in REFUSED:
            yield f"<{tag}> cannot be used here"
        if tag == "html" and not attributes.get("lang"):
            yield "html needs lang, {{ page.language }}"
        if tag == "img" and "alt" not in attributes:
            yield "img needs alt"
        if tag == "th" and "scope" not in attributes:
            yield "th needs scope"
        for name, value in attributes.items():
            yield from self._faults_of_attribute(tag, name.lower(), value)

    def _faults_of_attribute(self, tag: str, name: str, value: str) -> Iterator[str]:
        if name.startswith("on") or name in {"http-equiv", "rel", "download"}:
            yield f"{name} cannot be used here"
        elif name in LOADING or (name == "href" and tag != "a"):
            if not (value in self.pictures or value.startswith((*EMBEDDED, "#"))):
                yield f"{name} names something that is not there: a page loads nothing from outside"
        elif name == "href" and not value.startswith(LINKED):
            yield f"a link begins with one of {' '.join(LINKED)}"
        elif name == "style" and loads_something(value):
            yield "style names something that is not there: a page loads nothing from outside"


class _Stop(Exception):
    """What follows is not worth reading."""


def _words(error: expat.ExpatError) -> str:
    """Expat's sentence for it, which quotes nothing."""
    return expat.ErrorString(error.code) or "it cannot be read"
