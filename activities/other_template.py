"""What prints a document when the tenant's own template, that it was issued with, cannot.

That template never changes, and neither does the document. So a person activates another version, or goes back to the
service's own, and has the document tried again: nothing else prints it, and the audit trail says what did.
"""

from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import document_templates
from database.document_templates import TemplateKind
from database.engine import statements
from documents.request import OwnTemplate
from invoicing.invoice import Invoice


@dataclass(frozen=True)
class OtherTemplate:
    """A version that is active instead of the one that a document was issued with."""

    instead_of: int
    version: int | None = None
    """None, as is the template: the service's own."""
    template: OwnTemplate | None = None


async def other_template(sessions: async_sessionmaker[AsyncSession], invoice: Invoice) -> OtherTemplate | None:
    """What is active now; None: the document was issued with that, or with the service's own."""
    failed = invoice.look.template
    if failed is None:
        return None
    async with statements(sessions) as session:
        active = await document_templates.active(session, invoice.tenant, TemplateKind.DOCUMENT)
    if active is None:
        return OtherTemplate(failed.version)
    if active.id == failed.id:
        return None
    return OtherTemplate(failed.version, active.version, OwnTemplate.model_validate(active.content))
