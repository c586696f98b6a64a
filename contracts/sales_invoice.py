"""Messages of the workflows beside `OrderInvoice`: delivering a document, settling a credit note, recurring."""

from uuid import UUID

from contracts.message import Message
from contracts.order_invoice import InvoiceRef, IssuedDocument

__all__ = ["CreditNoteRef", "DeliveryRequest", "InvoiceRef", "RecurringRef", "UnsentMail"]


class DeliveryRequest(IssuedDocument):
    """Input of `InvoiceDelivery`: an issued document, and the mail (`mail_requests`) to send with it, if any."""

    mail_id: UUID | None = None


class UnsentMail(Message):
    """A mail that its workflow gives up, and why."""

    tenant: str
    mail_id: UUID
    message: str


class CreditNoteRef(Message):
    """Input of `CreditNoteSettlement`."""

    credit_note: InvoiceRef
    mail_id: UUID | None = None
    """The mail that takes the credit note to the buyer, None where there is nobody to send it to."""


class RecurringRef(Message):
    """Input of `RecurringInvoice`: the sales invoice that is copied."""

    tenant: str
    sales_invoice_id: int
