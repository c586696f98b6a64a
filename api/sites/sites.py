"""The Site Settings service (Emporix A.4): the sites of a shop.

Where the vendor's documents leave it open:

- PUT without `mixins` keeps the mixins; PATCH merges (RFC 7396). Both answer the site as it is then.
- A `metadata.version` that is not the current one is refused with 409; without one the last writer wins.
- Lists hold active sites only, unless `includeInactive=true`; seeing an inactive site takes the manage scope.
- Lists are whole unless `pageSize` is given.
"""

from litestar import Controller, Response, delete, get, patch, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery
from sqlalchemy.ext.asyncio import AsyncSession

from api.docs.example_bodies import SiteJson, SitePatchJson
from api.errors.api_error import ApiError, Dialect
from api.security.access import SITE_MANAGE, SITE_READ, Access
from api.sites.bodies import checked_site, expected_version, json_object, merged, shown_site
from api.sites.listing import Listing, is_active, provide_listing, require_manage
from database import sites
from database.sites import SiteExists, SiteView
from database.tables import JsonObject


class SiteController(Controller):
    """Sites; their mixins are in `api.sites.mixins`."""

    path = "/site"
    opt = {"dialect": Dialect.SITE}  # noqa: RUF012 -- Litestar's own way to declare it
    tags = ["Site"]  # noqa: RUF012
    dependencies = {"listing": Provide(provide_listing)}  # noqa: RUF012

    @get(
        "/{tenant:str}/sites",
        opt={"scopes": [SITE_READ, SITE_MANAGE]},
        operation_id="listSites",
        summary="List sites",
    )
    async def list_sites(
        self,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        listing: NamedDependency[Listing],
        expand: FromQuery[str | None] = None,
    ) -> Response[list[JsonObject]]:
        """In order of code; `totalCount=true` puts their number into the header `X-Count`."""
        found = listing.visible(await sites.list_sites(session, access.tenant), access)
        shown = [shown_site(site, expand) for site in listing.page(found)]
        return Response(shown, headers=listing.headers(found))

    @get(
        "/{tenant:str}/siteslist",
        opt={"scopes": [SITE_READ, SITE_MANAGE]},
        operation_id="listSiteCodes",
        summary="List the codes of sites",
    )
    async def list_site_codes(
        self,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        listing: NamedDependency[Listing],
    ) -> Response[list[str]]:
        """In alphabetical order."""
        found = listing.visible(await sites.list_sites(session, access.tenant), access)
        return Response([site.code for site in listing.page(found)], headers=listing.headers(found))

    @post(
        "/{tenant:str}/sites",
        opt={"scopes": [SITE_MANAGE]},
        operation_id="createSite",
        summary="Create a site",
    )
    async def create_site(
        self, access: NamedDependency[Access], session: NamedDependency[AsyncSession], data: SiteJson
    ) -> dict[str, str]:
        """Mixins may be sent along under `mixins`."""
        body, mixins = checked_site(json_object(data))
        try:
            await sites.add_site(session, access.tenant, body["code"], body, mixins)
        except SiteExists as error:
            raise ApiError(409, f"Site {body['code']} already exists") from error
        return {"id": body["code"]}

    @get(
        "/{tenant:str}/sites/{site_code:str}",
        opt={"scopes": [SITE_READ, SITE_MANAGE]},
        operation_id="getSite",
        summary="Read a site",
    )
    async def get_site(
        self,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        site_code: FromPath[str],
        expand: FromQuery[str | None] = None,
    ) -> JsonObject:
        """With its mixins where `expand=mixin:*`, or one of them where `expand=mixin:{name}`."""
        site = await sites.get_site(session, access.tenant, site_code)
        if site is None:
            raise site_not_found(site_code)
        if not is_active(site):
            require_manage(access)
        return shown_site(site, expand)

    @put(
        "/{tenant:str}/sites/{site_code:str}",
        opt={"scopes": [SITE_MANAGE]},
        operation_id="replaceSite",
        summary="Replace a site",
    )
    async def replace_site(
        self,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        site_code: FromPath[str],
        data: SiteJson,
    ) -> JsonObject:
        """Mixins that are not sent along stay as they are."""
        body = json_object(data)
        site = await _locked(session, access.tenant, site_code, body)
        return await _store(session, access.tenant, site_code, {"mixins": site.body["mixins"], **body})

    @patch(
        "/{tenant:str}/sites/{site_code:str}",
        opt={"scopes": [SITE_MANAGE]},
        operation_id="updateSite",
        summary="Change members of a site",
    )
    async def update_site(
        self,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        site_code: FromPath[str],
        data: SitePatchJson,
    ) -> JsonObject:
        """Objects are merged, mixins too; null removes a member."""
        body = json_object(data)
        site = await _locked(session, access.tenant, site_code, body)
        return await _store(session, access.tenant, site_code, merged(site.body, body))

    @delete(
        "/{tenant:str}/sites/{site_code:str}",
        opt={"scopes": [SITE_MANAGE]},
        operation_id="deleteSite",
        summary="Delete a site with its mixins",
    )
    async def delete_site(
        self, access: NamedDependency[Access], session: NamedDependency[AsyncSession], site_code: FromPath[str]
    ) -> None:
        """Invoices are not touched: they hold a copy of all they print."""
        if not await sites.delete_site(session, access.tenant, site_code):
            raise site_not_found(site_code)


def site_not_found(code: str) -> ApiError:
    """404 in A.4's words."""
    return ApiError(404, "Site not Found", details=[f"Couldn't find a site with code '{code}'"])


async def _locked(session: AsyncSession, tenant: str, code: str, body: JsonObject) -> SiteView:
    """The site that `body` is to change.

    Raises:
        ApiError: 404; 400, the body names another code; 409, it was read before somebody else's change.
    """
    site = await sites.lock_site(session, tenant, code)
    if site is None:
        raise site_not_found(code)
    if body.get("code", code) != code:
        raise ApiError(400, "is fixed when the site is created", field="code")
    version = expected_version(body)
    if version is not None and version != site.version:
        raise ApiError(409, f"Site {code} is at version {site.version}, not {version}", field="metadata.version")
    return site


async def _store(session: AsyncSession, tenant: str, code: str, whole: JsonObject) -> JsonObject:
    body, mixins = checked_site({**whole, "code": code})
    await sites.replace_site(session, tenant, code, body, mixins)
    site = await sites.get_site(session, tenant, code)
    if site is None:
        raise site_not_found(code)
    return shown_site(site, None)
