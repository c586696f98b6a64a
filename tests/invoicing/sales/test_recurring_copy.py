"""What a copy takes from its parent, and what is the parent's alone."""

from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

from invoicing.draft import ExchangeRate
from invoicing.invoice import Invoice, Settlement, SettlementKind
from invoicing.rules.all_rules import violations
from invoicing.sales.recurring_copy import copy_of, details_of_copy, with_item_codes
from tests.documents.invoices import make_invoice
from tests.documents.sales_invoices import sales_invoice

COPY_ID = UUID(int=99)
DAY = date(2027, 2, 28)


def copied(parent: Invoice) -> Invoice:
    return copy_of(parent, COPY_ID, "0000003", DAY)


def test_a_copy_is_the_parent_of_another_day_and_number() -> None:
    parent = sales_invoice(
        issue_date=date(2027, 1, 31), due_date=date(2027, 2, 14), memo="Rent", payment_terms="NET 14"
    )
    copy = copied(parent)
    assert (copy.id, copy.number, copy.issue_date, copy.due_date) == (COPY_ID, "0000003", DAY, date(2027, 3, 14))
    same = {"id", "number", "issue_date", "due_date", "totals", "settlement"}
    assert copy.model_dump(exclude=same) == parent.model_dump(exclude=same)
    assert copy.totals == parent.totals


def test_the_other_days_keep_their_distance_too() -> None:
    parent = sales_invoice(
        issue_date=date(2027, 1, 31), tax_point_date=date(2027, 1, 1), delivery_date=date(2027, 2, 2)
    )
    copy = copied(parent)
    assert (copy.tax_point_date, copy.delivery_date) == (date(2027, 1, 29), date(2027, 3, 2))


def test_what_is_not_dated_stays_undated() -> None:
    copy = copied(sales_invoice(due_date=None))
    assert (copy.due_date, copy.tax_point_date, copy.delivery_date) == (None, None, None)


def test_what_was_paid_before_paid_the_parent_and_of_the_copy_all_is_due() -> None:
    """100 net, 19 tax, one cent off: 118.99; 50 of it had been paid."""
    parent = sales_invoice(paid="50.00", rounding="-0.01")
    assert parent.totals.payable == Decimal("68.99")
    copy = copied(parent)
    assert (copy.totals.paid, copy.totals.payable) == (Decimal(0), Decimal("118.99"))
    assert copy.settlement == Settlement(kind=SettlementKind.ON_ACCOUNT)
    assert violations(copy) == ()


def test_an_orders_invoice_has_copies_that_are_no_orders_and_nobody_captured() -> None:
    parent = make_invoice(kind=SettlementKind.CAPTURED)
    assert (parent.order_id, parent.totals.payable) == ("EON9001", Decimal(0))
    copy = copied(parent)
    assert (copy.order_id, copy.order_date) == (None, None)
    assert copy.totals.payable == parent.totals.total
    assert copy.settlement == Settlement(kind=SettlementKind.ON_ACCOUNT)
    assert violations(copy) == ()


def test_how_the_buyer_pays_on_account_is_said_again() -> None:
    parent = sales_invoice(settlement=Settlement(kind=SettlementKind.ON_ACCOUNT, method="invoice"))
    assert copied(parent).settlement.method == "invoice"


def test_the_exchange_rate_and_its_date_are_the_parents() -> None:
    rate = ExchangeRate(base_currency="EUR", rate=Decimal("1.0654"), rate_date=date(2027, 1, 29))
    parent = sales_invoice(currency="CHF", exchange_rate=rate, issue_date=date(2027, 1, 31))
    copy = copied(parent)
    assert copy.exchange == parent.exchange
    assert copy.exchange is not None
    assert (copy.exchange.rate_date, copy.exchange.total) == (date(2027, 1, 29), Decimal("126.78"))


def test_a_copy_of_an_opening_invoice_is_an_invoice_like_any_other() -> None:
    assert not copied(sales_invoice(is_opening=True)).is_opening


def details(**changes: Any) -> dict[str, Any]:
    return {
        "contactCode": "C-0000001",
        "salesInvoiceDate": "31-01-2027",
        "salesInvoiceDueDate": "14-02-2027",
        "shipByDate": "05-02-2027",
        "purchaseOrderRefNo": "PO 7",
        "recurring": True,
        "recurringActivated": True,
        "salesInvoiceRecurring": {"recurrenceType": 1},
        "openingInvoice": True,
        "openingDocumentNumber": "OLD-7",
        "prepaidAmount": "50.00",
        "attachmentIds": [3],
        "salesInvoiceItems": [
            {"productCode": "P-1", "salesInvoiceItemCode": "SII-0000001", "id": 1},
            {"productCode": "P-2", "salesInvoiceItemCode": "SII-0000002", "id": 2},
        ],
        **changes,
    }


START = date(2027, 1, 31)


def test_the_request_of_a_copy_has_the_copys_days_and_does_not_recur() -> None:
    copy = copied(sales_invoice(issue_date=START, due_date=date(2027, 2, 14)))
    made = details_of_copy(details(), copy, START)
    assert (made["salesInvoiceDate"], made["salesInvoiceDueDate"]) == ("28-02-2027", "14-03-2027")
    assert made["shipByDate"] == "05-03-2027"
    assert made["deliveryDate"] is None
    assert (made["recurring"], made["recurringActivated"], made["salesInvoiceRecurring"]) == (False, False, None)
    assert (made["openingInvoice"], made["openingDocumentNumber"]) == (False, None)
    assert (made["prepaidAmount"], made["attachmentIds"]) == (None, None)
    assert (made["contactCode"], made["purchaseOrderRefNo"]) == ("C-0000001", "PO 7")


def test_the_day_of_delivery_keeps_its_distance_too() -> None:
    copy = copied(sales_invoice(issue_date=START, delivery_date=date(2027, 1, 29)))
    assert copy.delivery_date == date(2027, 2, 26)
    assert details_of_copy(details(deliveryDate="29-01-2027"), copy, START)["deliveryDate"] == "26-02-2027"


def test_the_rates_date_is_said_where_the_invoices_own_would_be_taken() -> None:
    rate = ExchangeRate(base_currency="EUR", rate=Decimal("1.1"), rate_date=date(2027, 1, 31))
    copy = copied(sales_invoice(currency="CHF", exchange_rate=rate, issue_date=START))
    assert details_of_copy(details(exchangeRateDate=None), copy, START)["exchangeRateDate"] == "31-01-2027"


def test_items_of_a_copy_have_codes_of_their_own() -> None:
    made = with_item_codes(details(), ("SII-0000008", "SII-0000009"))
    items = [(item["productCode"], item["salesInvoiceItemCode"], item["id"]) for item in made["salesInvoiceItems"]]
    assert items == [("P-1", "SII-0000008", 8), ("P-2", "SII-0000009", 9)]


def test_an_invoice_that_no_request_describes_has_copies_that_none_describes() -> None:
    assert details_of_copy({}, copied(sales_invoice()), START) == {}
