from documents.formatting import formatter_for
from documents.label import Label, Voice
from invoicing.look import Look
from tests.documents.invoices import make_invoice


def voice(second: str | None) -> Voice:
    return Voice(formatter_for(make_invoice(look=Look(second_language=second))))


def test_a_label_is_text_that_knows_its_second_language() -> None:
    label = voice("en").named("order_date")
    assert label == "Bestelldatum"
    assert label.second == "Order date"


def test_without_a_second_language_there_is_nothing_beside_it() -> None:
    for second in (None, "de", "tlh"):
        assert voice(second).named("order_date") == "Bestelldatum"
        assert voice(second).named("order_date").second == ""


def test_what_is_the_same_in_both_is_said_once() -> None:
    assert Label("IBAN", "IBAN").second == ""


def test_the_second_language_writes_dates_in_its_own_words_and_figures_as_the_country_does() -> None:
    day, gross = make_invoice().issue_date, make_invoice().totals.gross * 1000
    said = voice("en").sentences(lambda formatter: [formatter.date(day), formatter.money(gross)])
    assert [(label, label.second) for label in said] == [
        ("21.11.2026", "21 Nov 2026"),
        ("11.900,00\u00a0\u20ac", ""),
    ]
