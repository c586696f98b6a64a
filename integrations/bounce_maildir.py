"""The mailbox folder that mail servers send bounces to: a Maildir, which delivering and reading need no lock for.

A mail that waits stands in `new/`. What is done with goes to `cur/`, marked as seen; what nobody here can make anything
of goes to the folder `.Unmatched`, for a person. A mail is only moved: nothing here deletes or rewrites one.
"""

import mailbox
from pathlib import Path

SEEN = ":2,S"
UNMATCHED = "Unmatched"


class BounceMaildir:
    """The folder at `path`, which whoever delivers into it has made."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def waiting(self, limit: int) -> list[str]:
        """Names of mails that nobody has read yet, the oldest first.

        Raises:
            OSError: the folder is not there, or may not be read.
        """
        names = [file.name for file in (self._path / "new").iterdir() if not file.name.startswith(".")]
        return sorted(names, key=_delivered_at)[:limit]

    def read(self, name: str, most_bytes: int) -> bytes | None:
        """The mail, no more of it than so many bytes; None: somebody else has taken it meanwhile."""
        try:
            with (self._path / "new" / name).open("rb") as file:
                return file.read(most_bytes)
        except FileNotFoundError:
            return None

    def put_away(self, name: str) -> None:
        """It is done with."""
        self._move(name, self._path / "cur" / f"{name.partition(':')[0]}{SEEN}")

    def set_aside(self, name: str) -> None:
        """A person should look at it."""
        mailbox.Maildir(self._path, create=False).add_folder(UNMATCHED)
        self._move(name, self._path / f".{UNMATCHED}" / "new" / name)

    def _move(self, name: str, place: Path) -> None:
        try:
            (self._path / "new" / name).rename(place)
        except FileNotFoundError:
            if not place.parent.is_dir():
                raise
            # Somebody else has moved it.


def _delivered_at(name: str) -> tuple[int, str]:
    """Names begin with the second of delivery."""
    second = name.partition(".")[0]
    return (int(second) if second.isdecimal() else 0, name)
