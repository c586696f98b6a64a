"""The words of the mail that brings an invoice, in the invoice's language, as plain text and as HTML."""

from dataclasses import dataclass

from documents.formatting import Formatter, formatter_for
from documents.page import Fact, footer_lines
from documents.payment_text import payment_sentences
from documents.templates import environment, printable_text
from invoicing.frozen import Frozen
from invoicing.invoice import Invoice


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
    greeting: str
    thanks: str
    facts: list[Fact]
    payment: list[str]
    closing: str
    seller: str
    footer: list[str]


def invoice_mail(invoice: Invoice, pdf_name: str) -> MailText:
    """Greet the buyer, name order, invoice and total, and say what is paid and what is left to pay.

    Args:
        invoice: what the mail is about.
        pdf_name: the attachment's file name.

    Raises:
        UnsupportedCurrency: the invoice's currency has no minor unit.
    """
    mail = _mail(invoice, pdf_name, formatter_for(invoice))
    return MailText(
        subject=mail.subject,
        text=environment.get_template("mail.txt").render(mail=mail),
        html=environment.get_template("mail.html").render(mail=mail),
    )


def _mail(invoice: Invoice, pdf_name: str, formatter: Formatter) -> Mail:
    texts, total = formatter.texts, formatter.money(invoice.totals.total)
    facts = {
        "invoice_number": invoice.number,
        "issue_date": formatter.date(invoice.issue_date),
        "order_number": invoice.order_id,
        "mail.total": total,
        "amount_due": formatter.money(invoice.totals.payable),
    }
    return Mail(
        language=texts.language,
        subject=_one_line(texts("mail.subject", number=invoice.number, seller=invoice.seller.name)),
        greeting=_greeting(invoice, formatter),
        thanks=texts("mail.thanks", order=invoice.order_id, number=invoice.number, total=total, file=pdf_name),
        facts=[Fact(texts(label), value) for label, value in facts.items()],
        payment=payment_sentences(invoice, formatter),
        closing=texts("mail.closing"),
        seller=invoice.seller.name,
        footer=[line for column in footer_lines(invoice, formatter) for line in column],
    )


def _greeting(invoice: Invoice, formatter: Formatter) -> str:
    """By the name of the person at the buyer's, where there is one."""
    name = (invoice.buyer.address.contact or invoice.buyer.name).strip()
    return formatter.texts("mail.greeting", name=name) if name else formatter.texts("mail.greeting_nameless")


def _one_line(text: str) -> str:
    """A line break in a header field would begin another one (RFC 5322, 2.2)."""
    return " ".join(str(printable_text(" ".join(text.split()))).split())
