from decimal import Decimal
from pathlib import Path

import pytest
from pypdf import PdfWriter

from demo.pdf_text import pdf_text, shows_amount


@pytest.mark.parametrize(
    "text",
    [
        "Summe 1.234,50 €",
        "Total $1,234.50",
        "Total CHF 1\u2019234.50",
        "Total\u00a01\u202f234,50\u00a0€",
        "1\u00a0234,50",
        "1234,50",
        "19 %\n234,50\n1234.50",
    ],
)
def test_an_amount_is_found_however_its_locale_writes_it(text: str) -> None:
    assert shows_amount(text, Decimal("1234.50"))


@pytest.mark.parametrize("text", ["", "1.234,51", "11.234,50", "1.234,5", "1234 50", "234,50", "1.234,500"])
def test_another_amount_is_not_taken_for_it(text: str) -> None:
    assert not shows_amount(text, Decimal("1234.50"))


def test_an_amount_without_decimals_is_found() -> None:
    assert shows_amount("￥11,656", Decimal(11656))
    assert not shows_amount("￥11,656.00", Decimal(11656))


@pytest.mark.parametrize("content", [b"", b"no PDF", b"%PDF-1.7\nand then nothing"])
def test_what_is_no_pdf_has_no_text(tmp_path: Path, content: bytes) -> None:
    file = tmp_path / "broken.pdf"
    file.write_bytes(content)
    assert pdf_text(file) is None


def test_a_missing_file_has_no_text(tmp_path: Path) -> None:
    assert pdf_text(tmp_path / "missing.pdf") is None


def test_a_pdf_without_words_is_still_one(tmp_path: Path) -> None:
    writer = PdfWriter()
    writer.add_blank_page(100, 100)
    writer.write(tmp_path / "blank.pdf")
    assert pdf_text(tmp_path / "blank.pdf") == ""
