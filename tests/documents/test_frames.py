import asyncio
from io import BytesIO

import pytest

from documents.frames import framed, read_message, receive_message, request_message, request_of
from documents.request import Picture, PrintRequest
from invoicing.document_forms import DocumentForm
from tests.documents.invoices import make_invoice

PICTURES = {
    "https://shop.example/logo.png": Picture(content=b"\x00\xff" * 300, media_type="image/png"),
    "https://shop.example/T\u00e9.svg": Picture(content=b"", media_type="image/svg+xml"),
}
REQUEST = PrintRequest(
    invoice=make_invoice(), forms=(DocumentForm.PDF, DocumentForm.UBL), template={"html": "<p/>", "css": ""}
)


def test_a_request_arrives_as_it_was_sent() -> None:
    stream = BytesIO(b"".join(framed(request_message(REQUEST, PICTURES))))
    assert request_of(read_message(stream)) == (REQUEST, PICTURES)


async def test_both_ends_read_the_same() -> None:
    parts = [b"one", b"", b"\x00" * 70_000]
    stream = asyncio.StreamReader()
    stream.feed_data(b"".join(framed(parts)) + b"".join(framed([])))
    stream.feed_eof()
    assert await receive_message(stream) == parts
    assert await receive_message(stream) == []
    with pytest.raises(asyncio.IncompleteReadError):
        await receive_message(stream)


@pytest.mark.parametrize("kept", [0, 3, 4, 9, 13])
def test_half_a_message_is_none(kept: int) -> None:
    content = b"".join(framed([b"one", b"three"]))
    with pytest.raises(EOFError):
        read_message(BytesIO(content[:kept]))
