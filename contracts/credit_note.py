"""Messages of the workflow `CreditNoteSettlement` and its activities."""

from enum import StrEnum

from contracts.failures import Reason
from contracts.message import Message
from contracts.order_invoice import InvoiceRef, IssuedDocument, OrderState


class CreditNoteStep(StrEnum):
    """The steps after a credit note is issued, in their order."""

    REFUND = "refund_payment"
    CREATE_PDF = "create_pdf"
    SEND_EMAIL = "send_requested_mail"


class RefundRequest(IssuedDocument):
    """The credit note in `invoice`, and which try this is: only a person's retry changes `requested_by`."""

    requested_by: str


class Refunded(Message):
    """The refund step's outcome; `effect_key` is None when there was nothing to give back."""

    effect_key: str | None = None


class CreditNoteOutcome(Message):
    """How a credit note was settled or why it is held; the workflow's result."""

    credit_note: InvoiceRef
    state: OrderState
    step: CreditNoteStep | None = None
    reason: Reason | None = None
    message: str


class CreditNoteStanding(Message):
    """Answer of the query `standing`: the step, how often it was begun, and why it is held."""

    step: CreditNoteStep
    tries: int
    held: CreditNoteOutcome | None = None
