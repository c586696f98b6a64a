"""Proving that what was issued is what is stored: pure checks of issued documents and of their series.

Nothing is taken from the code that issues: the hash is computed anew from the stored content, the figures are judged by
`invoicing.rules.all_rules`, and numbers are counted.
"""

from collections.abc import Iterator
from datetime import date
from decimal import Decimal
from enum import StrEnum
from typing import Any
from uuid import UUID

from pydantic import ValidationError

from invoicing.frozen import Frozen
from invoicing.hash_chain import link
from invoicing.invoice import Invoice
from invoicing.rules.all_rules import SUM_RULES, violations


class FindingKind(StrEnum):
    """What can be wrong."""

    GAP = "gap"
    """A number of the series was never drawn, or its document is gone."""
    REPEAT = "repeat"
    """A number stands on two documents, or on another one than drew it."""
    CHAIN = "chain"
    """The document's hash is not that of its content, or it does not continue the document before it."""
    FIGURES = "figures"
    """A column says something else than the document, or the sums break EN 16931."""
    DOCUMENT = "document"
    """A stored file is missing or has other bytes than were stored."""
    BALANCE = "balance"
    """Payments and credit notes do not sum to what the invoice says of itself."""


class Finding(Frozen):
    """One thing that is wrong; `subject` is the number of the document, or the series and the number missing."""

    kind: FindingKind
    subject: str
    message: str


class IssuedRow(Frozen):
    """An issued document as the database has it now."""

    id: UUID
    tenant: str
    kind: str
    number: str
    counter: int | None
    order_id: str | None
    issue_date: date
    currency: str
    net: Decimal
    tax: Decimal
    gross: Decimal
    total: Decimal
    payable: Decimal
    document: dict[str, Any]
    previous_hash: str | None
    hash: str


class DrawnRow(Frozen):
    """A number that was drawn from a series."""

    counter: int
    formatted: str
    drawn_by: str


def check_document(row: IssuedRow) -> Iterator[Finding]:
    """The document alone: its hash, its columns, its sums."""
    if link(row.document, row.previous_hash) != row.hash:
        yield Finding(
            kind=FindingKind.CHAIN, subject=row.number, message="its content is not what its hash was taken of"
        )
    try:
        invoice = Invoice.model_validate(row.document)
    except ValidationError:
        yield Finding(kind=FindingKind.FIGURES, subject=row.number, message="its content is no invoice any more")
        return
    for name, column, content in _columns(row, invoice):
        if column != content:
            yield Finding(
                kind=FindingKind.FIGURES,
                subject=row.number,
                message=f"column {name} says {column}, the document {content}",
            )
    for violation in violations(invoice):
        if violation.rule in SUM_RULES or _knows_categories(row.document):
            message = f"{violation.rule}: {violation.message}"
            yield Finding(kind=FindingKind.FIGURES, subject=row.number, message=message)


def _knows_categories(document: dict[str, Any]) -> bool:
    """Documents of the first version have a tax group for every (code, rate), and give no reason for an exemption."""
    return "allowances" in document


def _columns(row: IssuedRow, invoice: Invoice) -> Iterator[tuple[str, object, object]]:
    totals = invoice.totals
    yield "id", row.id, invoice.id
    yield "tenant", row.tenant, invoice.tenant
    yield "kind", row.kind, invoice.kind.value
    yield "number", row.number, invoice.number
    yield "order_id", row.order_id, invoice.order_id
    yield "issue_date", row.issue_date, invoice.issue_date
    yield "currency", row.currency, invoice.currency
    yield "net", row.net, totals.net
    yield "tax", row.tax, totals.tax
    yield "gross", row.gross, totals.gross
    yield "total", row.total, totals.total
    yield "payable", row.payable, totals.payable


class SeriesCheck:
    """Walks a series in the order of its counter and says what is wrong as it goes."""

    def __init__(self, name: str, start: int) -> None:
        self.name = name
        self.first = start + 1
        self.last = start
        self.issued = 0
        self._last_hash: str | None = None

    def take(self, drawn: DrawnRow, row: IssuedRow | None) -> Iterator[Finding]:
        """The next number that was drawn, and the document that stands at its place."""
        yield from self._missing(drawn.counter)
        self.last = drawn.counter
        if row is None:
            if not drawn.drawn_by.startswith("client:"):
                yield self._gap(drawn.counter, f"the document of {drawn.formatted} is gone ({drawn.drawn_by})")
            return
        self.issued += 1
        yield from self._same(drawn, row)
        if row.previous_hash != self._last_hash:
            yield Finding(
                kind=FindingKind.CHAIN, subject=row.number, message="it does not continue the document before it"
            )
        self._last_hash = row.hash
        yield from check_document(row)

    def end(self, counter: int) -> Iterator[Finding]:
        """The series' own counter, after the last number."""
        yield from self._missing(counter + 1)
        if self.last > counter:
            yield Finding(
                kind=FindingKind.REPEAT,
                subject=self.name,
                message=f"its counter was set back to {counter}: {self.last} is drawn already",
            )

    def _missing(self, until: int) -> Iterator[Finding]:
        for counter in range(self.last + 1, until):
            yield self._gap(counter, "the number was never drawn")

    def _gap(self, counter: int, message: str) -> Finding:
        return Finding(kind=FindingKind.GAP, subject=f"{self.name} {counter}", message=message)

    def _same(self, drawn: DrawnRow, row: IssuedRow) -> Iterator[Finding]:
        if drawn.formatted != row.number or not drawn.drawn_by.endswith(f":{row.id}"):
            yield Finding(
                kind=FindingKind.REPEAT,
                subject=row.number,
                message=f"place {drawn.counter} of {self.name} was drawn as {drawn.formatted} by {drawn.drawn_by}",
            )
