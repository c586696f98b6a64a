"""How a document looks. It is decided when the document is issued, and later settings are for later documents."""

from enum import StrEnum
from uuid import UUID

from invoicing.frozen import Frozen

HOUSE_COLOUR = "#0f4c5c"


class Layout(StrEnum):
    """Which of the service's own templates sets the page."""

    CLASSIC = "CLASSIC"
    COMPACT = "COMPACT"
    """Smaller type and closer lines, for long documents."""
    LETTER = "LETTER"
    """A business letter: salutation and sentences around the table."""


class Paper(StrEnum):
    """The sheet, and with it where the address stands: a window of DIN 5008 form B, or of a US #10 envelope."""

    A4 = "A4"
    LETTER = "LETTER"


class Typeface(StrEnum):
    """The family that Latin, Greek and Cyrillic text is set in."""

    SANS = "SANS"
    SERIF = "SERIF"


class TemplateRef(Frozen):
    """A version of a tenant's own template (`document_templates`), which never changes."""

    id: UUID
    version: int
    sha256: str


class Look(Frozen):
    """All that a document's look depends on beside its content."""

    layout: Layout = Layout.CLASSIC
    paper: Paper | None = None
    """None: the usual one of the seller's country."""
    brand_colour: str = HOUSE_COLOUR
    """`#rrggbb`"""
    typeface: Typeface = Typeface.SANS
    second_language: str | None = None
    """ISO 639-1: labels are printed in it too, beside the document's own language."""
    template: TemplateRef | None = None
    """The tenant's own template instead of `layout`'s."""
