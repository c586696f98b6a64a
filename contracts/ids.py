"""Workflow ids and idempotency keys: each is made in one place."""

from uuid import UUID


def order_workflow_id(tenant: str, order_id: str) -> str:
    """The business key: two jobs that name the same order meet in one workflow."""
    return f"invoice/{tenant}/{order_id}"


def job_workflow_id(tenant: str, job_id: UUID) -> str:
    """One workflow a job."""
    return f"job/{tenant}/{job_id}"


def capture_key(tenant: str, order_id: str, refusals: int) -> str:
    """Idempotency key of an order's capture; a new one only after the gateway has definitely refused."""
    base = f"{order_workflow_id(tenant, order_id)}:capture"
    return base if refusals == 0 else f"{base}:{refusals + 1}"
