"""Taxes: what their codes do to a line; names that are given once; groups that follow their taxes."""

import asyncio
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import tax_groups, taxes
from database.tables import Tax
from database.tax_groups import GroupBroken, stored_parts
from database.taxes import TaxContent, TaxExists
from invoicing.draft import TaxTreatment
from invoicing.invoice import TaxCategory
from invoicing.sales.tax_codes import make_treatment
from invoicing.sales.tax_groups import ApplyTo, GroupPart, combined_rate
from tests.database.rows import another_tenant

Sessions = async_sessionmaker[AsyncSession]


def content(name: str, percent: str = "7", **body: Any) -> TaxContent:
    return TaxContent(name, True, make_treatment(Decimal(percent)), {"taxCode": name, "isTaxGroup": False} | body)  # noqa: FBT003


def exempt(name: str, reason: str, code: str | None = None) -> TaxContent:
    treatment = make_treatment(Decimal(0), TaxCategory.EXEMPT, reason, code)
    return replace(content(name, exemptionReason=reason, exemptionCode=code), treatment=treatment)


def group(name: str, *parts: GroupPart) -> TaxContent:
    return content(name, str(combined_rate(parts)), isTaxGroup=True, taxGroupDetails=stored_parts(parts))


def following(code: str, percentage: str, apply_to: ApplyTo = ApplyTo.PRETAX) -> GroupPart:
    return GroupPart(code=code, name=code, percentage=Decimal(percentage), apply_to=apply_to)


async def add(sessions: Sessions, tenant: str, new: TaxContent) -> str:
    async with sessions.begin() as session:
        await taxes.hold(session, tenant)
        return (await taxes.add(session, tenant, new)).code


async def change(sessions: Sessions, tenant: str, code: str, new: TaxContent) -> list[str]:
    async with sessions.begin() as session:
        await taxes.hold(session, tenant)
        row = await taxes.find(session, tenant, code)
        assert row is not None
        await taxes.change(session, row, new)
        return [group.code for group in await tax_groups.follow(session, row)]


async def get(sessions: Sessions, tenant: str, code: str) -> Tax:
    async with sessions() as session:
        row = await taxes.find(session, tenant, code)
    assert row is not None
    return row


async def treatments(sessions: Sessions, tenant: str, *codes: str) -> dict[str, TaxTreatment]:
    async with sessions() as session:
        return await taxes.treatments(session, tenant, codes)


async def test_a_code_says_how_a_line_is_taxed(sessions: Sessions, tenant: str) -> None:
    await add(sessions, tenant, content("GST", "7"))
    await add(sessions, tenant, exempt("Exempt", "Section 4", "VATEX-EU-132"))
    assert await treatments(sessions, tenant, "TX-0000001", "TX-0000002") == {
        "TX-0000001": TaxTreatment(category=TaxCategory.STANDARD, rate=Decimal(7), code="TX-0000001"),
        "TX-0000002": TaxTreatment(
            category=TaxCategory.EXEMPT,
            code="TX-0000002",
            exemption_reason="Section 4",
            exemption_code="VATEX-EU-132",
        ),
    }


async def test_what_is_unknown_inactive_or_another_tenant_s_is_left_out(sessions: Sessions, tenant: str) -> None:
    await add(sessions, tenant, replace(content("Old"), active=False))
    await add(sessions, tenant, content("GST"))
    other = await another_tenant(sessions)
    codes = ["TX-0000001", "TX-0000002", "TX-9999999", "GST"]
    assert (await treatments(sessions, tenant, *codes)).keys() == {"TX-0000002"}
    assert await treatments(sessions, other, *codes) == {}
    assert await treatments(sessions, tenant) == {}


async def test_the_label_is_no_code(sessions: Sessions, tenant: str) -> None:
    await add(sessions, tenant, content("SR (7%)"))
    assert await treatments(sessions, tenant, "SR (7%)") == {}


