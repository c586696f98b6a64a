"""How large figures may be, and how fine: of orders, sales invoices and credit notes alike."""

from decimal import Decimal

LARGEST_AMOUNT = Decimal(10) ** 12
"""In the currency's major unit."""
LARGEST_QUANTITY = Decimal(10) ** 9
MAX_DECIMALS = 12
