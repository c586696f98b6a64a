"""An order's invoice on its way out: all that a step needs to know of it, in one statement."""

from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import and_, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from database.tables import IssuedInvoice, JsonObject, OrderSnapshot, SalesInvoice
from invoicing.configuration import document_settings
from invoicing.configuration.document_settings import YEARS_TO_RETAIN
from invoicing.document_forms import DocumentForm
from invoicing.invoice import Invoice, InvoiceKind


@dataclass(frozen=True)
class Printable:
    """A document to be rendered, and how far it has been."""

    invoice: Invoice
    made: frozenset[DocumentForm] = frozenset()
    """The forms that are stored."""
    template: JsonObject | None = None
    """Content of the tenant's own template that the document was issued with."""
    years_to_retain: int = YEARS_TO_RETAIN
    """How long it must be kept, as the tenant has it now."""


@dataclass(frozen=True)
class Reportable:
    """An invoice that its order is to be told of."""

    order_text: str | None
    """The order's JSON as it was read last; None: nobody keeps it any more."""


async def find_printable(session: AsyncSession, tenant: str, invoice_id: UUID) -> Printable:
    """What there is to print.

    Raises:
        sqlalchemy.exc.NoResultFound: the tenant has no such document.
    """
    found = {"tenant": tenant, "invoice_id": invoice_id, "settings": document_settings.KEY}
    row = (await session.execute(_PRINTABLE, found)).one()
    return Printable(
        Invoice.model_validate_json(row.document),
        frozenset(DocumentForm(form) for form in row.made or ()),
        row.template,
        document_settings.document_settings(
            row.configured, {"mixins": {document_settings.KEY: row.of_site}}
        ).years_to_retain,
    )


async def find_reportable(session: AsyncSession, tenant: str, invoice_id: UUID) -> Reportable | None:
    """What there is to report; None when the invoice was credited in full or is not there."""
    row = (await session.execute(_REPORTABLE, {"tenant": tenant, "invoice_id": invoice_id})).one_or_none()
    return Reportable(row.raw) if row else None


_IS_IT = and_(IssuedInvoice.tenant == bindparam("tenant"), IssuedInvoice.id == bindparam("invoice_id"))
_STANDS = and_(IssuedInvoice.kind == InvoiceKind.INVOICE, SalesInvoice.credited_in_full.is_not(True))
"""With `SalesInvoice` joined from outside, as in `invoices.stands`."""
_PRINTABLE = text(
    """
    SELECT invoice.document::text AS document, template.content AS template,
        (
            SELECT array_agg(form) FROM invoice_documents made
            WHERE made.tenant = invoice.tenant AND made.invoice_id = invoice.id
        ) AS made,
        (
            SELECT value -> 'value' FROM configurations
            WHERE tenant = invoice.tenant AND key = :settings AND NOT secured
        ) AS configured,
        (
            SELECT body FROM site_mixins
            WHERE tenant = invoice.tenant AND site_code = invoice.document ->> 'site_code' AND name = :settings
        ) AS of_site
    FROM invoices invoice
    LEFT JOIN document_templates template ON template.tenant = invoice.tenant
        AND template.id = (invoice.document #>> '{look,template,id}')::uuid
    WHERE invoice.tenant = :tenant AND invoice.id = :invoice_id
    """
)
_REPORTABLE = (
    select(OrderSnapshot.raw)
    .select_from(IssuedInvoice)
    .outerjoin(SalesInvoice, SalesInvoice.invoice_id == IssuedInvoice.id)
    .outerjoin(
        OrderSnapshot,
        and_(OrderSnapshot.tenant == IssuedInvoice.tenant, OrderSnapshot.order_id == IssuedInvoice.order_id),
    )
    .where(_IS_IT, _STANDS)
)
