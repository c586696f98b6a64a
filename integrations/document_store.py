"""Where documents are kept: written once under the hash of their content, on a disk or in an object store."""

import asyncio
import hashlib
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, from_url

from integrations.faults import PermanentFault, TransientFault
from integrations.store_faults import STORE_ERRORS, is_no_bucket, reason_of

if TYPE_CHECKING:
    from obstore.store import RetryConfig

CHUNK_BYTES = 64 * 1024
LOCAL = ("file:", "memory:")
RETRIES: "RetryConfig" = {
    "max_retries": 2,
    "retry_timeout": timedelta(seconds=10),
    "backoff": {"init_backoff": timedelta(milliseconds=100), "max_backoff": timedelta(seconds=1), "base": 2},
}
"""Of one call. Whoever asks tries again for as long as it takes, and is told meanwhile what is wrong."""
NOT_THERE = "The document is not in the document store."
_TENANT = re.compile(r"[A-Za-z0-9_-]+")
_SUFFIX = re.compile(r"\.[a-z0-9]+")
_KEY = re.compile(rf"{_TENANT.pattern}/[0-9a-f]{{2}}/[0-9a-f]{{64}}{_SUFFIX.pattern}")


class DocumentMissing(PermanentFault):
    """There is no document under this key."""


@dataclass(frozen=True)
class StoredDocument:
    """A document that is safely kept: its key, the SHA-256 of its content in hexadecimal, its length in bytes."""

    key: str
    sha256: str
    size_bytes: int


class DocumentStore(Protocol):
    """Where documents are kept. Every method may raise `TransientFault` (see `integrations.faults`)."""

    async def put(
        self, tenant: str, content: bytes, media_type: str, suffix: str, retain_until: date | None = None
    ) -> StoredDocument:
        """Keep `content` for good; putting the same content again changes nothing.

        `retain_until` is the last day on which it must be kept: an object store is told of it (metadata
        `retain-until`), for its own rules to act on.

        Raises:
            TransientFault: nothing is under the key, or nothing that anybody was told of: disk full, store away.
            ValueError: `tenant` or `suffix` (such as `.pdf`) cannot be part of a key.
        """

    async def get(self, key: str) -> bytes:
        """The content under `key`.

        Raises:
            DocumentMissing: there is none.
        """

    def stream(self, key: str) -> AsyncIterator[bytes]:
        """The content under `key`, in chunks.

        Raises:
            DocumentMissing: there is none (at the first chunk).
        """


class ObjectDocumentStore:
    """Documents in any store that obstore opens.

    Args:
        url: `file:///folder` (made when it is not there), `s3://`, `gs://`, `az://` or `memory:///`; the credentials of
            the last ones come from their usual environment variables.
        timeout_seconds: limit on one call, and on the wait for one chunk of a stream.

    Raises:
        ValueError: `url` is none of these, or its folder cannot be made.
    """

    def __init__(self, url: str, timeout_seconds: float = 60.0) -> None:
        self._timeout_seconds = timeout_seconds
        try:
            if url.startswith("file:"):
                _make_folder(url)
            self._store = from_url(url) if url.startswith(LOCAL) else from_url(url, retry_config=RETRIES)
        except (BaseError, OSError, ValueError) as error:
            raise ValueError(
                f"the document store cannot be opened: {reason_of(error)} (INVOICES_DOCUMENT_STORE_URL)"
            ) from None

    async def put(
        self, tenant: str, content: bytes, media_type: str, suffix: str, retain_until: date | None = None
    ) -> StoredDocument:
        """See `DocumentStore.put`."""
        if not _TENANT.fullmatch(tenant) or not _SUFFIX.fullmatch(suffix):
            raise ValueError("tenant and suffix must be able to be part of a key")
        sha256 = hashlib.sha256(content).hexdigest()
        key = f"{tenant}/{sha256[:2]}/{sha256}{suffix}"
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await self._write(key, content, _attributes(media_type, retain_until))
        except STORE_ERRORS as error:
            raise TransientFault(f"The document cannot be stored now: {reason_of(error)}.") from None
        return StoredDocument(key, sha256, len(content))

    async def get(self, key: str) -> bytes:
        """See `DocumentStore.get`."""
        return b"".join([chunk async for chunk in self.stream(key)])

    async def stream(self, key: str) -> AsyncIterator[bytes]:
        """See `DocumentStore.stream`."""
        if not _KEY.fullmatch(key):
            raise DocumentMissing(NOT_THERE)
        try:
            async with asyncio.timeout(self._timeout_seconds):
                chunks = aiter((await obstore.get_async(self._store, key)).stream(CHUNK_BYTES))
            while True:
                async with asyncio.timeout(self._timeout_seconds):
                    chunk = await anext(chunks, None)
                if chunk is None:
                    return
                yield bytes(chunk)
        except STORE_ERRORS as error:
            if isinstance(error, FileNotFoundError) and not is_no_bucket(error):
                raise DocumentMissing(NOT_THERE) from None
            raise TransientFault(f"The document cannot be read now: {reason_of(error)}.") from None

    async def _write(self, key: str, content: bytes, said: dict[str, str]) -> None:
        # obstore writes beside the key and then links the whole file to it, so a crash leaves no half document there.
        attributes = None if isinstance(self._store, LocalStore) else said
        try:
            await obstore.put_async(
                self._store, key, content, mode="create", attributes=attributes, use_multipart=False
            )
        except AlreadyExistsError:
            if await self._standing(key) != content:
                # Left by a machine that lost its power, or damaged since: what belongs under a key is beyond doubt.
                await obstore.put_async(self._store, key, content, attributes=attributes, use_multipart=False)
        if isinstance(self._store, LocalStore) and self._store.prefix is not None:
            await asyncio.to_thread(_flush, self._store.prefix, key)

    async def _standing(self, key: str) -> bytes:
        """What lies under a key that somebody has begun to write."""
        try:
            return await self.get(key)
        except DocumentMissing:
            raise TransientFault("The document cannot be stored now: somebody else is storing it.") from None


def _attributes(media_type: str, retain_until: date | None) -> dict[str, str]:
    retention = {} if retain_until is None else {"retain-until": retain_until.isoformat()}
    return {"Content-Type": media_type, **retention}


async def digest_of(store: DocumentStore, key: str) -> str | None:
    """SHA-256 of what lies under `key` now, in hexadecimal; None when nothing does.

    Raises:
        TransientFault: the store cannot be read now.
    """
    digest = hashlib.sha256()
    try:
        async for chunk in store.stream(key):
            digest.update(chunk)
    except DocumentMissing:
        return None
    return digest.hexdigest()


def _make_folder(url: str) -> None:
    if not url.startswith("file:///"):
        raise ValueError("a folder is named by its whole path, as in file:///folder")
    # Documents are personal: a folder that we make is nobody else's to read.
    Path(unquote(urlsplit(url).path)).mkdir(mode=0o700, parents=True, exist_ok=True)


def _flush(root: Path, key: str) -> None:
    """Bring the file and the folders that name it to the disk: obstore itself leaves that to the system."""
    path = root / key
    for flushed in (path, *list(path.parents)[: len(Path(key).parts)]):
        descriptor = os.open(flushed, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
