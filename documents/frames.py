"""How a worker and its render processes talk: frames of a length (four bytes, big-endian) and that many bytes.

A request is three frames: the invoice as JSON, the logo's media type, the logo; the last two are empty without a logo.
An answer is two: an `Answer` as JSON, the PDF.
"""

import struct
from asyncio import StreamReader
from typing import BinaryIO

from invoicing.frozen import Frozen

LENGTH = struct.Struct(">I")
REQUEST_FRAMES, ANSWER_FRAMES = 3, 2


class Answer(Frozen):
    """How a request ended."""

    fault: str = ""
    """Why there is no PDF; a sentence without personal data."""
    peak_memory: int = 0
    """The most memory the process has held so far, in bytes."""


def frame(content: bytes) -> bytes:
    """The bytes that carry `content`."""
    return LENGTH.pack(len(content)) + content


def read_frame(stream: BinaryIO) -> bytes:
    """Read one frame, waiting for it.

    Raises:
        EOFError: the other side is gone.
    """
    return _read(stream, LENGTH.unpack(_read(stream, LENGTH.size))[0])


async def receive_frame(stream: StreamReader) -> bytes:
    """As `read_frame`, without blocking the event loop; raises `asyncio.IncompleteReadError` at the end."""
    length: int = LENGTH.unpack(await stream.readexactly(LENGTH.size))[0]
    return await stream.readexactly(length)


def _read(stream: BinaryIO, size: int) -> bytes:
    content = stream.read(size)
    if len(content) < size:
        raise EOFError("the other side has closed the pipe")
    return content
