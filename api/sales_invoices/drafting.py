"""From the request of a sales invoice to the domain's `Draft`, and back from the draft's fields to the request's.

- A line's `discount` is one allowance of the line, before tax (B.8): an amount for the whole line, or a percentage of
  quantity x price.
- `additionalCharges` (B.4) are charges with their own tax, untaxed where they name none; `isPreCharge` changes nothing.
  `globalDiscount` is an allowance shared over the taxes of the lines; a percentage of it is one of the lines.
- Our own `allowances` and `charges` of the invoice are shared likewise where they name no tax.
"""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from api.errors.api_error import Detail
from api.sales_invoices.bodies import (
    AdditionalChargeBody,
    AdjustmentBody,
    DocumentAdjustmentBody,
    FiguresBody,
    GlobalDiscountBody,
    ItemFiguresBody,
    TaxNaming,
)
from invoicing.calculation import DraftRejected, Figures, calculate
from invoicing.draft import PIECE, Draft, DraftAdjustment, DraftCharge, DraftLine, ExchangeRate, TaxTreatment
from invoicing.invoice import AdjustmentKind, ChargeKind, TaxCategory
from invoicing.money import UnsupportedCurrency
from invoicing.sales.opening import OpeningRejected, opening_line

MEMBERS = {
    "lines": "salesInvoiceItems",
    "paid": "prepaidAmount",
    "rounding": "roundOffAmount",
    "withheld": "withheldAmount",
    "exchangeRate.rate": "exchangeRate",
    "exchangeRate.baseCurrency": "currency",
}
PART_MEMBERS = {
    "quantity": "productQuantity",
    "baseQuantity": "priceBaseQuantity",
    "tax.rate": "taxRate",
    "tax.category": "taxCategory",
    "tax.exemptionReason": "taxExemptionReason",
}
OPENING_NAME = "Opening balance"


@dataclass(frozen=True)
class Surroundings:
    """What a request refers to, or is silent about."""

    taxes: Mapping[str, TaxTreatment]
    """By the tax's `code`."""
    untaxed: TaxTreatment
    """Of lines that name no tax."""
    product_names: Mapping[str, str]
    base_currency: str | None
    """None: nobody has said; then it is the invoice's own."""
    invoice_date: date


