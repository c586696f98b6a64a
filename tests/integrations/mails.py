"""A mail to hand in."""

from dataclasses import replace
from uuid import UUID

from integrations.mail import Attachment, OutgoingMail, message_id

PDF = b"%PDF-1.7\r\n\x00\xff\r\n.\r\n"
INVOICE_ID = UUID("3f0c1c1e-0f0a-4a55-9f6e-0d9a4f6f2b11")
MAIL = OutgoingMail(
    message_id=message_id(INVOICE_ID, "acme.example"),
    sender="Acme Söhne <invoices@acme.example>",
    recipients=("max.muster@example.com",),
    subject="Rechnung 2026-0001 über 288,95 €",
    text="Guten Tag,\n\n.anbei Ihre Rechnung.\n" + "lang " * 400,
    html="<p>Guten Tag, <b>anbei</b> Ihre Rechnung über 288,95&nbsp;€.</p>",
    attachments=(Attachment("Rechnung 2026-0001.pdf", "application/pdf", PDF),),
    language="de",
)


def mail(**changes: object) -> OutgoingMail:
    return replace(MAIL, **changes)  # type: ignore[arg-type]
