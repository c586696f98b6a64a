"""The document in its forms, rendered once and kept under their digests: an order's step 5, any other document's."""

import asyncio
from dataclasses import dataclass
from datetime import MAXYEAR, date
from functools import cached_property

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio import activity

from activities.failures import reasons
from activities.print_pictures import KeptPictures, PrintPictures
from contracts.order_invoice import IssuedDocument
from database import invoices
from database.deliveries import Printable, find_printable
from database.engine import statements
from database.tables import InvoiceDocument
from documents.failures import TemplateFailed
from documents.pdf import TEMPLATE_VERSION
from documents.renderer import PdfRenderer
from documents.request import OwnTemplate, PrintRequest
from integrations.document_store import DocumentStore
from integrations.logo import LogoSource
from invoicing.electronic import DocumentForm

PDF, CII = DocumentForm.PDF, DocumentForm.CII
KINDS = {PDF: (invoices.PDF, ".pdf")}
STRUCTURED_KIND = (invoices.XML, ".xml")


@dataclass(frozen=True)
class PdfActivities:
    sessions: async_sessionmaker[AsyncSession]
    renderer: PdfRenderer
    store: DocumentStore
    logos: LogoSource

    @activity.defn
    async def create_pdf(self, document: IssuedDocument) -> None:
        """Render and store an issued document; a form that is stored is never rendered again.

        All forms are made in one request and noted in one statement: there is a PDF with the forms that belong to it,
        or nothing yet.
        """
        ref = document.invoice
        async with statements(self.sessions) as session:
            printable = await find_printable(session, ref.tenant, ref.invoice_id)
        missing = _missing(document, printable)
        if not missing:
            return
        with reasons():
            made, pictures = await self._render(printable, missing)
        rows = await asyncio.gather(*(self._store(printable, form, made[form], pictures) for form in missing))
        async with statements(self.sessions) as session:
            await invoices.add_document(session, *rows)

    async def _render(
        self, printable: Printable, missing: tuple[DocumentForm, ...]
    ) -> tuple[dict[DocumentForm, bytes], KeptPictures | None]:
        """The forms, and the pictures that were printed; None where nothing is printed."""
        pictures = await self._pictures.fetched(printable.invoice) if PDF in missing else None
        request = PrintRequest(
            invoice=printable.invoice, forms=_rendered(printable, missing), template=_own_template(printable)
        )
        return await self.renderer.render(request, pictures.pictures if pictures else {}), pictures

    async def _store(
        self, printable: Printable, form: DocumentForm, content: bytes, pictures: KeptPictures | None
    ) -> InvoiceDocument:
        invoice = printable.invoice
        media_type, suffix = KINDS.get(form, STRUCTURED_KIND)
        retain_until = _years_after(invoice.issue_date, printable.years_to_retain)
        stored = await self.store.put(invoice.tenant, content, media_type, suffix, retain_until)
        return InvoiceDocument(
            tenant=invoice.tenant,
            invoice_id=invoice.id,
            form=form,
            media_type=media_type,
            key=stored.key,
            sha256=stored.sha256,
            size_bytes=stored.size_bytes,
            template_version=TEMPLATE_VERSION,
            pictures=dict(pictures.keys) if pictures else None,
            retain_until=retain_until,
        )

    @cached_property
    def _pictures(self) -> PrintPictures:
        return PrintPictures(self.store, self.logos)


def _missing(document: IssuedDocument, printable: Printable) -> tuple[DocumentForm, ...]:
    """What is wanted and not stored: the forms that are asked for, else all that were decided at the issue."""
    decided = printable.invoice.electronic
    wanted = document.forms or (PDF, *(decided.forms if decided else ()))
    return tuple(form for form in dict.fromkeys(wanted) if form not in printable.made)


def _rendered(printable: Printable, missing: tuple[DocumentForm, ...]) -> tuple[DocumentForm, ...]:
    """What is missing; a PDF that carries the CII needs it again, where somebody had it made before."""
    decided = printable.invoice.electronic
    carries = PDF in missing and decided is not None and CII in decided.forms
    return tuple(dict.fromkeys((*missing, CII))) if carries else missing


def _own_template(printable: Printable) -> OwnTemplate | None:
    reference = printable.invoice.look.template
    if reference is None:
        return None
    if printable.template is None:
        raise TemplateFailed(f"version {reference.version} of the tenant's own template is gone")
    return OwnTemplate.model_validate(printable.template)


def _years_after(day: date, years: int) -> date:
    """The same day so many years later; the first of March where there is no 29th of February."""
    year = min(day.year + years, MAXYEAR)
    try:
        return day.replace(year=year)
    except ValueError:
        return date(year, 3, 1)
