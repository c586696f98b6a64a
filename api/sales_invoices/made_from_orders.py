"""An invoice that was made from a shop's order, as the request that would have made it (Deskera B.3)."""

from decimal import Decimal

from api.deskera import Json, print_date
from invoicing.invoice import Address, Invoice, InvoiceLine
from invoicing.money import exact
from invoicing.sales.items import item_code
from invoicing.sales.stated_figures import line_sum


def request_of(document: Invoice) -> Json:
    """Its members by the request's names; amounts are `Decimal`.

    Where nobody gave an exchange rate it is null: which currency the books are kept in did not matter to the order.
    """
    buyer, exchange = document.buyer, document.exchange
    address = _one_line(buyer.address)
    return {
        "currency": document.currency,
        "exchangeRate": exchange.rate if exchange else None,
        "unitPriceGstInclusive": document.tax_inclusive,
        "openingInvoice": document.is_opening,
        "purchaseOrderRefNo": document.purchase_order_reference,
        "contact": {"name": buyer.name, "address": address or None, "peppolId": buyer.peppol_id},
        "billTo": _address(buyer.address),
        "shipTo": _address(document.ship_to) if document.ship_to else None,
        "shipFrom": _address(document.ship_from) if document.ship_from else None,
        "siteCode": document.site_code,
        "paymentTerms": document.payment_terms,
        "deliveryDate": print_date(document.delivery_date) if document.delivery_date else None,
        "roundOffAmount": document.totals.rounding or None,
        "additionalCharges": _additional_charges(document),
        "allowances": _allowances(document),
        "orderId": document.order_id,
        "salesInvoiceItems": [_item(line, document) for line in document.lines],
    }


def _item(line: InvoiceLine, document: Invoice) -> Json:
    own = line_sum(line, tax_inclusive=document.tax_inclusive)
    return {
        "id": line.position,
        "productCode": line.item_id,
        "productDescription": line.name,
        "productQuantity": line.quantity,
        "unitPrice": line.unit_price,
        "discount": line.discount or None,
        "discountInPercent": False,
        "taxCode": line.tax_code,
        "taxCategory": line.tax_category.value,
        "taxRate": line.tax_rate,
        "taxAmount": own.tax,
        "totalAmount": own.total,
        "productOrder": line.position,
        "salesInvoiceItemCode": item_code(document.number, line.position),
        "unit": line.unit,
    }


def _additional_charges(document: Invoice) -> Json | None:
    """Shipping and fees (B.4), in the invoice's price mode."""
    if not document.charges:
        return None
    details = [
        {
            "additionalCharge": charge.name,
            "chargeAmount": charge.amount,
            "isPercent": charge.percent is not None,
            "percent": charge.percent,
            "taxAmount": _tax(charge.net, charge.tax_rate),
            "addtionalChargeTaxCode": charge.tax_code,
            "isPreCharge": False,
        }
        for charge in document.charges
    ]
    return {
        "additionalChargeAmount": document.totals.charges_amount,
        "additionalChargeTaxAmount": sum(
            (_tax(charge.net, charge.tax_rate) for charge in document.charges), Decimal(0)
        ),
        "additionalChargesDetails": details,
    }


def _allowances(document: Invoice) -> list[Json] | None:
    return [
        {
            "name": allowance.name,
            "amount": allowance.amount,
            "taxCategory": allowance.tax_category.value,
            "taxRate": allowance.tax_rate,
        }
        for allowance in document.allowances
    ] or None


def _tax(net: Decimal, rate: Decimal) -> Decimal:
    with exact():
        return net * rate / 100


def _address(address: Address) -> Json:
    return {
        "address1": " ".join(part for part in (address.street, address.street_number) if part) or None,
        "address2": ", ".join(address.extra_lines) or None,
        "country": address.country or None,
        "state": address.state or None,
        "city": address.city or None,
        "postalCode": address.zip_code or None,
    }


def _one_line(address: Address) -> str:
    street = " ".join(part for part in (address.street, address.street_number) if part)
    parts = (street, *address.extra_lines, address.city, address.state, address.country, address.zip_code)
    return ", ".join(part for part in parts if part)
