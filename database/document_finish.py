"""What a tenant has decided of its documents, read when one is issued or tried."""

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from database.document_templates import TemplateKind
from database.tables import JsonObject
from invoicing.configuration.document_settings import KEY
from invoicing.document.finishing import Finish, finish_of
from invoicing.look import TemplateRef

DECIDED = text(
    """
    SELECT (
        SELECT value -> 'value' FROM configurations WHERE tenant = :tenant AND key = :key AND NOT secured
    ) AS configured, template.id, template.version, template.sha256
    FROM (VALUES (1)) AS always
    LEFT JOIN active_templates active ON active.tenant = :tenant AND active.kind = :kind
    LEFT JOIN document_templates template ON template.tenant = active.tenant AND template.id = active.template_id
    """
)


async def find_finish(session: AsyncSession, tenant: str, site: JsonObject) -> Finish:
    """What holds for documents of the site from now on; `site` is its body with its mixins."""
    decided = {"tenant": tenant, "key": KEY, "kind": TemplateKind.DOCUMENT}
    row = (await session.execute(DECIDED, decided)).one()
    template = TemplateRef(id=row.id, version=row.version, sha256=row.sha256) if row.id else None
    return finish_of(row.configured, site, template)
