"""Issued invoices, their documents and their mails."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from uuid import UUID

from sqlalchemy import Select, insert, select, text
from sqlalchemy.dialects.postgresql import insert as upsert
from sqlalchemy.ext.asyncio import AsyncSession

from database import mail_recipients
from database.mail_recipients import (
    ADD_RECIPIENTS,
    LEAVE_OUT,
    SET_OUTCOMES,
    Addressee,
    Outcome,
    RecipientState,
    naming,
    telling,
)
from database.tables import InvoiceDocument, IssuedInvoice, MailDelivery, SalesInvoice
from invoicing.document_forms import DocumentForm
from invoicing.hash_chain import link
from invoicing.invoice import Invoice, InvoiceKind

PDF = "application/pdf"
XML = "application/xml"


class MailState(StrEnum):
    """STARTED means that the outcome is unknown: a repeat carries the same Message-ID."""

    STARTED = "STARTED"
    SENT = "SENT"
    REFUSED = "REFUSED"


@dataclass(frozen=True)
class SeriesPlace:
    """Where an invoice stands in its number series."""

    schema_id: UUID
    counter: int


class NumberTaken(Exception):
    """The tenant has issued an invoice of this number, from a series of the same format."""


BEFORE_IT = text(
    """
    SELECT EXISTS (SELECT FROM invoices WHERE tenant = :tenant AND number = :number) AS is_taken,
        (SELECT hash FROM invoices WHERE schema_id = :schema_id ORDER BY counter DESC LIMIT 1) AS last_hash
    """
)
"""Read by a statement of its own: one that waited for the series' row lock does not see what it waited for."""
ADD = insert(IssuedInvoice.metadata.tables[IssuedInvoice.__tablename__])


async def add_invoice(
    session: AsyncSession, invoice: Invoice, place: SeriesPlace | None, *, order_round: int | None = None
) -> None:
    """Insert the invoice and link it to the one before it. The caller holds the series' row lock.

    Without a place it is an opening invoice, which stands in no series and is linked to nothing.

    Raises:
        NumberTaken: two series of the tenant print the same numbers.
    """
    schema_id = place.schema_id if place else None
    found = {"tenant": invoice.tenant, "number": invoice.number, "schema_id": schema_id}
    before = (await session.execute(BEFORE_IT, found)).one()
    if before.is_taken:
        raise NumberTaken(
            f"the number {invoice.number} has been issued before: activate a schema that prints other numbers"
        )
    document = invoice.model_dump(mode="json")
    row = {
        "id": invoice.id,
        "tenant": invoice.tenant,
        "kind": invoice.kind,
        "order_id": invoice.order_id,
        "order_round": order_round,
        "corrects": invoice.preceding.invoice_id if invoice.preceding else None,
        "schema_id": schema_id,
        "counter": place.counter if place else None,
        "number": invoice.number,
        "issue_date": invoice.issue_date,
        "currency": invoice.currency,
        "net": invoice.totals.net,
        "tax": invoice.totals.tax,
        "gross": invoice.totals.gross,
        "total": invoice.totals.total,
        "payable": invoice.totals.payable,
        "document": document,
        "previous_hash": before.last_hash,
        "hash": link(document, before.last_hash),
    }
    await session.execute(ADD, row)


async def find_by_order(session: AsyncSession, tenant: str, order_id: str) -> IssuedInvoice | None:
    """The order's live invoice: the one that has not been credited in full."""
    return await session.scalar(_live(tenant).where(IssuedInvoice.order_id == order_id))


async def invoiced_orders(session: AsyncSession, tenant: str, order_ids: Sequence[str]) -> set[str]:
    """Which of these orders were ever invoiced, invoices that were credited since included."""
    invoiced = select(IssuedInvoice.order_id).where(
        IssuedInvoice.tenant == tenant,
        IssuedInvoice.kind == InvoiceKind.INVOICE,
        IssuedInvoice.order_id.in_(order_ids),
    )
    return {order_id for order_id in await session.scalars(invoiced) if order_id is not None}


def _live(tenant: str) -> Select[IssuedInvoice]:
    """Invoices of the tenant that stand. One without its sales invoice is taken to stand: nothing credits it."""
    return (
        select(IssuedInvoice)
        .outerjoin(SalesInvoice, SalesInvoice.invoice_id == IssuedInvoice.id)
        .where(
            IssuedInvoice.tenant == tenant,
            IssuedInvoice.kind == InvoiceKind.INVOICE,
            SalesInvoice.credited_in_full.is_not(True),
        )
    )


async def stands(session: AsyncSession, tenant: str, invoice_id: UUID) -> bool:
    """Whether there is this invoice, and it has not been credited in full."""
    return await session.scalar(_live(tenant).where(IssuedInvoice.id == invoice_id)) is not None


async def credited_of_order(session: AsyncSession, tenant: str, order_id: str) -> list[Invoice]:
    """The order's invoices that were credited in full, as they were issued."""
    documents = (
        select(IssuedInvoice.document)
        .join(SalesInvoice, SalesInvoice.invoice_id == IssuedInvoice.id)
        .where(
            IssuedInvoice.tenant == tenant,
            IssuedInvoice.order_id == order_id,
            IssuedInvoice.kind == InvoiceKind.INVOICE,
            SalesInvoice.credited_in_full,
        )
    )
    return [Invoice.model_validate(document) for document in await session.scalars(documents)]


async def find_by_id(session: AsyncSession, tenant: str, invoice_id: UUID) -> IssuedInvoice | None:
    """One invoice of the tenant."""
    return await session.scalar(
        select(IssuedInvoice).where(IssuedInvoice.tenant == tenant, IssuedInvoice.id == invoice_id)
    )


