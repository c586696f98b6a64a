"""Where documents are kept: written once under the hash of their content, on a disk or in an object store."""

import asyncio
import hashlib
import os
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol
from urllib.parse import unquote, urlsplit

import obstore
from obstore.exceptions import AlreadyExistsError, BaseError
from obstore.store import LocalStore, from_url

from integrations.faults import PermanentFault, TransientFault

CHUNK_BYTES = 64 * 1024
NOT_THERE = "The document is not in the document store."
STORE_ERRORS = (BaseError, OSError, NotImplementedError)
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

    async def put(self, tenant: str, content: bytes, media_type: str, suffix: str) -> StoredDocument:
        """Keep `content` for good; putting the same content again changes nothing.

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
            self._store = from_url(url)
        except (BaseError, OSError, ValueError) as error:
            raise ValueError(
                f"the document store cannot be opened: {_reason(error)} (INVOICES_DOCUMENT_STORE_URL)"
            ) from None

    async def put(self, tenant: str, content: bytes, media_type: str, suffix: str) -> StoredDocument:
        """See `DocumentStore.put`."""
        if not _TENANT.fullmatch(tenant) or not _SUFFIX.fullmatch(suffix):
            raise ValueError("tenant and suffix must be able to be part of a key")
        sha256 = hashlib.sha256(content).hexdigest()
        key = f"{tenant}/{sha256[:2]}/{sha256}{suffix}"
        try:
            async with asyncio.timeout(self._timeout_seconds):
                await self._write(key, content, media_type)
        except STORE_ERRORS as error:
            raise TransientFault(f"The document cannot be stored now: {_reason(error)}.") from None
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
        except FileNotFoundError:
            raise DocumentMissing(NOT_THERE) from None
        except STORE_ERRORS as error:
            raise TransientFault(f"The document cannot be read now: {_reason(error)}.") from None

    async def _write(self, key: str, content: bytes, media_type: str) -> None:
        # obstore writes beside the key and then links the whole file to it, so a crash leaves no half document there.
        local = isinstance(self._store, LocalStore)
        attributes = None if local else {"Content-Type": media_type}
        try:
            await obstore.put_async(
                self._store, key, content, mode="create", attributes=attributes, use_multipart=False
            )
        except AlreadyExistsError:
            if await self.get(key) != content:
                # Left by a machine that lost its power, before anybody was told of the document.
                await obstore.put_async(self._store, key, content, attributes=attributes, use_multipart=False)
        if isinstance(self._store, LocalStore) and self._store.prefix is not None:
            await asyncio.to_thread(_flush, self._store.prefix, key)


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


def _reason(error: Exception) -> str:
    """Why, in a few words. The library's own text is long and may hold a signed URL."""
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    number = re.search(r"\(os error (\d+)\)", str(error))
    if number is not None:
        return os.strerror(int(number[1]))
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return str(error) if type(error) is ValueError else type(error).__name__
