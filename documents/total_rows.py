"""The end of an invoice: allowances, charges, totals, and the tax by rate."""

from collections.abc import Iterator
from dataclasses import dataclass

from documents.formatting import Formatter
from documents.label import Label, Voice
from documents.payment_text import amount_to_pay
from documents.rate_names import RateNames
from invoicing.invoice import Allowance, Charge, Invoice, InvoiceKind


@dataclass(frozen=True)
class TaxRow:
    """One row of the tax breakdown."""

    rate: str
    net: str
    tax: str
    gross: str


@dataclass(frozen=True)
class Total:
    """One row of the totals; `look` is its class in the style sheet."""

    label: Label
    amount: str
    look: str = ""


def tax_rows(invoice: Invoice, rates: RateNames, formatter: Formatter) -> list[TaxRow]:
    """Net, tax and gross of every (category, rate) group (BG-23)."""
    return [
        TaxRow(
            rate=rates.long(group),
            net=formatter.amount(group.net),
            tax=formatter.amount(group.tax),
            gross=formatter.amount(group.gross),
        )
        for group in invoice.tax_groups
    ]


def total_rows(invoice: Invoice, rates: RateNames, voice: Voice) -> list[Total]:
    """From the sum of the lines down to what has been paid, in the order in which a reader adds up."""
    figures = list(_rows(invoice, rates, voice.first))
    labels = voice.sentences(lambda formatter: (label for label, _, _ in _rows(invoice, rates, formatter)))
    return [Total(label, amount, look) for label, (_, amount, look) in zip(labels, figures, strict=True)]


def amount_due(invoice: Invoice, voice: Voice) -> Total:
    """What is left to pay; of a credit note, what it credits."""
    if invoice.kind is InvoiceKind.CREDIT_NOTE:
        return Total(voice.named("amount_credited"), voice.first.money(invoice.totals.total), "credited")
    due = amount_to_pay(invoice)
    return Total(voice.named("amount_due"), voice.first.money(due), "open" if due > 0 else "settled")


def exchange_lines(invoice: Invoice, formatter: Formatter) -> list[str]:
    """The rate, and tax and total in the base currency (BT-111)."""
    exchange = invoice.exchange
    if exchange is None:
        return []
    texts, base = formatter.texts, formatter.of_currency(exchange.base_currency)
    rate, day = formatter.exchange_rate(exchange.rate), formatter.date(exchange.rate_date)
    return [
        texts("exchange_rate", date=day, currency=invoice.currency, rate=rate, base=exchange.base_currency),
        texts(
            "in_base_currency",
            base=exchange.base_currency,
            tax=base.amount(exchange.tax),
            total=base.amount(exchange.total),
        ),
    ]


Figure = tuple[str, str, str]
"""Label, amount and look of a total, in one language."""


def _rows(invoice: Invoice, rates: RateNames, formatter: Formatter) -> Iterator[Figure]:
    yield from _printed_sums(invoice, rates, formatter)
    yield from _gross_first(invoice, formatter) if invoice.tax_inclusive else _net_first(invoice, formatter)
    yield from _settled(invoice, formatter)


def _printed_sums(invoice: Invoice, rates: RateNames, formatter: Formatter) -> Iterator[Figure]:
    if not invoice.charges and not invoice.allowances:
        return
    yield formatter.texts("subtotal"), formatter.amount(invoice.totals.lines_amount), ""
    for allowance in invoice.allowances:
        name = allowance.name.strip() or formatter.texts(f"allowance.{allowance.kind}")
        yield _label(name, allowance, rates, formatter), formatter.amount(-allowance.amount), ""
    for charge in invoice.charges:
        name = charge.name.strip() or formatter.texts(f"charge.{charge.kind}")
        yield _label(name, charge, rates, formatter), formatter.amount(charge.amount), ""


def _label(name: str, part: Allowance | Charge, rates: RateNames, formatter: Formatter) -> str:
    """As in `Loyalty 2% of 1,000.00 (19%)`."""
    if part.percent is not None and part.base_amount is not None:
        percent, base = formatter.percent(part.percent), formatter.amount(part.base_amount)
        name = formatter.texts("share", name=name, percent=percent, base=base)
    return f"{name} ({rates.short(part.tax_category, part.tax_rate)})"


def _net_first(invoice: Invoice, formatter: Formatter) -> Iterator[Figure]:
    texts, totals = formatter.texts, invoice.totals
    yield texts("net_total"), formatter.amount(totals.net), "sum"
    yield texts("tax_total"), formatter.amount(totals.tax), ""
    yield texts("gross_total"), formatter.money(totals.gross), "grand"


def _gross_first(invoice: Invoice, formatter: Formatter) -> Iterator[Figure]:
    texts, totals = formatter.texts, invoice.totals
    yield texts("gross_total"), formatter.money(totals.gross), "grand"
    yield texts("included_tax"), formatter.amount(totals.tax), "aside"
    yield texts("net_total"), formatter.amount(totals.net), "aside"


def _settled(invoice: Invoice, formatter: Formatter) -> Iterator[Figure]:
    texts, totals = formatter.texts, invoice.totals
    if totals.rounding:
        yield texts("rounding"), formatter.amount(totals.rounding), ""
    if invoice.kind is InvoiceKind.CREDIT_NOTE:
        return
    if totals.paid:
        yield texts("paid"), formatter.amount(-totals.paid), ""
    if invoice.withheld:
        yield texts("payable"), formatter.amount(totals.payable), ""
        yield texts("withheld"), formatter.amount(-invoice.withheld), ""
