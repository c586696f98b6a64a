"""Workflow ids and idempotency keys: each is made in one place."""

from uuid import UUID


def order_workflow_id(tenant: str, order_id: str) -> str:
    """The business key: two jobs that name the same order meet in one workflow."""
    return f"invoice/{tenant}/{order_id}"


def job_workflow_id(tenant: str, job_id: UUID) -> str:
    """One workflow a job."""
    return f"job/{tenant}/{job_id}"


def capture_key(tenant: str, order_id: str, refusals: int, order_round: int = 0) -> str:
    """Idempotency key of an order's capture; a new one only after the gateway has definitely refused.

    An order that is invoiced again after a credit note is in a later round, whose captures are others.
    """
    base = f"{order_workflow_id(tenant, order_id)}:capture"
    if order_round:
        base = f"{base}:round{order_round + 1}"
    return base if refusals == 0 else f"{base}:{refusals + 1}"


def document_workflow_id(tenant: str, invoice_id: UUID) -> str:
    """One workflow makes a document's PDF."""
    return f"document/{tenant}/{invoice_id}"


def mail_workflow_id(tenant: str, mail_id: UUID) -> str:
    """One workflow a mail that was asked for."""
    return f"mail/{tenant}/{mail_id}"


def credit_note_workflow_id(tenant: str, credit_note_id: UUID) -> str:
    """One workflow a credit note."""
    return f"credit-note/{tenant}/{credit_note_id}"


def refund_key(tenant: str, credit_note_id: UUID, refusals: int) -> str:
    """Idempotency key of a credit note's refund; a new one only after the gateway has definitely refused."""
    base = f"{credit_note_workflow_id(tenant, credit_note_id)}:refund"
    return base if refusals == 0 else f"{base}:{refusals + 1}"


def outside_refund_key(tenant: str, credit_note_id: UUID) -> str:
    """Key of a refund that a person has made outside; nobody is asked for it, and a credit note has one at most."""
    return f"{refund_key(tenant, credit_note_id, 0)}:outside"


def recurring_workflow_id(tenant: str, sales_invoice_id: int) -> str:
    """One workflow a sales invoice that recurs."""
    return f"recurring/{tenant}/{sales_invoice_id}"
