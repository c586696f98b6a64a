"""The figures of a round as JSON, counted in the stores and in the shop's books."""

from pathlib import Path

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from demo.evidence import Evidence, JobName
from demo.number_verdict import in_series_order
from demo.pdf_text import shows_amount


class FailedOrder(BaseModel):
    """An order that a job could not invoice."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, validate_by_name=True)

    order_id: str
    reason: str


class Report(BaseModel):
    """What a round came to.

    An order that two jobs were given counts for each of them, so that `succeeded` and `failed` add up to `orders`.

    Attributes:
        captures: successful captures of the round's orders in the shop's books.
        mails: distinct Message-IDs in the sink.
        pdfs: files that open and show number and total.
        seconds: from the first job's start to the last one's end.
    """

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, validate_by_name=True)

    orders: int
    succeeded: int
    failed: list[FailedOrder]
    invoice_numbers: list[str]
    captures: int
    mails: int
    pdfs: int
    seconds: float


def make_report(seen: Evidence, seconds: float) -> Report:
    """Count."""
    answers = [order for name in JobName for order in seen.answers.get(name, ())]
    failed = [order for order in answers if order.order_status != "SUCCESS"]
    return Report(
        orders=len(answers),
        succeeded=len(answers) - len(failed),
        failed=[FailedOrder(order_id=each.order_id, reason=each.reason or "unknown") for each in failed],
        invoice_numbers=in_series_order(seen.numbers),
        captures=sum(map(len, seen.captures.values())),
        mails=len({mail.message_id for mail in seen.mails}),
        pdfs=sum(_is_whole(seen, order_id) for order_id in seen.invoices),
        seconds=round(seconds, 1),
    )


def write_report(report: Report, file: Path) -> None:
    """Write it as JSON."""
    file.write_text(report.model_dump_json(by_alias=True, indent=2) + "\n")


def _is_whole(seen: Evidence, order_id: str) -> bool:
    invoice = seen.invoices[order_id]
    pdf = seen.pdfs.get(invoice.invoice_number or "")
    if pdf is None or pdf.text is None or invoice.invoice_number is None or invoice.total_amount is None:
        return False
    return invoice.invoice_number in pdf.text and shows_amount(pdf.text, invoice.total_amount)
