from datetime import date
from html.parser import HTMLParser

import pytest

from documents.mail import MailText, invoice_mail
from invoicing.invoice import Address, Buyer, Invoice, SettlementKind
from tests.documents.invoices import AMERICAN_BUYER, AMERICAN_SELLER, GERMAN_BUYER, GERMAN_SELLER, Item, make_invoice


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
