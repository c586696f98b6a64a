"""What must hold after a run, whatever was broken: every claim counts what it looked at and names what violates it."""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from demo.pdf_text import shows_amount
from demo.service_bodies import JobOrder
from tests.chaos.evidence import Evidence, InvoiceSeen, JobSeen
from tests.chaos.planned_orders import HELD_FOR, PlannedOrder

Place = tuple[str, str]
"""Tenant and order id."""
FIRST_COUNTER = 1001
MET_ANOTHER_JOB = frozenset({"already_invoiced", "in_progress_elsewhere"})
MAY_HOLD_ANY = frozenset({"mail_refused"})
"""The mail server refuses some mails for good, whatever the order."""
Item = TypeVar("Item")
Key = TypeVar("Key")


@dataclass
class Claim:
    """One invariant: how often it was looked at, and where it does not hold."""

    name: str
    checks: int = 0
    violations: list[str] = field(default_factory=list)

    def expect(self, *, that: bool, otherwise: str) -> None:
        """Count a look."""
        self.checks += 1
        if not that:
            self.violations.append(otherwise)


def judge(orders: Sequence[PlannedOrder], seen: Evidence) -> list[Claim]:
    """Every claim about a run over these orders."""
    judges: Sequence[tuple[str, Callable[[Claim, Sequence[PlannedOrder], Evidence], None]]] = (
        ("at most one live invoice an order", one_invoice),
        ("one capture an order, of just the invoiced amount", one_capture),
        ("numbers 1..n without gap or repeat", numbers_without_gap),
        ("invoices verify is clean", verified),
        ("every PDF lies under its digest and shows number and total", pdfs),
        ("one mail an invoice and recipient", one_mail),
        ("every job ends and its counters sum to its orders", jobs_end),
        ("every order ends as it must", orders_end),
        ("held only for what a person can mend", holds),
        ("no workflow is left running or failing", nothing_runs),
        ("the shop's orders carry their invoice's number", told),
        ("tenants are apart", apart),
    )
    claims = []
    for name, look in judges:
        claims.append(Claim(name))
        look(claims[-1], orders, seen)
    return claims


def one_invoice(claim: Claim, orders: Sequence[PlannedOrder], seen: Evidence) -> None:
    """Orders that the shop knows have one, the others none."""
    by_order = grouped(seen.invoices, lambda invoice: (invoice.tenant, invoice.order_id))
    for order in orders:
        numbers = [invoice.number for invoice in by_order[place(order)]]
        wanted = 1 if order.is_known else 0
        claim.expect(
            that=len(numbers) == wanted,
            otherwise=f"{named(order)} has {len(numbers)} invoices ({', '.join(numbers)}), expected {wanted}",
        )


def one_capture(claim: Claim, orders: Sequence[PlannedOrder], seen: Evidence) -> None:
    """By the gateway's books, of which no part of the service can write a line."""
    captures = grouped(seen.captures, lambda capture: (capture.tenant, capture.order_id))
    invoices = {(invoice.tenant, invoice.order_id): invoice for invoice in seen.invoices}
    for order in orders:
        invoice, taken = invoices.get(place(order)), captures[place(order)]
        wanted = [(invoice.total, invoice.currency)] if invoice and order.is_card else []
        found = [(capture.amount, capture.currency) for capture in taken]
        claim.expect(that=found == wanted, otherwise=f"{named(order)} was captured {found}, expected {wanted}")
    claim.expect(that=seen.refunds == 0, otherwise=f"{seen.refunds} refunds that nobody asked for")


