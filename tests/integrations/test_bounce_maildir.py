"""The folder that bounces arrive in."""

import mailbox
from pathlib import Path

import pytest

from integrations.bounce_maildir import BounceMaildir


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    mailbox.Maildir(tmp_path / "bounces", create=True)
    return tmp_path / "bounces"


def deliver(folder: Path, name: str, content: bytes = b"Subject: x\n\n") -> str:
    (folder / "new" / name).write_bytes(content)
    return name


def test_what_waits_is_told_with_the_oldest_first_and_not_more_than_is_asked_for(folder: Path) -> None:
    for name in ("1900000000.b.host", "999.a.host", "1800000000.c.host", ".hidden", "odd"):
        deliver(folder, name)
    waiting = BounceMaildir(folder).waiting(3)
    assert waiting == ["odd", "999.a.host", "1800000000.c.host"]


def test_what_is_done_with_is_a_seen_mail_for_any_mail_program(folder: Path) -> None:
    maildir, name = BounceMaildir(folder), deliver(folder, "1800000000.c.host")
    maildir.put_away(name)
    assert maildir.waiting(9) == []
    box = mailbox.Maildir(folder, create=False)
    (message,) = list(box)
    assert isinstance(message, mailbox.MaildirMessage)
    assert (message.get_subdir(), message.get_flags()) == ("cur", "S")


def test_what_nobody_understands_is_a_new_mail_in_a_folder_of_its_own(folder: Path) -> None:
    maildir = BounceMaildir(folder)
    for name in ("1.a.host", "2.b.host"):
        deliver(folder, name)
        maildir.set_aside(name)
    assert maildir.waiting(9) == []
    aside = mailbox.Maildir(folder, create=False).get_folder("Unmatched")
    assert sorted(aside.keys()) == ["1.a.host", "2.b.host"]


def test_no_more_is_read_than_is_asked_for(folder: Path) -> None:
    maildir, name = BounceMaildir(folder), deliver(folder, "1.a.host", b"x" * 100)
    assert maildir.read(name, 10) == b"x" * 10
    assert maildir.read(name, 1_000) == b"x" * 100


def test_what_somebody_else_took_meanwhile_is_no_trouble(folder: Path) -> None:
    maildir, name = BounceMaildir(folder), deliver(folder, "1.a.host")
    maildir.put_away(name)
    assert maildir.read(name, 10) is None
    maildir.put_away(name)
    maildir.set_aside(name)


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        BounceMaildir(tmp_path / "nowhere").waiting(1)
