import pytest
from weasyprint.draw import text  # type: ignore[import-untyped]

from documents.pdf import render
from documents.request import PrintRequest
from documents.shortcuts.untyped import Untyped
from tests.documents.invoices import items, make_invoice
from tests.documents.shortcuts.laid_out import drawn


@pytest.fixture
def shaped(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The words that Pango is asked to shape for drawing."""
    asked: list[str] = []
    draw_first_line = text.draw_first_line

    def shape(stream: Untyped, textbox: Untyped, *further: object) -> Untyped:
        asked.append(textbox.pango_layout.text)
        return draw_first_line(stream, textbox, *further)

    monkeypatch.setattr(text, "draw_first_line", shape)
    return asked


def test_of_a_document_like_the_last_only_what_its_fonts_lack_is_shaped(shaped: list[str]) -> None:
    for count in (30, 31):
        shaped.clear()
        render(PrintRequest(invoice=make_invoice(items(count))), {})
    numbers = [words for words in shaped if "NL-10" in words]
    amounts = [words for words in shaped if words.replace(".", "").isdecimal()]
    assert len(numbers) <= 2
    assert len(amounts) < 10


def test_one_colour_after_another_is_chosen_once() -> None:
    operators = drawn("<p>a<p>b<p class='red'>c<p class='red'>d<p>e", ".red { color: #f00 }")
    assert [line for line in operators.split(b"\n") if line.endswith(b" rg")] == [b"0 0 0 rg", b"1 0 0 rg", b"0 0 0 rg"]


def test_a_colour_is_chosen_anew_after_the_state_is_restored() -> None:
    operators = drawn("<p>a<b style='display: inline-block'>b</b>c")
    assert operators.count(b"0 0 0 rg") == 2


def test_blank_words_are_not_drawn() -> None:
    operators = drawn("<p style='white-space: pre'>1 2</p><p style='white-space: pre'> </p>")
    assert operators.count(b" TJ") == 1
