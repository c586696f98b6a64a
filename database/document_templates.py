"""Templates of a tenant's own: numbered versions that never change, and which of them is active.

The caller owns the transaction. What is stored here has been tried before; nothing here renders anything.
"""

import json
from collections.abc import Sequence
from hashlib import sha256
from uuid import UUID, uuid4

from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.ext.asyncio import AsyncSession

from database import audit
from database.audit import Deed
from database.tables import ActiveTemplate, DocumentTemplate, JsonObject
from invoicing.document.template_kind import TemplateKind
from invoicing.look import TemplateRef

__all__ = [
    "TemplateKind",
    "UnknownVersion",
    "activate",
    "active",
    "add",
    "digest_of",
    "find",
    "find_version",
    "list_versions",
    "reference_to",
    "reset",
]


class UnknownVersion(Exception):
    """The tenant has no such version of that kind."""

    def __init__(self, kind: TemplateKind, version: int) -> None:
        super().__init__(f"there is no version {version} of the {kind.lower()} template")


async def find(session: AsyncSession, tenant: str, template_id: UUID) -> DocumentTemplate | None:
    """The tenant's version of that id, as `Look.template` names it."""
    return await session.scalar(_of(tenant).where(DocumentTemplate.id == template_id))


async def find_version(session: AsyncSession, tenant: str, kind: TemplateKind, version: int) -> DocumentTemplate | None:
    """The tenant's version of that number."""
    return await session.scalar(_of(tenant, kind).where(DocumentTemplate.version == version))


async def list_versions(session: AsyncSession, tenant: str, kind: TemplateKind) -> Sequence[DocumentTemplate]:
    """All versions, the newest first."""
    return (await session.scalars(_of(tenant, kind).order_by(DocumentTemplate.version.desc()))).all()


async def active(session: AsyncSession, tenant: str, kind: TemplateKind) -> DocumentTemplate | None:
    """What documents are issued with from now on; None: the service's own template."""
    is_active = (ActiveTemplate.template_id == DocumentTemplate.id) & (ActiveTemplate.tenant == DocumentTemplate.tenant)
    return await session.scalar(_of(tenant, kind).join(ActiveTemplate, is_active))


async def add(
    session: AsyncSession, tenant: str, kind: TemplateKind, content: JsonObject, *, note: str | None, actor: str
) -> DocumentTemplate:
    """Store the next version; it is not active yet. `actor` is as in `database.audit.Deed`."""
    await _lock(session, tenant, kind)
    newest = await session.scalar(
        select(func.max(DocumentTemplate.version)).where(
            DocumentTemplate.tenant == tenant, DocumentTemplate.kind == kind
        )
    )
    row = DocumentTemplate(
        id=uuid4(),
        tenant=tenant,
        kind=kind,
        version=(newest or 0) + 1,
        content=content,
        sha256=digest_of(content),
        note=note,
        created_by=actor,
    )
    session.add(row)
    await session.flush()
    await session.refresh(row, ["created_at"])
    await _note(session, tenant, actor, "create", kind, version=row.version, sha256=row.sha256)
    return row


async def activate(
    session: AsyncSession, tenant: str, kind: TemplateKind, version: int, *, actor: str
) -> DocumentTemplate:
    """Issue documents with this version from now on; those that are issued keep theirs.

    Raises:
        UnknownVersion: there is no such version.
    """
    await _lock(session, tenant, kind)
    wanted = await find_version(session, tenant, kind, version)
    if wanted is None:
        raise UnknownVersion(kind, version)
    before = await active(session, tenant, kind)
    if before is not None and before.id == wanted.id:
        return wanted
    row = {"template_id": wanted.id, "activated_at": func.now(), "activated_by": actor}
    await session.execute(
        insert(ActiveTemplate)
        .values(tenant=tenant, kind=kind, **row)
        .on_conflict_do_update(index_elements=[ActiveTemplate.tenant, ActiveTemplate.kind], set_=row)
    )
    await _note(
        session, tenant, actor, "activate", kind, version=wanted.version, before=before.version if before else None
    )
    return wanted


async def reset(session: AsyncSession, tenant: str, kind: TemplateKind, *, actor: str) -> None:
    """Issue documents with the service's own template from now on. The versions stay."""
    await _lock(session, tenant, kind)
    before = await active(session, tenant, kind)
    if before is None:
        return
    await session.execute(delete(ActiveTemplate).where(ActiveTemplate.tenant == tenant, ActiveTemplate.kind == kind))
    await _note(session, tenant, actor, "reset", kind, before=before.version)


def reference_to(template: DocumentTemplate) -> TemplateRef:
    """What an invoice keeps of the template that it is printed with."""
    return TemplateRef(id=template.id, version=template.version, sha256=template.sha256)


def digest_of(content: JsonObject) -> str:
    """SHA-256 of the content, in hexadecimal; the order of its members does not matter."""
    text = json.dumps(content, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
    return sha256(text.encode()).hexdigest()


def _of(tenant: str, kind: TemplateKind | None = None) -> Select[DocumentTemplate]:
    query = select(DocumentTemplate).where(DocumentTemplate.tenant == tenant)
    return query if kind is None else query.where(DocumentTemplate.kind == kind)


async def _lock(session: AsyncSession, tenant: str, kind: TemplateKind) -> None:
    """Versions are numbered one after the other, and the audit trail tells changes in their order."""
    await session.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(f"templates/{tenant}/{kind}", 0))))


async def _note(
    session: AsyncSession, tenant: str, actor: str, action: str, kind: TemplateKind, **detail: str | int | None
) -> None:
    await audit.record(session, tenant, Deed(actor, action, f"template/{kind.lower()}"), **detail)
