"""Links into our own API that other systems keep."""

from uuid import UUID


def pdf_link(public_base_url: str, tenant: str, invoice_id: UUID) -> str:
    """Where an invoice's PDF is downloaded, with a token of the tenant."""
    return f"{public_base_url.rstrip('/')}/invoice/{tenant}/invoices/{invoice_id}/pdf"
