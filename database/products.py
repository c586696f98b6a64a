"""Products in brief (Deskera B.7): what a line of an invoice needs to know. The caller owns the transaction."""

from collections.abc import Iterable

from sqlalchemy import case, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from database import codes as counters
from database import neighbour_pages
from database.neighbour_pages import Listing
from database.tables import JsonObject, Product

COLUMNS: neighbour_pages.Columns = {
    "name": Product.name.expression,
    "code": Product.code.expression,
    "productId": Product.code.expression,
    "documentSequenceCode": Product.code.expression,
    "active": case((Product.active, "true"), else_="false"),
    "status": case((Product.active, "active"), else_="inactive"),
    **{
        member: Product.body[member].astext
        for member in ("type", "barcode", "categoryCode", "salesTaxCode", "stockUom", "taxable")
    },
}
"""What a list can be filtered by."""

_SEARCHED = [COLUMNS["name"], COLUMNS["code"], COLUMNS["barcode"], Product.body["description"].astext]


async def find(session: AsyncSession, tenant: str, code: str) -> Product | None:
    """By its code, `P-0000001`."""
    return await session.scalar(select(Product).where(Product.tenant == tenant, Product.code == code))


async def get(session: AsyncSession, tenant: str, product_id: int) -> Product | None:
    """By its id."""
    return await session.scalar(select(Product).where(Product.tenant == tenant, Product.id == product_id))


async def names(session: AsyncSession, tenant: str, codes: Iterable[str]) -> dict[str, str]:
    """Code to name, of products that are no longer active too; codes that do not exist are left out."""
    found = await session.execute(
        select(Product.code, Product.name).where(Product.tenant == tenant, Product.code.in_(list(codes)))
    )
    return {row.code: row.name for row in found}


async def lock(session: AsyncSession, tenant: str, product_id: int) -> Product | None:
    """The product as it is now, held until the transaction ends: read before a change."""
    return await session.scalar(
        select(Product)
        .where(Product.tenant == tenant, Product.id == product_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )


async def add(session: AsyncSession, tenant: str, *, name: str, active: bool, body: JsonObject) -> Product:
    """A new product under the next code. Names may repeat."""
    code = await counters.next_code(session, tenant, counters.PRODUCT)
    row = Product(tenant=tenant, code=code, name=name, active=active, body=body)
    session.add(row)
    await session.flush()
    return row


async def change(session: AsyncSession, row: Product, *, name: str, active: bool, body: JsonObject) -> None:
    """Store all of a product anew. The caller holds its lock; issued documents keep what they copied."""
    row.name, row.active, row.body = name, active, body
    row.updated_at, row.version = func.now(), row.version + 1
    await session.flush()
    await session.refresh(row)


async def list_page(session: AsyncSession, tenant: str, listing: Listing) -> tuple[list[Product], int]:
    """One page, and how many products there are in all."""
    return await neighbour_pages.page_of(session, Product, tenant, listing, columns=COLUMNS, searched=_SEARCHED)
