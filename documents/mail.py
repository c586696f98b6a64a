"""The words of the mail that brings an invoice, in the invoice's language, as plain text and as HTML."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from documents.formatting import Formatter, formatter_for
from documents.page import Fact, document_facts, footer_lines
from documents.payment_text import amount_to_pay, payment_sentences
from documents.templates import environment, printable_text
from invoicing.frozen import Frozen
from invoicing.invoice import Invoice, InvoiceKind


class MailWords(Frozen):
    """What whoever asked for a mail wants said in it; None: our own words."""

    subject: str | None = None
    body: str | None = None
    """Plain text; its empty lines part paragraphs."""


class MailText(Frozen):
    """A mail without its addresses and its attachment."""

    subject: str
    """One line."""
    text: str
    html: str


@dataclass(frozen=True)
class Mail:
    """All that the two templates print."""

    language: str
    subject: str
    body: list[str]
    """Paragraphs that stand instead of our own words."""
    greeting: str
    opening: str
    facts: list[Fact]
    payment: list[str]
    closing: str
    seller: str
    footer: list[str]


OUR_WORDS = MailWords()


def invoice_mail(invoice: Invoice, pdf_name: str, wanted: MailWords = OUR_WORDS) -> MailText:
    """Greet the buyer, name document and total, and say what is paid and what is left to pay.

    Args:
        invoice: what the mail is about: an order's invoice, another, or a credit note.
        pdf_name: the attachment's file name.
        wanted: what to say instead.

    Raises:
        UnsupportedCurrency: the invoice's currency has no minor unit.
    """
    mail = _mail(invoice, pdf_name, wanted, formatter_for(invoice))
    return MailText(
        subject=mail.subject,
        text=environment.get_template("mail.txt").render(mail=mail),
        html=environment.get_template("mail.html").render(mail=mail),
    )


def _mail(invoice: Invoice, pdf_name: str, wanted: MailWords, formatter: Formatter) -> Mail:
    texts = formatter.texts
    return Mail(
        language=texts.language,
        subject=_one_line(wanted.subject or _subject(invoice, formatter)),
        body=_paragraphs(wanted.body or ""),
        greeting=_greeting(invoice, formatter),
        opening=_opening(invoice, pdf_name, formatter),
        facts=[Fact(texts(label), value) for label, value in _facts(invoice, formatter)],
        payment=payment_sentences(invoice, formatter),
        closing=texts("mail.closing"),
        seller=invoice.seller.name,
        footer=[line for column in footer_lines(invoice, formatter) for line in column],
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
    total = formatter.money(invoice.totals.total)
    if invoice.kind is InvoiceKind.CREDIT_NOTE:
        yield "amount_credited", total
    else:
        yield "mail.total", total
        yield "amount_due", formatter.money(amount_to_pay(invoice))


def _paragraphs(body: str) -> list[str]:
    """The parts between empty lines, each with its own line breaks."""
    parts = re.split(r"\n[ \t]*\n", body.replace("\r\n", "\n").replace("\r", "\n"))
    return [part.strip() for part in parts if part.strip()]


def _greeting(invoice: Invoice, formatter: Formatter) -> str:
    """By the name of the person at the buyer's, where there is one."""
    name = (invoice.buyer.address.contact or invoice.buyer.name).strip()
    return formatter.texts("mail.greeting", name=name) if name else formatter.texts("mail.greeting_nameless")


def _one_line(text: str) -> str:
    """A line break in a header field would begin another one (RFC 5322, 2.2)."""
    return " ".join(str(printable_text(" ".join(text.split()))).split())
