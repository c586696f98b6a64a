"""The member `knockoffInfo` of a sales invoice's answer."""

from datetime import date
from decimal import Decimal

from api.sales_invoices.knock_offs import knockoff_info
from invoicing.sales.knock_off import KnockOff


def test_the_answer_s_entries_have_the_vendor_s_members() -> None:
    entry = KnockOff(
        order=1,
        document_type="RECEIVE_PAYMENT",
        document_code="RP-0000001",
        document_date=date(2026, 1, 5),
        amount=Decimal("10.00"),
        exchange_rate=Decimal(1),
        currency="SGD",
    )
    assert knockoff_info([entry]) == [
        {
            "documentOrder": 1,
            "documentType": "RECEIVE_PAYMENT",
            "documentCode": "RP-0000001",
            "documentDate": "05-01-2026",
            "amount": Decimal("10.00"),
            "exchangeRate": Decimal(1),
            "currency": "SGD",
        }
    ]
    assert knockoff_info([]) is None
