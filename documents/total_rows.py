"""The end of an invoice: charges, totals, and the tax by rate."""

from collections.abc import Iterator
from dataclasses import dataclass

from documents.formatting import Formatter
from invoicing.invoice import Charge, Invoice, TaxCategory, TaxGroup


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


def tax_rows(invoice: Invoice, formatter: Formatter) -> list[TaxRow]:
    """Net, tax and gross of every (category, rate) group (BG-23)."""
    return [
        TaxRow(
            rate=_named_rate(group, formatter),
            net=formatter.amount(group.net),
            tax=formatter.amount(group.tax),
            gross=formatter.amount(group.gross),
        )
        for group in invoice.tax_groups
    ]


def total_rows(invoice: Invoice, formatter: Formatter) -> list[Total]:
    """From the sum of the lines down to what has been paid, in the order in which a reader adds up."""
    return [
        *_printed_sums(invoice, formatter),
        *(_gross_first(invoice, formatter) if invoice.tax_inclusive else _net_first(invoice, formatter)),
        *_settled(invoice, formatter),
    ]


def amount_due(invoice: Invoice, formatter: Formatter) -> Total:
    """What is left to pay (BT-115)."""
    return Total(formatter.texts("amount_due"), formatter.money(invoice.totals.payable))


def _named_rate(group: TaxGroup, formatter: Formatter) -> str:
    if group.tax_category is TaxCategory.EXEMPT:
        return formatter.texts("exempt", rate=formatter.percent(group.tax_rate))
    return formatter.percent(group.tax_rate)


def _printed_sums(invoice: Invoice, formatter: Formatter) -> Iterator[Total]:
    if not invoice.charges:
        return
    yield Total(formatter.texts("subtotal"), formatter.amount(invoice.totals.lines_amount))
    for charge in invoice.charges:
        yield Total(_charge_label(charge, formatter), formatter.amount(charge.amount))


def _charge_label(charge: Charge, formatter: Formatter) -> str:
    name = charge.name.strip() or formatter.texts(f"charge.{charge.kind}")
    return f"{name} ({formatter.percent(charge.tax_rate)})"


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
    if totals.paid:
        yield Total(texts("paid"), formatter.amount(-totals.paid))
