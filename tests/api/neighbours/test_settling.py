"""A sales invoice from its creation to the last payment and the last parcel, over the API alone."""

from typing import Any

import pytest

from tests.api.sales_invoices.requests import URL, created, item, request, seller  # noqa: F401 -- a fixture
from tests.api_fixtures import Client

PAY = "/v1/payments/receive"
FULFIL = "/v1/sales/fulfillments"


async def read(client: Client, code: str, *members: str) -> list[Any]:
    body = (await client.get(f"{URL}/{code}")).json()
    return [body[member] for member in members]


def payment(code: str, amount: str) -> dict[str, Any]:
    return {
        "receivePaymentItemDtoList": [
            {"documentType": "SALES_INVOICE", "documentCode": code, "paymentAmount": amount, "exchangeRate": 1}
        ],
        "currency": "SGD",
        "amount": amount,
        "paymentType": "BANK_TRANSFER",
        "documentDate": "01-07-2020",
    }


async def test_payments_show_on_the_invoice_until_it_is_closed(seller: Client) -> None:  # noqa: F811
    """120 at 7 percent is 128.40; 28.40 leaves 100.00."""
    code = (await created(seller, request()))["salesInvoiceCode"]
    assert (await seller.post(PAY, json=payment(code, "28.40"))).status_code == 201
    assert await read(seller, code, "dueAmount", "paymentStatus", "status") == [100, "PARTIAL", "OPEN"]
    assert (await seller.post(PAY, json=payment(code, "100"))).status_code == 201
    assert await read(seller, code, "dueAmount", "paymentStatus", "status") == [0, "RECEIVED", "CLOSED"]
    entry = {
        "documentOrder": 1,
        "documentType": "RECEIVE_PAYMENT",
        "documentCode": "RP-0000001",
        "documentDate": "01-07-2020",
        "amount": 28.4,
        "exchangeRate": 1,
        "currency": "SGD",
    }
    second = entry | {"documentOrder": 2, "documentCode": "RP-0000002", "amount": 100}
    assert await read(seller, code, "totalAmount", "knockoffInfo") == [128.4, [entry, second]]


async def test_parcels_show_on_the_invoice_until_it_is_fulfilled(seller: Client) -> None:  # noqa: F811
    made = await created(seller, request(item(productQuantity=3), item(productQuantity="0.5")))
    code = made["salesInvoiceCode"]
    first = made["salesInvoiceItems"][0]["salesInvoiceItemCode"]
    parcel = {
        "documentCode": code,
        "documentType": "SALES_INVOICE",
        "fulfillmentItems": [{"productCode": "P-0000001", "documentItemCode": first, "fulfilledQuantity": 2}],
        "autoFulfilled": False,
        "fulfillmentDate": "20-06-2020",
    }
    assert (await seller.post(FULFIL, json=parcel)).status_code == 200
    assert await read(seller, code, "fulfillmentStatus", "fulfillmentType") == ["PARTIAL_FULFILLED", "DEFAULT"]
    rest = {"documentCode": code, "autoFulfilled": True, "fulfillmentDate": "21-06-2020"}
    sent = (await seller.post(FULFIL, json=rest)).json()
    assert [entry["fulfilledQuantity"] for entry in sent["fulfillmentItems"]] == [1, 0.5]
    assert await read(seller, code, "fulfillmentStatus") == ["FULLY_FULFILLED"]
    names = {"fulfillmentCode": sent["fulfillmentCode"], "salesInvoiceCode": code}
    assert (await seller.delete(f"{URL}/fulfillments", params=names)).status_code == 204
    assert await read(seller, code, "fulfillmentStatus") == ["PARTIAL_FULFILLED"]


@pytest.mark.parametrize(
    ("stated", "status", "kind"),
    [
        ({}, "UNFULFILLED", "NONE"),
        ({"fulfillmentComplete": True}, "FULLY_FULFILLED", "DEFAULT"),
        ({"fulfillmentComplete": True, "dropShip": True}, "FULLY_FULFILLED", "DROP_SHIP"),
        ({"fulfillmentComplete": True, "backOrder": True}, "UNFULFILLED", "NONE"),
    ],
)
async def test_an_invoice_may_be_issued_fulfilled(
    seller: Client,  # noqa: F811
    stated: dict[str, bool],
    status: str,
    kind: str,
) -> None:
    made = await created(seller, request(**stated))
    assert (made["fulfillmentStatus"], made["fulfillmentType"]) == (status, kind)
