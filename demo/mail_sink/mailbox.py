"""The folder of delivered mails: one `.eml` file each, there in full or not at all."""

import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.parser import BytesHeaderParser
from hashlib import sha256
from itertools import count
from pathlib import Path

DELIVERED_TO = "Delivered-To"
"""Header with which mail servers say whom the envelope named; one for each recipient."""
LONGEST_SLUG = 80


@dataclass(frozen=True)
class Mail:
    """What a delivered mail is counted by; a repeat has the same `message_id` and another `path`."""

    message_id: str
    recipients: tuple[str, ...]
    subject: str
    attachments: tuple[str, ...]
    path: Path

    @property
    def message(self) -> EmailMessage:
        """The whole mail, for a closer look."""
        return read_message(self.path)


class Mailbox:
    """Writes mails into `folder`; the running number goes on where an earlier process left off."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.folder = folder
        taken = (path.name.partition("-")[0] for path in folder.glob("*.eml"))
        self.numbers = count(max((int(number) for number in taken if number.isdecimal()), default=0) + 1)

    def keep(self, content: bytes, recipients: Sequence[str]) -> Path:
        """Write one mail durably; when this returns, it survives the end of the machine."""
        message_id = BytesHeaderParser(policy=policy.compat32).parsebytes(content).get("Message-ID", "")
        path = self.folder / f"{next(self.numbers):06d}-{slug(str(message_id))}.eml"
        draft = path.with_suffix(".part")
        envelope = "".join(f"{DELIVERED_TO}: {recipient}\r\n" for recipient in recipients)
        with draft.open("wb") as file:
            file.write(envelope.encode() + content)
            file.flush()
            os.fsync(file.fileno())
        draft.rename(path)
        sync_folder(self.folder)
        return path


def slug(message_id: str) -> str:
    """A Message-ID as part of a file name: readable, and unlike that of any other id."""
    readable = re.sub(r"[^A-Za-z0-9.@_+-]+", "_", message_id.strip(" <>"))[:LONGEST_SLUG]
    return f"{readable}-{sha256(message_id.encode(errors='replace')).hexdigest()[:8]}"


def sync_folder(folder: Path) -> None:
    """Make a renamed file's name durable."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def read_message(path: Path) -> EmailMessage:
    """A mail as the standard library sees it."""
    return message_from_bytes(path.read_bytes(), policy=policy.default)


def read_mails(folder: Path) -> list[Mail]:
    """Every mail in the folder, in the order of delivery; repeats are listed as often as they came."""
    return [read_mail(path) for path in sorted(folder.glob("*.eml"))]


def read_mail(path: Path) -> Mail:
    """One mail."""
    message = read_message(path)
    return Mail(
        message_id=str(message.get("Message-ID", "")),
        recipients=tuple(str(recipient) for recipient in message.get_all(DELIVERED_TO, [])),
        subject=str(message.get("Subject", "")),
        attachments=tuple(part.get_filename() or "" for part in message.iter_attachments()),
        path=path,
    )
