"""A document as a mail: words, logo, files, addresses, and what is written down of its recipients."""

import asyncio
from collections import OrderedDict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from uuid import UUID

from activities.failures import ended, reasons
from activities.print_pictures import MEDIA_TYPES
from contracts.failures import Reason
from database import invoices
from database.mail_recipients import Addressee, Outcome, Role
from database.mailable import Mailable
from documents.mail import LOGO_ID, OUR_WORDS, MailFiles, MailText, MailWords, invoice_mail, own_mail
from documents.mail_logo import MEDIA_TYPE, MailLogo, mail_logo
from documents.request import Picture
from integrations.document_store import DocumentMissing, DocumentStore
from integrations.faults import TransientFault
from integrations.mail import Attachment, InlineImage, MailDeferred, MailRefused, OutgoingMail, message_id
from invoicing.document_forms import DocumentForm
from invoicing.mail_address import comparable

KEPT_LOGOS = 64
BESIDE_THE_PDF = {DocumentForm.UBL: ".xml", DocumentForm.XRECHNUNG: "-xrechnung.xml"}
"""Forms that are attached as files of their own, and how their names end. The CII lies inside the PDF."""
NOBODY_GETS_IT = "Nobody gets the mail: the mail server did not take another of its recipients."


@dataclass(frozen=True)
class MailHead:
    """Whom a mail goes to, and what is said in it."""

    id_of: UUID
    """What it is the only mail of."""
    subject: str
    """What that is, in the Message-ID: `invoice` or `mail`."""
    recipients: tuple[str, ...]
    cc: tuple[str, ...] = ()
    bcc: tuple[str, ...] = ()
    reply_to: str | None = None
    sender_name: str | None = None
    words: MailWords = OUR_WORDS


@dataclass(frozen=True)
class MailMaking:
    """Makes mails of what the database tells of a document. Addresses are bare ones."""

    store: DocumentStore
    default_sender: str
    _logos: OrderedDict[str, MailLogo | None] = field(default_factory=OrderedDict)

    async def mail_of(self, mailable: Mailable, head: MailHead) -> OutgoingMail:
        """The mail. What the tenant has set for all mails is added to what is wanted of this one.

        Raises:
            ApplicationError: a file is missing, or the tenant's own mail is at fault.
            TransientFault: the store cannot be read now.
        """
        files, logo = await self._files(mailable), await self._logo(mailable)
        # A tenant's own words may cost most of a second, and other tenants' steps wait for the event loop.
        text = await asyncio.to_thread(_text, mailable, files, logo, head.words)
        settings, configured = mailable.settings, mailable.configured_sender
        sender = configured if isinstance(configured, str) else self.default_sender
        recipients, cc, bcc = _each_once(head.recipients, (*head.cc, *settings.cc), (*head.bcc, *settings.bcc))
        return OutgoingMail(
            message_id=message_id(
                head.id_of, sender.rpartition("@")[2].rstrip(">") or "localhost", subject=head.subject
            ),
            sender=sender,
            recipients=recipients,
            subject=text.subject,
            text=text.text,
            html=text.html,
            attachments=files,
            language=mailable.invoice.language,
            cc=cc,
            bcc=bcc,
            reply_to=head.reply_to or settings.reply_to,
            images=(InlineImage(LOGO_ID, MEDIA_TYPE, logo.content),) if logo and text.shows_logo else (),
            sender_name=head.sender_name or settings.sender_name,
        )

    async def _files(self, mailable: Mailable) -> tuple[Attachment, ...]:
        """The PDF first."""
        number, kept = mailable.invoice.number, mailable.files
        named = [(DocumentForm.PDF, f"{number}.pdf", invoices.PDF)]
        if DocumentForm.PDF not in kept:
            raise ended(Reason.INTERNAL_ERROR, "the document has no PDF to send")
        named += [(form, f"{number}{ending}", invoices.XML) for form, ending in _beside_the_pdf(mailable)]
        contents = await asyncio.gather(*(self.store.get(kept[form]) for form, _, _ in named))
        return tuple(
            Attachment(name, media_type, content)
            for (_, name, media_type), content in zip(named, contents, strict=True)
        )

    async def _logo(self, mailable: Mailable) -> MailLogo | None:
        """The one that was printed; None where there was none, or none that mails can show."""
        key = mailable.pictures.get(mailable.invoice.seller.logo_url or "")
        if key is None:
            return None
        if key not in self._logos:
            self._logos[key] = await self._made_ready(key)
        self._logos.move_to_end(key)
        while len(self._logos) > KEPT_LOGOS:
            self._logos.popitem(last=False)
        return self._logos.get(key)

    async def _made_ready(self, key: str) -> MailLogo | None:
        try:
            content = await self.store.get(key)
        except DocumentMissing:
            return None
        media_type = MEDIA_TYPES.get(f".{key.rpartition('.')[2]}", "")
        return await asyncio.to_thread(mail_logo, Picture(content=content, media_type=media_type))


def addressees_of(mail: OutgoingMail) -> list[Addressee]:
    """Everybody who gets the mail."""
    return list(_addressees(mail))


def taken(mail: OutgoingMail) -> list[Outcome]:
    """The mail server has taken it for everybody."""
    return [Outcome(one.recipient) for one in _addressees(mail)]


def not_taken(mail: OutgoingMail, fault: MailRefused | TransientFault) -> list[Outcome]:
    """Who it is whom the mail server does not take, in its words; the others get nothing because of him."""
    status = fault.status if isinstance(fault, MailRefused | MailDeferred) else None
    refused = fault.recipient if isinstance(fault, MailRefused | MailDeferred) else None
    everybody = [one.recipient for one in _addressees(mail)]
    if refused is None or comparable(refused) not in map(comparable, everybody):
        return [Outcome(one, status, str(fault)) for one in everybody]
    return [
        Outcome(one, status, str(fault))
        if comparable(one) == comparable(refused)
        else Outcome(one, diagnostic=NOBODY_GETS_IT)
        for one in everybody
    ]


def _addressees(mail: OutgoingMail) -> Iterator[Addressee]:
    for role, addresses in ((Role.TO, mail.recipients), (Role.CC, mail.cc), (Role.BCC, mail.bcc)):
        yield from (Addressee(address, role) for address in addresses)


def _beside_the_pdf(mailable: Mailable) -> list[tuple[DocumentForm, str]]:
    """The forms that were decided when the document was issued; a single one bears the document's number alone.

    They are stored together with the PDF: one that is not there could not be made, and the mail goes without.
    """
    decided = mailable.invoice.electronic
    forms = [form for form in BESIDE_THE_PDF if decided and form in decided.forms and form in mailable.files]
    return [(form, ".xml" if len(forms) == 1 else BESIDE_THE_PDF[form]) for form in forms]


def _text(mailable: Mailable, files: Sequence[Attachment], logo: MailLogo | None, words: MailWords) -> MailText:
    pdf, *structured = (file.name for file in files)
    named = MailFiles(pdf, tuple(structured), logo)
    with reasons():
        own = own_mail(mailable.own_words, mailable.invoice.language)
        return invoice_mail(mailable.invoice, named, words, own=own)


def _each_once(*lists: Iterable[str]) -> list[tuple[str, ...]]:
    """Who is named in one list is left out of the later ones."""
    known: set[str] = set()
    kept: list[tuple[str, ...]] = []
    for addresses in lists:
        fresh = {comparable(one): one for one in reversed(list(addresses)) if comparable(one) not in known}
        known |= fresh.keys()
        kept.append(tuple(reversed(fresh.values())))
    return kept
