"""Rules that no schematron here knows: Peppol BIS Billing 3.0's own of every country, and what Germany requires.

Written after the published rules, not after the code under test: each looks at the XML alone.
"""

from collections.abc import Iterator
from decimal import Decimal

from lxml import etree  # type: ignore[import-untyped]

NAMES = {
    "cac": "urn:oasis:names:specification:ubl:schema:xsd:CommonAggregateComponents-2",
    "cbc": "urn:oasis:names:specification:ubl:schema:xsd:CommonBasicComponents-2",
}
PEPPOL = "urn:cen.eu:en16931:2017#compliant#urn:fdc:peppol.eu:2017:poacc:billing:3.0"
XRECHNUNG = "urn:cen.eu:en16931:2017#compliant#urn:xeinkauf.de:kosit:xrechnung_3.0"
SLACK = Decimal("0.02")
SELLER, BUYER = "cac:AccountingSupplierParty/cac:Party", "cac:AccountingCustomerParty/cac:Party"
IN_BASE_CURRENCY = "cac:TaxTotal[not(cac:TaxSubtotal)]"
TRANSFERS, CARDS = {"30", "58"}, {"48", "54", "55"}
REQUIRED_IN_GERMANY = {
    "BR-DE-1": "cac:PaymentMeans",
    "BR-DE-2": f"{SELLER}/cac:Contact",
    "BR-DE-3": f"{SELLER}/cac:PostalAddress/cbc:CityName",
    "BR-DE-4": f"{SELLER}/cac:PostalAddress/cbc:PostalZone",
    "BR-DE-5": f"{SELLER}/cac:Contact/cbc:Name",
    "BR-DE-6": f"{SELLER}/cac:Contact/cbc:Telephone",
    "BR-DE-7": f"{SELLER}/cac:Contact/cbc:ElectronicMail",
    "BR-DE-8": f"{BUYER}/cac:PostalAddress/cbc:CityName",
    "BR-DE-9": f"{BUYER}/cac:PostalAddress/cbc:PostalZone",
    "BR-DE-15": "cbc:BuyerReference",
}


def peppol_faults(xml: bytes) -> list[str]:
    """The names of the rules that a UBL invoice or credit note breaks, in Peppol or as an XRechnung."""
    root = etree.fromstring(xml)
    return [*_document(root), *_adjustments(root), *_lines(root), *(_germany(root) if _is_german(root) else ())]


def _found(node: etree._Element, path: str) -> list[etree._Element]:
    found: list[etree._Element] = node.xpath(path, namespaces=NAMES)
    return found


def _text(node: etree._Element, path: str) -> str | None:
    found = _found(node, path)
    return str(found[0].text) if found else None


def _number(node: etree._Element, path: str, otherwise: str = "0") -> Decimal:
    return Decimal(_text(node, path) or otherwise)


def _is_german(root: etree._Element) -> bool:
    country = "cac:PostalAddress/cac:Country/cbc:IdentificationCode"
    countries = {_text(root, f"{party}/{country}") for party in (SELLER, BUYER)}
    return _text(root, "cbc:CustomizationID") == XRECHNUNG or countries == {"DE"}


def _document(root: etree._Element) -> Iterator[str]:
    currency = _text(root, "cbc:DocumentCurrencyCode")
    holds = {
        "R001, R007": _text(root, "cbc:ProfileID") == "urn:fdc:peppol.eu:2017:poacc:billing:01:1.0",
        "R002": len(_found(root, "cbc:Note")) <= 1,
        "R003": _found(root, "cbc:BuyerReference | cac:OrderReference/cbc:ID"),
        "R004": _text(root, "cbc:CustomizationID") in {PEPPOL, XRECHNUNG},
        "R005": _text(root, "cbc:TaxCurrencyCode") != currency,
        "R008": all(len(one) or (one.text or "").strip() for one in root.iter(etree.Element)),
        "R020": _found(root, f"{SELLER}/cbc:EndpointID"),
        "R010": _found(root, f"{BUYER}/cbc:EndpointID"),
        "R051": all(one.getparent() in _found(root, IN_BASE_CURRENCY) for one in _in_other_currencies(root)),
    }
    yield from (rule for rule, it_does in holds.items() if not it_does)
    yield from _taxes(root)


def _in_other_currencies(root: etree._Element) -> list[etree._Element]:
    return _found(root, "//*[@currencyID != /*/cbc:DocumentCurrencyCode]")


def _taxes(root: etree._Element) -> Iterator[str]:
    if len(_found(root, "cac:TaxTotal[cac:TaxSubtotal]")) != 1:
        yield "R053"
    converted = _found(root, f"{IN_BASE_CURRENCY}/cbc:TaxAmount")
    if len(converted) != len(_found(root, "cbc:TaxCurrencyCode")):
        yield "R054"
    tax = _number(root, "cac:TaxTotal[cac:TaxSubtotal]/cbc:TaxAmount")
    if any(tax * Decimal(one.text) < 0 for one in converted):
        yield "R055"


def _adjustments(root: etree._Element) -> Iterator[str]:
    for one in _found(root, "//cac:AllowanceCharge"):
        percent, base = _found(one, "cbc:MultiplierFactorNumeric"), _found(one, "cbc:BaseAmount")
        if bool(percent) != bool(base):
            yield "R041, R042"
        elif percent:
            share = Decimal(base[0].text) * Decimal(percent[0].text) / 100
            if abs(share - _number(one, "cbc:Amount")) > SLACK:
                yield "R040"


def _lines(root: etree._Element) -> Iterator[str]:
    for line in _found(root, "cac:InvoiceLine | cac:CreditNoteLine"):
        quantity = _found(line, "cbc:InvoicedQuantity | cbc:CreditedQuantity")[0]
        base = _number(line, "cac:Price/cbc:BaseQuantity", "1")
        if base <= 0:
            yield "R121"
            continue
        worth = Decimal(quantity.text) * _number(line, "cac:Price/cbc:PriceAmount") / base
        for sign, indicator in ((1, "true"), (-1, "false")):
            amounts = _found(line, f"cac:AllowanceCharge[cbc:ChargeIndicator = '{indicator}']/cbc:Amount")
            worth += sign * sum(Decimal(amount.text) for amount in amounts)
        if abs(worth - _number(line, "cbc:LineExtensionAmount")) > SLACK:
            yield "R120"
        if any(one.get("unitCode") != quantity.get("unitCode") for one in _found(line, "cac:Price/cbc:BaseQuantity")):
            yield "R130"


def _germany(root: etree._Element) -> Iterator[str]:
    for rule, path in REQUIRED_IN_GERMANY.items():
        if not _found(root, path):
            yield rule
    for address in _found(root, "cac:Delivery/cac:DeliveryLocation/cac:Address"):
        if not (_found(address, "cbc:CityName") and _found(address, "cbc:PostalZone")):
            yield "BR-DE-10, BR-DE-11"
    if len(_found(root, "//cac:TaxSubtotal")) != len(_found(root, "//cac:TaxSubtotal/cac:TaxCategory/cbc:Percent")):
        yield "BR-DE-14"
    code = _text(root, "cac:PaymentMeans/cbc:PaymentMeansCode")
    if (code in TRANSFERS) != bool(_found(root, "cac:PaymentMeans/cac:PayeeFinancialAccount")):
        yield "BR-DE-23"
    if code in CARDS and not _found(root, "cac:PaymentMeans/cac:CardAccount"):
        yield "BR-DE-24"
