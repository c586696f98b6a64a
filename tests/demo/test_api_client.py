import stat
from pathlib import Path
from urllib.parse import parse_qs

import pytest

from demo.api_client import ApiClient, KeptClient, client_shown
from demo.failure import DemoFailed

CLIENT = ApiClient(client_id="acme-1", client_secret="a+b&c=d")


def test_a_kept_client_is_found_again(tmp_path: Path) -> None:
    KeptClient(tmp_path).keep(CLIENT)
    assert KeptClient(tmp_path).read() == CLIENT


def test_only_its_owner_may_read_it(tmp_path: Path) -> None:
    kept = KeptClient(tmp_path)
    kept.file.touch(mode=0o644)
    kept.keep(CLIENT)
    for file in (kept.file, kept.form_file):
        assert stat.S_IMODE(file.stat().st_mode) == 0o600


def test_the_form_is_what_the_token_endpoint_wants(tmp_path: Path) -> None:
    kept = KeptClient(tmp_path)
    kept.keep(CLIENT)
    assert parse_qs(kept.form_file.read_text()) == {
        "grant_type": ["client_credentials"],
        "client_id": ["acme-1"],
        "client_secret": ["a+b&c=d"],
    }


@pytest.mark.parametrize("content", ["", "{}", "[]"])
def test_a_damaged_file_is_no_client(tmp_path: Path, content: str) -> None:
    KeptClient(tmp_path).file.write_text(content)
    assert KeptClient(tmp_path).read() is None


def test_the_client_is_read_from_what_the_command_shows() -> None:
    shown = "client_id:     acme-1\nclient_secret: a+b&c=d\nscopes:        invoice.invoice_manage site.site_read\n"
    assert client_shown(shown) == CLIENT


def test_a_command_that_shows_no_client_is_a_fault() -> None:
    with pytest.raises(DemoFailed):
        client_shown("client_id: acme-1\n")


def test_the_secret_is_not_shown() -> None:
    assert CLIENT.client_secret not in repr(CLIENT)
