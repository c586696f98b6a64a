"""The Jinja2 templates and how they are filled in."""

import unicodedata
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from jinja2 import Environment, FileSystemLoader, StrictUndefined, select_autoescape
from markupsafe import Markup

if TYPE_CHECKING:
    from documents.page import Page

FOLDER = Path(__file__).parent
KEPT = frozenset("\n\t")
TURNING = frozenset("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Marks that turn the direction of what follows, beyond the text they stand in."""


def printable_text(value: object) -> object:
    """Drop control characters from a value: they have no look, and some are not allowed in XML metadata."""
    if not isinstance(value, str) or isinstance(value, Markup) or (value.isascii() and value.isprintable()):
        return value
    return "".join(char for char in value if char in KEPT or not _unprintable(char))


def _unprintable(char: str) -> bool:
    return char in TURNING or unicodedata.category(char) in {"Cc", "Cn", "Cs"}


environment = Environment(
    loader=FileSystemLoader(FOLDER),
    autoescape=select_autoescape(["html"]),
    undefined=StrictUndefined,
    finalize=printable_text,
    trim_blocks=True,
    lstrip_blocks=True,
)
"""HTML templates escape what they print; a name that is not there is an error, not an empty space."""


def page_html(page: "Page", logo_url: str | None, picture_urls: Mapping[str, str]) -> str:
    """The service's own page, as well-formed XML.

    Args:
        page: what to print.
        logo_url: under what the typesetter knows the seller's logo; None: the seller's name is printed in its place.
        picture_urls: the same of the lines' images, by the URLs that the lines name; what is missing is not printed.
    """
    return environment.get_template("invoice.html").render(page=page, logo_url=logo_url, picture_urls=picture_urls)
