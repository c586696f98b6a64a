"""Workflow ids and idempotency keys: each is made in one place."""

from uuid import UUID

from invoicing.document_forms import DocumentForm


def order_workflow_id(tenant: str, order_id: str) -> str:
    """The business key: two jobs that name the same order meet in one workflow."""
    return f"invoice/{tenant}/{order_id}"


def job_workflow_id(tenant: str, job_id: UUID) -> str:
    """One workflow a job."""
    return f"job/{tenant}/{job_id}"


def schedule_prefix(tenant: str) -> str:
    """What the ids of a tenant's schedules begin with, and of nobody else's."""
    return f"jobs/{tenant}/"


def schedule_id(tenant: str, name: str) -> str:
    """One Temporal schedule; the name holds no slash."""
    return f"{schedule_prefix(tenant)}{name}"


def schedule_name(tenant: str, temporal_id: str) -> str | None:
    """The name of a tenant's schedule by its id; None where it is not the tenant's."""
    prefix = schedule_prefix(tenant)
    return temporal_id.removeprefix(prefix) if temporal_id.startswith(prefix) else None


def scheduled_job_workflow_id(tenant: str, name: str) -> str:
    """What a schedule's action is named; Temporal appends `-` and the nominal time."""
    return f"scheduled-job/{tenant}/{name}"


def occurrence_key(workflow_id: str, first_run_id: str | None, *, dry_run: bool) -> str:
    """Idempotency key of the job of a schedule's occurrence.

    The workflow's id names the nominal time; that of a run that was started by hand does not, and its first run does.
    A dry run never stands in for a real one.
    """
    base = f"{workflow_id}:{first_run_id}" if first_run_id else workflow_id
    return f"{base}:dry-run" if dry_run else base


def capture_key(tenant: str, order_id: str, refusals: int, order_round: int = 0) -> str:
    """Idempotency key of an order's capture; a new one only after the gateway has definitely refused.

    An order that is invoiced again after a credit note is in a later round, whose captures are others.
    """
    base = f"{order_workflow_id(tenant, order_id)}:capture"
    if order_round:
        base = f"{base}:round{order_round + 1}"
    return base if refusals == 0 else f"{base}:{refusals + 1}"


def document_workflow_id(tenant: str, invoice_id: UUID) -> str:
    """One workflow makes a document's PDF, with the structured forms that go with it."""
    return f"document/{tenant}/{invoice_id}"


def form_workflow_id(tenant: str, invoice_id: UUID, form: DocumentForm) -> str:
    """One workflow makes a form of a document that somebody asks for later."""
    return f"{document_workflow_id(tenant, invoice_id)}/{form.lower()}"


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


def preview_workflow_id(tenant: str, preview_id: UUID) -> str:
    """One workflow a preview."""
    return f"preview/{tenant}/{preview_id}"