class FigureFault(ValueError):
    """The figures of the request cannot be computed; `field` is the member of the request."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


@dataclass(frozen=True)
class Subtotal:
    """What the lines come to, and how charges beside them are taxed that name no tax."""

    amount: Decimal
    untaxed: TaxTreatment | None


class _Drafting:
    """Collects the parts and where they came from."""

    def __init__(self, around: Surroundings) -> None:
        self.around = around
        self.fields: dict[str, str] = {}
        """Parts of the draft and the request's members that they come from."""
        self.whole: set[str] = set()
        """Parts all of whose members come from that one member."""
        self.charges: list[DraftCharge] = []

    def field_of(self, path: str) -> str:
        """The request's member that the draft's field `path` came from: `lines.0.unitPrice` is that of an item."""
        for prefix in sorted(self.fields, key=len, reverse=True):
            if path == prefix or (path.startswith(f"{prefix}.") and prefix in self.whole):
                return self.fields[prefix]
            if path.startswith(f"{prefix}."):
                member = path.removeprefix(f"{prefix}.")
                return f"{self.fields[prefix]}.{PART_MEMBERS.get(member, member)}"
        return MEMBERS.get(path, path)

    def tax(self, part: TaxNaming, path: str, field: str) -> TaxTreatment | None:
        """How a part is taxed, None where it names no tax."""
        return _direct(part) if part.is_named_directly else self._by_code(part.tax_code, path, f"{field}.taxCode")

    def _by_code(self, code: str | None, path: str, field: str) -> TaxTreatment | None:
        """A tax that is named by its code answers for its category and rate."""
        if not code:
            return None
        self.fields[f"{path}.tax"] = field
        self.whole.add(f"{path}.tax")
        return self.around.taxes[code]

    def line(self, item: ItemFiguresBody, index: int) -> DraftLine:
        path, field = f"lines.{index}", f"salesInvoiceItems.{index}"
        self.fields[path] = field
        adjustments = list(self._adjustments(item, path, field))
        code = item.product_code
        return DraftLine(
            item_id=code or str(index + 1),
            sku=code,
            name=item.product_description or self.around.product_names.get(code or "") or code or str(index + 1),
            quantity=item.product_quantity,
            unit=item.unit or PIECE,
            unit_price=item.unit_price,
            base_quantity=Decimal(1) if item.price_base_quantity is None else item.price_base_quantity,
            adjustments=tuple(adjustments),
            tax=self.tax(item, path, field) or self.around.untaxed,
        )

    def _adjustments(self, item: ItemFiguresBody, path: str, field: str) -> Iterator[DraftAdjustment]:
        stated: list[tuple[str, AdjustmentKind, AdjustmentBody]] = []
        if item.discount:
            in_percent = item.discount_in_percent is True
            discount = AdjustmentBody(percent=item.discount) if in_percent else AdjustmentBody(amount=item.discount)
            stated.append((f"{field}.discount", AdjustmentKind.ALLOWANCE, discount))
            self.whole.add(f"{path}.adjustments.0")
        for name, kind, parts in (
            ("allowances", AdjustmentKind.ALLOWANCE, item.allowances),
            ("charges", AdjustmentKind.CHARGE, item.charges),
        ):
            stated += [(f"{field}.{name}.{i}", kind, part) for i, part in enumerate(parts or ())]
        for i, (source, kind, part) in enumerate(stated):
            self.fields[f"{path}.adjustments.{i}"] = source
            yield DraftAdjustment(kind=kind, amount=part.amount, percent=part.percent, reason=part.reason)

    def document_parts(self, kind: AdjustmentKind, name: str, parts: Sequence[DocumentAdjustmentBody]) -> None:
        for i, part in enumerate(parts):
            field = f"{name}.{i}"
            path = self._next(field)
            self.charges.append(
                DraftCharge(
                    kind=kind,
                    name=part.name or ("Discount" if kind is AdjustmentKind.ALLOWANCE else "Charge"),
                    charge_kind=part.kind or ChargeKind.OTHER,
                    amount=part.amount,
                    percent=part.percent,
                    base_amount=part.base_amount,
                    tax=self.tax(part, path, field),
                )
            )

    def additional_charges(self, details: Sequence[AdditionalChargeBody], subtotal: Subtotal) -> None:
        """Without a tax code they are untaxed, as the vendor's; beside lines outside the scope of tax, so are they."""
        for i, part in enumerate(details):
            field = f"additionalCharges.additionalChargesDetails.{i}"
            path = self._next(field)
            in_percent = part.is_percent is True
            self.fields[f"{path}.amount"] = f"{field}.chargeAmount"
            self.fields[f"{path}.baseAmount"] = f"{field}.percent"
            self.charges.append(
                DraftCharge(
                    kind=AdjustmentKind.CHARGE,
                    name=part.additional_charge or "Charge",
                    amount=None if in_percent else part.charge_amount,
                    percent=part.percent if in_percent else None,
                    base_amount=subtotal.amount if in_percent else None,
                    tax=self._by_code(part.tax_code, path, f"{field}.addtionalChargeTaxCode") or subtotal.untaxed,
                )
            )

    def discount(self, field: str, discount: GlobalDiscountBody) -> None:
        """Shared over the taxes of the lines; a percentage is one of the lines."""
        in_percent = discount.is_percent is True
        value = discount.percent if in_percent else discount.amount
        if not value:
            return
        path = self._next(field)
        self.fields[f"{path}.amount"] = f"{field}.amount"
        self.charges.append(
            DraftCharge(
                kind=AdjustmentKind.ALLOWANCE,
                name=discount.name or "Discount",
                amount=None if in_percent else value,
                percent=value if in_percent else None,
            )
        )

    def _next(self, field: str) -> str:
        path = f"charges.{len(self.charges)}"
        self.fields[path] = field
        return path


@dataclass(frozen=True)
class Computed:
    """A request with its figures. `draft` says what they follow from."""

    draft: Draft
    figures: Figures


def compute(body: FiguresBody, around: Surroundings) -> Computed:
    """The draft that a request describes, and its figures. Every tax code of the request is in `around.taxes`.

    Raises:
        FigureFault: the figures cannot be computed.
    """
    drafting = _Drafting(around)
    try:
        draft = _draft_of(body, drafting)
        return Computed(draft, calculate(draft))
    except UnsupportedCurrency as error:
        raise FigureFault("currency", str(error)) from error
    except DraftRejected as error:
        raise FigureFault(drafting.field_of(error.field), error.problem) from error
    except OpeningRejected as error:
        raise FigureFault(error.field, error.problem) from error


