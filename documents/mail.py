"""The words of the mail that brings an invoice, in the invoice's language, as plain text and as HTML."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace

from documents.facts import Fact, document_facts
from documents.footer import footer_lines
from documents.formatting import Formatter, formatter_for
from documents.label import Label
from documents.mail_logo import MailLogo
from documents.own_template import render_mail_text
from documents.palette import Palette, palette_of
from documents.payment_text import amount_to_pay, payment_method, payment_sentences
from documents.templates import environment, printable_text
from invoicing.frozen import Frozen
from invoicing.invoice import Invoice, InvoiceKind

LOGO_ID = "logo@invoice"
"""Content-ID of the logo's part (RFC 2392)."""


class MailWords(Frozen):
    """What whoever asked for a mail wants said in it; None: our own words."""

    subject: str | None = None
    body: str | None = None
    """Plain text; its empty lines part paragraphs."""


class OwnMail(Frozen):
    """A tenant's own mail in one language: Jinja2 that is shown `mail`, a `Mail`."""

    subject: str
    text: str
    html: str | None = None
    """None: our own HTML around what `text` says."""


class MailText(Frozen):
    """A mail without its addresses and its attachments."""

    subject: str
    """One line."""
    text: str
    html: str
    shows_logo: bool = False
    """The HTML shows a picture by `LOGO_ID`."""


@dataclass(frozen=True)
class Figure:
    """The amount that matters."""

    label: str
    amount: str
    remark: str
    """Until when, or how it was paid; may be empty."""


@dataclass(frozen=True)
class LogoPlace:
    """Where the HTML shows the seller's logo."""

    url: str
    width: int
    """CSS pixels"""
    height: int


@dataclass(frozen=True)
class Mail:
    """All that a mail's templates print; the tenants' own see it as `mail`."""

    language: str
    """ISO 639-1"""
    direction: str
    """`ltr` or `rtl`"""
    kind: str
    """`INVOICE` or `CREDIT_NOTE`"""
    number: str
    """Of the document."""
    recipient: str
    """The buyer's name, or that of the person there; may be empty."""
    subject: str
    body: list[str]
    """Paragraphs that stand instead of our own words."""
    greeting: str
    opening: str
    structured: str
    """That the document is attached as data too; empty where it is not."""
    figure: Figure
    facts: list[Fact]
    payment: list[str]
    """Sentences."""
    closing: str
    seller: str
    footer: list[str]
    """Who the seller is, line by line."""
    logo: LogoPlace | None
    palette: Palette


@dataclass(frozen=True)
class MailFiles:
    """What is attached, by the names of the files, and the seller's logo."""

    pdf: str
    structured: tuple[str, ...] = ()
    """The same document as data."""
    logo: MailLogo | None = None


OUR_WORDS = MailWords()


def own_mail(content: Mapping[str, Mapping[str, str]] | None, language: str) -> OwnMail | None:
    """The tenant's own mail for a language, of its template's content; None where it has none."""
    written = (content or {}).get(language)
    return OwnMail.model_validate(written) if written else None


def invoice_mail(
    invoice: Invoice, files: MailFiles, wanted: MailWords = OUR_WORDS, *, own: OwnMail | None = None
) -> MailText:
    """Greet the buyer, name document and total, and say what is paid and what is left to pay.

    Args:
        invoice: what the mail is about: an order's invoice, another, or a credit note.
        files: what is attached.
        wanted: what to say instead, whatever the tenant's own mail says.
        own: the tenant's own mail.

    Raises:
        UnsupportedCurrency: the invoice's currency has no minor unit.
        TemplateFailed: the tenant's own mail is at fault.
    """
    mail = _mail(invoice, files, wanted, formatter_for(invoice))
    return _of_ours(mail) if own is None else _of_the_tenant(own, mail, wanted)


def _of_ours(mail: Mail) -> MailText:
    return MailText(
        subject=mail.subject,
        text=environment.get_template("mail.txt").render(mail=mail),
        html=environment.get_template("mail.html").render(mail=mail),
        shows_logo=mail.logo is not None,
    )


