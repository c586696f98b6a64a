"""The document in its forms, rendered once and kept under their digests: an order's step 5, any other document's."""

import asyncio
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import MAXYEAR, date
from functools import cached_property

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio import activity

from activities.failures import reasons
from activities.other_template import other_template
from activities.print_pictures import KeptPictures, PrintPictures
from contracts.order_invoice import IssuedDocument
from database import audit, invoices
from database.audit import Deed
from database.deliveries import Printable, find_printable
from database.engine import statements
from database.issuing import document_name
from database.tables import InvoiceDocument
from documents.failures import RendererDied, RenderTimedOut, StructuredInvoiceInvalid, TemplateFailed
from documents.pdf import TEMPLATE_VERSION
from documents.renderer import PdfRenderer
from documents.request import OwnTemplate, PrintRequest
from integrations.document_store import DocumentStore
from integrations.logo import LogoSource
from invoicing.document_forms import DocumentForm

log = logging.getLogger(__name__)

PDF, CII = DocumentForm.PDF, DocumentForm.CII
KINDS = {PDF: (invoices.PDF, ".pdf")}
ATTEMPTS_AT_OWN_TEMPLATE = 3
ACTOR = "worker"
STRUCTURED_KIND = (invoices.XML, ".xml")


@dataclass(frozen=True)
class _Made:
    """What was rendered."""

    forms: dict[DocumentForm, bytes]
    pictures: KeptPictures | None
    """What was printed of them; None where nothing was printed."""
    instead: Mapping[str, str | int | None] | None = None
    """What the audit trail has to say, where the document is not made as it was decided."""


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
            made = await self._made(printable, missing, is_asked_for=bool(document.forms))
        rows = await asyncio.gather(*(self._store(printable, form, made) for form in missing if form in made.forms))
        if rows:
            await self._note(printable, rows, made.instead)

    async def _made(self, printable: Printable, missing: tuple[DocumentForm, ...], *, is_asked_for: bool) -> _Made:
        """What is missing. A structured form that cannot be made after all holds up nothing but itself.

        The money may have been taken already, and the PDF is what the customer waits for.
        """
        try:
            return await self._printed(printable, missing)
        except StructuredInvoiceInvalid:
            if is_asked_for:
                raise
            if PDF not in missing:
                return _Made({}, None)
            made = await self._printed(printable, (PDF,), carries_cii=False)
            not_made = ", ".join(form for form in _rendered(printable, missing) if form is not PDF)
            return replace(made, instead={**(made.instead or {}), "notMade": not_made})

    async def _printed(
        self, printable: Printable, missing: tuple[DocumentForm, ...], *, carries_cii: bool = True
    ) -> _Made:
        """By the template that the document was issued with, or by what a person has made active since."""
        try:
            return await self._by_its_own_template(printable, missing, carries_cii=carries_cii)
        except TemplateFailed:
            other = await other_template(self.sessions, printable.invoice)
            if other is None:
                raise
            made = await self._render(printable, missing, other.template, carries_cii=carries_cii)
            return replace(made, instead={"template": other.version, "instead_of": other.instead_of})

    async def _by_its_own_template(
        self, printable: Printable, missing: tuple[DocumentForm, ...], *, carries_cii: bool
    ) -> _Made:
        """As `_render`. A process may be killed by anybody; one that dies of a tenant's page dies of it every time."""
        template = _own_template(printable)
        try:
            return await self._render(printable, missing, template, carries_cii=carries_cii)
        except RendererDied:
            if template is None or activity.info().attempt < ATTEMPTS_AT_OWN_TEMPLATE:
                raise
            raise TemplateFailed("the tenant's own template ends the process that prints it") from None

    async def _note(
        self, printable: Printable, rows: Sequence[InvoiceDocument], instead: Mapping[str, str | int | None] | None
    ) -> None:
        if instead is None:
            async with statements(self.sessions) as session:
                await invoices.add_document(session, *rows)
            return
        deed = Deed(ACTOR, "print", document_name(printable.invoice))
        async with self.sessions.begin() as session:
            await invoices.add_document(session, *rows)
            await audit.record(session, printable.invoice.tenant, deed, **instead)

    async def _render(
        self,
        printable: Printable,
        missing: tuple[DocumentForm, ...],
        template: OwnTemplate | None,
        *,
        carries_cii: bool,
    ) -> _Made:
        forms = _rendered(printable, missing) if carries_cii else missing
        request = PrintRequest(invoice=printable.invoice, forms=forms, template=template)
        if PDF not in missing:
            return _Made(await self.renderer.render(request, {}), None)
        pictures = await self._pictures.fetched(printable.invoice)
        try:
            return _Made(await self.renderer.render(request, pictures.pictures), pictures)
        except RenderTimedOut:
            plain = pictures.without_drawings()
            if plain == pictures:
                raise
        # A drawing is a program too, by whoever drew the logo: one that has no end would hold up the document for ever.
        made = _Made(await self.renderer.render(request, plain.pictures), plain)
        log.warning(
            "invoice %s is printed without its SVG pictures: with them it took too long", printable.invoice.number
        )
        return made

    async def _store(self, printable: Printable, form: DocumentForm, made: _Made) -> InvoiceDocument:
        invoice, content, pictures = printable.invoice, made.forms[form], made.pictures
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
