"""Creating and reading sales invoices over HTTP (Deskera B.2 to B.8)."""

from tests.api.sales_invoices import URL, created, request, seller  # noqa: F401 -- a fixture
from tests.api_fixtures import Client


async def test_an_invoice_is_created(seller: Client) -> None:
    made = await created(seller, request())
    print(made)
    assert (made["totalAmount"], made["taxAmount"], made["dueAmount"]) == (128.4, 8.4, 128.4)
    read = await seller.get(f"{URL}/{made['salesInvoiceCode']}")
    assert (read.status_code, read.json()) == (200, made)
