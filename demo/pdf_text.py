"""Reading an invoice's PDF as text, and finding an amount in it however its locale writes amounts."""

import re
from decimal import Decimal
from pathlib import Path

from pypdf import PdfReader
from pypdf.errors import PyPdfError

AMOUNT = re.compile(r"\d(?:[.,'\u2019\u00a0\u202f]?\d)*")
"""Digits with at most one mark or narrow space between two of them."""


def pdf_text(file: Path) -> str | None:
    """The text of all pages, None where the file is no PDF."""
    try:
        return "\n".join(page.extract_text() for page in PdfReader(file).pages)
    except (PyPdfError, OSError, ValueError, KeyError, TypeError):
        return None


def shows_amount(text: str, amount: Decimal) -> bool:
    """Whether one of the text's figures has just these digits.

    >>> shows_amount("Gesamt 1.234,50 €", Decimal("1234.50")), shows_amount("1 234,5", Decimal("1234.50"))
    (True, False)
    """
    digits = re.sub(r"\D", "", format(amount, "f"))
    return any(re.sub(r"\D", "", figure) == digits for figure in AMOUNT.findall(text))
