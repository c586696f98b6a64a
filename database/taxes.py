"""Taxes and tax groups (Deskera B.7). The caller owns the transaction.

A tax may change at any time: documents copy what they print of it, so a change holds for what is issued afterwards.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import case, func, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from database import codes as counters
from database import neighbour_pages
from database.neighbour_pages import Listing
from database.tables import JsonObject, Tax
from invoicing.draft import TaxTreatment
from invoicing.invoice import TaxCategory

COLUMNS: neighbour_pages.Columns = {
    "status": case((Tax.active, "active"), else_="inactive"),
    "name": Tax.name.expression,
    "code": Tax.code.expression,
    "taxCategory": Tax.tax_category.expression,
    **{
        member: Tax.body[member].astext
        for member in ("taxCode", "accountCode", "type", "category", "isTaxGroup", "exemptionCode")
    },
}
"""What a list can be filtered by."""

_SEARCHED = [COLUMNS["name"], COLUMNS["code"], COLUMNS["taxCode"], Tax.body["description"].astext]


class TaxExists(Exception):
    """Another tax of the tenant has the same `member`: `name` or `taxCode`."""

    def __init__(self, member: str) -> None:
        super().__init__(f"another tax has this {member}")
        self.member = member


@dataclass(frozen=True)
class TaxContent:
    """All of a tax but its code."""

    name: str
    active: bool
    treatment: TaxTreatment
    body: JsonObject
    """The members as callers write them, decimals as text: `taxCode` is the label, never the code."""


async def find(session: AsyncSession, tenant: str, code: str) -> Tax | None:
    """By its code (`TX-0000001`), which is what a line's `taxCode` names; never by its own `taxCode`, a label."""
    return await session.scalar(select(Tax).where(Tax.tenant == tenant, Tax.code == code))


async def get(session: AsyncSession, tenant: str, tax_id: int) -> Tax | None:
    """By its id."""
    return await session.scalar(select(Tax).where(Tax.tenant == tenant, Tax.id == tax_id))


async def find_all(session: AsyncSession, tenant: str, codes: Iterable[str]) -> dict[str, Tax]:
    """By their codes, the inactive ones too; codes that do not exist are left out."""
    rows = await session.scalars(select(Tax).where(Tax.tenant == tenant, Tax.code.in_(list(codes))))
    return {row.code: row for row in rows}


async def treatments(session: AsyncSession, tenant: str, codes: Iterable[str]) -> dict[str, TaxTreatment]:
    """How each of the codes taxes a line; a code that does not exist or is inactive is left out."""
    return {code: treatment_of(row) for code, row in (await find_all(session, tenant, codes)).items() if row.active}


def treatment_of(row: Tax) -> TaxTreatment:
    """What the tax does to a line."""
    return TaxTreatment(
        category=TaxCategory(row.tax_category),
        rate=row.percent,
        code=row.code,
        exemption_reason=row.body.get("exemptionReason"),
        exemption_code=row.body.get("exemptionCode"),
    )


async def hold(session: AsyncSession, tenant: str) -> None:
    """Whoever adds or changes a tax of the tenant takes turns, until the transaction ends.

    So no name is given twice, and no group is made of a tax that is just changing. Read what you change afterwards.
    """
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"taxes/{tenant}", 0))))


async def add(session: AsyncSession, tenant: str, content: TaxContent) -> Tax:
    """A new tax under the next code. The caller has called `hold`.

    Raises:
        TaxExists: another one has its name or its label.
    """
    await _refuse_taken(session, tenant, content, besides=None)
    row = Tax(tenant=tenant, code=await counters.next_code(session, tenant, counters.TAX), **_columns(content))
    session.add(row)
    await session.flush()
    return row


async def change(session: AsyncSession, row: Tax, content: TaxContent) -> None:
    """Store all of a tax anew. The caller has called `hold`.

    Raises:
        TaxExists: another one has its name or its label.
    """
    await _refuse_taken(session, row.tenant, content, besides=row.id)
    for name, value in _columns(content).items():
        setattr(row, name, value)
    row.updated_at, row.version = func.now(), row.version + 1
    await session.flush()
    await session.refresh(row)


async def groups_with(session: AsyncSession, tenant: str, code: str) -> list[Tax]:
    """The groups that name the tax among their parts, in order of code."""
    named = Tax.body["taxGroupDetails"].contains([{"code": code}])
    return list(await session.scalars(select(Tax).where(Tax.tenant == tenant, named).order_by(Tax.id)))


async def list_page(session: AsyncSession, tenant: str, listing: Listing) -> tuple[list[Tax], int]:
    """One page, and how many taxes there are in all."""
    return await neighbour_pages.page_of(session, Tax, tenant, listing, columns=COLUMNS, searched=_SEARCHED)


def _columns(content: TaxContent) -> JsonObject:
    return {
        "name": content.name,
        "active": content.active,
        "percent": content.treatment.rate,
        "tax_category": content.treatment.category,
        "body": content.body,
    }


async def _refuse_taken(session: AsyncSession, tenant: str, content: TaxContent, besides: int | None) -> None:
    """Names and labels are unique, whatever their case: people pick taxes by them."""
    name, label = func.lower(content.name), func.lower(content.body["taxCode"])
    names, labels = func.lower(Tax.name), func.lower(Tax.body["taxCode"].astext)
    taken = await session.scalar(
        select(case((names == name, "name"), else_="taxCode"))
        .where(Tax.tenant == tenant, or_(names == name, labels == label), Tax.id != (besides or 0))
        .limit(1)
    )
    if taken is not None:
        raise TaxExists(taken)
