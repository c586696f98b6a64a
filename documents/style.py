"""The style sheets of a page: what all have in common, what the layout changes, what the seller's look adds."""

from functools import cache, lru_cache

from documents.palette import palette_of
from documents.templates import FOLDER, environment
from invoicing.look import Layout, Look, Paper, Typeface

TEXT, QUIET, RULE, GROUND = "#1c2630", "#5f6b78", "#dde3e8", "#f4f6f8"
FAMILIES = {
    Typeface.SANS: '"IBM Plex Sans", "Noto Sans"',
    Typeface.SERIF: '"IBM Plex Serif", "IBM Plex Sans", "Noto Sans"',
}
SHEETS = {
    Layout.CLASSIC: ("invoice.css",),
    Layout.COMPACT: ("invoice.css", "compact.css"),
    Layout.LETTER: ("invoice.css", "letter.css"),
}
KEPT = 64


def style_of(look: Look, paper: Paper, direction: str, *, is_draft: bool = False) -> tuple[str, ...]:
    """The sheets in the order in which they hold. All but one are the same for all documents of a layout.

    Args:
        look: layout, colour and typeface.
        paper: what the page is set for.
        direction: `ltr` or `rtl`.
        is_draft: the word for it lies across every page.
    """
    drafts = (_sheet("draft.css"),) if is_draft else ()
    common = tuple(_sheet(name) for name in SHEETS[look.layout])
    return (*common, _look_sheet(look.brand_colour, look.typeface, look.layout, paper, direction), *drafts)


@cache
def _sheet(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


@lru_cache(KEPT)
def _look_sheet(colour: str, typeface: Typeface, layout: Layout, paper: Paper, direction: str) -> str:
    palette = palette_of(colour)
    start, end = ("right", "left") if direction == "rtl" else ("left", "right")
    return environment.get_template("look.css").render(
        brand=palette.brand,
        ink=palette.ink,
        tint=palette.tint,
        on_brand=palette.on_brand,
        text=TEXT,
        quiet=QUIET,
        rule=RULE,
        ground=GROUND,
        family=FAMILIES[typeface],
        paper="8.5in 11in" if paper is Paper.LETTER else "A4",
        is_letter_paper=paper is Paper.LETTER,
        layout=layout,
        start=start,
        end=end,
    )