def _of_the_tenant(own: OwnMail, mail: Mail, wanted: MailWords) -> MailText:
    """What somebody wants said in this one mail goes before what the tenant says in all of them."""
    shown = {"mail": mail}
    subject = wanted.subject or render_mail_text(own.subject, shown, part="subject")
    ours = replace(mail, subject=_one_line(subject))
    if wanted.body:
        return _of_ours(ours)
    text = render_mail_text(own.text, shown, part="text")
    if own.html is None:
        html = _of_ours(replace(ours, body=_paragraphs(text))).html
    else:
        html = render_mail_text(own.html, shown, is_html=True, part="html")
    return MailText(subject=ours.subject, text=text, html=html, shows_logo=f"cid:{LOGO_ID}" in html)


def _mail(invoice: Invoice, files: MailFiles, wanted: MailWords, formatter: Formatter) -> Mail:
    texts = formatter.texts
    return Mail(
        language=texts.language,
        direction=texts.direction,
        kind=invoice.kind,
        number=invoice.number,
        recipient=_recipient(invoice),
        subject=_one_line(wanted.subject or _subject(invoice, formatter)),
        body=_paragraphs(wanted.body or ""),
        greeting=_greeting(invoice, formatter),
        opening=_opening(invoice, files.pdf, formatter),
        structured=texts("mail.structured", file=", ".join(files.structured)) if files.structured else "",
        figure=_figure(invoice, formatter),
        facts=[Fact(Label(texts(label)), value) for label, value in _facts(invoice, formatter)],
        payment=payment_sentences(invoice, formatter),
        closing=texts("mail.closing"),
        seller=invoice.seller.name,
        footer=[line for column in footer_lines(invoice, formatter) for line in column],
        logo=LogoPlace(f"cid:{LOGO_ID}", files.logo.width, files.logo.height) if files.logo else None,
        palette=palette_of(invoice.look.brand_colour),
    )


def _subject(invoice: Invoice, formatter: Formatter) -> str:
    values = {"number": invoice.number, "seller": invoice.seller.name}
    if invoice.kind is InvoiceKind.CREDIT_NOTE:
        return formatter.texts("mail.credit_note_subject", **values)
    return formatter.texts("mail.subject", **values)


def _opening(invoice: Invoice, pdf_name: str, formatter: Formatter) -> str:
    """Thanks where there was an order; what has been credited; else what is attached."""
    texts = formatter.texts
    values = {"number": invoice.number, "total": formatter.money(invoice.totals.total), "file": pdf_name}
    if invoice.kind is InvoiceKind.CREDIT_NOTE:
        return texts("mail.credited", invoice=invoice.preceding.number if invoice.preceding else "", **values)
    if invoice.order_id:
        return texts("mail.thanks", order=invoice.order_id, **values)
    return texts("mail.attached", **values)


def _facts(invoice: Invoice, formatter: Formatter) -> Iterator[tuple[str, str]]:
    yield from document_facts(invoice, formatter)
    if invoice.order_id:
        yield "order_number", invoice.order_id
    if invoice.purchase_order_reference:
        yield "purchase_order", invoice.purchase_order_reference
    if invoice.kind is not InvoiceKind.CREDIT_NOTE:
        yield "mail.total", formatter.money(invoice.totals.total)


def _figure(invoice: Invoice, formatter: Formatter) -> Figure:
    """What is given back, what is still to be paid, or what has been."""
    texts, due = formatter.texts, amount_to_pay(invoice)
    if invoice.kind is InvoiceKind.CREDIT_NOTE:
        return Figure(texts("amount_credited"), formatter.money(invoice.totals.total), "")
    if due or not invoice.totals.paid:
        by = f"{texts('due_date')}: {formatter.date(invoice.due_date)}" if due > 0 and invoice.due_date else ""
        return Figure(texts("amount_due"), formatter.money(due), by)
    return Figure(texts("paid"), formatter.money(invoice.totals.paid), payment_method(invoice, formatter) or "")


def _paragraphs(body: str) -> list[str]:
    """The parts between empty lines, each with its own line breaks."""
    parts = re.split(r"\n[ \t]*\n", body.replace("\r\n", "\n").replace("\r", "\n"))
    return [part.strip() for part in parts if part.strip()]


def _recipient(invoice: Invoice) -> str:
    """The person at the buyer's, where one is known."""
    return (invoice.buyer.address.contact or invoice.buyer.name).strip()


def _greeting(invoice: Invoice, formatter: Formatter) -> str:
    name = _recipient(invoice)
    return formatter.texts("mail.greeting", name=name) if name else formatter.texts("mail.greeting_nameless")


def _one_line(text: str) -> str:
    """A line break in a header field would begin another one (RFC 5322, 2.2)."""
    return " ".join(str(printable_text(" ".join(text.split()))).split())
