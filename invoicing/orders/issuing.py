"""The last arrow of the domain: a priced order with its number becomes an invoice that stands alone."""

from dataclasses import dataclass
from datetime import UTC, date
from uuid import UUID
from zoneinfo import ZoneInfo

from invoicing.invoice import Address, Buyer, Invoice, Seller
from invoicing.orders.delivery import delivery_date
from invoicing.orders.order import Customer, Order, OrderAddress
from invoicing.orders.payment import PaymentPlan
from invoicing.orders.pricing import PricedOrder
from invoicing.site import Site, locale_of, seller_of


@dataclass(frozen=True)
class IssueDetails:
    """What issuing adds to the order: identity, number, date in the seller's time zone, seller and locale."""

    invoice_id: UUID
    tenant: str
    number: str
    issue_date: date
    seller: Seller
    site_code: str
    timezone: ZoneInfo
    locale: str


def issue_details(
    site: Site, priced: PricedOrder, *, tenant: str, invoice_id: UUID, number: str, issue_date: date
) -> IssueDetails:
    """What the order's site adds to number and date."""
    return IssueDetails(
        invoice_id=invoice_id,
        tenant=tenant,
        number=number,
        issue_date=issue_date,
        seller=seller_of(site),
        site_code=site.code,
        timezone=site.timezone,
        locale=locale_of(priced.language, site.address.country),
    )


def make_invoice(order: Order, priced: PricedOrder, payment: PaymentPlan, details: IssueDetails) -> Invoice:
    """Copy everything the document shows into one value; nothing is looked up again afterwards."""
    shipping = address_of(order.shipping_address)
    billing = address_of(order.billing_address) or shipping or Address()
    return Invoice(
        id=details.invoice_id,
        tenant=details.tenant,
        number=details.number,
        issue_date=details.issue_date,
        order_id=order.id,
        order_date=_order_date(order, details.timezone),
        delivery_date=delivery_date(order, details.timezone),
        purchase_order_reference=order.electronic.purchase_order_reference or None,
        site_code=details.site_code,
        currency=priced.currency,
        language=priced.language,
        locale=details.locale,
        tax_inclusive=priced.tax_inclusive,
        seller=details.seller,
        buyer=_buyer(order, billing),
        ship_to=shipping if shipping != billing else None,
        lines=priced.lines,
        allowances=priced.allowances,
        charges=priced.charges,
        tax_groups=priced.tax_groups,
        totals=payment.totals,
        settlement=payment.settlement,
    )


def address_of(address: OrderAddress | None) -> Address | None:
    """The order's address as an invoice keeps it; None when there is none."""
    if address is None:
        return None
    extra = (
        address.street_appendix,
        address.extra_line1,
        address.extra_line2,
        address.extra_line3,
        address.extra_line4,
    )
    return Address(
        company=address.company_name or None,
        contact=address.contact_name or None,
        street=address.street or "",
        street_number=address.street_number or "",
        extra_lines=tuple(line for line in extra if line),
        zip_code=address.zip_code or "",
        city=address.city or "",
        state=address.state or "",
        country=(address.country or "").upper(),
    )


def mail_address_of(order: Order) -> str | None:
    """Where the invoice goes: the customer's own address (Emporix A.7)."""
    email = order.customer.email if order.customer else None
    return email.strip() if email and email.strip() else None


def _order_date(order: Order, timezone: ZoneInfo) -> date | None:
    created = order.created
    if created is None:
        return None
    return (created if created.tzinfo else created.replace(tzinfo=UTC)).astimezone(timezone).date()


def _buyer(order: Order, billing: Address) -> Buyer:
    customer = order.customer or Customer()
    person = customer.name or " ".join(part for part in (customer.first_name, customer.last_name) if part)
    return Buyer(
        customer_id=customer.id,
        name=billing.company or customer.company or person or billing.contact or "",
        email=mail_address_of(order),
        address=billing,
        tax_id=order.electronic.tax_id or None,
        peppol_id=order.electronic.peppol_id or None,
        reference=order.electronic.buyer_reference or None,
    )
