"""What the page says of an order whose own total a person has accepted."""

from decimal import Decimal
from typing import Any

import pytest

from invoicing.invoice import Invoice
from invoicing.orders.accepted_total import AcceptedTotal
from invoicing.orders.payment import plan_payment
from invoicing.orders.pricing import price_order
from tests.documents.invoices import make_invoice
from tests.documents.printed import text_of
from tests.invoicing.orders.samples import entry, order_json, read, sample


def agreed(order: dict[str, Any], total: str, language: str, locale: str) -> Invoice:
    """The invoice over a total that the order states, to be paid on account."""
    order["calculatedPrice"]["finalPrice"] = {"grossValue": Decimal(total)}
    order["payments"] = [{"status": "PENDING", "method": "invoice"}]
    priced = price_order(
        read(order), tax_inclusive=False, language=language, tolerance_minor=0, accepted=AcceptedTotal.ORDERS
    )
    payment = plan_payment(read(order), priced.totals, priced.rounding_margin)
    names = ("lines", "allowances", "charges", "tax_groups")
    shell = make_invoice(language=language, locale=locale, settlement=payment.settlement)
    return shell.model_copy(update={name: getattr(priced, name) for name in names} | {"totals": payment.totals})


@pytest.mark.parametrize(
    ("language", "locale", "words"),
    [
        ("de", "de_DE", "Vereinbarte Bestellsumme (19 %) -5,96 Vereinbarte Bestellsumme (7 %) -1,74"),
        ("en", "en_GB", "Agreed total of the order (19%) -5.96 Agreed total of the order (7%) -1.74"),
        ("fr", "fr_FR", "Total convenu de la commande (19 %) -5,96 Total convenu de la commande (7 %) -1,74"),
    ],
)
def test_a_lower_total_is_explained_rate_by_rate(language: str, locale: str, words: str) -> None:
    """280.00 instead of 288.95: as in tests/invoicing/orders/test_accepted_total.py, by hand."""
    text = text_of(agreed(sample(), "280.00", language, locale)).replace("\u00a0", " ").replace("\u202f", " ")
    assert words in text


def test_a_higher_total_is_explained_by_a_charge_and_a_rounding() -> None:
    """1.22 cannot be made at 19 %: 1.03 + 0.20 is 1.23."""
    order = order_json(entry("1", {"netValue": Decimal("1.00"), "taxRate": Decimal(19)}))
    text = text_of(agreed(order, "1.22", "en", "en_GB"))
    assert "Subtotal 1.00 Agreed total of the order (19%) 0.03 Total excl. VAT 1.03 VAT 0.20" in text
    assert "Rounding -0.01 Amount due" in text
    assert "Please transfer" in text
    assert "1.22" in text.partition("Amount due")[2]
