"""Something to look at before it exists: a page, a mail, a template that is tried or begun."""

import asyncio
import json
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio import activity

from activities.print_pictures import PrintPictures
from contracts.preview import PreviewRef
from database import document_previews
from database.document_previews import Made
from database.engine import statements
from documents.failures import RendererDied, TemplateFailed
from documents.mail import MailFiles, OwnMail, invoice_mail, own_mail
from documents.renderer import PdfRenderer
from documents.request import OwnTemplate, PrintRequest
from documents.sample_documents import sample_of, samples
from documents.starting_point import mail_starting_point, page_starting_point
from integrations.document_store import DocumentStore
from integrations.logo import LogoSource
from invoicing.document.preview import JSON, PDF, Content, PreviewTask, PreviewWish
from invoicing.document.template_fault import TemplateFault, read_faults, written
from invoicing.document.template_kind import TemplateKind
from invoicing.document_forms import DocumentForm
from invoicing.invoice import Invoice
from invoicing.site import locale_of

RENDER_SECONDS = 20.0
"""For all pages of a preview: the API waits little longer. A template that needs more is of no use for documents."""
ATTEMPTS = 2
KILLED = "making it ended the process that made it"


@dataclass(frozen=True)
class PreviewDocumentActivities:
    sessions: async_sessionmaker[AsyncSession]
    renderer: PdfRenderer
    store: DocumentStore
    logos: LogoSource

    @activity.defn
    async def preview_document(self, preview: PreviewRef) -> None:
        """Make what the row asks for, and write it or its fault there. A row that is gone or made is left alone."""
        async with statements(self.sessions) as session:
            request = await document_previews.find_request(session, preview.tenant, preview.preview_id)
        if request is None:
            return
        made = await self._made_or_fault(PreviewWish.model_validate(request))
        async with statements(self.sessions) as session:
            await document_previews.complete(session, preview.tenant, preview.preview_id, made)

    async def _made_or_fault(self, wish: PreviewWish) -> Made:
        try:
            return await self._made(wish)
        except TemplateFailed as failure:
            return Made(fault=str(failure))
        except RendererDied:
            if activity.info().attempt < ATTEMPTS:
                raise
            return Made(fault=KILLED)

    async def _made(self, wish: PreviewWish) -> Made:
        match wish.task:
            case PreviewTask.PAGE:
                return Made(await self._page(wish), PDF)
            case PreviewTask.MAIL:
                return await asyncio.to_thread(_mail, wish)
            case PreviewTask.TRIAL:
                return await self._trial(wish)
            case PreviewTask.STARTING_POINT:
                return _as_json(_starting_point(wish))

    async def _page(self, wish: PreviewWish) -> bytes:
        invoice = _wished(wish)
        request = PrintRequest(invoice=invoice, template=_page_template(wish.template), is_draft=wish.is_draft)
        pictures = await PrintPictures(self.store, self.logos, keeps=False).fetched(invoice)
        return (await self.renderer.render(request, pictures.pictures, RENDER_SECONDS))[DocumentForm.PDF]

    async def _trial(self, wish: PreviewWish) -> Made:
        """Each sample's faults, each once."""
        if wish.kind is TemplateKind.MAIL:
            return await asyncio.to_thread(_mail_trial, wish.template or {})
        faults: list[TemplateFault] = []
        tried = samples()
        for invoice in tried:
            request = PrintRequest(invoice=invoice, template=_page_template(wish.template))
            try:
                await self.renderer.render(request, {}, RENDER_SECONDS / len(tried))
            except TemplateFailed as failure:
                found = read_faults(str(failure))
                if not found:
                    raise
                faults += found
        return _tried(faults)


def _mail_trial(content: Content) -> Made:
    faults: list[TemplateFault] = []
    for language in content:
        mail = own_mail(content, language)
        if mail is None:
            continue
        for invoice in samples():
            spoken = invoice.model_copy(update={"language": language, "locale": language})
            for part in _parts(mail):
                try:
                    invoice_mail(spoken, MailFiles("sample.pdf"), own=part)
                except TemplateFailed as failure:
                    faults += [_told_of(language, fault) for fault in read_faults(str(failure))]
    return _tried(faults)


def _told_of(language: str, fault: TemplateFault) -> TemplateFault:
    part = fault.part.removeprefix(f"{language}.")
    return fault.model_copy(update={"part": f"{language}.{part}"})


def _parts(mail: OwnMail) -> tuple[OwnMail, ...]:
    """The mail's parts one by one, so that the faults of one do not hide another's."""
    none = mail.model_copy(update={"subject": "-", "text": "-", "html": None})
    parts = (none.model_copy(update={"subject": mail.subject}), none.model_copy(update={"text": mail.text}))
    return (*parts, none.model_copy(update={"html": mail.html})) if mail.html is not None else parts


def _tried(faults: list[TemplateFault]) -> Made:
    return Made(fault=written(faults)) if faults else _as_json({})


def _mail(wish: PreviewWish) -> Made:
    invoice = _wished(wish)
    own = own_mail(wish.template, invoice.language)
    mail = invoice_mail(invoice, MailFiles(f"{invoice.number}.pdf"), own=own)
    return _as_json(mail.model_dump(include={"subject", "text", "html"}))


def _wished(wish: PreviewWish) -> Invoice:
    """The document, or the sample as the tenant would issue it."""
    if wish.invoice is not None:
        return wish.invoice
    sample = sample_of(wish.sample)
    seller = wish.seller or sample.seller
    language = wish.language or sample.language
    locale = locale_of(language, seller.address.country)
    changes = {"seller": seller, "look": wish.look, "language": language, "locale": locale}
    return sample.model_copy(update=changes)


def _page_template(content: Content | None) -> OwnTemplate | None:
    return OwnTemplate.model_validate(content) if content is not None else None


def _starting_point(wish: PreviewWish) -> Content:
    if wish.kind is TemplateKind.MAIL:
        return {**mail_starting_point(wish.language or "en")}
    return {**page_starting_point(wish.look)}


def _as_json(content: object) -> Made:
    return Made(json.dumps(content, ensure_ascii=False).encode(), JSON)
