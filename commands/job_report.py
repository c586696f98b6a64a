"""How a job and its orders are put to a person: counts, what failed or waits, and the one command that moves it on."""

import shlex
from collections.abc import Iterator

from api.jobs.job_control import JobStanding
from contracts.failures import Reason
from contracts.order_invoice import OrderState
from database.job_lists import ItemView
from database.jobs import JobView

DONE_ALREADY = frozenset({Reason.ALREADY_INVOICED, Reason.NOT_INVOICEABLE})
"""Ends that nobody can or need mend."""


def job_line(view: JobView) -> str:
    """One job of a list."""
    accepted = f"{view.job.created_at:%Y-%m-%d %H:%M}"
    return f"{view.job.id}  {accepted}  {view.job.job_type:<9}  {state_of(view):<11}  {counts_of(view)}"


def state_of(view: JobView) -> str:
    """One word for how the job stands."""
    job = view.job
    if job.cancelled_at is not None:
        return "CANCELLED"
    if job.finished_at is not None:
        return "DONE"
    if job.started_at is None:
        return "ACCEPTED"
    return "PAUSED" if job.paused_at is not None else "IN_PROGRESS"


def counts_of(view: JobView) -> str:
    """Orders by state, without the states that no order is in."""
    words = {
        OrderState.SUCCESS: "would be invoiced" if view.job.dry_run else "succeeded",
        OrderState.FAILURE: "failed",
        OrderState.HELD: "on hold",
        OrderState.PENDING: "not through yet",
    }
    parts = [f"{view.counts[state]:,} {word}" for state, word in words.items() if view.counts.get(state)]
    return f"{view.total:,} orders" + (f": {', '.join(parts)}" if parts else "")


def job_lines(standing: JobStanding) -> Iterator[str]:
    """The head of a job's report."""
    view, said = standing.view, standing.progress
    job = view.job
    kind = f"{job.job_type}, dry run" if job.dry_run else job.job_type
    yield f"job {job.id}  {kind}  {state_of(view)}"
    yield counts_of(view)
    if said is not None:
        yield f"{said.phase}, {said.running} orders under way of at most {said.concurrency}"
    if job.message:
        yield job.message


def order_lines(view: ItemView) -> Iterator[str]:
    """An order: its invoice, or where and why it failed or is held, and what moves it on."""
    item = view.item
    if item.state == OrderState.SUCCESS:
        yield "  ".join(filter(None, [item.order_id, "SUCCESS", view.invoice_number, item.message]))
        return
    if item.state == OrderState.PENDING:
        yield f"{item.order_id}  not through yet"
        return
    verb = "on hold" if item.state == OrderState.HELD else "failed"
    where = f" at {item.step}" if item.step else ""
    yield f"{item.order_id}  {verb}{where}: {item.reason}"
    if item.message:
        yield f"    {item.message}"
    yield f"    {_way_on(view)}"
    if _is_open_to_choice(view):
        yield "    (or --choice accept_orders, retry, abandon)"


def _is_open_to_choice(view: ItemView) -> bool:
    return view.item.state == OrderState.HELD and view.item.reason == Reason.TOTALS_DIFFER


def _way_on(view: ItemView) -> str:
    item = view.item
    if _is_open_to_choice(view):
        return order_command("release", item.tenant, item.order_id, "--choice accept_ours")
    if item.state == OrderState.HELD:
        return order_command("retry", item.tenant, item.order_id)
    if item.reason in DONE_ALREADY:
        return "nothing is left to do"
    return f"invoices job retry-failed {item.job_id} --tenant {item.tenant}"


def order_command(verb: str, tenant: str, order_id: str, options: str = "") -> str:
    """A command about an order that can be pasted into a shell, whatever the id is."""
    words = [f"invoices order {verb}", f"--tenant {tenant}", options, *(["--"] if order_id.startswith("-") else [])]
    return " ".join(word for word in [*words, shlex.quote(order_id)] if word)
