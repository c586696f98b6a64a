from io import BytesIO

import pytest
from pypdf import PdfReader

from bench.render.content import invoice
from bench.render.contestants import contestant

WITHOUT_PROCESSES_OF_THEIR_OWN = ("full", "bare", "naive", "typst", "reportlab")


def test_the_invoice_sums_up() -> None:
    """One line: (3 + 2 x 37) + 0.14 = 77.14 each, 1 + 7 = 8 of them, 617.12, at 19 % 117.25 (117.2528) of tax."""
    totals = invoice(1).totals
    assert [str(figure) for figure in (totals.net, totals.tax, totals.gross, totals.paid, totals.payable)] == [
        "617.12",
        "117.25",
        "734.37",
        "734.37",
        "0",
    ]


@pytest.mark.parametrize("name", WITHOUT_PROCESSES_OF_THEIR_OWN)
def test_all_set_the_same_figures_on_one_page(name: str) -> None:
    wanted = invoice(10)
    (page,) = PdfReader(BytesIO(contestant(name)(wanted))).pages
    text = "".join(page.extract_text().split())
    for amount in (*(line.amount for line in wanted.lines), wanted.totals.gross):
        assert f"{amount:,}" in text
    assert wanted.number in text
