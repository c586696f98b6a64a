"""Words that end in a figure are put together as Pango would shape them."""

import pytest

from documents.shortcuts.numbered import Numbered, halves

SANS, SERIF = ("sans", 8.0), ("serif", 8.0)


@pytest.mark.parametrize(
    ("words", "head", "tail"),
    [("Item NL-1001", "Item NL", "-1001"), ("8\u00a0pcs", "8\u00a0pcs", ""), ("1,250.00", "", "1,250.00")],
)
def test_words_are_what_is_before_the_figure_and_the_figure(words: str, head: str, tail: str) -> None:
    assert halves(words) == (head, tail)


def test_what_is_before_is_drawn_as_before_and_the_figure_by_its_characters() -> None:
    numbered = Numbered()
    numbered.learn("A 12", SANS, b"[<0041>5<002000110012>] TJ")
    assert numbered.shown("A 21") is None
    numbered.learn("A 21", SANS, b"[<0041>5<002000120011>] TJ")
    assert numbered.shown("A 1212") == b"[<0041>5<00200011001200110012>] TJ"
    assert numbered.face == SANS


def test_what_is_before_is_known_for_one_first_character_alone() -> None:
    numbered = Numbered()
    numbered.learn("A11", SANS, b"[<0041>5<00110011>] TJ")
    numbered.learn("B21", SANS, b"[<004200120011>] TJ")
    assert numbered.shown("A21") is None
    assert numbered.shown("B11") is None
    assert numbered.shown("B211") == b"[<0042001200110011>] TJ"


def test_a_figure_that_looks_otherwise_after_some_words_teaches_nothing() -> None:
    numbered = Numbered()
    numbered.learn("A11", SANS, b"[<004100110011>] TJ")
    numbered.learn("B11", SANS, b"[<004200990011>] TJ")
    assert numbered.shown("B11") is None
    assert numbered.shown("A111") == b"[<0041001100110011>] TJ"


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("fi 1", b"[<010000200011>] TJ"),
        ("\u05d0 1", b"[<001100200500>] TJ"),
        ("\u0634 1", b"[<001100200600>] TJ"),
    ],
)
def test_letters_that_flow_together_or_go_the_other_way_teach_nothing(words: str, shown: bytes) -> None:
    numbered = Numbered()
    numbered.learn(words, SANS, shown)
    assert numbered.shown(words) is None


def test_all_is_of_one_font() -> None:
    numbered = Numbered()
    numbered.learn("A1", SANS, b"[<00410011>] TJ")
    numbered.learn("B1", SERIF, b"[<00420011>] TJ")
    assert numbered.shown("B1") is None


def test_not_more_is_kept_than_so_much(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("documents.shortcuts.numbered.MOST_HEADS", 2)
    numbered = Numbered()
    for letter, glyph in zip("ABC", (b"0041", b"0042", b"0043"), strict=True):
        numbered.learn(f"{letter}1", SANS, b"[<%b0011>] TJ" % glyph)
    assert [numbered.shown(words) is None for words in ("A1", "B1", "C1")] == [True, True, False]
