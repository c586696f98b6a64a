from pathlib import Path

import pytest

from demo.failure import DemoFailed
from demo.round_book import RoundBook


def test_a_round_that_was_broken_off_is_gone_on_with_under_the_same_keys(tmp_path: Path) -> None:
    begun = RoundBook(tmp_path).begin(orders=20, mails_before=3)
    again = RoundBook(tmp_path).broken_off
    assert again == begun
    assert again.key("manual") == begun.key("manual") != begun.key("automatic")


def test_a_finished_round_makes_room_for_the_next(tmp_path: Path) -> None:
    book = RoundBook(tmp_path)
    first = book.begin(orders=0, mails_before=0)
    book.finish(first)
    assert book.broken_off is None
    second = book.begin(orders=5, mails_before=11)
    assert (second.number, second.orders, second.mails_before) == (2, 5, 11)
    assert second.key("manual") != first.key("manual")


def test_another_folders_first_round_has_other_keys(tmp_path: Path) -> None:
    one = RoundBook(tmp_path / "one").begin(orders=0, mails_before=0)
    other = RoundBook(tmp_path / "other").begin(orders=0, mails_before=0)
    assert one.number == other.number == 1
    assert one.key("manual") != other.key("manual")


def test_people_keep_their_round_until_the_demo_has_had_one(tmp_path: Path) -> None:
    book = RoundBook(tmp_path)
    assert book.claim_for_people(20) == book.claim_for_people(20)
    assert book.broken_off is None
    demo = book.begin(orders=0, mails_before=0)
    assert demo.number == 2
    book.finish(demo)
    assert book.claim_for_people(20).number == 3


def test_people_do_not_end_a_round_of_the_demo_that_was_broken_off(tmp_path: Path) -> None:
    book = RoundBook(tmp_path)
    begun = book.begin(orders=7, mails_before=0)
    assert book.claim_for_people(20) == begun
    assert book.broken_off == begun


def test_a_damaged_book_says_what_to_do(tmp_path: Path) -> None:
    (tmp_path / "rounds.json").write_text('{"number": "?"}')
    with pytest.raises(DemoFailed, match="remove the folder"):
        _ = RoundBook(tmp_path).latest
