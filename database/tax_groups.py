"""Groups of taxes follow the taxes that they are made of. The caller owns the transaction and has called `hold`."""

from collections.abc import Iterable
from decimal import Decimal

from sqlalchemy.ext.asyncio import AsyncSession

from database import taxes
from database.tables import JsonObject, Tax
from database.taxes import TaxContent
from invoicing.sales.tax_codes import TaxRejected
from invoicing.sales.tax_groups import ApplyTo, GroupPart, KnownTax, StatedPart, group_treatment, make_parts

DETAILS = "taxGroupDetails"


class GroupBroken(Exception):
    """The change of a tax would leave a group, `code`, with a rate that it cannot have."""

    def __init__(self, code: str, reason: TaxRejected) -> None:
        super().__init__(f"the tax group {code} could not follow: {reason.problem}")
        self.code = code


async def known_taxes(session: AsyncSession, tenant: str, codes: Iterable[str]) -> dict[str, KnownTax]:
    """The taxes that parts name, by code."""
    rows = await taxes.find_all(session, tenant, codes)
    return {
        code: KnownTax(name=row.name, treatment=taxes.treatment_of(row), is_group=is_group(row))
        for code, row in rows.items()
    }


async def follow(session: AsyncSession, tax: Tax) -> list[Tax]:
    """Bring the groups that the changed tax is part of up to its rate; those that changed.

    Raises:
        GroupBroken: one of them cannot have the rate that it would come to.
    """
    changed = []
    for group in await taxes.groups_with(session, tax.tenant, tax.code):
        content = await _followed(session, group)
        if content.body != group.body or content.treatment.rate != group.percent:
            await taxes.change(session, group, content)
            changed.append(group)
    return changed


def is_group(row: Tax) -> bool:
    """Whether the tax is a group."""
    return bool(row.body.get("isTaxGroup"))


def parts_of(row: Tax) -> tuple[GroupPart, ...]:
    """The parts of a group; of a single tax none."""
    return tuple(
        GroupPart(
            code=part["code"],
            name=part["name"],
            percentage=Decimal(part["percentage"]),
            apply_to=ApplyTo(part["applyTo"]),
        )
        for part in row.body.get(DETAILS) or ()
    )


def stored_parts(parts: Iterable[GroupPart]) -> list[JsonObject]:
    """The parts as they are kept in a group's body."""
    return [
        {"code": part.code, "name": part.name, "percentage": f"{part.percentage:f}", "applyTo": part.apply_to}
        for part in parts
    ]


async def _followed(session: AsyncSession, group: Tax) -> TaxContent:
    before = parts_of(group)
    known = await known_taxes(session, group.tenant, [part.code for part in before if part.code])
    stated = [part if part.code is None else part.model_copy(update={"percentage": None}) for part in before]
    try:
        parts = make_parts([StatedPart(**part.model_dump()) for part in stated], known)
        treatment = group_treatment(parts, taxes.treatment_of(group))
    except TaxRejected as error:
        raise GroupBroken(group.code, error) from error
    return TaxContent(group.name, group.active, treatment, {**group.body, DETAILS: stored_parts(parts)})
