"""Every claim fails on books that were doctored in just its point, and holds on honest ones."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from demo.mail_sink.mailbox import Mail
from demo.orders.generator import Dice
from demo.service_bodies import JobCounts, JobOrder, JobView
from tests.chaos.evidence import CaptureSeen, Evidence, InvoiceSeen, JobSeen, PdfSeen
from tests.chaos.invariants import judge
from tests.chaos.planned_orders import Kind, PlannedOrder, planned_orders
from tests.chaos.workload import PlannedJob

TENANT = "tenant1"
WELL: tuple[str, str | None] = ("SUCCESS", None)
Doctor = Callable[[Evidence], Evidence]


def of_kind(kind: Kind, *, is_card: bool = True) -> PlannedOrder:
    orders = planned_orders(Dice("books"), [TENANT], 400)
    return next(order for order in orders if order.kind is kind and order.is_card is is_card)


CARD, ON_ACCOUNT = of_kind(Kind.ORDINARY), of_kind(Kind.ORDINARY, is_card=False)
DECLINED, UNKNOWN = of_kind(Kind.DECLINED), of_kind(Kind.UNKNOWN)
ORDERS = (CARD, ON_ACCOUNT, DECLINED, UNKNOWN)
INVOICED = (CARD, ON_ACCOUNT, DECLINED)


def invoice(order: PlannedOrder, counter: int) -> InvoiceSeen:
    identity, number = f"00000000-0000-0000-0000-{counter:012d}", f"INV26{counter}"
    return InvoiceSeen(
        identity, TENANT, order.order_id, number, counter, order.total, "EUR", f"{counter}.pdf", f"digest {counter}"
    )


INVOICES = [invoice(order, counter) for counter, order in enumerate(INVOICED, 1001)]


def mail(order: PlannedOrder, sent: InvoiceSeen) -> Mail:
    message_id = f"<invoice-{sent.id}@acme.example>"
    return Mail(message_id, (order.customer,), "Invoice", (f"{sent.number}.pdf",), Path("1.eml"))


def job(number: int, ends: dict[PlannedOrder, tuple[str, str | None]]) -> JobSeen:
    answers = [
        JobOrder.model_validate({"orderId": order.order_id, "orderStatus": status, "reason": reason})
        for order, (status, reason) in ends.items()
    ]
    success = sum(answer.order_status == "SUCCESS" for answer in answers)
    counts = JobCounts(total=len(ends), success=success, failure=len(ends) - success, held=0, pending=0)
    planned = PlannedJob(TENANT, number, 0.0, tuple(order.order_id for order in ends))
    return JobSeen(planned, JobView(job_id=str(number), job_status="DONE", counts=counts), answers)


HONEST = Evidence(
    jobs=[
        job(1, dict.fromkeys(INVOICED, WELL) | {UNKNOWN: ("FAILURE", "unknown_order")}),
        job(2, {CARD: ("FAILURE", "in_progress_elsewhere")}),
    ],
    invoices=INVOICES,
    drawn={TENANT: [1001, 1002, 1003]},
    captures=[
        CaptureSeen(TENANT, order.order_id, sent.total, "EUR")
        for order, sent in zip(INVOICED, INVOICES, strict=True)
        if order.is_card
    ],
    refunds=0,
    mails=[mail(order, sent) for order, sent in zip(INVOICED, INVOICES, strict=True)],
    pdfs={
        f"{sent.counter}.pdf": PdfSeen(f"digest {sent.counter}", f"{sent.number}\nTotal {sent.total}", was_read=True)
        for sent in INVOICES
    },
    told={(TENANT, order.order_id): sent.number for order, sent in zip(INVOICED, INVOICES, strict=True)},
    verified={TENANT: None},
    holds=frozenset({(TENANT, DECLINED.order_id, "payment_declined"), (TENANT, CARD.order_id, "mail_refused")}),
)


def violated(seen: Evidence) -> set[str]:
    return {claim.name for claim in judge(ORDERS, seen) if claim.violations}


def with_job(**changes: Any) -> Doctor:
    def doctored(seen: Evidence) -> Evidence:
        first, *others = seen.jobs
        assert first.view is not None
        counts = first.view.counts.model_copy(update=changes.pop("counts", {}))
        view = first.view.model_copy(update={"counts": counts, **changes.pop("view", {})})
        return replace(seen, jobs=[replace(first, view=view, **changes), *others])

    return doctored


def with_end(order: PlannedOrder, status: str, reason: str | None) -> Doctor:
    ends = dict.fromkeys(INVOICED, WELL) | {UNKNOWN: ("FAILURE", "unknown_order")}
    return lambda seen: replace(seen, jobs=[job(1, {**ends, order: (status, reason)})])


def with_invoice(**changes: Any) -> Doctor:
    return lambda seen: replace(seen, invoices=[replace(seen.invoices[0], **changes), *seen.invoices[1:]])


def with_pdf(**changes: Any) -> Doctor:
    return lambda seen: replace(seen, pdfs={**seen.pdfs, "1001.pdf": replace(seen.pdfs["1001.pdf"], **changes)})


def with_more_mail(**changes: Any) -> Doctor:
    return lambda seen: replace(seen, mails=[*seen.mails, replace(seen.mails[0], **changes)])


def test_honest_books_violate_nothing_and_every_claim_is_looked_at() -> None:
    claims = judge(ORDERS, HONEST)
    assert [claim.violations for claim in claims] == [[]] * 12
    assert all(claim.checks for claim in claims)


def test_a_mail_that_was_repeated_with_its_message_id_is_one_mail() -> None:
    assert violated(with_more_mail(path=Path("2.eml"))(HONEST)) == set()


ONE_INVOICE = "at most one live invoice an order"
CAPTURE = "one capture an order, of just the invoiced amount"
NUMBERS = "numbers 1..n without gap or repeat"
VERIFY = "invoices verify is clean"
PDFS = "every PDF lies under its digest and shows number and total"
MAIL = "one mail an invoice and recipient"
JOBS = "every job ends and its counters sum to its orders"
ENDS = "every order ends as it must"
HELD = "held only for what a person can mend"
RUNNING = "no workflow is left running or failing"
TOLD = "the shop's orders carry their invoice's number"
APART = "tenants are apart"

DOCTORED: dict[str, tuple[str, Doctor]] = {
    "a second invoice of an order": (
        ONE_INVOICE,
        lambda seen: replace(seen, invoices=[*seen.invoices, replace(INVOICES[0], number="INV261004", counter=1004)]),
    ),
    "an invoice that is missing": (ONE_INVOICE, lambda seen: replace(seen, invoices=seen.invoices[1:])),
    "an invoice of an order that there is not": (
        ONE_INVOICE,
        lambda seen: replace(seen, invoices=[*seen.invoices, invoice(UNKNOWN, 1004)]),
    ),
    "a card charged twice": (CAPTURE, lambda seen: replace(seen, captures=[*seen.captures, seen.captures[0]])),
    "a card charged never": (CAPTURE, lambda seen: replace(seen, captures=seen.captures[1:])),
    "a cent too much": (
        CAPTURE,
        lambda seen: replace(
            seen, captures=[replace(seen.captures[0], amount=CARD.total + Decimal("0.01")), *seen.captures[1:]]
        ),
    ),
    "money taken on account": (
        CAPTURE,
        lambda seen: replace(
            seen, captures=[*seen.captures, CaptureSeen(TENANT, ON_ACCOUNT.order_id, Decimal(1), "EUR")]
        ),
    ),
    "money given back": (CAPTURE, lambda seen: replace(seen, refunds=1)),
    "a gap": (NUMBERS, with_invoice(counter=1000)),
    "a number drawn for nobody": (NUMBERS, lambda seen: replace(seen, drawn={TENANT: [1001, 1002, 1003, 1004]})),
    "the service's own proof": (VERIFY, lambda seen: replace(seen, verified={TENANT: "a document is missing"})),
    "a PDF that is gone": (PDFS, with_pdf(sha256=None)),
    "a PDF of another content": (PDFS, with_pdf(sha256="another")),
    "a PDF that was never made": (PDFS, with_invoice(pdf_key=None, pdf_sha256=None)),
    "a PDF with another number": (PDFS, with_pdf(text=f"INV269999\nTotal {CARD.total}")),
    "a PDF with another total": (PDFS, with_pdf(text="INV261001\nTotal 0.01")),
    "a second mail": (MAIL, with_more_mail(message_id="<invoice-other@acme.example>")),
    "a mail to a stranger": (MAIL, with_more_mail(recipients=("stranger@example.com",))),
    "a mail with another's invoice": (MAIL, with_more_mail(attachments=("INV261002.pdf",))),
    "no mail": (MAIL, lambda seen: replace(seen, mails=seen.mails[1:])),
    "a job that does not end": (JOBS, with_job(view={"job_status": "IN_PROGRESS"})),
    "a job that never began": (JOBS, with_job(trouble="it was refused")),
    "counters that do not sum": (JOBS, with_job(counts={"success": 2})),
    "an order that no counter has": (JOBS, with_job(counts={"total": 3, "success": 2})),
    "an order that failed for nothing": (ENDS, with_end(ON_ACCOUNT, "FAILURE", "internal_error")),
    "an order that nobody has": (ENDS, with_end(ON_ACCOUNT, "FAILURE", "in_progress_elsewhere")),
    "an unknown order that succeeded": (ENDS, with_end(UNKNOWN, "SUCCESS", None)),
    "an order held for a fault that passes": (
        HELD,
        lambda seen: replace(seen, holds=seen.holds | {(TENANT, CARD.order_id, "internal_error")}),
    ),
    "an order held for another's reason": (
        HELD,
        lambda seen: replace(seen, holds=seen.holds | {(TENANT, CARD.order_id, "payment_declined")}),
    ),
    "a workflow that runs for ever": (RUNNING, lambda seen: replace(seen, open_workflows=["invoice/tenant1/X"])),
    "a workflow whose code fails": (RUNNING, lambda seen: replace(seen, failing_workflows=["invoice/tenant1/X"])),
    "an order that was told nothing": (TOLD, lambda seen: replace(seen, told={})),
    "an order that was told another number": (
        TOLD,
        lambda seen: replace(seen, told={**seen.told, (TENANT, CARD.order_id): "INV261002"}),
    ),
    "a bystander with a row": (APART, lambda seen: replace(seen, bystander=["1 jobs"])),
    "an invoice over another tenant's order": (APART, with_invoice(total=CARD.total + 1000)),
    "a capture for no order": (
        APART,
        lambda seen: replace(seen, captures=[*seen.captures, CaptureSeen(TENANT, "STRANGE", Decimal(1), "EUR")]),
    ),
}


@pytest.mark.parametrize("what", DOCTORED)
def test_doctored_books_violate_their_claim(what: str) -> None:
    claim, doctor = DOCTORED[what]
    assert claim in violated(doctor(HONEST))
