"""What lines and amounts lack: EN 16931 BR-16, BR-25, BR-CL-4, -5, -23, BR-DEC-n, BR-CO-17; Peppol R120, R121.

The arithmetic itself is judged by `invoicing.rules.all_rules`; what it finds is told here with the rest.
"""

from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from invoicing.document_forms import DocumentForm, MissingTerm
from invoicing.electronic.code_lists import CURRENCIES
from invoicing.electronic.need import Need, lacking, unset
from invoicing.electronic.net_prices import CENT, TOLERANCE, net_line
from invoicing.electronic.parties import xml_text
from invoicing.electronic.unit_codes import UNITS
from invoicing.invoice import Invoice
from invoicing.money import exact
from invoicing.rules.all_rules import violations

OURS = "OWN-"
"""Rules of printed figures, which no structured invoice has."""
PLACES = {"BR-CO-3": ("BT-7", "tax_point_date"), "BR-27": ("BT-146", "lines"), "BR-55": ("BT-25", "preceding.number")}
"""What a rule of the arithmetic is about; the others are about the document's totals or its taxes."""
SUMS = ("BG-22", "totals")
TAXES = ("BG-23", "tax_groups")
ROUNDS_TO_NO_RATE = Decimal("0.5")


def _lines(invoice: Invoice, _form: DocumentForm) -> Iterator[MissingTerm]:
    if not invoice.lines:
        yield lacking("BG-25", "BR-16", "lines", "The invoice has no line")
    for i, line in enumerate(invoice.lines):
        if not xml_text(line.name):
            yield unset("BT-153", "BR-25", f"lines[{i}].name", f"The name of line {line.position}", "the product")
        if line.unit not in UNITS:
            message = f"{line.unit!r} is no unit of UN/ECE Recommendation 20 (H87 is a piece): correct it in the order"
            yield lacking("BT-130", "BR-CL-23", f"lines[{i}].unit", message)


def _prices(invoice: Invoice, form: DocumentForm) -> Iterator[MissingTerm]:
    for i, line in enumerate(invoice.lines):
        if line.base_quantity <= 0:
            message = f"The quantity that a price of line {line.position} is for must be above zero"
            yield lacking("BT-149", "PEPPOL-EN16931-R121", f"lines[{i}].base_quantity", message)
        elif form is not DocumentForm.CII and line.unit_price >= 0:
            figures = net_line(line, invoice.currency, tax_inclusive=invoice.tax_inclusive)
            if abs(figures.unexplained) > TOLERANCE:
                message = f"The net amount of line {line.position} is not what quantity and price come to"
                yield lacking("BT-131", "PEPPOL-EN16931-R120", f"lines[{i}].net", message)


def _currencies(invoice: Invoice, _form: DocumentForm) -> Iterator[MissingTerm]:
    if invoice.currency not in CURRENCIES:
        message = f"{invoice.currency} is not on the list of currencies"
        yield lacking("BT-5", "BR-CL-04", "currency", message)
    if invoice.exchange is not None and invoice.exchange.base_currency not in CURRENCIES:
        message = f"{invoice.exchange.base_currency} is not on the list of currencies"
        yield lacking("BT-6", "BR-CL-05", "exchange.base_currency", message)


def _decimals(invoice: Invoice, _form: DocumentForm) -> Iterator[MissingTerm]:
    """EN 16931 knows two; the dinar has three."""
    with exact():
        for term, rule, field, value in _amounts(invoice):
            if value % CENT:
                message = f"{value} has more decimals than the two that a structured invoice can state"
                yield lacking(term, rule, field, message)


def _amounts(invoice: Invoice) -> Iterator[tuple[str, str, str, Decimal]]:
    totals = invoice.totals
    yield "BT-106", "BR-DEC-09", "totals.lines_net", totals.lines_net
    yield "BT-107", "BR-DEC-10", "totals.allowances_net", totals.allowances_net
    yield "BT-108", "BR-DEC-11", "totals.charges_net", totals.charges_net
    yield "BT-109", "BR-DEC-12", "totals.net", totals.net
    yield "BT-110", "BR-DEC-13", "totals.tax", totals.tax
    yield "BT-112", "BR-DEC-14", "totals.gross", totals.gross
    yield "BT-113", "BR-DEC-16", "totals.paid", totals.paid
    yield "BT-114", "BR-DEC-17", "totals.rounding", totals.rounding
    yield "BT-115", "BR-DEC-18", "totals.payable", totals.payable
    if invoice.exchange is not None:
        yield "BT-111", "BR-DEC-15", "exchange.tax", invoice.exchange.tax
    for i, allowance in enumerate(invoice.allowances):
        yield "BT-92", "BR-DEC-01", f"allowances[{i}].net", allowance.net
    for i, charge in enumerate(invoice.charges):
        yield "BT-99", "BR-DEC-05", f"charges[{i}].net", charge.net
    for i, group in enumerate(invoice.tax_groups):
        yield "BT-116", "BR-DEC-19", f"tax_groups[{i}].net", group.net
        yield "BT-117", "BR-DEC-20", f"tax_groups[{i}].tax", group.tax
    for i, line in enumerate(invoice.lines):
        yield "BT-131", "BR-DEC-23", f"lines[{i}].net", line.net
        yield from _of_line(i, invoice)


def _of_line(i: int, invoice: Invoice) -> Iterator[tuple[str, str, str, Decimal]]:
    line = invoice.lines[i]
    if line.base_quantity > 0:
        for one in net_line(line, invoice.currency, tax_inclusive=invoice.tax_inclusive).adjustments:
            yield "BT-136", "BR-DEC-24", f"lines[{i}].adjustments", one.amount


def _taxes(invoice: Invoice, _form: DocumentForm) -> Iterator[MissingTerm]:
    """Where the rules as they are run are stricter than the standard's, which `invoicing.rules.all_rules` judges by.

    They round the rate to a whole percent before they ask whether there may be a tax, and a tax must lie less than a
    whole unit of the currency from net amount x rate; tax-inclusive yen at 100 % may lie just that far from it.
    """
    for i, group in enumerate(invoice.tax_groups):
        with exact():
            computed = (abs(group.net) * group.tax_rate / 100).quantize(CENT, ROUND_HALF_UP)
            is_off = abs(abs(group.tax) - computed) >= 1
        is_too_low = 0 < group.tax_rate < ROUNDS_TO_NO_RATE and abs(group.tax) >= ROUNDS_TO_NO_RATE
        if group.tax_rate and (is_off or is_too_low):
            message = f"The rules refuse a tax of {group.tax} at {group.tax_rate} % of {group.net}"
            yield lacking("BT-117", "BR-CO-17", f"tax_groups[{i}].tax", message)


def _arithmetic(invoice: Invoice, _form: DocumentForm) -> Iterator[MissingTerm]:
    for rule, message in violations(invoice):
        if not rule.startswith(OURS):
            is_sum = rule.startswith(("BR-CO-", "BR-DEC-", "BR-53")) and rule not in {"BR-CO-4", "BR-CO-17"}
            term, field = PLACES.get(rule, SUMS if is_sum else TAXES)
            yield lacking(term, _official(rule), field, message[0].upper() + message[1:])


def _official(rule: str) -> str:
    """The rule's name as the validation artefacts spell it.

    >>> _official("BR-S-8"), _official("BR-CO-16")
    ('BR-S-08', 'BR-CO-16')
    """
    family, _, number = rule.rpartition("-")
    return f"{family}-{int(number):02}"


NEEDS_OF_FIGURES: tuple[Need, ...] = (_lines, _prices, _currencies, _decimals, _taxes, _arithmetic)
