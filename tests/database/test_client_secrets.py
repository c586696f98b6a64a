import hashlib
from base64 import b64decode, b64encode

import pytest

from database.client_secrets import hash_secret, secret_matches


def test_the_hash_is_scrypt_of_the_secret_with_a_salt_of_its_own() -> None:
    first, second = hash_secret("s3cr3t"), hash_secret("s3cr3t")
    assert first != second
    name, cost, block_size, parallelism, salt, digest = first.split("$")
    assert (name, cost, block_size, parallelism) == ("scrypt", "16384", "8", "1")
    assert len(b64decode(salt)) == 16
    expected = hashlib.scrypt(b"s3cr3t", salt=b64decode(salt), n=16384, r=8, p=1, maxmem=2**26, dklen=32)
    assert b64decode(digest) == expected


def test_the_cost_of_an_old_hash_is_read_from_it() -> None:
    computed = hashlib.scrypt(b"old", salt=b"0" * 16, n=1024, r=8, p=2, dklen=32)
    stored = f"scrypt$1024$8$2$MDAwMDAwMDAwMDAwMDAwMA==${b64encode(computed).decode()}"
    assert secret_matches("old", stored)
    assert not secret_matches("new", stored)


@pytest.mark.parametrize("wrong", ["", "S3cr3t", "s3cr3t ", "pässwörd", "x" * 10_000])
def test_another_secret_does_not_match(wrong: str) -> None:
    assert not secret_matches(wrong, hash_secret("s3cr3t"))


def test_nothing_matches_where_there_is_no_hash() -> None:
    assert not secret_matches("", None)
    assert not secret_matches("s3cr3t", None)
