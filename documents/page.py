"""A document as the page shows it: every value a string in the reader's locale, every decision about layout made.

Templates, the service's own as well as the tenants', see nothing else. What is a `Label` knows its words in the
document's second language too, as `second`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from documents.columns import Columns, columns_for, sum_width
from documents.facts import Fact, facts_of
from documents.footer import footer_lines
from documents.formatting import Formatter, formatter_for
from documents.label import Label, Voice
from documents.line_rows import Row, adjustment_head, line_rows
from documents.payment_code import code_image, payment_code
from documents.payment_text import amount_to_pay, payment_method, payment_sentences
from documents.postal_address import buyer_lines, place
from documents.rate_names import RateNames
from documents.sentences import notes_of, opening_of, reasons_of, salutation_of
from documents.total_rows import TaxRow, Total, amount_due, exchange_lines, tax_rows, total_rows
from invoicing.invoice import Invoice, InvoiceKind
from invoicing.look import Paper

LETTER_COUNTRIES = frozenset({"CA", "CL", "CO", "MX", "PH", "US", "VE"})
"""Countries whose paper is Letter; A4 everywhere else."""
MOST_WINDOW_LINES = 6
"""DIN 5008: lines of the address, under the lines for the sender and for remarks."""
MOST_SENDER_CHARACTERS = 62
"""In one line above them."""
WINDOW_CHARACTERS = 40
"""As many stand in a line of the window at least."""
FOOTER_CHARACTERS, MOST_FOOTER_LINES = 34, 5
SENDER_MM, LINE_MM = 19, 4
MOST_CLOSING_CHARACTERS = 1200
"""Of what stands in a column beside the totals, which does not break between pages."""
TOTAL_POINTS, DUE_POINTS = 9, 11
WORDS = ("description", "tax_rate", "net", "tax", "gross", "letter.closing")


@dataclass(frozen=True)
class Glance:
    """The amount that matters, told once more at the top."""

    label: Label
    amount: str
    remark: Label
    """Until when, or how it was paid; may be empty."""
    is_open: bool
    """Somebody has to pay it."""


@dataclass(frozen=True)
class PaymentCode:
    """A QR code that a banking app reads (GiroCode)."""

    image: str
    """A `data:` URL."""
    alt: str
    hint: Label


@dataclass(frozen=True)
class Page:
    """All that a template prints."""

    words: Mapping[str, Label]
    """Heads and other fixed words by the names of their texts, with `_` for a full stop."""
    language: str
    """ISO 639-1"""
    direction: str
    """`ltr` or `rtl`"""
    second_language: str
    """ISO 639-1, empty where there is none."""
    second_direction: str
    layout: str
    """`CLASSIC`, `COMPACT` or `LETTER`"""
    paper: str
    """`A4` or `LETTER`"""
    title: str
    """Of the file."""
    kind: Label
    """What the document is called."""
    draft: Label
    """That it is a draft; empty of what has been issued."""
    issued: str
    """ISO 8601, for the file's metadata."""
    number: str
    seller: str
    logo_alt: str
    sender: str
    """The seller in one line, above the address."""
    recipient: list[str]
    is_recipient_long: bool
    """More lines than the window of an envelope has beneath the one of the sender."""
    recipient_mm: int
    """How high sender and address are, at most."""
    facts: list[Fact]
    glance: Glance
    notes: list[Label]
    """Sentences above the lines."""
    salutation: Label
    """The first words of a letter, and"""
    opening: Label
    """its sentence that leads to the lines."""
    rows: list[Row]
    has_pictures: bool
    columns: Columns
    heads: Mapping[str, Label]
    """What stands above the columns, by their names."""
    taxes: list[TaxRow]
    reasons: list[Label]
    """Why a tax group bears no tax."""
    exchange: list[Label]
    totals: list[Total]
    total_mm: int
    """How wide the totals' amounts are."""
    due: Total
    due_mm: int
    is_closing_stacked: bool
    """Taxes and totals do not fit beside each other."""
    payment: list[Label]
    payment_code: PaymentCode | None
    memo: list[str]
    """Its lines."""
    footer: list[list[str]]
    """Columns of lines."""
    is_footer_long: bool
    """More lines than there is room for in the usual type."""
    page_before: str
    """Before, between and after the two numbers of `page 1 of 3`."""
    page_between: str
    page_after: str


