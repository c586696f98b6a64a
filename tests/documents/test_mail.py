from datetime import date
from html.parser import HTMLParser

import pytest

from documents.mail import MailText, MailWords, invoice_mail
from invoicing.invoice import Address, Buyer, Invoice, SettlementKind
from tests.documents.invoices import AMERICAN_BUYER, AMERICAN_SELLER, GERMAN_BUYER, GERMAN_SELLER, Item, make_invoice
from tests.documents.sales_invoices import LANGUAGES, credit_note, sales_invoice


class Reader(HTMLParser):
    """What a person reads, and the tags and addresses that a mail program acts on."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.words: list[str] = []
        self.tags: set[str] = set()
        self.addresses: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.addresses += [value or "" for name, value in attrs if name in {"src", "href", "background"}]

    def handle_data(self, data: str) -> None:
        self.words += data.split()

    @property
    def text(self) -> str:
        return " ".join(self.words)


def mail_of(invoice: Invoice) -> MailText:
    return invoice_mail(invoice, "RE-2026-00017.pdf")


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
    assert Reader(html).addresses == []
    assert not {"script", "img", "link", "style"} & Reader(html).tags
    assert f'<html lang="{"en" if language == "tlh" else language}">' in html


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
    mail = invoice_mail(invoice, "0000002.pdf", wanted)
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
    assert invoice_mail(note, "CN-0000001.pdf").subject == subject
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
    mail = invoice_mail(sales_invoice(), "0000002.pdf", wanted)
    assert mail.subject == "Erste Erinnerung"
    assert mail.text.startswith("Hallo,\n\nbitte <b>bald</b> zahlen.\nDanke\n\n-- \nNordlicht Handel GmbH\n")
    assert "bitte &lt;b&gt;bald&lt;/b&gt; zahlen.\nDanke</td>" in mail.html
    assert "white-space:pre-line" in mail.html
    for ours in ("Guten Tag", "Rechnung", "Offener Betrag", "überweisen"):
        assert ours not in Reader(mail.html).text
    assert "USt-IdNr. DE123456789" in Reader(mail.html).text
