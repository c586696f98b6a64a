"""The search of an automatic job, in the order service's query language (Emporix A.5)."""

from invoicing.configuration.invoice_settings import InvoiceSettings

WITHOUT_CREATION = "created:missing"


def created_since(instant: str) -> str:
    """The term for orders created at `instant` (ISO 8601) or later."""
    return f'created:>="{instant}"'


def order_query(settings: InvoiceSettings, *terms: str) -> str:
    """Orders in one of the statuses and extended statuses that no invoice has been reported to, and with these terms.

    Time is not asked for: two members may hold the delivery date, and the language cannot say "or". What comes back is
    judged by `invoicing.orders.delivery.is_due`.

    >>> from decimal import Decimal
    >>> order_query(InvoiceSettings(threshold_hours=Decimal(24), statuses=("CREATED",), extended_statuses=("70", "75")))
    'status:(CREATED) mixins.generalAttributes.extendedOrderStatus:(70,75) mixins.invoice.invoiceNo:missing'
    """
    return " ".join(
        (
            f"status:({','.join(settings.statuses)})",
            f"mixins.generalAttributes.extendedOrderStatus:({','.join(settings.extended_statuses)})",
            "mixins.invoice.invoiceNo:missing",
            *terms,
        )
    )
