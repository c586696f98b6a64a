"""The folder in which PostgreSQL keeps its data, its password and our lock."""

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from demo.embedded.account import Account, server_account

# Only root can write here, so nobody can be there first.
STATE = Path("/var/lib/invoice-service-embedded")


@dataclass(frozen=True)
class PostgresHome:
    """A folder that belongs to the server's user alone (mode 0700)."""

    path: Path
    account: Account

    @property
    def data(self) -> Path:
        """PostgreSQL's own data folder."""
        return self.path / "data"

    @property
    def password_file(self) -> Path:
        """Holds the password of the user `invoices`."""
        return self.path / "password"

    def password(self) -> str:
        """The password, made at the first call."""
        if not self.password_file.exists():
            file = os.open(self.password_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(file, "w") as opened:
                opened.write(secrets.token_urlsafe(24))
            self.account.own(self.password_file)
        return self.password_file.read_text()


def settle(folder: Path) -> PostgresHome:
    """Find or make the server's home: `folder/server`.

    As root the server runs as somebody else, who may not be able to reach `folder` (a checkout under `/root`). The home
    is then in `STATE`, named after `folder`, and `folder/server` a link to it; no parent's mode is changed.

    Raises:
        FolderOwnerError: see `server_account`.
    """
    folder.mkdir(parents=True, exist_ok=True)
    entrance = folder.resolve() / "server"
    account = server_account(entrance)
    if not os.path.lexists(entrance) and not account.may_enter(entrance.parent):
        entrance.symlink_to(STATE / hashlib.sha256(str(entrance).encode()).hexdigest()[:16])
    if entrance.is_symlink():
        state_folder()
    home = entrance.resolve()
    if not home.exists():
        home.mkdir(mode=0o700)
        account.own(home)
    return PostgresHome(home, account)


def state_folder() -> Path:
    """Root's folder outside of the checkout, which every user may pass through."""
    STATE.mkdir(exist_ok=True)
    STATE.chmod(0o755)
    return STATE
