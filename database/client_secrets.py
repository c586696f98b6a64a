"""Hashes of client secrets: scrypt (RFC 7914), salted. Slow on purpose (some 50 ms), so call it off the event loop."""

import base64
import hashlib
import hmac
import secrets

COST = 2**14
BLOCK_SIZE = 8
PARALLELISM = 1
SALT_BYTES = 16
HASH_BYTES = 32


def hash_secret(secret: str) -> str:
    """`scrypt$cost$block size$parallelism$salt$hash`, the last two in base 64."""
    salt = secrets.token_bytes(SALT_BYTES)
    digest = _scrypt(secret, salt, COST, BLOCK_SIZE, PARALLELISM)
    return "$".join(["scrypt", str(COST), str(BLOCK_SIZE), str(PARALLELISM), _encode(salt), _encode(digest)])


def secret_matches(secret: str, stored: str | None) -> bool:
    """Whether `stored` is the hash of `secret`, in a time that tells nothing.

    Where there is no hash to compare with, as much work is done: an unknown client takes as long as a wrong secret.
    """
    _, cost, block_size, parallelism, salt, expected = (stored or _NOBODY).split("$")
    digest = _scrypt(secret, base64.b64decode(salt), int(cost), int(block_size), int(parallelism))
    return hmac.compare_digest(digest, base64.b64decode(expected)) and stored is not None


def _scrypt(secret: str, salt: bytes, cost: int, block_size: int, parallelism: int) -> bytes:
    memory = 256 * cost * block_size
    return hashlib.scrypt(
        secret.encode(), salt=salt, n=cost, r=block_size, p=parallelism, maxmem=memory, dklen=HASH_BYTES
    )


def _encode(data: bytes) -> str:
    return base64.b64encode(data).decode()


_NOBODY = "$".join(
    ["scrypt", str(COST), str(BLOCK_SIZE), str(PARALLELISM), _encode(bytes(SALT_BYTES)), _encode(bytes(HASH_BYTES))]
)