async def test_a_rate_keeps_its_decimals(sessions: Sessions, tenant: str) -> None:
    await add(sessions, tenant, content("QST", "9.975"))
    assert (await treatments(sessions, tenant, "TX-0000001"))["TX-0000001"].rate == Decimal("9.975")


@pytest.mark.parametrize(("again", "member"), [(content("gst"), "name"), (content("Other", taxCode="gSt"), "taxCode")])
async def test_names_and_labels_are_given_once(sessions: Sessions, tenant: str, again: TaxContent, member: str) -> None:
    await add(sessions, tenant, content("GST"))
    await add(sessions, await another_tenant(sessions), content("GST"))
    with pytest.raises(TaxExists) as refused:
        await add(sessions, tenant, again)
    assert refused.value.member == member


async def test_a_tax_keeps_its_own_name_when_it_changes(sessions: Sessions, tenant: str) -> None:
    code = await add(sessions, tenant, content("GST", "7"))
    await change(sessions, tenant, code, content("GST", "8"))
    row = await get(sessions, tenant, code)
    assert (row.percent, row.version) == (Decimal(8), 2)


async def test_who_changes_taxes_keeps_others_of_the_tenant_waiting(sessions: Sessions, tenant: str) -> None:
    other = await another_tenant(sessions)
    async with sessions.begin() as first, sessions() as second:
        await taxes.hold(first, tenant)
        await second.execute(text("SET LOCAL lock_timeout = '50ms'"))
        await taxes.hold(second, other)
        with pytest.raises(OperationalError, match="lock timeout"):
            await taxes.hold(second, tenant)


async def test_of_two_who_give_one_name_at_once_one_is_refused(sessions: Sessions, tenant: str) -> None:
    made = await asyncio.gather(*(add(sessions, tenant, content("GST")) for _ in range(6)), return_exceptions=True)
    assert sorted(type(result).__name__ for result in made) == ["TaxExists"] * 5 + ["str"]


async def test_a_group_follows_the_taxes_that_it_names(sessions: Sessions, tenant: str) -> None:
    gst, pst = await add(sessions, tenant, content("GST", "5")), await add(sessions, tenant, content("PST", "7.5"))
    added = await add(sessions, tenant, group("Sum", following(gst, "5"), following(pst, "7.5")))
    stacked = await add(
        sessions, tenant, group("Compound", following(gst, "5"), following(pst, "7.5", ApplyTo.AFTER_TAX))
    )
    own = GroupPart(percentage=Decimal(5))
    untouched = await add(sessions, tenant, group("Own", own, following(pst, "7.5")))
    assert await change(sessions, tenant, gst, content("GST", "10")) == [added, stacked]
    rates = {code: (await get(sessions, tenant, code)).percent for code in (added, stacked, untouched)}
    assert rates == {added: Decimal("17.5"), stacked: Decimal("18.25"), untouched: Decimal("12.5")}
    details = (await get(sessions, tenant, added)).body["taxGroupDetails"]
    assert [(part["name"], part["percentage"]) for part in details] == [("GST", "10"), ("PST", "7.5")]


async def test_a_tax_changed_in_words_only_changes_no_group(sessions: Sessions, tenant: str) -> None:
    gst = await add(sessions, tenant, content("GST", "5"))
    await add(sessions, tenant, group("Group", following(gst, "5").model_copy(update={"name": "GST"})))
    assert await change(sessions, tenant, gst, content("GST", "5", description="for goods")) == []


async def test_a_tax_cannot_become_what_its_group_cannot_bear(sessions: Sessions, tenant: str) -> None:
    gst = await add(sessions, tenant, content("GST", "5"))
    added = await add(sessions, tenant, group("Group", following(gst, "5"), GroupPart(percentage=Decimal(60))))
    for unbearable in (content("GST", "60"), exempt("GST", "Section 4")):
        with pytest.raises(GroupBroken, match=added):
            await change(sessions, tenant, gst, unbearable)
    assert (await get(sessions, tenant, gst)).percent == 5
