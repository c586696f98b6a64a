from io import BytesIO

import pytest
from pypdf import PdfReader

from bench.render.content import invoice
from bench.render.contestants import contestant
from bench.render.phases import REST, Clock

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


def test_a_phase_stands_still_while_one_that_it_calls_runs() -> None:
    clock = Clock()
    inner = clock.timed("inner", lambda: sum(range(300_000)))
    outer = clock.timed("outer", inner)
    clock.restart()
    assert outer() == 44_999_850_000
    shares = clock.shares()
    assert shares.keys() == {"inner", "outer", REST}
    assert shares["inner"] > 0.5
    assert sum(shares.values()) == pytest.approx(1)