def _draft_of(body: FiguresBody, drafting: _Drafting) -> Draft:
    around = drafting.around
    lines = _lines(body, drafting)
    plain = Draft(currency=body.currency, tax_inclusive=_is_inclusive(body), lines=lines)
    drafting.document_parts(AdjustmentKind.ALLOWANCE, "allowances", body.allowances or ())
    drafting.document_parts(AdjustmentKind.CHARGE, "charges", body.charges or ())
    if details := body.additional_charges and body.additional_charges.additional_charges_details:
        drafting.additional_charges(details, _subtotal(plain, around.untaxed))
    for field, discount in body.discounts:
        drafting.discount(field, discount)
    return plain.model_copy(
        update={
            "charges": tuple(drafting.charges),
            "paid": body.prepaid_amount or Decimal(0),
            "rounding": body.round_off_amount or Decimal(0),
            "withheld": body.withheld_amount or Decimal(0),
            "exchange_rate": _exchange_rate(body, around),
        }
    )


def _lines(body: FiguresBody, drafting: _Drafting) -> tuple[DraftLine, ...]:
    if not body.items and body.opening_invoice:
        total, tax = body.total_amount or Decimal(0), body.tax_amount or Decimal(0)
        return (opening_line(OPENING_NAME, total, tax, body.currency),)
    return tuple(drafting.line(item, i) for i, item in enumerate(body.items))


def _is_inclusive(body: FiguresBody) -> bool:
    """An opening invoice without items states its tax beside its total: its one line is without tax."""
    return bool(body.unit_price_gst_inclusive) and bool(body.items)


def _subtotal(lines_only: Draft, untaxed: TaxTreatment) -> Subtotal:
    outside = all(line.tax.category is TaxCategory.OUTSIDE_SCOPE for line in lines_only.lines)
    return Subtotal(calculate(lines_only).totals.lines_amount, None if outside else untaxed)


def _exchange_rate(body: FiguresBody, around: Surroundings) -> ExchangeRate | None:
    """One unit of the invoice's currency in the base currency; 1 where nothing else can be meant."""
    base = around.base_currency or body.currency
    rate = body.exchange_rate
    if rate is None:
        if base != body.currency:
            raise DraftRejected("exchangeRate.rate", f"is required: the base currency is {base}")
        rate = Decimal(1)
    rate_date = body.exchange_rate_date or around.invoice_date
    return ExchangeRate(base_currency=base, rate=rate, rate_date=rate_date)


def _direct(part: TaxNaming) -> TaxTreatment:
    """Category and rate as stated; a rate alone is S, or Z where it is zero."""
    rate = part.tax_rate or Decimal(0)
    return TaxTreatment(
        category=part.tax_category or (TaxCategory.STANDARD if rate else TaxCategory.ZERO),
        rate=rate,
        exemption_reason=part.tax_exemption_reason,
        exemption_code=part.tax_exemption_code,
    )


def named_taxes(body: FiguresBody) -> Iterator[tuple[str, str]]:
    """Every tax code of the request, after the member that names it."""
    for i, item in enumerate(body.items):
        yield from _code(item.tax_code, f"salesInvoiceItems.{i}.taxCode")
    for name, parts in (("allowances", body.allowances), ("charges", body.charges)):
        for i, part in enumerate(parts or ()):
            yield from _code(part.tax_code, f"{name}.{i}.taxCode")
    details = body.additional_charges.additional_charges_details if body.additional_charges else None
    for i, charge in enumerate(details or ()):
        path = f"additionalCharges.additionalChargesDetails.{i}.addtionalChargeTaxCode"
        yield from _code(charge.tax_code, path)


def _code(code: str | None, field: str) -> Iterator[tuple[str, str]]:
    if code:
        yield field, code


def tax_faults(body: FiguresBody, known: Collection[str]) -> Iterator[Detail]:
    """Tax codes that nobody knows, and taxes that are named in two ways."""
    twice = {f"salesInvoiceItems.{i}.taxCode" for i, item in enumerate(body.items) if item.is_named_directly}
    for name, parts in (("allowances", body.allowances), ("charges", body.charges)):
        twice |= {f"{name}.{i}.taxCode" for i, part in enumerate(parts or ()) if part.is_named_directly}
    for field, code in named_taxes(body):
        if field in twice:
            yield Detail("stands beside taxCategory or taxRate: name the tax in one way", field)
        elif code not in known:
            yield Detail(f"there is no active tax of the code {code!r}", field)
