"""A tenant that can sell, and requests of sales invoices: for every test of the accounting API."""

from collections.abc import AsyncIterator
from typing import Any

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import sites
from database.tables import Contact, Product, Tax
from tests.api_fixtures import ApiClientFactory, Client, CrowdFactory, TokenMaker

Sessions = async_sessionmaker[AsyncSession]
Json = dict[str, Any]

URL = "/v1/invoices/sales"
SITE: Json = {
    "code": "sg",
    "name": "Orchard Tools",
    "active": True,
    "default": True,
    "defaultLanguage": "en",
    "languages": ["en"],
    "currency": "SGD",
    "homeBase": {
        "address": {
            "street": "Orchard Road",
            "streetNumber": "290",
            "zipCode": "238859",
            "city": "Singapore",
            "country": "SG",
        },
        "timezone": "Asia/Singapore",
    },
}
MERCHANT: Json = {"merchantInfo": {"merchantName": "Orchard Tools Pte. Ltd."}}
CONTACT: Json = {
    "billingAddress": [{"address1": "1 Raffles Place", "city": "Singapore", "postalCode": "048616", "country": "SG"}],
    "shippingAddress": [{"address1": "8 Changi Way", "city": "Singapore", "postalCode": "498822", "country": "SG"}],
    "emailId": "books@merlion.example",
    "peppolId": "0195:SGUEN201912345K",
    "paymentTermCode": "4",
    "taxNumber": "M2-0012345-6",
}
TAXES: dict[str, tuple[str, str]] = {
    "TX-0000001": ("7", "S"),
    "TX-0000002": ("19", "S"),
    "TX-0000003": ("0", "Z"),
}


async def set_up(sessions: Sessions, tenant: str, site: Json = SITE, **contact: Any) -> None:
    """A site, contact C-0000001, taxes of 7, 19 and 0 percent, and product P-0000001."""
    async with sessions.begin() as session:
        await sites.add_site(session, tenant, site["code"], site, MERCHANT)
        body = CONTACT | contact
        session.add(Contact(tenant=tenant, code="C-0000001", name="Merlion Trading", status="ACTIVE", body=body))
        session.add(Product(tenant=tenant, code="P-0000001", name="Cordless drill", body={}))
        for code, (percent, category) in TAXES.items():
            session.add(
                Tax(tenant=tenant, code=code, name=f"{percent} %", percent=percent, tax_category=category, body={})
            )


def item(**changes: Any) -> Json:
    """One line: 120 at 7 percent."""
    line = {"productCode": "P-0000001", "productQuantity": 1, "unitPrice": 120, "taxCode": "TX-0000001"}
    return _changed(line, changes)


def request(*items: Json, **changes: Any) -> Json:
    """The least request that issues an invoice; a change to None leaves the member out."""
    body = {
        "contactCode": "C-0000001",
        "currency": "SGD",
        "salesInvoiceDate": "18-06-2020",
        "salesInvoiceDueDate": "18-07-2020",
        "contact": {"name": "Merlion Trading"},
        "salesInvoiceItems": list(items or [item()]),
    }
    return _changed(body, changes)


def _changed(body: Json, changes: Json) -> Json:
    return {name: value for name, value in {**body, **changes}.items() if value is not None}


@pytest.fixture
async def selling_tenant(sessions: Sessions, tenant: str) -> str:
    """A tenant that can sell."""
    await set_up(sessions, tenant)
    return tenant


@pytest.fixture
async def seller(api_client: ApiClientFactory, token: TokenMaker, selling_tenant: str) -> AsyncIterator[Client]:
    """A client of a tenant that can sell."""
    async with api_client(token=await token(selling_tenant)) as client:
        yield client


@pytest.fixture
async def sellers(crowd: CrowdFactory, token: TokenMaker, selling_tenant: str) -> AsyncIterator[httpx.AsyncClient]:
    """`seller` for requests at the same time."""
    async with crowd(await token(selling_tenant)) as client:
        yield client


async def created(client: httpx.AsyncClient, body: Json, **headers: str) -> Json:
    """The answer to a request that makes an invoice."""
    made = await client.post(URL, json=body, headers=headers)
    assert made.status_code == 201, made.text
    answer: Json = made.json()
    return answer


async def refused(client: httpx.AsyncClient, body: Json, status: int = 400) -> dict[str, str]:
    """The faults of a request by their fields."""
    answer = await client.post(URL, json=body)
    assert answer.status_code == status, answer.text
    return faults(answer.json())


def faults(body: Json) -> dict[str, str]:
    """The faults that an error body names."""
    return {fault["field"]: fault["error"] for fault in body.get("errors", [])}
