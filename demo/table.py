"""The orders of a round as a table for people."""

import os
from collections import Counter
from collections.abc import Sequence
from collections.abc import Set as AbstractSet
from pathlib import Path

from rich.table import Table

from demo.evidence import Evidence, JobName
from demo.number_verdict import in_series_order
from demo.service_bodies import JobOrder

MOST_ROWS = 60


def round_table(seen: Evidence, generated: AbstractSet[str], wrong: AbstractSet[str]) -> Table:
    """A row an order, job by job; of more than 60 rows the generated orders are one.

    Args:
        seen: what was found.
        generated: ids of the generated orders.
        wrong: ids of the orders that did not end as they must.
    """
    table = Table("Job", "Order", "Status", "Number", title="Orders and their invoices")
    table.add_column("Total", justify="right")
    table.add_column("PDF", no_wrap=True, overflow="fold")
    table.add_column("E-mail")
    rows = [(name, order) for name in JobName for order in seen.answers.get(name, ())]
    hidden = generated - wrong if len(rows) > MOST_ROWS else set()
    for name, order in rows:
        if order.order_id not in hidden:
            style = "red" if order.order_id in wrong else None
            table.add_row(name, order.order_id, _status(order), *_invoice(order, seen), style=style)
    if hidden:
        summed = [order for _, order in rows if order.order_id in hidden]
        table.add_row(JobName.MANUAL, f"{len(summed)} generated", *_summary(summed, seen))
    return table


def _status(order: JobOrder) -> str:
    if order.order_status == "SUCCESS":
        return "[green]SUCCESS[/]"
    held = ", on hold" if order.held else ""
    return f"[yellow]{order.order_status}[/] ({order.reason}{held})"


def _invoice(order: JobOrder, seen: Evidence) -> tuple[str, str, str, str]:
    if order.order_status != "SUCCESS" or not order.invoice_number:
        return "", "", "", ""
    pdf = seen.pdfs.get(order.invoice_number)
    total = f"{order.total_amount} {order.currency}"
    return order.invoice_number, total, shown(pdf.path) if pdf else "missing", _mailed(order.invoice_number, seen)


def _mailed(number: str, seen: Evidence) -> str:
    ids = {mail.message_id for mail in seen.mails_by_number.get(number, ())}
    return "sent" if len(ids) == 1 else f"sent {len(ids)} times"


def _summary(orders: Sequence[JobOrder], seen: Evidence) -> tuple[str, str, str, str, str]:
    numbers = in_series_order(order.invoice_number for order in orders if order.invoice_number)
    states = Counter(_status(order) for order in orders)
    mailed = sum(_mailed(number, seen) == "sent" for number in numbers)
    currencies = {order.currency for order in orders if order.currency}
    return (
        ", ".join(f"{count} {state}" for state, count in states.items()),
        f"{numbers[0]} to {numbers[-1]}" if numbers else "",
        f"{len(currencies)} currencies",
        f"{sum(number in seen.pdfs for number in numbers)} files",
        f"{mailed} sent",
    )


def shown(path: Path) -> str:
    """A path as one would type it here."""
    relative = os.path.relpath(path)
    return str(path) if relative.startswith("..") else relative
