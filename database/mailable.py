"""A document on its way by mail: all that goes into the mail, in one statement."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

from pydantic import JsonValue
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

from database.configurations import opened
from database.document_templates import TemplateKind
from database.invoices import MailState
from database.secured_values import SecuredValues
from database.tables import JsonObject
from invoicing.configuration import document_settings
from invoicing.configuration.document_settings import MailSettings
from invoicing.configuration.known_configurations import MAIL_FROM_KEY
from invoicing.document_forms import DocumentForm
from invoicing.invoice import Invoice, InvoiceKind

UNSET = MailSettings()


@dataclass(frozen=True)
class Mailable:
    """A document that is to be mailed."""

    invoice: Invoice
    files: Mapping[DocumentForm, str] = field(default_factory=dict)
    """Its stored forms, by their keys in the document store."""
    pictures: Mapping[str, str] = field(default_factory=dict)
    """What was printed of pictures: URL to key in the document store."""
    configured_sender: JsonValue = None
    """As the tenant's configurations name it; None: they do not."""
    settings: MailSettings = UNSET
    """The tenant's, and before them the site's."""
    own_words: JsonObject | None = None
    """Content of the tenant's own mail template that is active: by language `subject`, `text`, `html`."""


async def find_mailable(
    session: AsyncSession, tenant: str, invoice_id: UUID, secured_values: SecuredValues
) -> Mailable | None:
    """An order's invoice to mail; None when it has been mailed, was credited in full or is not there.

    Raises:
        UnreadableEntry: the configured sender is secured and cannot be opened.
    """
    return await _find(session, tenant, invoice_id, secured_values, is_only_unsent=True)


async def find_issued(
    session: AsyncSession, tenant: str, invoice_id: UUID, secured_values: SecuredValues
) -> Mailable | None:
    """Any issued document, however often it has been mailed; raises as `find_mailable`."""
    return await _find(session, tenant, invoice_id, secured_values, is_only_unsent=False)


async def _find(
    session: AsyncSession, tenant: str, invoice_id: UUID, secured_values: SecuredValues, *, is_only_unsent: bool
) -> Mailable | None:
    wanted = {**_WORDS, "tenant": tenant, "invoice_id": invoice_id, "is_only_unsent": is_only_unsent}
    row = (await session.execute(_MAILABLE, wanted)).one_or_none()
    if row is None:
        return None
    configured = {
        key: opened(key, entry, secured_values, secured=entry["secured"])
        for key, entry in (row.configured or {}).items()
    }
    site = {"mixins": {document_settings.KEY: row.of_site}}
    settings = document_settings.document_settings(configured.get(document_settings.KEY), site)
    forms: dict[str, Any] = row.forms or {}
    return Mailable(
        invoice=Invoice.model_validate_json(row.document),
        files={DocumentForm(form): stored["key"] for form, stored in forms.items()},
        pictures=(forms.get(DocumentForm.PDF) or {}).get("pictures") or {},
        configured_sender=configured.get(MAIL_FROM_KEY),
        settings=settings.mail,
        own_words=row.own_words,
    )


_WORDS = {
    "sender": MAIL_FROM_KEY,
    "settings": document_settings.KEY,
    "mail": TemplateKind.MAIL.value,
    "invoice": InvoiceKind.INVOICE.value,
    "sent": MailState.SENT.value,
}
_MAILABLE = text(
    """
    SELECT invoice.document::text AS document,
        (
            SELECT jsonb_object_agg(form, jsonb_build_object('key', key, 'pictures', pictures))
            FROM invoice_documents stored
            WHERE stored.tenant = invoice.tenant AND stored.invoice_id = invoice.id
        ) AS forms,
        (
            SELECT jsonb_object_agg(key, value || jsonb_build_object('secured', secured))
            FROM configurations
            WHERE tenant = invoice.tenant AND key IN (:sender, :settings)
        ) AS configured,
        (
            SELECT body FROM site_mixins
            WHERE tenant = invoice.tenant AND site_code = invoice.document ->> 'site_code' AND name = :settings
        ) AS of_site,
        (
            SELECT template.content
            FROM active_templates active JOIN document_templates template ON template.id = active.template_id
            WHERE active.tenant = invoice.tenant AND active.kind = :mail AND template.tenant = invoice.tenant
        ) AS own_words
    FROM invoices invoice
    WHERE invoice.tenant = :tenant AND invoice.id = :invoice_id AND (
        NOT :is_only_unsent OR (
            invoice.kind = :invoice
            AND NOT EXISTS (
                SELECT FROM sales_invoices sale WHERE sale.invoice_id = invoice.id AND sale.credited_in_full
            )
            AND NOT EXISTS (
                SELECT FROM mail_deliveries mail
                WHERE mail.tenant = invoice.tenant AND mail.invoice_id = invoice.id AND mail.state = :sent
            )
        )
    )
    """
)
