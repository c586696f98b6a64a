"""Mixins of a site (Emporix A.4): named objects such as `generalShopSettings` with the logo, and `merchantInfo`.

Any name is taken and no schema is asked for; what an invoice reads (the logo's URL) is checked. GET answers the bare
object, POST takes a map with one key, PUT takes either, PATCH takes the bare object and merges (RFC 7396).
"""

from litestar import Controller, delete, get, patch, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from sqlalchemy.ext.asyncio import AsyncSession

from api.docs.example_bodies import MixinJson
from api.errors.api_error import ApiError, Dialect
from api.security.access import SITE_MANAGE, Access
from api.sites.bodies import checked_mixin, json_object, merged, single_mixin
from api.sites.sites import site_not_found
from database import sites
from database.sites import MixinExists
from database.tables import JsonObject


class SiteMixinController(Controller):
    """All of it takes the manage scope, reading too."""

    path = "/site/{tenant:str}/sites/{site_code:str}/mixins"
    opt = {"dialect": Dialect.SITE, "scopes": [SITE_MANAGE]}  # noqa: RUF012 -- Litestar's own way to declare it
    tags = ["Site"]  # noqa: RUF012

    @get(operation_id="listSiteMixins", summary="Read all mixins of a site")
    async def list_mixins(
        self, access: NamedDependency[Access], session: NamedDependency[AsyncSession], site_code: FromPath[str]
    ) -> JsonObject:
        """By name."""
        return await _mixins(session, access.tenant, site_code)

    @post(operation_id="createSiteMixin", summary="Create a mixin")
    async def create_mixin(
        self,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        site_code: FromPath[str],
        data: MixinJson,
    ) -> dict[str, str]:
        """The body is a map with one key, the mixin's name."""
        name, body = single_mixin(data)
        await _lock(session, access.tenant, site_code)
        try:
            await sites.add_mixin(session, access.tenant, site_code, name, body)
        except MixinExists as error:
            raise ApiError(409, f"Mixin {name} already exists for site {site_code}") from error
        return {"id": name}

    @get("/{name:str}", operation_id="getSiteMixin", summary="Read a mixin")
    async def get_mixin(
        self,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        site_code: FromPath[str],
        name: FromPath[str],
    ) -> JsonObject:
        """The bare object."""
        return _named(await _mixins(session, access.tenant, site_code), name)

    @put("/{name:str}", operation_id="replaceSiteMixin", summary="Replace a mixin")
    async def replace_mixin(
        self,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        site_code: FromPath[str],
        name: FromPath[str],
        data: MixinJson,
    ) -> JsonObject:
        """The body is a map whose one key is the mixin's name, or the bare object."""
        sent = json_object(data)
        bare = sent[name] if sent.keys() == {name} and isinstance(sent[name], dict) else sent
        _named(await _lock(session, access.tenant, site_code), name)
        body = checked_mixin(name, bare)
        await sites.replace_mixin(session, access.tenant, site_code, name, body)
        return body

    @patch("/{name:str}", operation_id="updateSiteMixin", summary="Change members of a mixin")
    async def update_mixin(
        self,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        site_code: FromPath[str],
        name: FromPath[str],
        data: JSONBody[object],
    ) -> JsonObject:
        """Objects are merged; null removes a member."""
        current = _named(await _lock(session, access.tenant, site_code), name)
        body = checked_mixin(name, merged(current, json_object(data)))
        await sites.replace_mixin(session, access.tenant, site_code, name, body)
        return body

    @delete("/{name:str}", operation_id="deleteSiteMixin", summary="Delete a mixin")
    async def delete_mixin(
        self,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        site_code: FromPath[str],
        name: FromPath[str],
    ) -> None:
        """404 where the site has none of that name."""
        await _lock(session, access.tenant, site_code)
        if not await sites.delete_mixin(session, access.tenant, site_code, name):
            raise _mixin_not_found(name)


async def _mixins(session: AsyncSession, tenant: str, site_code: str) -> JsonObject:
    site = await sites.get_site(session, tenant, site_code)
    if site is None:
        raise site_not_found(site_code)
    mixins: JsonObject = site.body["mixins"]
    return mixins


async def _lock(session: AsyncSession, tenant: str, site_code: str) -> JsonObject:
    """The site's mixins, which nobody else can change until the transaction ends."""
    site = await sites.lock_site(session, tenant, site_code)
    if site is None:
        raise site_not_found(site_code)
    mixins: JsonObject = site.body["mixins"]
    return mixins


def _named(mixins: JsonObject, name: str) -> JsonObject:
    if name not in mixins:
        raise _mixin_not_found(name)
    mixin: JsonObject = mixins[name]
    return mixin


def _mixin_not_found(name: str) -> ApiError:
    return ApiError(404, f"Mixin with name '{name}' could not be found")
