import asyncio
from uuid import uuid4

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import sites
from database.sites import MixinExists, SiteExists, SiteView
from database.tables import JsonObject, Tenant
from invoicing.site import read_site

Sessions = async_sessionmaker[AsyncSession]

BODY: JsonObject = {"code": "main", "name": "Main", "homeBase": {"timezone": "Europe/Berlin"}}
LOGO: JsonObject = {"logoUrl": "https://sample_logo_url.png"}


async def add(sessions: Sessions, tenant: str, code: str = "main", **mixins: JsonObject) -> None:
    async with sessions.begin() as session:
        await sites.add_site(session, tenant, code, {**BODY, "code": code}, mixins)


async def get(sessions: Sessions, tenant: str, code: str = "main") -> SiteView | None:
    async with sessions() as session:
        return await sites.get_site(session, tenant, code)


async def test_a_site_is_read_with_its_mixins(sessions: Sessions, tenant: str) -> None:
    await add(sessions, tenant, generalShopSettings=LOGO, merchantInfo={"merchantName": "Acme"})
    site = await get(sessions, tenant)
    assert site == SiteView(
        "main", {**BODY, "mixins": {"generalShopSettings": LOGO, "merchantInfo": {"merchantName": "Acme"}}}, 1
    )
    assert read_site(site.body).logo_url == LOGO["logoUrl"]


async def test_a_site_without_mixins_has_none(sessions: Sessions, tenant: str) -> None:
    await add(sessions, tenant)
    assert await get(sessions, tenant) == SiteView("main", {**BODY, "mixins": {}}, 1)


async def test_a_site_that_is_not_there_is_nothing(sessions: Sessions, tenant: str) -> None:
    assert await get(sessions, tenant) is None
    async with sessions.begin() as session:
        assert await sites.lock_site(session, tenant, "main") is None
        assert not await sites.delete_site(session, tenant, "main")


async def test_a_code_is_stored_once(sessions: Sessions, tenant: str) -> None:
    await add(sessions, tenant)
    with pytest.raises(SiteExists):
        await add(sessions, tenant)


async def test_sites_are_listed_by_code_with_their_own_mixins(sessions: Sessions, tenant: str) -> None:
    await add(sessions, tenant, "US", generalShopSettings=LOGO)
    await add(sessions, tenant, "DE")
    async with sessions() as session:
        listed = await sites.list_sites(session, tenant)
    assert [(site.code, site.body["mixins"]) for site in listed] == [("DE", {}), ("US", {"generalShopSettings": LOGO})]


async def test_every_change_counts_as_a_version(sessions: Sessions, tenant: str) -> None:
    await add(sessions, tenant)
    async with sessions.begin() as session:
        await sites.add_mixin(session, tenant, "main", "a", {"x": 1})
        await sites.replace_mixin(session, tenant, "main", "a", {"x": 2})
        await sites.replace_site(session, tenant, "main", {"name": "New"}, {"a": {"x": 3}, "b": {}})
        assert await sites.delete_mixin(session, tenant, "main", "b")
        assert not await sites.delete_mixin(session, tenant, "main", "b")
    assert await get(sessions, tenant) == SiteView("main", {"name": "New", "mixins": {"a": {"x": 3}}}, 5)


async def test_a_mixin_is_stored_once(sessions: Sessions, tenant: str) -> None:
    await add(sessions, tenant, a={"x": 1})
    with pytest.raises(MixinExists):
        async with sessions.begin() as session:
            await sites.add_mixin(session, tenant, "main", "a", {"x": 2})


async def test_a_deleted_site_takes_its_mixins_along(sessions: Sessions, tenant: str) -> None:
    await add(sessions, tenant, generalShopSettings=LOGO)
    async with sessions.begin() as session:
        assert await sites.delete_site(session, tenant, "main")
    await add(sessions, tenant)
    site = await get(sessions, tenant)
    assert site is not None
    assert site.body["mixins"] == {}


async def test_two_tenants_may_have_a_site_of_the_same_code(sessions: Sessions, tenant: str) -> None:
    other = f"t{uuid4().hex[:10]}"
    async with sessions.begin() as session:
        session.add(Tenant(code=other))
    await add(sessions, tenant, generalShopSettings=LOGO)
    assert await get(sessions, other) is None
    await add(sessions, other)
    async with sessions.begin() as session:
        await sites.delete_site(session, other, "main")
    assert await get(sessions, tenant) is not None


async def test_who_locks_a_site_sees_the_change_that_it_waited_for(sessions: Sessions, tenant: str) -> None:
    await add(sessions, tenant, counter={"n": 0})

    async def count() -> None:
        async with sessions.begin() as session:
            site = await sites.lock_site(session, tenant, "main")
            assert site is not None
            n = site.body["mixins"]["counter"]["n"]
            await sites.replace_mixin(session, tenant, "main", "counter", {"n": n + 1})

    async with asyncio.timeout(30):
        await asyncio.gather(*(count() for _ in range(10)))
    site = await get(sessions, tenant)
    assert site is not None
    assert (site.body["mixins"]["counter"]["n"], site.version) == (10, 11)