def numbers_without_gap(claim: Claim, _orders: Sequence[PlannedOrder], seen: Evidence) -> None:
    """The counters that were drawn, and those of the invoices, are the same and consecutive."""
    issued = grouped(seen.invoices, lambda invoice: invoice.tenant)
    for tenant in sorted(issued.keys() | seen.drawn.keys()):
        counters = sorted(invoice.counter for invoice in issued[tenant])
        wanted = list(range(FIRST_COUNTER, FIRST_COUNTER + len(counters)))
        claim.expect(that=counters == wanted, otherwise=f"{tenant}: the invoices' counters are {counters}")
        drawn = sorted(seen.drawn.get(tenant, ()))
        claim.expect(that=drawn == wanted, otherwise=f"{tenant}: the drawn numbers are {drawn}, the issued {wanted}")
        numbers = Counter(invoice.number for invoice in issued[tenant])
        claim.expect(that=max(numbers.values(), default=1) == 1, otherwise=f"{tenant}: a number was given twice")


def verified(claim: Claim, _orders: Sequence[PlannedOrder], seen: Evidence) -> None:
    """The service's own proof."""
    for tenant, trouble in seen.verified.items():
        claim.expect(that=trouble is None, otherwise=f"{tenant}: {trouble}")


def pdfs(claim: Claim, _orders: Sequence[PlannedOrder], seen: Evidence) -> None:
    """The file is there, hashes to what the database says, and shows what the invoice says."""
    for invoice in seen.invoices:
        pdf = seen.pdfs.get(invoice.pdf_key or "")
        is_whole = pdf is not None and invoice.pdf_sha256 is not None and pdf.sha256 == invoice.pdf_sha256
        claim.expect(that=is_whole, otherwise=f"{shown(invoice)} has no PDF under its digest")
        if pdf is not None and pdf.was_read:
            text = pdf.text or ""
            claim.expect(that=invoice.number in text, otherwise=f"{shown(invoice)}: its PDF shows another number")
            claim.expect(
                that=shows_amount(text, invoice.total),
                otherwise=f"{shown(invoice)}: its PDF does not show {invoice.total}",
            )


def one_mail(claim: Claim, orders: Sequence[PlannedOrder], seen: Evidence) -> None:
    """By the mail sink's folder; what was sent again after a lost answer has the same Message-ID."""
    mails = grouped(seen.mails, lambda mail: mail.recipients)
    invoices = {(invoice.tenant, invoice.order_id): invoice for invoice in seen.invoices}
    for order in orders:
        if (invoice := invoices.get(place(order))) is None:
            continue
        found = mails.pop((order.customer,), [])
        ids = {mail.message_id for mail in found}
        claim.expect(
            that=len(ids) == 1 and all(invoice.id in message_id for message_id in ids),
            otherwise=f"{shown(invoice)}: its mails have the ids {sorted(ids)}, expected one of its own",
        )
        names = {mail.attachments for mail in found}
        claim.expect(
            that=names <= {(f"{invoice.number}.pdf",)}, otherwise=f"{shown(invoice)}: it was mailed as {names}"
        )
    claim.expect(that=not mails, otherwise=f"mails that belong to no invoice: {sorted(mails)[:5]}")


def jobs_end(claim: Claim, _orders: Sequence[PlannedOrder], seen: Evidence) -> None:
    """As the API shows them."""
    for job in seen.jobs:
        claim.expect(that=job.trouble is None, otherwise=f"{job.planned.key}: {job.trouble}")
        claim.expect(that=job.view is not None and job.view.done, otherwise=f"{job.planned.key} is not DONE")
        if job.view is not None:
            _counters_sum(claim, job)


def _counters_sum(claim: Claim, job: JobSeen) -> None:
    counts = job.view.counts if job.view else None
    if counts is None:
        return
    given = len(set(job.planned.order_ids))
    summed = counts.success + counts.failure + counts.pending
    claim.expect(
        that=counts.total == given == summed and counts.pending == 0,
        otherwise=f"{job.planned.key} was given {given} orders and says {counts}",
    )
    listed = Counter(order.order_id for order in job.orders)
    claim.expect(
        that=listed == Counter(set(job.planned.order_ids)), otherwise=f"{job.planned.key} lists other orders than given"
    )


