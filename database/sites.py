"""Sites of a shop and their mixins (Emporix A.4). The caller owns the transaction."""

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import ColumnElement, delete, select, text, update
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from database.tables import JsonObject, Site, SiteMixin

FIRST_VERSION = 1


class SiteExists(Exception):
    """The tenant has a site of that code."""


class MixinExists(Exception):
    """The site has a mixin of that name."""


@dataclass(frozen=True)
class SiteView:
    """A site as stored; its mixins stand under `mixins` in the body. `invoicing.site.read_site` reads it."""

    code: str
    body: JsonObject
    version: int
    """Counts every change of the site and of its mixins."""


ALL = """
    SELECT code, body, version, (
        SELECT jsonb_object_agg(mixin.name, mixin.body) FROM site_mixins mixin
        WHERE mixin.tenant = site.tenant AND mixin.site_code = site.code
    )
    FROM sites site WHERE site.tenant = :tenant
"""
LIST = text(f"{ALL} ORDER BY code")
GET = text(f"{ALL} AND code = :code")


async def get_site(session: AsyncSession, tenant: str, code: str) -> SiteView | None:
    """The tenant's site of that code."""
    row = (await session.execute(GET, {"tenant": tenant, "code": code})).one_or_none()
    return _view(*row) if row else None


async def list_sites(session: AsyncSession, tenant: str) -> list[SiteView]:
    """The tenant's sites in order of code."""
    return [_view(*row) for row in await session.execute(LIST, {"tenant": tenant})]


async def lock_site(session: AsyncSession, tenant: str, code: str) -> SiteView | None:
    """The site, locked until the transaction ends: read before a change."""
    locked = select(Site.code).where(*_is(tenant, code)).with_for_update()
    return await get_site(session, tenant, code) if await session.scalar(locked) is not None else None


async def add_site(
    session: AsyncSession, tenant: str, code: str, body: JsonObject, mixins: Mapping[str, JsonObject]
) -> None:
    """Store a new site.

    Raises:
        SiteExists: there is one of that code.
    """
    row = insert(Site).values(tenant=tenant, code=code, body=body, version=FIRST_VERSION)
    if await session.scalar(row.on_conflict_do_nothing().returning(Site.code)) is None:
        raise SiteExists(code)
    await _add_mixins(session, tenant, code, mixins)


async def replace_site(
    session: AsyncSession, tenant: str, code: str, body: JsonObject, mixins: Mapping[str, JsonObject]
) -> None:
    """Store all of an existing site anew, its mixins too."""
    changed = update(Site).where(*_is(tenant, code)).values(body=body, version=Site.version + 1)
    await session.execute(changed)
    await session.execute(delete(SiteMixin).where(*_has(tenant, code)))
    await _add_mixins(session, tenant, code, mixins)


async def delete_site(session: AsyncSession, tenant: str, code: str) -> bool:
    """Delete the site with its mixins. False: there is none."""
    deleted = delete(Site).where(*_is(tenant, code)).returning(Site.code)
    return await session.scalar(deleted) is not None


async def add_mixin(session: AsyncSession, tenant: str, code: str, name: str, body: JsonObject) -> None:
    """Store a new mixin of an existing site.

    Raises:
        MixinExists: the site has one of that name.
    """
    row = insert(SiteMixin).values(tenant=tenant, site_code=code, name=name, body=body)
    if await session.scalar(row.on_conflict_do_nothing().returning(SiteMixin.name)) is None:
        raise MixinExists(name)
    await _touch(session, tenant, code)


async def replace_mixin(session: AsyncSession, tenant: str, code: str, name: str, body: JsonObject) -> None:
    """Store all of an existing mixin anew."""
    where = (*_has(tenant, code), SiteMixin.name == name)
    await session.execute(update(SiteMixin).where(*where).values(body=body))
    await _touch(session, tenant, code)


async def delete_mixin(session: AsyncSession, tenant: str, code: str, name: str) -> bool:
    """Delete the mixin. False: the site has none of that name."""
    deleted = delete(SiteMixin).where(*_has(tenant, code), SiteMixin.name == name).returning(SiteMixin.name)
    if await session.scalar(deleted) is None:
        return False
    await _touch(session, tenant, code)
    return True


async def _add_mixins(session: AsyncSession, tenant: str, code: str, mixins: Mapping[str, JsonObject]) -> None:
    rows = [{"tenant": tenant, "site_code": code, "name": name, "body": body} for name, body in mixins.items()]
    if rows:
        await session.execute(insert(SiteMixin), rows)


async def _touch(session: AsyncSession, tenant: str, code: str) -> None:
    await session.execute(update(Site).where(*_is(tenant, code)).values(version=Site.version + 1))


def _view(code: str, body: JsonObject, version: int, mixins: JsonObject | None) -> SiteView:
    return SiteView(code, {**body, "mixins": mixins or {}}, version)


def _is(tenant: str, code: str) -> tuple[ColumnElement[bool], ...]:
    return Site.tenant == tenant, Site.code == code


def _has(tenant: str, code: str) -> tuple[ColumnElement[bool], ...]:
    return SiteMixin.tenant == tenant, SiteMixin.site_code == code
