"""Templates of a tenant's own, for the page and for the mail: versions that are tried before they are stored.

Documents are issued with the version that is active, and keep it. `docs/templates.md` says how one is written.
"""

from typing import Annotated

from litestar import Controller, Response, delete, get, post, put
from litestar.di import NamedDependency
from litestar.openapi.spec import Example
from litestar.params import BodyKwarg, FromPath, FromQuery, JSONBody
from litestar.status_codes import HTTP_201_CREATED
from sqlalchemy.ext.asyncio import AsyncSession

from api.documents.awaited_previews import made, made_content
from api.documents.preview_bodies import LookWish
from api.documents.template_bodies import (
    ActiveVersion,
    StartingPoint,
    TemplateAnswer,
    TemplateList,
    TemplateSummary,
    answer_of,
    kind_of,
    no_such_version,
    read_new,
    summary,
    version_of,
)
from api.errors.api_error import Dialect
from api.outbox import Starting
from api.requests.request_bodies import read_body
from api.security.access import INVOICE_MANAGE, INVOICE_VIEW, Access
from api.services import ApiServices
from database import document_templates
from database.document_templates import UnknownVersion
from database.tables import DocumentTemplate
from invoicing.document.preview import Content, PreviewTask, PreviewWish
from invoicing.document.template_kind import TemplateKind
from invoicing.look import Look

READ = {"scopes": [INVOICE_VIEW, INVOICE_MANAGE], "dialect": Dialect.PROBLEM}
MANAGE = {"scopes": [INVOICE_MANAGE], "dialect": Dialect.PROBLEM}
PAGE = {
    "content": {
        "html": '<html lang="{{ page.language }}"><head><title>{{ page.title }}</title></head><body>...</body></html>',
        "css": "@page { size: A4; margin: 20mm }",
    },
    "note": "New letterhead",
}
NewVersionJson = Annotated[object, BodyKwarg(examples=[Example(summary="A page", value=PAGE)])]


class DocumentTemplateController(Controller):
    """Templates of a tenant's own."""

    path = "/invoice/{tenant:str}/templates/{kind:str}"
    tags = ["Templates"]  # noqa: RUF012 -- Litestar's own way to declare it

    @post(operation_id="createTemplate", summary="Store a new version of a template", opt=MANAGE)
    async def create(
        self,
        kind: FromPath[str],
        data: NewVersionJson,
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
        access: NamedDependency[Access],
    ) -> Response[TemplateSummary]:
        """It is tried on sample documents first: every fault is told with its line, and then nothing is stored.

        No document is issued with it before it is made active.
        """
        wanted = kind_of(kind)
        content, note = read_new(wanted, data)
        await require_sound(services, access.tenant, wanted, content)
        actor = f"client:{access.client_id}"
        row = await document_templates.add(session, access.tenant, wanted, content, note=note, actor=actor)
        location = f"/invoice/{access.tenant}/templates/{wanted.lower()}/{row.version}"
        return Response(summary(row, None), status_code=HTTP_201_CREATED, headers={"Location": location})

    @get(operation_id="listTemplates", summary="List the versions of a template", opt=READ)
    async def index(
        self, kind: FromPath[str], session: NamedDependency[AsyncSession], access: NamedDependency[Access]
    ) -> TemplateList:
        """The newest first, without their contents. Without `active`, documents are issued with the service's own."""
        return await listed(session, access.tenant, kind_of(kind))

    @get("/{version:str}", operation_id="getTemplate", summary="Read a version of a template", opt=READ)
    async def read(
        self,
        kind: FromPath[str],
        version: FromPath[str],
        session: NamedDependency[AsyncSession],
        access: NamedDependency[Access],
    ) -> TemplateAnswer:
        """With its content, as it was stored."""
        wanted = kind_of(kind)
        row = await found(session, access.tenant, wanted, version_of(version))
        return answer_of(row, await document_templates.active(session, access.tenant, wanted))

    @get(
        "/starting-point",
        operation_id="getTemplateStartingPoint",
        summary="Read the service's own template",
        opt=READ,
    )
    async def starting_point(
        self,
        kind: FromPath[str],
        services: NamedDependency[ApiServices],
        access: NamedDependency[Access],
        layout: FromQuery[str | None] = None,
        language: FromQuery[str | None] = None,
    ) -> StartingPoint:
        """As content to begin a version of one's own from: of a page in a `layout`, of a mail in a `language`."""
        said = {name: value for name, value in (("layout", layout), ("language", language)) if value is not None}
        wish = read_body(LookWish, said, "There is no such starting point")
        content = await began(services, access.tenant, kind_of(kind), wish)
        return StartingPoint(kind=kind_of(kind), content=content)

    @put("/active", operation_id="activateTemplate", summary="Issue documents with a version from now on", opt=MANAGE)
    async def activate(
        self,
        kind: FromPath[str],
        data: JSONBody[ActiveVersion],
        session: NamedDependency[AsyncSession],
        access: NamedDependency[Access],
    ) -> TemplateSummary:
        """Documents that are issued keep the version that they were issued with."""
        actor = f"client:{access.client_id}"
        try:
            row = await document_templates.activate(session, access.tenant, kind_of(kind), data.version, actor=actor)
        except UnknownVersion:
            raise no_such_version() from None
        return summary(row, row)

    @delete(
        "/active", operation_id="resetTemplate", summary="Issue documents with the service's own template", opt=MANAGE
    )
    async def reset(
        self, kind: FromPath[str], session: NamedDependency[AsyncSession], access: NamedDependency[Access]
    ) -> None:
        """From now on; the versions stay."""
        await document_templates.reset(session, access.tenant, kind_of(kind), actor=f"client:{access.client_id}")


async def require_sound(services: Starting, tenant: str, kind: TemplateKind, content: Content) -> None:
    """Try a template on sample documents.

    Raises:
        ApiError: 400 with every fault and its line.
    """
    await made(services, tenant, PreviewWish(task=PreviewTask.TRIAL, kind=kind, template=content))


async def began(services: Starting, tenant: str, kind: TemplateKind, wish: LookWish) -> Content:
    """The service's own template as the content of a new version."""
    begin = PreviewWish(task=PreviewTask.STARTING_POINT, kind=kind, look=wish.applied(Look()), language=wish.language)
    return await made_content(services, tenant, begin)


async def listed(session: AsyncSession, tenant: str, kind: TemplateKind) -> TemplateList:
    """All versions, the newest first."""
    active = await document_templates.active(session, tenant, kind)
    rows = await document_templates.list_versions(session, tenant, kind)
    return TemplateList(
        kind=kind, active=active.version if active else None, versions=[summary(row, active) for row in rows]
    )


async def found(session: AsyncSession, tenant: str, kind: TemplateKind, version: int) -> DocumentTemplate:
    """The version of that number.

    Raises:
        ApiError: 404.
    """
    row = await document_templates.find_version(session, tenant, kind, version)
    if row is None:
        raise no_such_version()
    return row
