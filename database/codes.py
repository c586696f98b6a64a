"""Codes of things that are no legal documents: contacts, taxes, products, items. They are unique, not gapless."""

from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from database.tables import CodeCounter

CONTACT = "C"
TAX = "TX"
PRODUCT = "P"
ITEM = "SII"
JOURNAL_ENTRY = "JE"
PAYMENT = "RP"
FULFILLMENT = "FF"


async def next_code(session: AsyncSession, tenant: str, prefix: str) -> str:
    """`C-0000001`, then `C-0000002` (Deskera B.7: seven digits)."""
    return (await next_codes(session, tenant, prefix, 1))[0]


async def next_codes(session: AsyncSession, tenant: str, prefix: str, count: int) -> list[str]:
    """Several at once, in order."""
    statement = (
        insert(CodeCounter)
        .values(tenant=tenant, prefix=prefix, counter=count)
        .on_conflict_do_update(index_elements=["tenant", "prefix"], set_={"counter": CodeCounter.counter + count})
        .returning(CodeCounter.counter)
    )
    last = (await session.scalars(statement)).one()
    return [f"{prefix}-{number:07d}" for number in range(last - count + 1, last + 1)]
