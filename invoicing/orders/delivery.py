"""When an order was delivered, and whether an automatic job may invoice it yet.

The reference does not say which member holds the delivery date; both known ones are read and the window wins
because it names the hour (Emporix A.5, automatic query).
"""

from datetime import date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from invoicing.orders.order import Order

END_OF_DAY = time(23, 59, 59)


def delivered_at(order: Order, timezone: ZoneInfo) -> datetime | None:
    """The instant of delivery: the window's date and closing hour on the site's clock, else the mixin's timestamp."""
    window = order.delivery_window
    if window is not None and window.delivery_date is not None:
        closing = window.delivery_time_range.time_to if window.delivery_time_range else None
        return datetime.combine(window.delivery_date, _time(closing), timezone)
    stamp = order.mixins.delivery_time.delivery_date if order.mixins and order.mixins.delivery_time else None
    if stamp is None:
        return None
    return stamp if stamp.tzinfo else stamp.replace(tzinfo=timezone)


def delivery_date(order: Order, timezone: ZoneInfo) -> date | None:
    """The day of delivery on the site's calendar (BT-72)."""
    instant = delivered_at(order, timezone)
    return instant.astimezone(timezone).date() if instant else None


def is_due(order: Order, timezone: ZoneInfo, *, threshold: timedelta, now: datetime) -> bool:
    """Whether `threshold` has passed since delivery. An order without a delivery date is never due."""
    instant = delivered_at(order, timezone)
    return instant is not None and instant <= now - threshold


def is_invoiced(order: Order) -> bool:
    """Whether an invoice number has been reported to the order, by us or by another service."""
    return bool(reported_number(order))


def reported_number(order: Order) -> str | None:
    """The invoice number that the order carries."""
    return order.mixins.invoice.invoice_no if order.mixins and order.mixins.invoice else None


def _time(text: str | None) -> time:
    try:
        return time.fromisoformat(text) if text else END_OF_DAY
    except ValueError:
        return END_OF_DAY
