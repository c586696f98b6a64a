"""What is drawn: colours that are known, lines of words, and words that have been drawn before."""

import re
from dataclasses import dataclass
from itertools import islice

from weasyprint import draw  # type: ignore[import-untyped]
from weasyprint.draw import text  # type: ignore[import-untyped]
from weasyprint.formatting_structure.boxes import LineBox, ReplacedBox  # type: ignore[import-untyped]
from weasyprint.pdf.stream import Stream  # type: ignore[import-untyped]

from documents.shortcuts.figures import CHARACTERS, glyphs_of
from documents.shortcuts.numbered import HEAD, Numbered, halves, numbered_of
from documents.shortcuts.operands import operand, operands
from documents.shortcuts.quiet import holds_words_alone
from documents.shortcuts.untyped import Untyped

MOST_WORDS = 200
"""Of one style."""
GLYPHS = re.compile(rb"<([0-9a-f]+)>")

any_color = Stream.set_color
any_text = text.draw_text
draw_block_in_general = draw.draw_block_level


def set_color(stream: Untyped, color: Untyped, stroke: object = False) -> None:  # noqa: FBT002 - its signature
    """In place of `weasyprint.pdf.stream.Stream.set_color`, which converts what needs no conversion."""
    kept = stream.__dict__.get("known_fill")
    if not stroke and kept is not None and kept[0] is color and kept[1] is stream._current_color:  # noqa: SLF001 - of the method's class
        return  # what restores another opacity forgets the colour
    channels = color.coordinates
    if color.space != "srgb" or None in channels:
        any_color(stream, color, stroke)
        return
    stream.set_alpha(color.alpha, stroke)
    place = "_current_color_stroke" if stroke else "_current_color"
    key = (color.space, *channels)
    if key != getattr(stream, place):
        setattr(stream, place, key)
        stream.stream.append(b"%b %b" % (operands(*channels), b"RG" if stroke else b"rg"))
    if not stroke:
        stream.known_fill = color, stream._current_color  # noqa: SLF001 - see above


def draw_block_level(page: Untyped, stream: Untyped, blocks: dict[Untyped, Untyped]) -> None:
    """In place of `weasyprint.draw.draw_block_level`: of most lines there is nothing to draw but words."""
    for block, inside in blocks.items():
        if isinstance(block, ReplacedBox):
            draw_block_in_general(page, stream, {block: inside})
            continue
        if block.children and isinstance(block.children[-1], LineBox):
            for line in block.children:
                if _is_plain(line):
                    _draw_line(stream, line)
                else:
                    draw.draw_inline_level(stream, page, line)
        if inside:
            draw_block_level(page, stream, inside)


def _is_plain(line: Untyped) -> bool:
    return holds_words_alone(line) and line.text_overflow == "clip" and line.block_ellipsis == "none"


def _draw_line(stream: Untyped, line: Untyped) -> None:
    """With each word marked as content, as `Stream.marked` does."""
    content, tags = stream.stream, stream._tags  # noqa: SLF001 - as what is replaced
    for words in line.children:
        if tags is not None:
            content.append(b"/Span\n<</MCID %d>>\nBDC" % len(tags))
            tags[words] = {"tag": "Span", "mcid": len(tags)}
        draw_text(stream, words, words.position_x - line.position_x, "clip", "none")
        if tags is not None:
            content.append(b"EMC")


@dataclass(frozen=True, eq=False)
class _Words:
    """How words were drawn."""

    face: tuple[object, float]
    """The font, by its key among the document's fonts, and its size."""
    glyphs: frozenset[int]
    shown: bytes
    """The operator that shows them."""


def draw_text(stream: Untyped, textbox: Untyped, offset_x: float, text_overflow: str, block_ellipsis: Untyped) -> None:
    """In place of `weasyprint.draw.text.draw_text`, which has Pango shape every word once more."""
    style, layout = textbox.style, textbox.pango_layout
    if (
        text_overflow != "clip"
        or block_ellipsis != "none"
        or layout.justification_spacing
        or style["visibility"] != "visible"
        or style["text_decoration_line"] != "none"
        or not textbox.text.strip()
    ):
        any_text(stream, textbox, offset_x, text_overflow, block_ellipsis)
        return
    known, written = style.__dict__.setdefault("words", {}), layout.text
    numbered = numbered_of(style) if written[-1] in CHARACTERS else None
    if numbered is not None and _show_numbered(stream, textbox, numbered):
        return
    words = known.get(written)
    if words is not None and _show_words(stream, textbox, words):
        return
    had = {key: len(font.widths) for key, font in stream._fonts.items()}  # noqa: SLF001 - see below
    any_text(stream, textbox, offset_x, text_overflow, block_ellipsis)
    if (words := _drawn(stream)) is None:
        return
    key = words.face[0]
    _widths(style, key).update(islice(stream._fonts[key].widths.items(), had.get(key, 0), None))  # noqa: SLF001 - see below
    if numbered is not None:
        numbered.learn(written, words.face, words.shown)
        if numbered.shown(written) is not None:
            return
    if len(known) >= MOST_WORDS:
        known.clear()
    known[written] = words


