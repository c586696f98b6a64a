"""Receiving files as `multipart/form-data`, counted while they stream: no more than one of them is in memory at a time.

Litestar's own form parser is not used: it reads the whole body first, under a limit that no setting can move.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from dataclasses import dataclass, field

from litestar import Request
from litestar.datastructures import State
from multipart import MultipartError, MultipartSegment, PushMultipartParser  # type: ignore[import-untyped]

from api.errors.api_error import ApiError
from api.security.access import Access
from api.services import ApiServices
from database.attachments import StoredFile
from invoicing.sales.attached_file import FileRefused, clean_name, examine

MAX_FILES = 20
MAX_PARTS = 2 * MAX_FILES
"""Files and whatever fields a form sends beside them, which nobody reads."""
MAX_OVERHEAD_BYTES = 1024 * 1024
FORM = "multipart/form-data"

Caller = Request[object, Access, State]


@dataclass(frozen=True)
class _Sent:
    """A file as it came."""

    form_field: str
    name: str
    content: bytes


@dataclass
class _Part:
    """The part of the form that is being received."""

    form_field: str
    name: str | None
    """None: no file."""
    chunks: list[bytes] = field(default_factory=list)
    size: int = 0


async def receive_files(request: Caller, services: ApiServices, tenant: str) -> list[StoredFile]:
    """The files of the form, each examined and put into the document store; nothing is written to the database.

    Raises:
        ApiError: 415, no form; 413, a file or the whole is too large; 400, no file, too many, or one that is refused.
    """
    boundary = _boundary(request)
    largest = services.settings.attachment_max_bytes
    body = _limited(request, MAX_FILES * largest + MAX_OVERHEAD_BYTES)
    try:
        async with aclosing(_parsed(body, boundary, largest)) as files:
            return await _all_stored(services, tenant, files)
    except MultipartError as error:
        raise ApiError(400, f"The body is no {FORM}: {error}") from None


async def _all_stored(services: ApiServices, tenant: str, files: AsyncIterator[_Sent]) -> list[StoredFile]:
    stored: list[StoredFile] = []
    async for sent in files:
        if len(stored) == MAX_FILES:
            raise ApiError(400, f"At most {MAX_FILES} files can be uploaded at once", field=sent.form_field)
        stored.append(await _stored(services, tenant, sent))
    if not stored:
        raise ApiError(400, "The form holds no file", field="file")
    return stored


async def _stored(services: ApiServices, tenant: str, sent: _Sent) -> StoredFile:
    try:
        file = await asyncio.to_thread(examine, sent.name, sent.content)
    except FileRefused as refusal:
        raise ApiError(400, str(refusal), field=sent.form_field) from None
    document = await services.documents.put(tenant, sent.content, file.media_type, file.suffix)
    return StoredFile(file.name, file.media_type, document.size_bytes, document.key, document.sha256)


async def _parsed(body: AsyncGenerator[bytes, None], boundary: str, largest: int) -> AsyncGenerator[_Sent, None]:
    """The files one by one, as soon as each is complete."""
    part: _Part | None = None
    with PushMultipartParser(boundary, max_segment_count=MAX_PARTS) as parser:
        async for chunk in body:
            for event in parser.parse(chunk):
                if isinstance(event, MultipartSegment):
                    part = _Part(event.name, event.filename)
                elif part is not None and event:
                    _take(part, bytes(event), largest)
                elif part is not None and part.name:
                    sent, part = _Sent(part.form_field, part.name, b"".join(part.chunks)), None
                    yield sent


def _take(part: _Part, chunk: bytes, largest: int) -> None:
    part.size += len(chunk)
    if part.size > largest:
        name = clean_name(part.name) if part.name else part.form_field
        raise ApiError(
            413, f"{name} is larger than the {largest} bytes that an attachment may have", field=part.form_field
        )
    if part.name:
        part.chunks.append(chunk)


async def _limited(request: Caller, limit: int) -> AsyncGenerator[bytes, None]:
    total = 0
    async for chunk in request.stream():
        total += len(chunk)
        if total > limit:
            raise ApiError(413, f"The files are larger than {limit} bytes in all")
        if chunk:
            yield chunk


def _boundary(request: Caller) -> str:
    media_type, options = request.content_type
    if media_type != FORM or not options.get("boundary"):
        raise ApiError(415, f"Files are sent as {FORM}, with a boundary")
    return options["boundary"]
