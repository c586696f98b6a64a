"""The names of a PDF's pages, which every tag asks for."""

from documents.shortcuts.untyped import Untyped


def page_references(pdf: Untyped) -> tuple[bytes, ...]:
    """In place of the property of `pydyf.PDF`, which writes all of them each time."""
    pages = pdf.pages["Kids"]
    known: tuple[int, tuple[bytes, ...]] = pdf.__dict__.get("known_pages", (-1, ()))
    if known[0] != len(pages):
        known = pdf.known_pages = len(pages), tuple(b"%d 0 R" % number for number in pages[::3])
    return known[1]
