"""The figures of an invoice as each of its forms states them, read back from that form alone."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from io import BytesIO
from typing import Any

from lxml import etree  # type: ignore[import-untyped]
from pypdf import PdfReader

from database.tables import IssuedInvoice

Json = Mapping[str, Any]
ZERO = Decimal(0)
PRINTED_RATE = Decimal("0.0001")

CII = {
    "rsm": "urn:un:unece:uncefact:data:standard:CrossIndustryInvoice:100",
    "ram": "urn:un:unece:uncefact:data:standard:ReusableAggregateBusinessInformationEntity:100",
}
UBL = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
CII_SETTLEMENT = "//ram:ApplicableHeaderTradeSettlement"
CII_SUMS = f"{CII_SETTLEMENT}/ram:SpecifiedTradeSettlementHeaderMonetarySummation"


@dataclass(frozen=True, order=True)
class Group:
    """One row of the tax breakdown (BG-23); the category is empty where a form does not name it."""

    category: str
    rate: Decimal
    net: Decimal
    tax: Decimal

    def as_printed(self) -> "Group":
        """Without a category, and with as many decimals of the rate as a page has."""
        return Group("", self.rate.quantize(PRINTED_RATE), self.net, self.tax)


@dataclass(frozen=True)
class Stated:
    """What is stated of a whole invoice."""

    net: Decimal
    """BT-109"""
    tax: Decimal
    """BT-110"""
    gross: Decimal
    """BT-112"""
    paid: Decimal
    """BT-113"""
    rounding: Decimal
    """BT-114"""
    payable: Decimal
    """BT-115"""
    groups: tuple[Group, ...]


def of_preview(shown: Json) -> Stated:
    """As the API's preview answers."""
    sums = {one["term"]: Decimal(one["amount"]) for one in shown["totals"]}
    return _stated(
        (sums[f"BT-{term}"] for term in (109, 110, 112, 113, 114, 115)),
        _groups((one["taxCategory"], one["taxRate"], one["net"], one["tax"]) for one in shown["taxGroups"]),
    )


def of_document(document: Json) -> Stated:
    """As the row's JSON has it."""
    totals = document["totals"]
    return _stated(
        (Decimal(totals[name]) for name in ("net", "tax", "gross", "paid", "rounding", "payable")),
        _groups((one["tax_category"], one["tax_rate"], one["net"], one["tax"]) for one in document["tax_groups"]),
    )


def of_row(row: IssuedInvoice) -> tuple[Decimal, ...]:
    """As the row's own columns have it: net, tax, gross, total, payable."""
    return row.net, row.tax, row.gross, row.total, row.payable


def of_cii(xml: bytes) -> Stated:
    """As the Cross Industry Invoice states it."""
    root = etree.fromstring(xml)

    def amounts(*names: str) -> list[Decimal]:
        return [_first(root, f"{CII_SUMS}/ram:{name}", CII) for name in names]

    currency = root.findtext(f".{CII_SETTLEMENT}/ram:InvoiceCurrencyCode", namespaces=CII)
    tax = _first(root, f"{CII_SUMS}/ram:TaxTotalAmount[@currencyID='{currency}']", CII)
    net, gross, paid, rounding, payable = amounts(
        "TaxBasisTotalAmount", "GrandTotalAmount", "TotalPrepaidAmount", "RoundingAmount", "DuePayableAmount"
    )
    rows = root.xpath(f"{CII_SETTLEMENT}/ram:ApplicableTradeTax", namespaces=CII)
    names = ("CategoryCode", "RateApplicablePercent", "BasisAmount", "CalculatedAmount")
    groups = _groups(tuple(row.findtext(f"ram:{name}", "0", CII) for name in names) for row in rows)
    return Stated(net, tax, gross, paid, rounding, payable, groups)


def of_ubl(xml: bytes) -> Stated:
    """As the UBL invoice states it."""
    root = etree.fromstring(xml)
    sums = [
        _first(root, f"/*/cac:LegalMonetaryTotal/cbc:{name}", UBL)
        for name in (
            "TaxExclusiveAmount", "TaxInclusiveAmount", "PrepaidAmount", "PayableRoundingAmount", "PayableAmount",
        )
    ]  # fmt: skip
    rows = root.xpath("/*/cac:TaxTotal/cac:TaxSubtotal", namespaces=UBL)
    names = ("cac:TaxCategory/cbc:ID", "cac:TaxCategory/cbc:Percent", "cbc:TaxableAmount", "cbc:TaxAmount")
    groups = _groups(tuple(row.findtext(name, "0", UBL) for name in names) for row in rows)
    tax = _first(root, "/*/cac:TaxTotal[cac:TaxSubtotal]/cbc:TaxAmount", UBL)
    return _stated((sums[0], tax, *sums[1:]), groups)


def _stated(sums: Iterable[Decimal], groups: tuple[Group, ...]) -> Stated:
    net, tax, gross, paid, rounding, payable = sums
    return Stated(net, tax, gross, paid, rounding, payable, groups)


def _first(root: Any, path: str, names: dict[str, str]) -> Decimal:
    found = root.xpath(path, namespaces=names)
    return Decimal(found[0].text) if found else ZERO


def _groups(rows: Iterable[tuple[Any, ...]]) -> tuple[Group, ...]:
    return tuple(sorted(Group(str(row[0]), *(Decimal(str(cell)) for cell in row[1:])) for row in rows))


class PrintedFigures:
    """The figures that stand on the page, by the words before them; of a document in British English."""

    def __init__(self, pdf: bytes, decimals: int) -> None:
        self._lines = [
            " ".join(line.replace("\u2212", "-").split())
            for page in PdfReader(BytesIO(pdf)).pages
            for line in page.extract_text().splitlines()
        ]
        self._amount = rf"-?[\d,]+\.\d{{{decimals}}}" if decimals else r"-?[\d,]+"

    def after(self, label: str) -> Decimal | None:
        """The amount on the line that begins with a label; None where there is none."""
        pattern = re.compile(rf"{re.escape(label)} (-?)[^\d\s-]*\s?({self._amount})(?: .*)?")
        found = {self._number(match[1] + match[2]) for line in self._lines if (match := pattern.fullmatch(line))}
        assert len(found) <= 1, f"{label} is printed as {found}"
        return found.pop() if found else None

    def groups(self) -> tuple[Group, ...]:
        """The rows of the tax table: rate, net, tax, gross."""
        pattern = re.compile(rf"(?:([\d.]+)%|\u2013).*? ({self._amount}) ({self._amount}) ({self._amount})")
        matches = [match for line in self._lines if (match := pattern.fullmatch(line))]
        return tuple(
            sorted(
                Group("", Decimal(found[1] or 0), self._number(found[2]), self._number(found[3])) for found in matches
            )
        )

    @staticmethod
    def _number(text: str) -> Decimal:
        return Decimal(text.replace(",", ""))