async def find_by_number(session: AsyncSession, tenant: str, number: str) -> IssuedInvoice | None:
    """The invoice or credit note of this number."""
    return await session.scalar(
        select(IssuedInvoice).where(IssuedInvoice.tenant == tenant, IssuedInvoice.number == number)
    )


async def load(session: AsyncSession, tenant: str, invoice_id: UUID) -> Invoice:
    """The invoice as it was issued.

    Raises:
        sqlalchemy.exc.NoResultFound: the tenant has no such invoice.
    """
    statement = select(IssuedInvoice.document).where(IssuedInvoice.tenant == tenant, IssuedInvoice.id == invoice_id)
    return Invoice.model_validate((await session.scalars(statement)).one())


async def find_pdf(session: AsyncSession, tenant: str, invoice_id: UUID) -> InvoiceDocument | None:
    """Where the invoice's PDF lies."""
    return await find_document(session, tenant, invoice_id, DocumentForm.PDF)


async def find_document(
    session: AsyncSession, tenant: str, invoice_id: UUID, form: DocumentForm
) -> InvoiceDocument | None:
    """Where the invoice lies in that form."""
    return await session.scalar(
        select(InvoiceDocument).where(
            InvoiceDocument.tenant == tenant,
            InvoiceDocument.invoice_id == invoice_id,
            InvoiceDocument.form == form,
        )
    )


async def add_document(session: AsyncSession, *documents: InvoiceDocument) -> None:
    """Note the renderings, one a form, in one statement; the first one of each form stays."""
    rows = [
        {
            "tenant": document.tenant,
            "invoice_id": document.invoice_id,
            "form": document.form,
            "media_type": document.media_type,
            "key": document.key,
            "sha256": document.sha256,
            "size_bytes": document.size_bytes,
            "template_version": document.template_version,
            "pictures": document.pictures,
            "retain_until": document.retain_until,
        }
        for document in documents
    ]
    await session.execute(upsert(InvoiceDocument).values(rows).on_conflict_do_nothing())


async def find_mail(session: AsyncSession, tenant: str, invoice_id: UUID, recipient: str) -> MailDelivery | None:
    """The mail of this invoice to this recipient."""
    return await session.scalar(
        select(MailDelivery).where(
            MailDelivery.tenant == tenant,
            MailDelivery.invoice_id == invoice_id,
            MailDelivery.recipient == recipient,
        )
    )


async def is_mailed(session: AsyncSession, tenant: str, invoice_id: UUID) -> bool:
    """Whether the invoice has reached a mail server."""
    found = await session.scalar(
        select(MailDelivery.message_id).where(
            MailDelivery.tenant == tenant,
            MailDelivery.invoice_id == invoice_id,
            MailDelivery.state == MailState.SENT,
        )
    )
    return found is not None


async def start_mail(
    session: AsyncSession,
    tenant: str,
    invoice_id: UUID,
    recipient: str,
    message_id: str,
    *,
    copies: Sequence[Addressee] = (),
) -> str:
    """Write down the intention to send, for the recipient and for those who get copies.

    Returns:
        The Message-ID to send under, which the first try has chosen.
    """
    begun = {"tenant": tenant, "invoice_id": invoice_id, "recipient": recipient, "message_id": message_id}
    addressed = naming([Addressee(recipient), *copies])
    chosen: str = (await session.scalars(_START_MAIL, {**begun, **addressed})).one()
    return chosen


# An update that changes nothing: without one, an insert that meets a row returns none.
_START_MAIL = text(
    f"""
    WITH begun AS (
        INSERT INTO mail_deliveries (tenant, invoice_id, recipient, message_id, state)
        VALUES (:tenant, :invoice_id, :recipient, :message_id, 'STARTED')
        ON CONFLICT (invoice_id, recipient) DO UPDATE SET message_id = mail_deliveries.message_id
        WHERE mail_deliveries.tenant = :tenant
        RETURNING message_id
    ), left_out AS ({LEAVE_OUT}), addressed AS ({ADD_RECIPIENTS})
    SELECT message_id FROM begun
    """  # noqa: S608 -- of constants
)


async def give_up_mail(session: AsyncSession, tenant: str, invoice_id: UUID, why: str) -> None:
    """The invoice is not mailed any more: whom our mail server put off will not get it."""
    begun = select(MailDelivery.message_id).where(MailDelivery.tenant == tenant, MailDelivery.invoice_id == invoice_id)
    await mail_recipients.give_up(session, tenant, begun, why)


async def complete_mail(
    session: AsyncSession,
    tenant: str,
    invoice_id: UUID,
    recipient: str,
    state: MailState,
    *,
    message: str | None,
    outcomes: Sequence[Outcome] = (),
) -> None:
    """Write down what the mail server answered. A mail that was sent stays so, whatever a repeat of it is told.

    `outcomes` are those of all its recipients.
    """
    mail = {"tenant": tenant, "invoice_id": invoice_id, "recipient": recipient}
    answer = {"state": state, "message": message, "recipient_state": COMPLETED[state]}
    await session.execute(_COMPLETE_MAIL, {**mail, **answer, **telling(outcomes or [Outcome(recipient)])})


COMPLETED = {
    MailState.SENT: RecipientState.SENT,
    MailState.REFUSED: RecipientState.BOUNCED,
}
_COMPLETE_MAIL = text(
    f"""
    WITH done AS (
        UPDATE mail_deliveries SET state = :state, message = :message, updated_at = now()
        WHERE tenant = :tenant AND invoice_id = :invoice_id AND recipient = :recipient AND state <> 'SENT'
        RETURNING message_id
    )
    {SET_OUTCOMES}
    """  # noqa: S608 -- of constants
)
