import re
from dataclasses import fields
from datetime import date
from html.parser import HTMLParser
from pathlib import Path

import pytest

from documents.failures import TemplateFailed
from documents.mail import Mail, MailFiles, MailText, MailWords, OwnMail, invoice_mail, own_mail
from documents.mail_logo import MailLogo
from documents.starting_point import mail_starting_point
from documents.texts import languages
from invoicing.invoice import Address, Buyer, Invoice, SettlementKind
from invoicing.look import Look
from tests.documents.invoices import AMERICAN_BUYER, AMERICAN_SELLER, GERMAN_BUYER, GERMAN_SELLER, Item, make_invoice
from tests.documents.sales_invoices import LANGUAGES, credit_note, sales_invoice


class Reader(HTMLParser):
    """What a person reads, and the tags and addresses that a mail program acts on."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.styles: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href", "background"}]

    def handle_data(self, data: str) -> None:
        if self.cdata_elem == "style":
            self.styles.append(data)
        else:
            self.words += data.split()

    @property
    def text(self) -> str:
        return " ".join(self.words)


def mail_of(invoice: Invoice) -> MailText:
    return invoice_mail(invoice, MailFiles("RE-2026-00017.pdf"))


def one_line(text: str) -> str:
    return " ".join(text.split())


def test_a_german_mail_greets_by_name_and_says_what_was_paid() -> None:
    mail = mail_of(make_invoice())
    assert mail.subject == "Ihre Rechnung RE-2026-00017 von Nordlicht Handel GmbH"
    for text in (one_line(mail.text), Reader(mail.html).text):
        assert "Guten Tag Erika Mustermann, vielen Dank für Ihre Bestellung EON9001." in text
        assert "Ihre Rechnung RE-2026-00017 über 11,90 € liegt als PDF bei (RE-2026-00017.pdf)." in text
        assert "Vollständig bezahlt per Kreditkarte." in text
        assert "Freundliche Grüße Nordlicht Handel GmbH" in text
        assert "USt-IdNr. DE123456789" in text


def test_an_american_mail_is_in_english_with_dollars() -> None:
    mail = mail_of(
        make_invoice(
            [Item(price="1000.00", rate="0")],
            seller=AMERICAN_SELLER,
            buyer=AMERICAN_BUYER,
            language="en",
            locale="en_US",
            currency="USD",
        )
    )
    assert mail.subject == "Your invoice RE-2026-00017 from Lakeside Goods Inc."
    for text in (one_line(mail.text), Reader(mail.html).text):
        assert "Hello John Q. Public, Thank you for your order EON9001." in text
        assert "for $1,000.00 is attached" in text


def test_on_account_asks_for_the_transfer() -> None:
    mail = mail_of(
        make_invoice(kind=SettlementKind.ON_ACCOUNT, due_date=date(2026, 12, 5), language="fr", locale="fr_FR")
    )
    for text in (one_line(mail.text), Reader(mail.html).text):
        assert "Merci de virer 11,90 € avant le 5 déc. 2026 sur le compte DE89 3704 0044 0532 0130 00" in text
        assert "Reste à payer" in text


def test_the_total_is_what_the_customer_pays_in_all() -> None:
    assert "über 11,89 €" in one_line(mail_of(make_invoice(rounding="-0.01")).text)


def test_a_buyer_without_a_name_is_greeted_all_the_same() -> None:
    nameless = Buyer(name=" ", address=Address())
    assert mail_of(make_invoice(buyer=nameless)).text.startswith("Guten Tag,\n")


@pytest.mark.parametrize("language", ["en", "de", "fr", "tlh"])
def test_the_mail_loads_nothing_and_names_its_language(language: str) -> None:
    html = mail_of(make_invoice(language=language)).html
    read = Reader(html)
    assert read.addresses == []
    assert not {"script", "img", "link"} & read.tags
    assert not any(loading in " ".join(read.styles) for loading in ("url", "@import"))
    assert f'<html lang="{"en" if language == "tlh" else language}" dir="ltr">' in html


@pytest.mark.parametrize("language", ["ar", "he"])
def test_where_people_read_from_right_to_left_the_mail_does_too(language: str) -> None:
    html = mail_of(make_invoice(language=language, locale=language)).html
    assert f'<html lang="{language}" dir="rtl">' in html
    assert '<table role="presentation" dir="rtl"' in html  # web mails take html and body away
    assert "text-align:right" in html
    assert 'align="left" valign="top"' in html.split("</th>")[1]  # what stands at the end of a line
    assert "text-align:left" not in html


@pytest.mark.parametrize("language", sorted(languages()))
def test_every_language_has_all_words_of_a_mail(language: str) -> None:
    for invoice in (make_invoice(language=language, locale=language), credit_note(language=language, locale=language)):
        mail = invoice_mail(invoice, MailFiles("X-1.pdf", ("X-1.xml",)))
        assert invoice.number in mail.subject
        for text in (mail.text, Reader(mail.html).text):
            assert "X-1.pdf" in text
            assert "X-1.xml" in text
            assert "{" not in text


LOGO = MailLogo(b"png", 120, 40)


def test_the_logo_stands_in_the_mail_by_its_part_and_says_whose_it_is() -> None:
    mail = invoice_mail(make_invoice(), MailFiles("X-1.pdf", logo=LOGO))
    assert mail.shows_logo
    assert Reader(mail.html).addresses == ["cid:logo@invoice"]
    assert 'width="120" height="40" alt="Nordlicht Handel GmbH"' in mail.html


def test_without_a_logo_the_mail_begins_with_the_sellers_name() -> None:
    with_logo, without = (invoice_mail(make_invoice(), MailFiles("X-1.pdf", logo=logo)) for logo in (LOGO, None))
    assert not without.shows_logo
    name = "Nordlicht Handel GmbH"
    assert Reader(without.html).text.count(name) == Reader(with_logo.html).text.count(name) + 1


def test_the_colour_is_the_brands_and_can_be_read() -> None:
    invoice = make_invoice().model_copy(update={"look": Look(brand_colour="#ffd400")})
    html = mail_of(invoice).html
    assert "border-top:5px solid #ffd400" in html
    assert "color:#ffd400" not in html


def test_the_amount_that_matters_stands_out() -> None:
    def figure(invoice: Invoice) -> list[str]:
        lines = mail_of(invoice).text.replace("\u00a0", " ").splitlines()
        place = next(n for n, line in enumerate(lines) if "11,90 \u20ac" in line and ": " in line)
        return lines[place : place + 2]

    assert figure(make_invoice()) == ["Bezahlt: 11,90 \u20ac", "Kreditkarte"]
    due = make_invoice(kind=SettlementKind.ON_ACCOUNT, due_date=date(2026, 12, 5))
    assert figure(due) == ["Offener Betrag: 11,90 \u20ac", "F\u00e4llig am: 05.12.2026"]


def own(**changes: str) -> OwnMail:
    content = {"subject": "Nr. {{ mail.number }}", "text": "Moin {{ mail.recipient }},\n\nsiehe {{ mail.number }}."}
    return OwnMail.model_validate(content | changes)


def test_a_tenants_own_words_stand_instead_of_ours_in_our_design() -> None:
    mail = invoice_mail(make_invoice(), MailFiles("X-1.pdf"), own=own())
    assert (mail.subject, mail.text) == ("Nr. RE-2026-00017", "Moin Erika Mustermann,\n\nsiehe RE-2026-00017.")
    assert "Moin Erika Mustermann," in Reader(mail.html).text
    assert "Guten Tag" not in mail.html
    assert "border-top:5px solid #0f4c5c" in mail.html


def test_a_tenants_own_design_shows_the_logo_only_where_it_asks_for_it() -> None:
    files = MailFiles("X-1.pdf", logo=LOGO)
    plain = invoice_mail(make_invoice(), files, own=own(html="<p>{{ mail.greeting }} {{ mail.figure.amount }}</p>"))
    assert plain.html.replace("\u00a0", " ") == "<p>Guten Tag Erika Mustermann, 11,90 \u20ac</p>"
    assert not plain.shows_logo
    shown = own(html='{% if mail.logo %}<img src="{{ mail.logo.url }}" alt="{{ mail.seller }}">{% endif %}')
    assert invoice_mail(make_invoice(), files, own=shown).shows_logo
    assert invoice_mail(make_invoice(), MailFiles("X-1.pdf"), own=shown).html == ""


def test_our_own_mail_as_a_tenants_template_is_the_same_mail() -> None:
    content = mail_starting_point("de")
    for invoice in (make_invoice(), credit_note(), sales_invoice()):
        files = MailFiles("X-1.pdf", ("X-1.xml",), LOGO)
        assert invoice_mail(invoice, files, own=own_mail(content, "de")) == invoice_mail(invoice, files)


def test_what_somebody_wants_said_in_one_mail_goes_before_the_tenants_words() -> None:
    def said(wanted: MailWords) -> MailText:
        return invoice_mail(make_invoice(), MailFiles("X-1.pdf"), wanted, own=own(html="<p>own</p>"))

    assert said(MailWords(subject="Bitte")).subject == "Bitte"
    assert said(MailWords(subject="Bitte")).html == "<p>own</p>"
    mail = said(MailWords(body="Hallo,\n\nbitte zahlen."))
    assert mail.subject == "Nr. RE-2026-00017"
    assert mail.text.startswith("Hallo,\n\nbitte zahlen.\n\n-- \n")
    assert "bitte zahlen." in mail.html


def test_a_language_that_the_tenant_has_not_written_gets_our_words() -> None:
    assert own_mail({"de": {"subject": "a", "text": "b"}}, "fr") is None
    assert own_mail(None, "de") is None
    assert own_mail({"de": {"subject": "a", "text": "b"}}, "de") == OwnMail(subject="a", text="b")


def test_hostile_names_stay_words_in_a_tenants_design_and_its_subject_is_one_line() -> None:
    buyer = Buyer(name="<img src=x onerror=y> {{ 7*7 }}", address=Address())
    own_words = own(subject="Hi {{ mail.recipient }}\r\nBcc: x@y.example", html="<p>{{ mail.recipient }}</p>")
    mail = invoice_mail(make_invoice(buyer=buyer), MailFiles("X-1.pdf"), own=own_words)
    assert "img" not in Reader(mail.html).tags
    assert Reader(mail.html).text == "<img src=x onerror=y> {{ 7*7 }}"
    assert mail.subject == "Hi <img src=x onerror=y> {{ 7*7 }} Bcc: x@y.example"


@pytest.mark.parametrize("broken", ["{{ mail.nothing }}", "{% for %}", "{{ ''.__class__ }}", "{{ 1 / 0 }}"])
def test_a_fault_in_a_tenants_mail_is_told_and_nothing_is_said_instead(broken: str) -> None:
    for part in ("subject", "text", "html"):
        with pytest.raises(TemplateFailed, match=part):
            invoice_mail(make_invoice(), MailFiles("X-1.pdf"), own=own(**{part: broken}))


def test_hostile_names_stay_words() -> None:
    seller = GERMAN_SELLER.model_copy(update={"name": 'X"><script>alert(1)</script>\r\nBcc: everyone@example.org'})
    buyer = Buyer(name="<img src=x onerror=y> {{ 7*7 }}", address=Address())
    mail = mail_of(make_invoice(seller=seller, buyer=buyer))
    assert not {"script", "img"} & Reader(mail.html).tags
    assert "<img src=x onerror=y> {{ 7*7 }}" in Reader(mail.html).text
    assert "<img src=x onerror=y> {{ 7*7 }}," in mail.text
    assert mail.subject.splitlines() == [mail.subject]


def test_the_contact_is_greeted_and_not_the_company() -> None:
    buyer = GERMAN_BUYER.model_copy(update={"name": "Mustermann & Söhne KG"})
    assert mail_of(make_invoice(buyer=buyer)).text.startswith("Guten Tag Erika Mustermann,")


def both(invoice: Invoice, wanted: MailWords = MailWords()) -> tuple[str, str]:  # noqa: B008 -- frozen
    mail = invoice_mail(invoice, MailFiles("0000002.pdf"), wanted)
    return one_line(mail.text).replace("\u00a0", " "), Reader(mail.html).text.replace("\u00a0", " ")


@pytest.mark.parametrize(
    ("language", "opening"),
    [
        ("de", "Guten Tag Werkhof Zürich AG, Ihre Rechnung 0000002 über 119,00 € liegt als PDF bei (0000002.pdf)."),
        ("en", "Hello Werkhof Zürich AG, Your invoice 0000002 for €119.00 is attached as a PDF (0000002.pdf)."),
        (
            "fr",
            "Bonjour Amélie Poulain, Votre facture 0000002 d\u2019un montant de 119,00 € est jointe en PDF",
        ),
    ],
)
def test_without_an_order_there_are_no_thanks_for_one(language: str, opening: str) -> None:
    for text in both(sales_invoice(purchase_order_reference="PO-4711", **LANGUAGES[language])):
        assert opening in text
        assert "PO-4711" in text
        for order in ("Bestell", "order", "commande", "None"):
            assert order not in text


@pytest.mark.parametrize(
    ("language", "subject", "opening", "amount", "payment"),
    [
        (
            "de",
            "Ihre Rechnungskorrektur CN-0000001 von Nordlicht Handel GmbH",
            "wir haben Ihnen 119,00 € zu Rechnung RE-2026-00017 gutgeschrieben.",
            "Gutschrift",
            "119,00 € werden Ihnen per Kreditkarte erstattet.",
        ),
        (
            "en",
            "Your credit note CN-0000001 from Nordlicht Handel GmbH",
            "We have credited €119.00 on invoice RE-2026-00017.",
            "Amount credited",
            "€119.00 are refunded to you by credit card.",
        ),
        (
            "fr",
            "Votre avoir CN-0000001 de Maison Duvallon SARL",
            "Nous avons crédité 119,00 € sur la facture RE-2026-00017.",
            "Total crédité",
            "119,00 € vous sont remboursés par carte de crédit.",
        ),
    ],
)
def test_a_credit_note_says_what_is_given_back(
    language: str, subject: str, opening: str, amount: str, payment: str
) -> None:
    note = credit_note(refunded="119.00", **LANGUAGES[language])
    assert invoice_mail(note, MailFiles("CN-0000001.pdf")).subject == subject
    for text in both(note):
        for words in (opening, amount, payment):
            assert words in text
        for asking in ("überweisen", "transfer", "virer", "Offener Betrag", "Amount due", "Reste à payer"):
            assert asking not in text


def test_what_is_withheld_is_not_asked_for() -> None:
    for text in both(sales_invoice(withheld="19.00")):
        assert "Bitte überweisen Sie 100,00 €" in text
        assert "Offener Betrag" in text


def test_a_callers_own_words_stand_instead_of_ours() -> None:
    wanted = MailWords(subject="Erste\r\nErinnerung", body="Hallo,\r\n\r\nbitte <b>bald</b> zahlen.\nDanke\n\n\n")
    mail = invoice_mail(sales_invoice(), MailFiles("0000002.pdf"), wanted)
    assert mail.subject == "Erste Erinnerung"
    assert mail.text.startswith("Hallo,\n\nbitte <b>bald</b> zahlen.\nDanke\n\n-- \nNordlicht Handel GmbH\n")
    assert "bitte &lt;b&gt;bald&lt;/b&gt; zahlen.\nDanke</td>" in mail.html
    assert "white-space:pre-line" in mail.html
    for ours in ("Guten Tag", "Rechnung", "Offener Betrag", "überweisen"):
        assert ours not in Reader(mail.html).text
    assert "USt-IdNr. DE123456789" in Reader(mail.html).text


def test_the_page_on_mails_names_what_a_tenants_template_is_shown() -> None:
    page = (Path(__file__).parents[2] / "docs" / "mail.md").read_text(encoding="utf-8")
    assert set(re.findall(r"`mail\.(\w+)`", page)) == {field.name for field in fields(Mail)}
