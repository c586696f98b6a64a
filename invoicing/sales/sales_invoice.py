"""The last arrow of a sales invoice that somebody wrote: figures and parties become an `Invoice`."""

from datetime import date
from uuid import UUID

from invoicing.calculation import Figures
from invoicing.draft import TaxTreatment
from invoicing.frozen import Frozen
from invoicing.invoice import Address, Buyer, Invoice, Seller, Settlement, SettlementKind, TaxCategory
from invoicing.site import Site, locale_of, seller_of


class SalesTerms(Frozen):
    """When, why and under what conditions."""

    issue_date: date
    due_date: date | None = None
    tax_point_date: date | None = None
    tax_point_code: str | None = None
    delivery_date: date | None = None
    payment_terms: str | None = None
    purchase_order_reference: str | None = None
    memo: str | None = None
    is_opening: bool = False


class SalesParties(Frozen):
    """Who buys, and between which places goods go; the site sells."""

    buyer: Buyer
    ship_to: Address | None = None
    ship_from: Address | None = None


class SalesDocument(Frozen):
    """All of a sales invoice but its id and number."""

    tenant: str
    site_code: str
    language: str
    locale: str
    seller: Seller
    parties: SalesParties
    terms: SalesTerms
    figures: Figures


def sales_document(
    tenant: str, site: Site, parties: SalesParties, terms: SalesTerms, figures: Figures
) -> SalesDocument:
    """What the site adds: the seller, and the language, its own, to write in."""
    return SalesDocument(
        tenant=tenant,
        site_code=site.code,
        language=site.default_language,
        locale=locale_of(site.default_language, site.address.country),
        seller=seller_of(site),
        parties=parties,
        terms=terms,
        figures=figures,
    )


def make_sales_invoice(document: SalesDocument, invoice_id: UUID, number: str) -> Invoice:
    """Copy everything the document shows into one value; nothing is looked up again afterwards."""
    terms, parties, figures = document.terms, document.parties, document.figures
    return Invoice(
        id=invoice_id,
        tenant=document.tenant,
        number=number,
        issue_date=terms.issue_date,
        due_date=terms.due_date,
        tax_point_date=terms.tax_point_date,
        tax_point_code=terms.tax_point_code,
        delivery_date=terms.delivery_date,
        payment_terms=terms.payment_terms,
        is_opening=terms.is_opening,
        purchase_order_reference=terms.purchase_order_reference,
        site_code=document.site_code,
        language=document.language,
        locale=document.locale,
        seller=document.seller,
        buyer=parties.buyer,
        ship_to=parties.ship_to if parties.ship_to != parties.buyer.address else None,
        ship_from=parties.ship_from if parties.ship_from != document.seller.address else None,
        memo=terms.memo,
        settlement=settlement_of(figures),
        currency=figures.currency,
        tax_inclusive=figures.tax_inclusive,
        lines=figures.lines,
        allowances=figures.allowances,
        charges=figures.charges,
        tax_groups=figures.tax_groups,
        totals=figures.totals,
        exchange=figures.exchange,
        withheld=figures.withheld,
    )


def settlement_of(figures: Figures) -> Settlement:
    """The buyer transfers what is due; where it was paid before (BT-113), the invoice says so."""
    is_paid = figures.totals.paid > 0 and figures.totals.payable <= 0
    return Settlement(kind=SettlementKind.PAID_BEFORE if is_paid else SettlementKind.ON_ACCOUNT)


def untaxed(exemption_reason: str | None) -> TaxTreatment:
    """How a line is taxed that names no tax: exempt (E) where the buyer is and has a reason, else zero rated (Z).

    Not O: an invoice with something outside the scope of tax can hold nothing else (EN 16931 BR-O-11).
    """
    if exemption_reason:
        return TaxTreatment(category=TaxCategory.EXEMPT, exemption_reason=exemption_reason)
    return TaxTreatment(category=TaxCategory.ZERO)