def _show_words(stream: Untyped, textbox: Untyped, words: _Words) -> bool:
    """Draw words as before, if this document has the font already."""
    key, size = words.face
    font = stream._fonts.get(key)  # noqa: SLF001 - as the function that this is instead of
    if font is None or not (_has(font, words.glyphs) or _takes(font, key, textbox, words.shown)):
        return False
    _show(stream, textbox, font, size, words.shown)
    return True


def _show_numbered(stream: Untyped, textbox: Untyped, numbered: Numbered) -> bool:
    """Draw words that end in a figure, put together from what is known of them, on the same condition."""
    written = textbox.pango_layout.text
    shown = numbered.shown(written)
    if shown is None or numbered.face is None:
        return False
    key, size = numbered.face
    font = stream._fonts.get(key)  # noqa: SLF001 - see above
    if font is None:
        return False
    met = font.__dict__.setdefault("met", {}).setdefault(numbered, set())
    head, tail = halves(written)
    if head + tail[0] not in met or not met.issuperset(tail):
        if not _takes(font, key, textbox, shown):
            return False
        met.update((head + tail[0], *tail))
    _show(stream, textbox, font, size, shown)
    return True


def _has(font: Untyped, glyphs: frozenset[int]) -> bool:
    return glyphs.issubset(font.widths) and glyphs.issubset(font.to_unicode)


def _takes(font: Untyped, key: object, textbox: Untyped, shown: bytes) -> bool:
    """Whether a document's font has got all glyphs of some words; those that it lacks are added, if all is known."""
    written = textbox.pango_layout.text
    glyphs = glyphs_of(written, shown)
    if glyphs is None or not HEAD.fullmatch(written) or textbox.style["direction"] != "ltr":
        return False
    widths = _widths(textbox.style, key)
    numbers = [int(glyph[:4], 16) for glyph in glyphs]
    if not all(number in font.widths or number in widths for number in numbers):
        return False
    for number, character in zip(numbers, written, strict=True):
        font.to_unicode.setdefault(number, character)
        font.widths.setdefault(number, widths.get(number))
    return True


def _widths(style: Untyped, key: object) -> dict[int, int]:
    """Of glyphs in a font, as they are measured at the size of a style: another size may round them otherwise."""
    return style.__dict__.setdefault("glyph_widths", {}).setdefault(key, {})  # type: ignore[no-any-return]


def _show(stream: Untyped, textbox: Untyped, font: Untyped, size: float, shown: bytes) -> None:
    """As `weasyprint.draw.text.draw_text`, with all operators but the last written at once."""
    stream.set_color(textbox.style["color"])
    stream.begin_text()
    chosen = font.hash, size
    choice = b"" if chosen == stream._current_font else b"/%b %b Tf\n" % (font.hash.encode(), operand(size))  # noqa: SLF001 - see above
    x, y = operand(textbox.position_x), operand(textbox.position_y + textbox.baseline)
    stream.stream.append(b"1 0 0 -1 %b %b Tm\n%b%b" % (x, y, choice, shown))
    stream._current_font = chosen  # noqa: SLF001 - see above
    stream.end_text()


def _drawn(stream: Untyped) -> _Words | None:
    """What was drawn last, if it was of one font and in one go."""
    before, chosen, shown, ended = (*[b""] * 4, *stream.stream[-4:])[-4:]
    if not shown.endswith(b" TJ") or ended != b"ET":
        return None
    if not (chosen.endswith(b" Tm") or (chosen.endswith(b" Tf") and before.endswith(b" Tm"))):
        return None
    name, size = stream._old_font  # noqa: SLF001 - see above
    key, font = next((key, font) for key, font in stream._fonts.items() if font.hash == name)  # noqa: SLF001
    if font.bitmap or font.svg or font.png or font.colr:
        return None
    glyphs = _glyphs(shown)
    if any(glyph >= font.glyph_count for glyph in glyphs):  # for letters that the font lacks, each document counts on
        return None
    return _Words((key, size), glyphs, shown)


def _glyphs(shown: bytes) -> frozenset[int]:
    digits = b"".join(GLYPHS.findall(shown))
    return frozenset(int(digits[start : start + 4], 16) for start in range(0, len(digits), 4))
