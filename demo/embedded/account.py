"""The operating system's user that a server runs as: PostgreSQL refuses to run as root."""

import os
import pwd
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from demo.embedded.errors import FolderOwnerError

SERVER_USERS = ("postgres", "_postgres", "nobody")
COMMAND_SECONDS = 60.0


@dataclass(frozen=True)
class Account:
    """A user and group id; both None: whoever we are."""

    user: int | None = None
    group: int | None = None

    @property
    def extra_groups(self) -> list[int] | None:
        """No group of root's stays with a process that gives root up."""
        return None if self.user is None else []

    def own(self, path: Path) -> None:
        """Give a file or folder to this account."""
        if self.user is not None and self.group is not None:
            os.chown(path, self.user, self.group, follow_symlinks=False)

    def run(
        self, command: Sequence[str | Path], environment: Mapping[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a short command to its end as this account, from a folder that everybody may enter.

        Raises:
            PermissionError: this account may not reach or run the program.
        """
        return subprocess.run(
            command,
            user=self.user,
            group=self.group,
            extra_groups=self.extra_groups,
            env=environment,
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
            timeout=COMMAND_SECONDS,
        )

    def may_enter(self, folder: Path) -> bool:
        """Whether every parent lets this account through. Asked by trying, as mode bits are not the whole truth."""
        return self.run(["/bin/sh", "-c", 'cd "$1"', "sh", folder]).returncode == 0


def server_account(home: Path) -> Account:
    """Who runs a server whose data is, or will be, in `home`.

    An ordinary user runs it as himself, root as the owner of the existing data, else as the first of `SERVER_USERS`.

    Raises:
        FolderOwnerError: the data belongs to somebody else, or this machine knows none of the users.
    """
    owner = home.stat().st_uid if home.exists() else None
    if os.geteuid() != 0:
        if owner not in {None, os.geteuid()}:
            raise FolderOwnerError(f"{home} belongs to user {owner}: run as that user, or remove the folder.")
        return Account()
    if owner:
        return Account(owner, home.stat().st_gid)
    for name in SERVER_USERS:
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(entry.pw_uid, entry.pw_gid)
    raise FolderOwnerError("PostgreSQL does not run as root: add a user `postgres`, or run this as an ordinary user.")
