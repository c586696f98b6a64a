"""What a round has left behind: in the API, in the shop's books, in the mail sink, on the disk."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import Path
from typing import TypeVar

from demo.mail_sink.mailbox import Mail
from demo.service_bodies import JobOrder
from demo.shop.books import Books, Capture, InvoiceReport, Refund

Entry = TypeVar("Entry", Capture, Refund, InvoiceReport)


class JobName(StrEnum):
    """The jobs of a round, in their order."""

    BEFOREHAND = "beforehand"
    MANUAL = "manual"
    AUTOMATIC = "automatic"


@dataclass(frozen=True)
class Pdf:
    """A downloaded invoice; `text` is None where the file is no PDF that can be read."""

    path: Path
    text: str | None


@dataclass(frozen=True)
class Evidence:
    """Everything that was found.

    Attributes:
        answers: the orders of each job, as the API shows them.
        books: the shop's own, of all rounds.
        mails: those that came in since the round began, repeats too.
        pdfs: by invoice number.
    """

    answers: Mapping[JobName, Sequence[JobOrder]]
    books: Books
    mails: Sequence[Mail]
    pdfs: Mapping[str, Pdf]

    @cached_property
    def invoices(self) -> dict[str, JobOrder]:
        """Order id to the answer that carries its invoice."""
        return {
            order.order_id: order
            for orders in self.answers.values()
            for order in orders
            if order.order_status == "SUCCESS" and order.invoice_number
        }

    @cached_property
    def numbers(self) -> list[str]:
        """The numbers of all invoices of the round, in order of job and order."""
        return [order.invoice_number for order in self.invoices.values() if order.invoice_number]

    @cached_property
    def order_ids(self) -> set[str]:
        """Every order that a job of the round was given or found."""
        return {order.order_id for orders in self.answers.values() for order in orders}

    @cached_property
    def captures(self) -> dict[str, list[Capture]]:
        """Money taken for the round's orders."""
        return self._of_round(self.books.captures)

    @cached_property
    def refunds(self) -> dict[str, list[Refund]]:
        """Money given back for the round's orders."""
        return self._of_round(self.books.refunds)

    @cached_property
    def reports(self) -> dict[str, list[InvoiceReport]]:
        """What the orders were told of their invoices."""
        return self._of_round(self.books.invoice_reports)

    @cached_property
    def mails_by_number(self) -> dict[str, list[Mail]]:
        """Invoice number, which is the attachment's name, to mails; `""` holds those without a PDF."""
        found: dict[str, list[Mail]] = defaultdict(list)
        for mail in self.mails:
            numbers = [name.removesuffix(".pdf") for name in mail.attachments if name.endswith(".pdf")]
            found[numbers[0] if numbers else ""].append(mail)
        return found

    def _of_round(self, pages: Sequence[Entry]) -> dict[str, list[Entry]]:
        found: dict[str, list[Entry]] = defaultdict(list)
        for page in pages:
            if page.order_id in self.order_ids:
                found[page.order_id].append(page)
        return found
