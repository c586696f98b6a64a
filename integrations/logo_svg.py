"""SVG logos: well-formed, without scripts, and without anything that makes a reader fetch something else."""

import re
from xml.parsers import expat

SVG_NAMESPACE = "http://www.w3.org/2000/svg"
XML_BASE = "http://www.w3.org/XML/1998/namespace base"
DEEPEST_NESTING = 100
MOST_USES = 100
FORBIDDEN_ELEMENTS = frozenset(
    {"script", "foreignobject", "iframe", "embed", "object", "audio", "video", "handler", "link"}
)
REFERENCES = frozenset({"href", "src"})

_INSIDE = re.compile(r"\s*(?:#|data:(?:image/(?:png|jpe?g|gif|webp)|font/|application/(?:x-)?font))", re.IGNORECASE)
_CSS_ESCAPE = re.compile(r"\\(?:([0-9a-fA-F]{1,6})\s?|(.))", re.DOTALL)
_CSS_URL = re.compile(r"url\(\s*['\"]?([^'\")]*)", re.IGNORECASE)
_CSS_FETCH = re.compile(r"@import|image-set\(|src\(", re.IGNORECASE)


class UnsafeSvg(ValueError):
    """The SVG is not well-formed or does what a picture must not do."""


def check_svg(content: bytes) -> None:
    """Nothing, if `content` is an SVG picture that keeps to itself.

    Entities are refused because they can grow without limit, and so are copies (`use`) of copies. Refused are also
    scripts, event attributes, `xml:base` and whatever points outside, by reference or by style sheet.

    Raises:
        UnsafeSvg: it is not; the text says why.
    """
    inspection = _Inspection()
    parser = expat.ParserCreate(namespace_separator=" ")
    parser.StartElementHandler = inspection.start
    parser.EndElementHandler = inspection.end
    parser.CharacterDataHandler = inspection.text
    parser.EntityDeclHandler = inspection.entity
    parser.ProcessingInstructionHandler = inspection.instruction
    try:
        parser.Parse(content, True)  # noqa: FBT003 - the library takes it by position only
    except (expat.ExpatError, LookupError):
        raise UnsafeSvg("it is not well-formed") from None
    inspection.finish()


class _Inspection:
    """What has been seen of the document so far."""

    def __init__(self) -> None:
        self._open: list[tuple[str, str | None]] = []
        self._used: list[str] = []
        self._holding_uses: set[str | None] = set()
        self._style: list[str] = []

    def start(self, name: str, attributes: dict[str, str]) -> None:
        namespace, _, local = name.rpartition(" ")
        local = local.lower()
        if not self._open and (local != "svg" or namespace not in {SVG_NAMESPACE, ""}):
            raise UnsafeSvg("its outermost element is not svg")
        if local in FORBIDDEN_ELEMENTS:
            raise UnsafeSvg(f"it contains the element {local}")
        self._open.append((local, attributes.get("id")))
        if len(self._open) > DEEPEST_NESTING:
            raise UnsafeSvg("it is nested too deeply")
        for attribute, value in attributes.items():
            self._check_attribute(attribute, value)

    def end(self, _name: str) -> None:
        self._open.pop()

    def text(self, data: str) -> None:
        if any(local == "style" for local, _ in self._open):
            self._style.append(data)

    def entity(self, *_declaration: object) -> None:
        raise UnsafeSvg("it declares entities")

    def instruction(self, _target: str, _data: str) -> None:
        raise UnsafeSvg("it contains processing instructions")

    def finish(self) -> None:
        _check_css("".join(self._style))
        if len(self._used) > MOST_USES or not self._holding_uses.isdisjoint(self._used):
            raise UnsafeSvg("it copies its parts too often")

    def _check_attribute(self, attribute: str, value: str) -> None:
        local = attribute.rpartition(" ")[2].lower()
        if local.startswith("on") or attribute == XML_BASE:
            raise UnsafeSvg(f"it has the attribute {local}")
        if local == "attributename" and value.lower().endswith("href"):
            raise UnsafeSvg("it animates a reference")
        if local in REFERENCES:
            self._check_reference(value)
        _check_css(value)

    def _check_reference(self, value: str) -> None:
        if not _INSIDE.match(value):
            raise UnsafeSvg("it refers to something outside itself")
        if self._open[-1][0] == "use":
            self._used.append(value.strip().removeprefix("#"))
            self._holding_uses.update(identity for _, identity in self._open if identity is not None)


def _check_css(css: str) -> None:
    plain = _CSS_ESCAPE.sub(_unescaped, css)
    if _CSS_FETCH.search(plain) or not all(_INSIDE.match(url) for url in _CSS_URL.findall(plain)):
        raise UnsafeSvg("its style refers to something outside itself")


def _unescaped(escape: re.Match[str]) -> str:
    if escape[1] is None:
        return escape[2]
    return chr(min(int(escape[1], 16), 0x10FFFF))
