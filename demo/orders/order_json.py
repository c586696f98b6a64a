"""An order as Order Service v2 writes it (Emporix A.5), current members only."""

from datetime import UTC, datetime

from demo.orders.arithmetic import Till
from demo.orders.basket import PricedBasket, PricedLine
from demo.orders.exact_json import JsonObject
from demo.orders.head import Address, Customer, Delivery, Head, Payment, transaction_id
from demo.orders.price_json import discounts_json, line_price_json, order_price_json, price_json, spoken

SCHEMAS = "https://schemas.example.com/"


def order_json(head: Head, priced: PricedBasket) -> JsonObject:
    """The whole document; a figure is a `Decimal` at the currency's scale."""
    customer = head.customer
    return {
        "id": head.order_id,
        "status": head.status,
        "created": instant(head.created),
        "lastStatusChange": instant(head.created),
        "createdBy": str(customer.number),
        "checkout": True,
        "cartId": transaction_id(f"cart of {head.order_id}").replace("-", "")[:24],
        "channel": {"name": "storefront", "source": "https://shop.example.com/"},
        "siteCode": head.site,
        "countryCode": customer.address.country,
        "currency": priced.basket.till.currency,
        "entries": [
            entry_json(position, line, head.languages, priced.basket.till)
            for position, line in enumerate(priced.lines, 1)
        ],
        "discounts": discounts_json(priced),
        "customer": customer_json(customer),
        "billingAddress": address_json(customer, customer.address),
        "shippingAddress": address_json(customer, head.shipping_address or customer.address),
        "payments": [payment_json(head, priced)],
        **shipping_json(priced, head.languages),
        **authorised_json(head, priced),
        **delivery_window_json(head.delivery),
        "mixins": mixins_json(head),
        "metadata": {
            "version": 1,
            "mixins": {"generalAttributes": f"{SCHEMAS}orderGeneralAttributesMixIn.v9.json"},
        },
        "calculatedPrice": order_price_json(priced),
    }


def instant(moment: datetime) -> str:
    """ISO 8601 in UTC with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def entry_json(position: int, line: PricedLine, languages: tuple[str, ...], till: Till) -> JsonObject:
    """One entry of the order; its id tells two lines of one product apart."""
    product = line.line.product
    return {
        "id": f"{product.id}--{position}",
        "itemYrn": f"urn:yaas:saasag:caasproduct:product:acme;{product.id}",
        "type": "INTERNAL",
        "amount": line.line.quantity,
        "orderedAmount": line.line.quantity,
        "effectiveQuantity": line.line.quantity,
        "measurementUnit": {"value": 1, "unit": product.unit},
        "calculatedUnitPrice": price_json(line.unit),
        "product": {
            "id": product.id,
            "sku": product.id,
            "name": product.names[languages[0]],
            "localizedName": spoken(product.names, languages),
            "productType": "BASIC",
            "published": True,
            "images": [],
        },
        "price": {
            "priceId": f"price-{product.id}",
            "currency": till.currency,
            "originalAmount": line.line.unit_price,
            "effectiveAmount": line.line.unit_price,
        },
        "calculatedPrice": line_price_json(line, languages, till),
    }


def shipping_json(priced: PricedBasket, languages: tuple[str, ...]) -> JsonObject:
    """The deprecated `shipping` member, which shops still send."""
    shipping, price, currency = priced.basket.shipping, priced.shipping, priced.basket.till.currency
    if not shipping or not price:
        return {}
    inclusive = priced.basket.till.inclusive
    line = {
        "amount": shipping.amount,
        "currency": currency,
        "code": shipping.code,
        "name": shipping.name,
        "localizedName": dict.fromkeys(languages, shipping.name),
        "tax": {
            "total": {"amount": price.tax, "currency": currency, "inclusive": inclusive},
            "rate": shipping.rate.percent,
        },
        "shippingTaxCode": shipping.rate.code,
    }
    return {"shipping": {"total": {"amount": price.gross, "currency": currency}, "lines": [line]}}


def customer_json(customer: Customer) -> JsonObject:
    """`customer`: `company` and `preferredLanguage` only where known."""
    members: JsonObject = {
        "id": str(customer.number),
        "name": customer.name,
        "firstName": customer.first_name,
        "lastName": customer.last_name,
        "email": customer.email,
    }
    optional = {"company": customer.company, "preferredLanguage": customer.language}
    return members | {name: value for name, value in optional.items() if value}


def address_json(customer: Customer, address: Address) -> JsonObject:
    """`billingAddress` or `shippingAddress`."""
    return {
        "contactName": customer.name,
        **({"companyName": customer.company} if customer.company else {}),
        "street": address.street,
        "streetNumber": address.number,
        "streetAppendix": "",
        "zipCode": address.zip_code,
        "city": address.city,
        "country": address.country,
        **({"state": address.state} if address.state else {}),
        "contactPhone": "",
    }


def payment_json(head: Head, priced: PricedBasket) -> JsonObject:
    """An authorised card payment over the final gross, or an order on account."""
    currency = priced.basket.till.currency
    if head.payment is Payment.ON_ACCOUNT:
        return {"status": "PENDING", "method": "invoice", "provider": "INVOICE", "paidAmount": 0, "currency": currency}
    return {
        "status": "AUTHORIZATION_SUCCESS",
        "method": "credit_card",
        "provider": "payment-gateway",
        "paidAmount": 0,
        "authorizedAmount": priced.final.gross,
        "currency": currency,
        "transactionId": transaction_id(head.order_id),
    }


def authorised_json(head: Head, priced: PricedBasket) -> JsonObject:
    """What the card was authorised for."""
    return {"totalAuthorizedAmount": priced.final.gross} if head.payment is Payment.CARD else {}


def delivery_window_json(delivery: Delivery | None) -> JsonObject:
    """The booked slot: a date and times of the day in the site's time zone."""
    if not delivery or not delivery.in_window:
        return {}
    return {
        "deliveryWindow": {
            "id": "dw1",
            "slotId": "s1",
            "deliveryDate": delivery.ended.date().isoformat(),
            "deliveryTimeRange": {"timeFrom": f"{delivery.began:%H:%M}", "timeTo": f"{delivery.ended:%H:%M}"},
        }
    }


def mixins_json(head: Head) -> JsonObject:
    """Extended status, payment type and, where told, the instant of the delivery."""
    mixins: JsonObject = {
        "generalAttributes": {
            "extendedOrderStatus": head.extended_status,
            "customerFirstOrder": False,
            "orderNumber": head.order_id,
        },
        "payment": {"paymentType": "invoice" if head.payment is Payment.ON_ACCOUNT else "paymentByCredit"},
    }
    if head.delivery and head.delivery.in_mixin:
        mixins["deliveryTime"] = {
            "deliveryTimeId": "dw1",
            "deliveryDate": instant(head.delivery.ended),
            "deliveryTimeFrom": f"{head.delivery.began:%H:%M}",
            "deliveryTimeTo": f"{head.delivery.ended:%H:%M}",
        }
    return mixins
