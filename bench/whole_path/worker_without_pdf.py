"""`python -m bench.whole_path.worker_without_pdf`: the worker, but what it prints is a few bytes, and no PDF.

For measuring only. Every order passes every step and queue, its document is stored and mailed; the document is no
invoice that anybody could read. The service has no setting for this, on purpose.
"""

import os
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvloop

import logs
import worker
from documents.renderer import PdfRenderer
from documents.request import Pictures, PrintRequest
from invoicing.document_forms import DocumentForm
from settings import Settings, get_settings


class NoRenderer(PdfRenderer):
    """Answers at once, with the invoice's number in place of the invoice; starts no process."""

    async def start(self) -> None:
        """Nothing is to be started."""

    async def render(
        self,
        request: PrintRequest,
        pictures: Pictures,  # noqa: ARG002 (the renderer's signature)
        timeout_seconds: float | None = None,  # noqa: ARG002
    ) -> dict[DocumentForm, bytes]:
        """A document of its own for each invoice and form, as the store keeps equal ones once."""
        content = b"%%PDF-1.4\n%% %s\n%%%%EOF\n" % request.invoice.number.encode()
        return {form: b"%s%% %s\n" % (content, form.encode()) for form in request.forms}


@asynccontextmanager
async def no_rendering(settings: Settings) -> AsyncIterator[PdfRenderer]:  # noqa: ARG001 (the signature it stands for)
    """In place of `worker.rendering`."""
    yield NoRenderer()


def main() -> None:
    """Work until a signal."""
    settings = get_settings()
    logs.configure_logging(settings.log_level, settings.log_format)
    worker.rendering = no_rendering
    uvloop.run(worker.run_worker(settings))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(0)  # as `invoices worker` does: a Temporal client's threads can abort an interpreter that shuts down


if __name__ == "__main__":
    main()
