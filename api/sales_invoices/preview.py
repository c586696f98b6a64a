"""A sales invoice computed and checked, and nothing stored: for the API's preview and the command `invoices preview`.

What stored invoices would be refused for, violated rules and figures that are stated otherwise, is told here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from api.deskera import Json, print_date
from api.documents.electronic import electronic_json
from api.errors.api_error import ApiError, Detail
from api.requests.json_request import parse_json
from api.requests.request_bodies import read_body
from api.sales_invoices.bodies import PreviewBody
from api.sales_invoices.checks import difference_fault
from api.sales_invoices.drafting import Computed, FigureFault, Surroundings, compute, tax_faults
from api.sales_invoices.stated_figures import stated_of
from database.issuing import NO_ID
from invoicing.calculation import Figures
from invoicing.document.finishing import Finish
from invoicing.document_forms import Electronic
from invoicing.invoice import Address, Allowance, Buyer, Charge, Exchange, InvoiceLine, LineAdjustment, Seller, TaxGroup
from invoicing.rules.all_rules import Violation, violations
from invoicing.sales.sales_invoice import (
    SalesDocument,
    SalesParties,
    SalesTerms,
    make_sales_invoice,
    sales_document,
    untaxed,
)
from invoicing.sales.stated_figures import Difference, differences, line_sum
from invoicing.site import Site

NOT_PREVIEWED = "Sales invoice could not be computed."
NOBODY = SalesParties(buyer=Buyer(name="", address=Address()))
NO_LINES = Detail("is required: an invoice has a line (EN 16931 BR-16)", "salesInvoiceItems")
PREVIEW = "preview"


@dataclass(frozen=True)
class Trial:
    """Whose invoice it would be."""

    site: Site
    finish: Finish
    buyer: SalesParties | None
    """None: the request names no contact."""

    def electronic(self, body: PreviewBody, figures: Figures, around: Surroundings) -> Electronic | None:
        """What would be decided of its electronic forms; what a buyer lacks whom nobody has named is left out."""
        document = sales_document("", self.site, self.buyer or NOBODY, _terms(body, around), figures)
        decided = self.finish.finished(make_sales_invoice(document, NO_ID, PREVIEW)).electronic
        if decided is None or self.buyer is not None:
            return decided
        known = tuple(term for term in decided.missing if not term.field.startswith("buyer."))
        return decided.model_copy(update={"missing": known})


def preview(body: PreviewBody, around: Surroundings, trial: Trial | None = None) -> Json:
    """Lines, allowances, charges, tax groups, totals, and what speaks against them.

    With a trial, the electronic forms that it would have and what they lack (`eInvoice`).

    Raises:
        ApiError: 400, the figures cannot be computed; the members at fault are named.
    """
    faults = list(tax_faults(body, around.taxes))
    if not body.items and not body.opening_invoice:
        faults.append(NO_LINES)
    if faults:
        raise ApiError(400, NOT_PREVIEWED, details=faults)
    try:
        computed = compute(body, around)
    except FigureFault as error:
        raise ApiError(400, NOT_PREVIEWED, details=[Detail(error.problem, error.field)]) from error
    shown = _shown(body, computed, around)
    electronic = trial.electronic(body, computed.figures, around) if trial and not body.opening_invoice else None
    return {**shown, "eInvoice": electronic_json(electronic)} if electronic else shown


def faults_of_preview(shown: Json) -> list[str]:
    """What an invoice like this would be refused for, a sentence each."""
    violated = [f"{one['rule']}: {one['message']}" for one in shown["violations"]]
    differing = [Difference.model_validate(one) for one in shown["differences"]]
    return [*violated, *(str(difference_fault(one, shown["currency"])) for one in differing)]


def preview_of_file(content: bytes, today: date) -> Json:
    """The preview of a request in a file, without a database: lines name their taxes directly.

    Raises:
        ApiError: 400, it is no JSON, no invoice, or cannot be computed.
    """
    body = read_body(PreviewBody, parse_json(content, exact=True), NOT_PREVIEWED)
    around = Surroundings(
        taxes={},
        untaxed=untaxed(None),
        product_names={},
        base_currency=body.base_currency,
        invoice_date=body.sales_invoice_date or today,
    )
    return preview(body, around)


def _shown(body: PreviewBody, computed: Computed, around: Surroundings) -> Json:
    figures = computed.figures
    return {
        "currency": figures.currency,
        "unitPriceGstInclusive": figures.tax_inclusive,
        "lines": [_line(line, figures) for line in figures.lines],
        "allowances": [_extra(one) for one in figures.allowances],
        "charges": [_extra(one) for one in figures.charges],
        "taxGroups": [_group(group) for group in figures.tax_groups],
        "totals": _totals(figures),
        "withheldAmount": figures.withheld,
        "dueAmount": figures.due,
        "inBaseCurrency": _in_base(figures.exchange),
        "violations": [_violation(one) for one in _violations(body, figures, around)],
        "differences": [_difference(one) for one in differences(stated_of(body, computed.draft), figures)],
    }


def _violations(body: PreviewBody, figures: Figures, around: Surroundings) -> Sequence[Violation]:
    """By the rules for a document, as it would be issued; whose it is does not matter to any of them."""
    document = SalesDocument(
        tenant="",
        site_code="",
        language="en",
        locale="en",
        seller=Seller(name="", address=Address()),
        parties=NOBODY,
        terms=_terms(body, around),
        figures=figures,
    )
    return violations(make_sales_invoice(document, NO_ID, PREVIEW))


def _terms(body: PreviewBody, around: Surroundings) -> SalesTerms:
    return SalesTerms(
        issue_date=around.invoice_date,
        due_date=body.sales_invoice_due_date,
        tax_point_date=body.tax_point_date,
        tax_point_code=body.tax_point_code,
        delivery_date=body.delivery_date,
        payment_terms=body.payment_terms,
        purchase_order_reference=body.purchase_order_ref_no,
    )


def _line(line: InvoiceLine, figures: Figures) -> Json:
    own = line_sum(line, tax_inclusive=figures.tax_inclusive)
    return {
        "position": line.position,
        "productCode": line.sku,
        "name": line.name,
        "productQuantity": line.quantity,
        "unit": line.unit,
        "unitPrice": line.unit_price,
        "priceBaseQuantity": line.base_quantity,
        "adjustments": [_adjustment(one) for one in line.adjustments],
        "amount": line.amount,
        "net": line.net,
        "taxCode": line.tax_code,
        "taxCategory": line.tax_category.value,
        "taxRate": line.tax_rate,
        "taxAmount": own.tax,
        "totalAmount": own.total,
    }


def _adjustment(one: LineAdjustment) -> Json:
    return {
        "kind": one.kind.value,
        "amount": one.amount,
        "percent": one.percent,
        "baseAmount": one.base_amount,
        "reason": one.reason,
    }


def _extra(one: Allowance | Charge) -> Json:
    return {
        "name": one.name,
        "amount": one.amount,
        "net": one.net,
        "percent": one.percent,
        "baseAmount": one.base_amount,
        "taxCode": one.tax_code,
        "taxCategory": one.tax_category.value,
        "taxRate": one.tax_rate,
    }


def _group(group: TaxGroup) -> Json:
    return {
        "taxCategory": group.tax_category.value,
        "taxRate": group.tax_rate,
        "taxCode": group.tax_code,
        "net": group.net,
        "tax": group.tax,
        "gross": group.gross,
        "exemptionReason": group.exemption_reason,
        "exemptionCode": group.exemption_code,
    }


def _totals(figures: Figures) -> list[Json]:
    """Document totals (EN 16931 BG-22) by their terms."""
    totals = figures.totals
    terms: list[tuple[str, str, Decimal]] = [
        ("BT-106", "Sum of line net amounts", totals.lines_net),
        ("BT-107", "Sum of allowances", totals.allowances_net),
        ("BT-108", "Sum of charges", totals.charges_net),
        ("BT-109", "Total without tax", totals.net),
        ("BT-110", "Total tax", totals.tax),
        ("BT-112", "Total with tax", totals.gross),
        ("BT-113", "Paid amount", totals.paid),
        ("BT-114", "Rounding amount", totals.rounding),
        ("BT-115", "Amount due for payment", totals.payable),
    ]
    return [{"term": term, "name": name, "amount": amount} for term, name, amount in terms]


def _in_base(exchange: Exchange | None) -> Json | None:
    if exchange is None:
        return None
    return {
        "currency": exchange.base_currency,
        "exchangeRate": exchange.rate,
        "exchangeRateDate": print_date(exchange.rate_date),
        "tax": exchange.tax,
        "total": exchange.total,
    }


def _violation(violation: Violation) -> Json:
    return {"rule": violation.rule, "message": violation.message}


def _difference(difference: Difference) -> Json:
    return {"field": difference.field, "stated": difference.stated, "computed": difference.computed}
