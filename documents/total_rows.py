"""The end of an invoice: allowances, charges, totals, and the tax by rate."""

from collections.abc import Iterator
from dataclasses import dataclass

from documents.formatting import Formatter
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

    label: str
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


def total_rows(invoice: Invoice, rates: RateNames, formatter: Formatter) -> list[Total]:
    """From the sum of the lines down to what has been paid, in the order in which a reader adds up."""
    return [
        *_printed_sums(invoice, rates, formatter),
        *(_gross_first(invoice, formatter) if invoice.tax_inclusive else _net_first(invoice, formatter)),
        *_settled(invoice, formatter),
    ]


def amount_due(invoice: Invoice, formatter: Formatter) -> Total:
    """What is left to pay; of a credit note, what it credits."""
    if invoice.kind is InvoiceKind.CREDIT_NOTE:
        return Total(formatter.texts("amount_credited"), formatter.money(invoice.totals.total))
    return Total(formatter.texts("amount_due"), formatter.money(amount_to_pay(invoice)))


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


def _printed_sums(invoice: Invoice, rates: RateNames, formatter: Formatter) -> Iterator[Total]:
    if not invoice.charges and not invoice.allowances:
        return
    yield Total(formatter.texts("subtotal"), formatter.amount(invoice.totals.lines_amount))
    for allowance in invoice.allowances:
        name = allowance.name.strip() or formatter.texts(f"allowance.{allowance.kind}")
        yield Total(_label(name, allowance, rates, formatter), formatter.amount(-allowance.amount))
    for charge in invoice.charges:
        name = charge.name.strip() or formatter.texts(f"charge.{charge.kind}")
        yield Total(_label(name, charge, rates, formatter), formatter.amount(charge.amount))


def _label(name: str, part: Allowance | Charge, rates: RateNames, formatter: Formatter) -> str:
    """As in `Loyalty 2% of 1,000.00 (19%)`."""
    if part.percent is not None and part.base_amount is not None:
        percent, base = formatter.percent(part.percent), formatter.amount(part.base_amount)
        name = formatter.texts("share", name=name, percent=percent, base=base)
    return f"{name} ({rates.short(part.tax_category, part.tax_rate)})"


def _net_first(invoice: Invoice, formatter: Formatter) -> Iterator[Total]:
    texts, totals = formatter.texts, invoice.totals
    yield Total(texts("net_total"), formatter.amount(totals.net), "sum")
    yield Total(texts("tax_total"), formatter.amount(totals.tax))
    yield Total(texts("gross_total"), formatter.money(totals.gross), "grand")


def _gross_first(invoice: Invoice, formatter: Formatter) -> Iterator[Total]:
    texts, totals = formatter.texts, invoice.totals
    yield Total(texts("gross_total"), formatter.money(totals.gross), "grand")
    yield Total(texts("included_tax"), formatter.amount(totals.tax), "aside")
    yield Total(texts("net_total"), formatter.amount(totals.net), "aside")


def _settled(invoice: Invoice, formatter: Formatter) -> Iterator[Total]:
    texts, totals = formatter.texts, invoice.totals
    if totals.rounding:
        yield Total(texts("rounding"), formatter.amount(totals.rounding))
    if invoice.kind is InvoiceKind.CREDIT_NOTE:
        return
    if totals.paid:
        yield Total(texts("paid"), formatter.amount(-totals.paid))
    if invoice.withheld:
        yield Total(texts("payable"), formatter.amount(totals.payable))
        yield Total(texts("withheld"), formatter.amount(-invoice.withheld))
