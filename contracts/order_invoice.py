"""Messages of the workflow `OrderInvoice` and its activities."""

from enum import StrEnum
from typing import Annotated, Literal
from uuid import UUID

from annotated_types import MaxLen

from contracts.failures import Reason
from contracts.message import Message
from invoicing.document_forms import DocumentForm


class Step(StrEnum):
    """The steps of one order's flow, in their order."""

    LOOK_UP = "look_up_order"
    RECALCULATE = "recalculate"
    CAPTURE = "capture_payment"
    ISSUE = "issue_invoice"
    CREATE_PDF = "create_pdf"
    SEND_EMAIL = "send_email"
    REPORT = "report_to_order"


class OrderState(StrEnum):
    """How one order of a job stands."""

    PENDING = "PENDING"
    SUCCESS = "SUCCESS"
    FAILURE = "FAILURE"
    HELD = "HELD"


class OrderRef(Message):
    """One order of one job: the input of `OrderInvoice` and of most of its activities."""

    tenant: str
    order_id: str
    job_id: UUID
    local_first: bool = False
    """Whether steps are tried as local activities before they are regular ones. Runs begun by workers that knew no such
    steps do not say so, and go on as they began."""


class InvoiceRef(Message):
    """An issued invoice."""

    tenant: str
    invoice_id: UUID
    number: str


class LookedUp(Message):
    """What the look-up found. An invoice that an earlier run issued and did not finish is finished, not refused."""

    unfinished: InvoiceRef | None = None


class CaptureRequest(Message):
    """Which try this is: a repeated attempt carries the same `requested_by`, a person's retry another."""

    order: OrderRef
    requested_by: str


class Captured(Message):
    """The payment step's outcome; `effect_key` is None when there was nothing to capture."""

    effect_key: str | None = None


class IssuedDocument(Message):
    """An issued invoice or credit note that is to be rendered, whatever it was made from."""

    invoice: InvoiceRef
    order: OrderRef | None = None
    """The order that is being invoiced, where it is one."""
    forms: Annotated[tuple[DocumentForm, ...], MaxLen(len(DocumentForm))] = ()
    """In which forms; none: as PDF, and in those that were decided when it was issued."""


class Delivery(IssuedDocument):
    """An order's invoice on its way to the customer and back to its order."""

    order: OrderRef
    after_hold: bool = False
    """A person had it tried again: the order may name another e-mail address by now."""


class Outcome(Message):
    """How an order ended or why it is held; the workflow's result, and what `record_outcome` stores."""

    order: OrderRef
    state: OrderState
    step: Step | None = None
    reason: Reason | None = None
    message: str
    invoice_id: UUID | None = None


class Retry(Message):
    """A person's or a later job's wish to try a held order again; `job_id` moves it to that job."""

    job_id: UUID | None = None


class Choice(StrEnum):
    """What a person decides about a held order."""

    RETRY = "retry"
    """Try the failed step again: what was wrong has been mended."""
    ACCEPT_OURS = "accept_ours"
    """Of an order whose totals differ: invoice what its parts come to."""
    ACCEPT_ORDERS = "accept_orders"
    """Of an order whose totals differ: invoice the total that the order states."""
    ABANDON = "abandon"
    """Give the order up; once it is invoiced: finish it without what is still missing."""


class Release(Message):
    """A person's decision about a held order, and who decided."""

    choice: Choice = Choice.RETRY
    actor: str = "temporal"


class Preparation(Message):
    """Look the order up and recalculate it; with `accepted`, price the order as it was read when it was held."""

    order: OrderRef
    accepted: Literal[Choice.ACCEPT_OURS, Choice.ACCEPT_ORDERS] | None = None
    actor: str | None = None
    """Who accepted."""


class Prepared(Message):
    """The order is priced, or there is an invoice that an earlier run left unfinished."""

    unfinished: InvoiceRef | None = None


class Conclusion(Message):
    """The last step of an invoice: tell the order of it, and write down that all went well."""

    delivery: Delivery
    outcome: Outcome


class Standing(Message):
    """Answer of the query `standing`: the step, how often it was begun, and why it is held."""

    step: Step
    tries: int
    held: Outcome | None = None
