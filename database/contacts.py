"""Contacts (Deskera B.7). The caller owns the transaction."""

from collections.abc import Collection, Mapping
from decimal import Decimal

from sqlalchemy import Numeric, cast, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from database import codes, neighbour_pages
from database.neighbour_pages import Listing
from database.tables import Contact, IssuedInvoice, JsonObject, SalesInvoice
from invoicing.money import round_money
from invoicing.sales.balance import InvoiceStatus

ACTIVE, INACTIVE = "ACTIVE", "INACTIVE"

COLUMNS: neighbour_pages.Columns = {
    "status": Contact.status.expression,
    "name": Contact.name.expression,
    "code": Contact.code.expression,
    "documentSequenceCode": Contact.code.expression,
    **{
        member: Contact.body[member].astext
        for member in (
            "currencyCode",
            "paymentTermCode",
            "uen",
            "taxNumber",
            "emailId",
            "peppolId",
            "taxExempted",
            "customer",
            "vendor",
            "receivableAccountCode",
            "payableAccountCode",
        )
    },
}
"""What a list can be filtered by."""

_SEARCHED = [COLUMNS[name] for name in ("name", "code", "emailId", "uen", "taxNumber")]


async def find(session: AsyncSession, tenant: str, code: str) -> Contact | None:
    """By its code, `C-0000001`."""
    return await session.scalar(select(Contact).where(Contact.tenant == tenant, Contact.code == code))


async def get(session: AsyncSession, tenant: str, contact_id: int) -> Contact | None:
    """By its id."""
    return await session.scalar(select(Contact).where(Contact.tenant == tenant, Contact.id == contact_id))


async def lock(session: AsyncSession, tenant: str, contact_id: int) -> Contact | None:
    """The contact as it is now, held until the transaction ends: read before a change."""
    return await session.scalar(
        select(Contact)
        .where(Contact.tenant == tenant, Contact.id == contact_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def add(session: AsyncSession, tenant: str, *, name: str, status: str, body: JsonObject) -> Contact:
    """A new contact under the next code. Names may repeat: people share them."""
    code = await codes.next_code(session, tenant, codes.CONTACT)
    row = Contact(tenant=tenant, code=code, name=name, status=status, body=body)
    session.add(row)
    await session.flush()
    return row


async def change(session: AsyncSession, row: Contact, *, name: str, status: str, body: JsonObject) -> None:
    """Store all of a contact anew. The caller holds its lock; issued documents keep what they copied."""
    row.name, row.status, row.body = name, status, body
    row.updated_at, row.version = func.now(), row.version + 1
    await session.flush()
    await session.refresh(row)


async def list_page(session: AsyncSession, tenant: str, listing: Listing) -> tuple[list[Contact], int]:
    """One page, and how many contacts there are in all."""
    return await neighbour_pages.page_of(session, Contact, tenant, listing, columns=COLUMNS, searched=_SEARCHED)


async def owed_by(session: AsyncSession, tenant: str, contact_codes: Collection[str]) -> Mapping[str, Decimal | None]:
    """What each contact owes: the dues of its open sales invoices, in the base currency, to its minor unit.

    None where they are not all in one base currency and cannot be added up; contacts that owe nothing are left out.
    """
    exchange = IssuedInvoice.document["exchange"]
    base_currency = func.coalesce(exchange["base_currency"].astext, SalesInvoice.currency)
    rate = func.coalesce(cast(exchange["rate"].astext, Numeric), 1)
    statement = (
        select(SalesInvoice.contact_code, base_currency, func.sum(SalesInvoice.due * rate))
        .join(IssuedInvoice, IssuedInvoice.id == SalesInvoice.invoice_id)
        .where(
            SalesInvoice.tenant == tenant,
            SalesInvoice.status == InvoiceStatus.OPEN,
            SalesInvoice.contact_code.in_(list(contact_codes)),
        )
        .group_by(SalesInvoice.contact_code, base_currency)
    )
    owed: dict[str, Decimal | None] = {}
    for code, currency, amount in await session.execute(statement):
        owed[code] = None if code in owed else round_money(amount, currency)
    return owed
