"""Whether one order ended as it must."""

from collections.abc import Iterator
from decimal import Decimal

from demo.evidence import Evidence
from demo.expectations import Expectation
from demo.pdf_text import shows_amount
from demo.service_bodies import JobOrder


def wrong_with_order(expected: Expectation, answer: JobOrder, seen: Evidence) -> Iterator[str]:
    """What is wrong with an order, whose job gave `answer`; its invoice may be an earlier job's."""
    yield from _wrong_with_status(expected, answer)
    invoice = seen.invoices.get(answer.order_id)
    number = invoice.invoice_number if invoice else None
    if expected.is_invoiced and invoice and number:
        yield from _wrong_with_total(expected, invoice)
        yield from _wrong_with_money(expected, invoice.total_amount, seen)
        yield from _wrong_with_mail(expected, number, seen)
        yield from _wrong_with_pdf(number, invoice.total_amount, seen)
        yield from _wrong_with_report(answer.order_id, number, seen)
        return
    if expected.is_invoiced:
        yield "has no invoice"
    elif number:
        yield f"was invoiced as {number} and must not be"
    if seen.captures[answer.order_id] and expected.end.captured is None:
        yield "was captured and must not be"
    if seen.reports[answer.order_id] and not number:
        yield "was told of an invoice that it does not have"


def _wrong_with_status(expected: Expectation, answer: JobOrder) -> Iterator[str]:
    end = expected.end
    if (answer.order_status, answer.reason) != (end.status, end.reason):
        yield (
            f"ended {answer.order_status} ({answer.reason or 'no reason'}), "
            f"expected {end.status} ({end.reason or 'no reason'}): {answer.message}"
        )


def _wrong_with_total(expected: Expectation, invoice: JobOrder) -> Iterator[str]:
    total, end = invoice.total_amount, expected.end
    if total is None or end.total is None or abs(total - end.total) > expected.slack:
        margin = f" within {expected.slack}" if expected.slack else ""
        yield f"its invoice is over {total}, expected {end.total}{margin}"
    if invoice.currency != end.currency:
        yield f"its invoice is in {invoice.currency}, expected {end.currency}"


def _wrong_with_money(expected: Expectation, total: Decimal | None, seen: Evidence) -> Iterator[str]:
    """One capture of exactly the invoice's total and of no more than is authorised; or none at all."""
    taken, authorised = seen.captures[expected.order_id], expected.end.captured
    if seen.refunds[expected.order_id]:
        yield "money was given back"
    if authorised is None:
        if taken:
            yield f"was captured ({_sums(seen, expected)}) and must not be"
        return
    if len(taken) != 1:
        yield f"was captured {len(taken)} times, expected once"
        return
    if (taken[0].amount, taken[0].currency) != (total, expected.end.currency):
        yield f"{_sums(seen, expected)} were captured, its invoice is over {total} {expected.end.currency}"
    if taken[0].amount > authorised:
        yield f"{taken[0].amount} were captured, only {authorised} are authorised"


def _sums(seen: Evidence, expected: Expectation) -> str:
    return ", ".join(f"{capture.amount} {capture.currency}" for capture in seen.captures[expected.order_id])


def _wrong_with_mail(expected: Expectation, number: str, seen: Evidence) -> Iterator[str]:
    """One mail to the customer with the invoice attached; a repeat of it has the same Message-ID."""
    mails = seen.mails_by_number[number]
    ids = {mail.message_id for mail in mails}
    if len(ids) != 1 or "" in ids:
        yield f"its invoice was mailed {len(ids)} times, expected once"
    for mail in mails:
        if mail.recipients != (expected.customer,):
            yield f"its invoice was mailed to {', '.join(mail.recipients)}, expected {expected.customer}"
        if mail.attachments != (f"{number}.pdf",):
            yield f"its mail carries {', '.join(mail.attachments)}, expected {number}.pdf alone"


def _wrong_with_pdf(number: str, total: Decimal | None, seen: Evidence) -> Iterator[str]:
    pdf = seen.pdfs.get(number)
    if pdf is None or pdf.text is None:
        yield f"its PDF {pdf.path if pdf else ''} cannot be opened"
        return
    if number not in pdf.text:
        yield f"its PDF does not show the number {number}"
    if total is None or not shows_amount(pdf.text, total):
        yield f"its PDF does not show the total {total}"


def _wrong_with_report(order_id: str, number: str, seen: Evidence) -> Iterator[str]:
    """The order in the shop carries its invoice's number; told again after a crash, it is told the same."""
    told = {report.invoice_no for report in seen.reports[order_id]}
    if told != {number}:
        yield f"the shop's order names {', '.join(map(str, told)) or 'no invoice'}, expected {number}"