def page_of(invoice: Invoice, *, is_draft: bool = False) -> Page:
    """Put an invoice into words and figures; a draft says that it is one, and nothing can be paid on it.

    Raises:
        UnsupportedCurrency: the invoice's currency has no minor unit.
    """
    formatter = formatter_for(invoice)
    texts, seller, home = formatter.texts, invoice.seller, invoice.seller.address.country
    voice, rates = Voice(formatter), RateNames(invoice, formatter)
    rows, heads = line_rows(invoice.lines, rates, voice), _heads(invoice, voice)
    is_credit = invoice.kind is InvoiceKind.CREDIT_NOTE
    recipient = buyer_lines(invoice.buyer, home, formatter.locale)
    sender = " \u00b7 ".join([seller.name, *place(seller.address, home, formatter.locale)])
    window_lines, footer = _lines(recipient, WINDOW_CHARACTERS), footer_lines(invoice, formatter)
    columns, totals = columns_for(rows, heads, invoice.look.layout), total_rows(invoice, rates, voice)
    reasons = voice.sentences(lambda beside: reasons_of(invoice, beside))
    payment = [] if is_draft else voice.sentences(lambda beside: payment_sentences(invoice, beside))
    page_number = texts.pieces("page_number")
    due = amount_due(invoice, voice)
    return Page(
        words={key.replace(".", "_"): voice.named(key) for key in WORDS},
        language=texts.language,
        direction=texts.direction,
        second_language=texts.second.language if texts.second else "",
        second_direction=texts.second.direction if texts.second else "",
        layout=invoice.look.layout,
        paper=paper_of(invoice),
        title=texts("credit_note_title" if is_credit else "document_title", number=invoice.number, seller=seller.name),
        kind=voice.named("credit_note" if is_credit else "invoice"),
        draft=voice.named("draft") if is_draft else Label(""),
        issued=invoice.issue_date.isoformat(),
        number=texts.apart(invoice.number),
        seller=seller.name,
        logo_alt=texts("logo", seller=seller.name),
        sender=texts.apart(sender),
        recipient=[texts.apart(line) for line in recipient],
        is_recipient_long=window_lines > MOST_WINDOW_LINES or len(sender) > MOST_SENDER_CHARACTERS,
        recipient_mm=SENDER_MM + window_lines * LINE_MM,
        facts=facts_of(invoice, voice),
        glance=_glance(invoice, voice),
        notes=voice.sentences(lambda beside: notes_of(invoice, beside, is_draft=is_draft)),
        salutation=voice.label(lambda beside: salutation_of(invoice, beside)),
        opening=voice.label(lambda beside: opening_of(invoice, beside)),
        rows=rows,
        has_pictures=any(row.picture for row in rows),
        columns=columns,
        heads=heads,
        taxes=tax_rows(invoice, rates, formatter),
        reasons=reasons,
        exchange=voice.sentences(lambda beside: exchange_lines(invoice, beside)),
        totals=totals,
        total_mm=sum_width(totals, TOTAL_POINTS),
        due=due,
        due_mm=sum_width([due], DUE_POINTS),
        is_closing_stacked=columns.dense or sum(map(len, (*reasons, *payment))) > MOST_CLOSING_CHARACTERS,
        payment=payment,
        payment_code=None if is_draft else _code(invoice, voice),
        memo=[texts.apart(line) for line in (invoice.memo or "").strip().splitlines()],
        footer=[[texts.apart(line) for line in column] for column in footer],
        is_footer_long=any(_lines(column, FOOTER_CHARACTERS) > MOST_FOOTER_LINES for column in footer),
        page_before=page_number[0],
        page_between=page_number[1],
        page_after=page_number[2],
    )


def paper_of(invoice: Invoice) -> Paper:
    """The sheet that the seller chose, else the usual one of the seller's country."""
    usual = Paper.LETTER if invoice.seller.address.country in LETTER_COUNTRIES else Paper.A4
    return invoice.look.paper or usual


def _lines(lines: Sequence[str], characters: int) -> int:
    """How many lines they are where so many characters stand in one."""
    return sum(1 + len(line) // characters for line in lines)


def _heads(invoice: Invoice, voice: Voice) -> dict[str, Label]:
    names = {column: column for column in ("position", "quantity", "unit_price", "tax", "amount")}
    names |= {"adjustments": adjustment_head(invoice.lines)}
    return {column: voice.named(name) for column, name in names.items()}


def _glance(invoice: Invoice, voice: Voice) -> Glance:
    due, formatter = amount_to_pay(invoice), voice.first
    if invoice.kind is InvoiceKind.CREDIT_NOTE:
        return Glance(voice.named("amount_credited"), formatter.money(invoice.totals.total), Label(""), is_open=False)
    if due or not invoice.totals.paid:
        by = voice.label(lambda beside: _due_by(invoice, beside)) if due > 0 else Label("")
        return Glance(voice.named("amount_due"), formatter.money(due), by, is_open=due > 0)
    how = voice.label(lambda beside: payment_method(invoice, beside) or "")
    return Glance(voice.named("paid"), formatter.money(invoice.totals.paid), how, is_open=False)


def _due_by(invoice: Invoice, formatter: Formatter) -> str:
    return f"{formatter.texts('due_date')} {formatter.date(invoice.due_date)}" if invoice.due_date else ""


def _code(invoice: Invoice, voice: Voice) -> PaymentCode | None:
    code = payment_code(invoice)
    if code is None:
        return None
    amount, name = voice.first.money(amount_to_pay(invoice)), invoice.seller.account_holder or invoice.seller.name
    alt = voice.first.texts("payment_code_image", amount=amount, name=name)
    return PaymentCode(image=code_image(code), alt=alt, hint=voice.named("payment_code_hint"))
