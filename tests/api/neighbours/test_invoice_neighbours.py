"""Contact, taxes and product as a sales invoice finds them: all of it through the API (Deskera B.3, B.7)."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import sites
from tests.api.sales_invoices.requests import MERCHANT, SITE, created, item, refused, request
from tests.api_fixtures import ApiClientFactory, Client, TokenMaker

Sessions = async_sessionmaker[AsyncSession]
Json = dict[str, Any]


@pytest.fixture
async def seller(
    api_client: ApiClientFactory, token: TokenMaker, sessions: Sessions, tenant: str
) -> AsyncIterator[Client]:
    """A client of a tenant with a site and nothing else."""
    async with sessions.begin() as session:
        await sites.add_site(session, tenant, SITE["code"], SITE, MERCHANT)
    async with api_client(token=await token(tenant)) as client:
        yield client


async def make(client: Client, kind: str, **members: Any) -> Json:
    made = await client.post(f"/v1/{kind}", json=members)
    assert made.status_code == 201, made.text
    body: Json = made.json()
    return body


async def test_an_invoice_takes_term_tax_and_name_from_them(seller: Client) -> None:
    contact = await make(seller, "contacts", name="Merlion Trading", paymentTermCode="3")
    await make(seller, "taxes", name="GST", percent=5)
    both = await make(
        seller,
        "taxes",
        name="GST and PST",
        isTaxGroup=True,
        taxGroupDetails=[{"code": "TX-0000001"}, {"percentage": 10, "applyTo": "AFTER_TAX"}],
    )
    product = await make(seller, "products", name="Cordless drill", salesPrice=120, salesTaxCode=both["code"])
    line = item(productCode=product["code"], taxCode=both["code"], unitPrice=product["salesPrice"])
    body = request(line, contactCode=contact["code"], salesInvoiceDueDate=None)
    invoice = await created(seller, body)
    assert invoice["salesInvoiceDueDate"] == "03-07-2020"  # 15 days after 18 June
    assert (invoice["taxAmount"], invoice["totalAmount"]) == (18.6, 138.6)  # 15.5 % of 120
    owing = (await seller.get(f"/v1/contacts/{contact['id']}")).json()
    assert owing["theyOweYou"] == 138.6


async def test_a_changed_tax_changes_no_invoice_that_it_was_used_in(seller: Client) -> None:
    await make(seller, "contacts", name="Merlion Trading")
    tax = await make(seller, "taxes", name="GST", percent=7)
    await make(seller, "products", name="Cordless drill")
    before = await created(seller, request())
    await seller.put(f"/v1/taxes/{tax['id']}", json=tax | {"percent": 9})
    after = await created(seller, request())
    assert (before["taxAmount"], after["taxAmount"]) == (8.4, 10.8)
    assert (await seller.get(f"/v1/invoices/sales/{before['salesInvoiceCode']}")).json() == before


async def test_an_inactive_tax_is_refused_by_name(seller: Client) -> None:
    await make(seller, "contacts", name="Merlion Trading")
    await make(seller, "products", name="Cordless drill")
    await make(seller, "taxes", name="GST", percent=7, status="inactive")
    assert (await refused(seller, request())).keys() == {"salesInvoiceItems.0.taxCode"}


async def test_an_exempt_contact_is_invoiced_without_tax(seller: Client) -> None:
    await make(seller, "contacts", name="Merlion Trading", taxExempted=True, taxExemptionReason="Resale")
    await make(seller, "products", name="Cordless drill")
    invoice = await created(seller, request({"productCode": "P-0000001", "productQuantity": 1, "unitPrice": 120}))
    assert (invoice["taxAmount"], invoice["totalAmount"]) == (0, 120)
