"""A document of the store as an answer: the bytes as they were stored, under the document's own name."""

from collections.abc import AsyncIterator, Mapping

from litestar.response import Stream

from database.tables import InvoiceDocument
from integrations.document_store import DocumentStore
from invoicing.document_forms import DocumentForm


async def document_answer(store: DocumentStore, document: InvoiceDocument, name: str) -> Stream:
    """Stream the document for download; its digest is the `ETag`.

    Args:
        store: where it lies.
        document: what it is.
        name: the number of what is printed; the file is named after it, a structured form's after the form too.
    """
    headers = {
        "Content-Disposition": f'attachment; filename="{file_name(name)}{_ending(document.form)}"',
        "Content-Length": str(document.size_bytes),
        "ETag": f'"{document.sha256}"',
    }
    return await stored_answer(store, document.key, document.media_type, headers)


async def stored_answer(store: DocumentStore, key: str, media_type: str, headers: Mapping[str, str]) -> Stream:
    """Stream what lies under the key; what cannot be read is an error, never an empty file."""
    chunks = store.stream(key)
    # Before anything is sent: afterwards there is no way to say that it failed.
    first = await anext(chunks, b"")
    return Stream(_all(first, chunks), media_type=media_type, headers=dict(headers))


async def _all(first: bytes, rest: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    yield first
    async for chunk in rest:
        yield chunk


def _ending(form: str) -> str:
    """`.pdf`, `-cii.xml`, `-ubl.xml`, `-xrechnung.xml`."""
    return ".pdf" if form == DocumentForm.PDF else f"-{form.lower()}.xml"


def file_name(number: str) -> str:
    """A document's number as part of a file's name."""
    return "".join(c if c.isascii() and (c.isalnum() or c in "-_.") else "_" for c in number)
