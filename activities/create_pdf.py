"""The document as a PDF, rendered once and kept under its own digest: an order's step 5, and any other document's."""

import logging
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio import activity

from activities.failures import reasons
from contracts.order_invoice import IssuedDocument
from database import invoices
from database.deliveries import find_printable
from database.engine import statements
from database.tables import InvoiceDocument
from documents.pdf import TEMPLATE_VERSION, Logo
from documents.renderer import PdfRenderer
from integrations.document_store import DocumentStore
from integrations.logo import LogoSource, LogoUnusable
from invoicing.electronic import DocumentForm
from invoicing.invoice import Invoice

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class PdfActivities:
    sessions: async_sessionmaker[AsyncSession]
    renderer: PdfRenderer
    store: DocumentStore
    logos: LogoSource

    @activity.defn
    async def create_pdf(self, document: IssuedDocument) -> None:
        """Render and store the PDF of an issued document; one that is stored is never rendered again."""
        ref = document.invoice
        async with statements(self.sessions) as session:
            printable = await find_printable(session, ref.tenant, ref.invoice_id)
        if printable.is_printed:
            return
        with reasons():
            content = await self.renderer.render(printable.invoice, await self._logo(printable.invoice))
        stored = await self.store.put(ref.tenant, content, invoices.PDF, ".pdf")
        async with statements(self.sessions) as session:
            await invoices.add_document(
                session,
                InvoiceDocument(
                    tenant=ref.tenant,
                    invoice_id=ref.invoice_id,
                    form=DocumentForm.PDF,
                    media_type=invoices.PDF,
                    key=stored.key,
                    sha256=stored.sha256,
                    size_bytes=stored.size_bytes,
                    template_version=TEMPLATE_VERSION,
                ),
            )

    async def _logo(self, invoice: Invoice) -> Logo | None:
        """The seller's logo; an unusable one is left out, since an invoice without a picture is still an invoice."""
        if invoice.seller.logo_url is None:
            return None
        try:
            image = await self.logos.fetch(invoice.seller.logo_url)
        except LogoUnusable as error:
            logger.warning("invoice %s is printed without its logo: %s", invoice.number, error)
            return None
        return Logo(content=image.content, media_type=image.media_type)
