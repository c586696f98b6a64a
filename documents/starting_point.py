"""The service's own templates as the first version of a tenant's: what may be changed, begun from what is there."""

from documents.style import style_of
from documents.templates import FOLDER
from invoicing.look import Look, Paper

SUBJECT = "{{ mail.subject }}"


def page_starting_point(look: Look) -> dict[str, str]:
    """Our page, and all of its style in one sheet: the look's colours and typeface are written out in it.

    It is set for A4 unless the look says otherwise, and for text that runs from left to right.
    """
    sheets = style_of(look, look.paper or Paper.A4, "ltr")
    return {"html": _source("invoice.html"), "css": "\n".join(sheets)}


def mail_starting_point(language: str) -> dict[str, dict[str, str]]:
    """Our mail; its words are those of the mail's own language, wherever they are left standing."""
    return {language: {"subject": SUBJECT, "text": _source("mail.txt"), "html": _source("mail.html")}}


def _source(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")
