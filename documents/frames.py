"""How a worker and its render processes talk: messages of several parts, each with its length before it.

A message is the number of its parts and then the parts, a part its length and so many bytes; numbers are four bytes,
big-endian. A request is a `PrintRequest` as JSON, then URL, media type and content of each picture. An answer is an
`Answer` as JSON, then the content of each form.
"""

import struct
from asyncio import StreamReader
from collections.abc import Iterator, Sequence
from typing import BinaryIO

from documents.request import Picture, Pictures, PrintRequest
from invoicing.document_forms import DocumentForm
from invoicing.frozen import Frozen

NUMBER = struct.Struct(">I")

Message = list[bytes]


class Answer(Frozen):
    """How a request ended."""

    fault: str = ""
    """Why there is no document; a sentence without personal data."""
    is_form_invalid: bool = False
    """The fault is a structured form's (`StructuredInvoiceInvalid`)."""
    forms: tuple[DocumentForm, ...] = ()
    """What the parts after this one are."""
    peak_memory: int = 0
    """The most memory the process has held so far, in bytes."""


def request_message(request: PrintRequest, pictures: Pictures) -> Message:
    """The parts of a request."""
    return [request.model_dump_json().encode(), *_picture_parts(pictures)]


def _picture_parts(pictures: Pictures) -> Iterator[bytes]:
    for url, picture in pictures.items():
        yield from (url.encode(), picture.media_type.encode(), picture.content)


def request_of(message: Sequence[bytes]) -> tuple[PrintRequest, dict[str, Picture]]:
    """A request from its parts."""
    request, *parts = message
    pictures = {
        url.decode(): Picture(content=content, media_type=media_type.decode())
        for url, media_type, content in zip(parts[::3], parts[1::3], parts[2::3], strict=True)
    }
    return PrintRequest.model_validate_json(request), pictures


def framed(message: Sequence[bytes]) -> Iterator[bytes]:
    """What carries a message over a pipe."""
    yield NUMBER.pack(len(message))
    for part in message:
        yield NUMBER.pack(len(part))
        yield part


def read_message(stream: BinaryIO) -> Message:
    """Read one message, waiting for it.

    Raises:
        EOFError: the other side is gone.
    """
    return [_read(stream, _number(stream)) for _ in range(_number(stream))]


async def receive_message(stream: StreamReader) -> Message:
    """As `read_message`, without blocking the event loop; raises `asyncio.IncompleteReadError` at the end."""
    parts = NUMBER.unpack(await stream.readexactly(NUMBER.size))[0]
    return [await _receive(stream) for _ in range(parts)]


async def _receive(stream: StreamReader) -> bytes:
    length: int = NUMBER.unpack(await stream.readexactly(NUMBER.size))[0]
    return await stream.readexactly(length)


def _number(stream: BinaryIO) -> int:
    number: int = NUMBER.unpack(_read(stream, NUMBER.size))[0]
    return number


def _read(stream: BinaryIO, size: int) -> bytes:
    content = stream.read(size)
    if len(content) < size:
        raise EOFError("the other side has closed the pipe")
    return content