def orders_end(claim: Claim, orders: Sequence[PlannedOrder], seen: Evidence) -> None:
    """Every order that the shop knows is invoiced by one of its jobs at least; the unknown ones are refused."""
    answers: dict[Place, list[JobOrder]] = defaultdict(list)
    for job in seen.jobs:
        for answer in job.orders:
            answers[job.planned.tenant, answer.order_id].append(answer)
    for order in orders:
        ends = [(answer.order_status, answer.reason) for answer in answers[place(order)]]
        claim.expect(that=_may_end(order, ends), otherwise=f"{named(order)} ended as {ends}")


def _may_end(order: PlannedOrder, ends: Sequence[tuple[str, str | None]]) -> bool:
    others = [reason for status, reason in ends if status != "SUCCESS"]
    if not order.is_known:
        return len(others) == len(ends) > 0 and set(others) <= {"unknown_order", "in_progress_elsewhere"}
    return len(others) < len(ends) and set(others) <= MET_ANOTHER_JOB


def holds(claim: Claim, orders: Sequence[PlannedOrder], seen: Evidence) -> None:
    """What waiting mends must hold nobody; what it does not must be held for the reason that it has."""
    reasons: dict[Place, set[str]] = defaultdict(set)
    for tenant, order_id, reason in seen.holds:
        reasons[tenant, order_id].add(reason)
    for order in orders:
        planned = {HELD_FOR[order.kind]} if order.kind in HELD_FOR else set()
        found = reasons[place(order)]
        claim.expect(
            that=found - MAY_HOLD_ANY <= planned,
            otherwise=f"{named(order)} was held for {sorted(found)}, expected {sorted(planned)}",
        )


def nothing_runs(claim: Claim, _orders: Sequence[PlannedOrder], seen: Evidence) -> None:
    """Everything was released, so everything has ended."""
    claim.expect(that=not seen.open_workflows, otherwise=f"still running: {list(seen.open_workflows)[:10]}")
    claim.expect(that=not seen.failing_workflows, otherwise=f"failing: {list(seen.failing_workflows)[:10]}")


def told(claim: Claim, orders: Sequence[PlannedOrder], seen: Evidence) -> None:
    """By the shop's books."""
    numbers = {(invoice.tenant, invoice.order_id): invoice.number for invoice in seen.invoices}
    for order in orders:
        found, wanted = seen.told.get(place(order)), numbers.get(place(order))
        claim.expect(that=found == wanted, otherwise=f"{named(order)}: the shop was told {found}, expected {wanted}")


def apart(claim: Claim, orders: Sequence[PlannedOrder], seen: Evidence) -> None:
    """Tenants use the same order ids for different orders: each invoice is over its own tenant's order."""
    planned = {place(order): order for order in orders}
    for invoice in seen.invoices:
        order = planned.get((invoice.tenant, invoice.order_id))
        is_its_own = order is not None and abs(invoice.total - order.total) <= order.slack
        claim.expect(that=is_its_own, otherwise=f"{shown(invoice)} is over {invoice.total}, not its tenant's order")
    for capture in seen.captures:
        is_known = (capture.tenant, capture.order_id) in planned
        claim.expect(that=is_known, otherwise=f"a capture for {capture.tenant}/{capture.order_id}, which is no order")
    claim.expect(that=not seen.bystander, otherwise=f"the bystander was touched: {list(seen.bystander)}")


def grouped(items: Iterable[Item], key: Callable[[Item], Key]) -> "defaultdict[Key, list[Item]]":
    """Items by key; none for a key that has none."""
    groups: defaultdict[Key, list[Item]] = defaultdict(list)
    for item in items:
        groups[key(item)].append(item)
    return groups


def place(order: PlannedOrder) -> Place:
    """Where an order belongs."""
    return order.tenant, order.order_id


def named(order: PlannedOrder) -> str:
    """An order for a person."""
    return f"{order.tenant}/{order.order_id} ({order.kind})"


def shown(invoice: InvoiceSeen) -> str:
    """An invoice for a person."""
    return f"{invoice.tenant}/{invoice.order_id} as {invoice.number}"
