"""An order's invoice on its way out: all that a step needs to know of it, in one statement."""

from dataclasses import dataclass
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import Text, and_, bindparam, cast, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from database.configurations import opened
from database.invoices import MailState
from database.secured_values import SecuredValues
from database.tables import (
    Configuration,
    InvoiceDocument,
    IssuedInvoice,
    MailDelivery,
    OrderSnapshot,
    SalesInvoice,
)
from invoicing.electronic import DocumentForm
from invoicing.invoice import Invoice, InvoiceKind
from invoicing.known_configurations import MAIL_FROM_KEY


@dataclass(frozen=True)
class Printable:
    """A document to be printed, and whether it has been."""

    invoice: Invoice
    is_printed: bool


@dataclass(frozen=True)
class Mailable:
    """An invoice that is to be mailed."""

    invoice: Invoice
    pdf_key: str | None
    """Of the document store; None: it has no PDF."""
    configured_sender: JsonValue
    """As the tenant's configurations name it; None: they do not."""


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
    row = (await session.execute(_PRINTABLE, {"tenant": tenant, "invoice_id": invoice_id})).one()
    return Printable(Invoice.model_validate_json(row.document), row.pdf_key is not None)


async def find_mailable(
    session: AsyncSession, tenant: str, invoice_id: UUID, secured_values: SecuredValues
) -> Mailable | None:
    """What there is to mail; None when it has been mailed, was credited in full or is not there.

    Raises:
        UnreadableEntry: the configured sender is secured and cannot be opened.
    """
    row = (await session.execute(_MAILABLE, {"tenant": tenant, "invoice_id": invoice_id})).one_or_none()
    if row is None:
        return None
    sender = row.sender and opened(MAIL_FROM_KEY, row.sender, secured_values, secured=row.secured)
    return Mailable(Invoice.model_validate_json(row.document), row.pdf_key, sender)


async def find_reportable(session: AsyncSession, tenant: str, invoice_id: UUID) -> Reportable | None:
    """What there is to report; None when the invoice was credited in full or is not there."""
    row = (await session.execute(_REPORTABLE, {"tenant": tenant, "invoice_id": invoice_id})).one_or_none()
    return Reportable(row.raw) if row else None


_IS_IT = and_(IssuedInvoice.tenant == bindparam("tenant"), IssuedInvoice.id == bindparam("invoice_id"))
_ITS_PDF = and_(
    InvoiceDocument.tenant == IssuedInvoice.tenant,
    InvoiceDocument.invoice_id == IssuedInvoice.id,
    InvoiceDocument.form == DocumentForm.PDF,
)
_STANDS = and_(IssuedInvoice.kind == InvoiceKind.INVOICE, SalesInvoice.credited_in_full.is_not(True))
"""With `SalesInvoice` joined from outside, as in `invoices.stands`."""
_IS_MAILED = exists().where(
    MailDelivery.tenant == IssuedInvoice.tenant,
    MailDelivery.invoice_id == IssuedInvoice.id,
    MailDelivery.state == MailState.SENT,
)
_DOCUMENT = cast(IssuedInvoice.document, Text).label("document")
_PRINTABLE = (
    select(_DOCUMENT, InvoiceDocument.key.label("pdf_key"))
    .select_from(IssuedInvoice)
    .outerjoin(InvoiceDocument, _ITS_PDF)
    .where(_IS_IT)
)
_MAILABLE = (
    select(
        _DOCUMENT,
        InvoiceDocument.key.label("pdf_key"),
        Configuration.value.label("sender"),
        Configuration.secured,
    )
    .select_from(IssuedInvoice)
    .outerjoin(SalesInvoice, SalesInvoice.invoice_id == IssuedInvoice.id)
    .outerjoin(InvoiceDocument, _ITS_PDF)
    .outerjoin(Configuration, and_(Configuration.tenant == IssuedInvoice.tenant, Configuration.key == MAIL_FROM_KEY))
    .where(_IS_IT, _STANDS, ~_IS_MAILED)
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
