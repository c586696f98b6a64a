"""What is decided when a document is issued: look, electronic forms, and the seller's terms that they need."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from invoicing.document.finishing import ElectronicIncomplete, Finish, finish_of, ubl_form_of
from invoicing.document_forms import DocumentForm, Electronic
from invoicing.invoice import Address, Invoice, InvoiceKind, Seller
from invoicing.look import Layout, Look
from tests.documents.invoices import GERMAN_SELLER, make_invoice

CII, UBL, XRECHNUNG = DocumentForm.CII, DocumentForm.UBL, DocumentForm.XRECHNUNG
SITE: dict[str, Any] = {
    "code": "main",
    "name": "Shop",
    "homeBase": {"address": {"country": "DE"}},
    "mixins": {"merchantInfo": {"merchantName": "Shop GmbH", "merchantFinanceInfo": {"merchantSalesTaxId": "DE1"}}},
}
REACHED = {"peppolId": "9930:DE136695976", "contact": "Accounts", "phone": "+49 69 1", "email": "a@shop.example"}
PEPPOL_BUYER = "9930:DE123456789"


def finish(site: dict[str, Any] | None = None, **settings: Any) -> Finish:
    return finish_of(settings, SITE if site is None else site)


def buyer_with(invoice: Invoice, **changes: Any) -> Invoice:
    return invoice.model_copy(update={"buyer": invoice.buyer.model_copy(update=changes)})


def seller_with(invoice: Invoice, **changes: Any) -> Invoice:
    return invoice.model_copy(update={"seller": invoice.seller.model_copy(update=changes)})


def decided(invoice: Invoice, how: Finish) -> Electronic:
    electronic = how.finished(invoice).electronic
    assert electronic is not None
    return electronic


def test_an_invoice_that_lacks_nothing_carries_its_cii() -> None:
    assert decided(make_invoice(), finish()) == Electronic(wanted=(CII,), forms=(CII,))


def test_what_a_form_lacks_is_told_and_the_form_is_not_made() -> None:
    nameless = buyer_with(make_invoice(), name="")
    electronic = decided(nameless, finish())
    assert (electronic.wanted, electronic.forms, electronic.left_out) == ((CII,), (), (CII,))
    assert [(term.term, term.field) for term in electronic.missing] == [("BT-44", "buyer.name")]


def test_ten_thousand_lines_that_lack_the_same_make_neither_a_long_document_nor_a_long_sentence() -> None:
    lines = tuple(
        make_invoice().lines[0].model_copy(update={"position": position, "unit": "box"})
        for position in range(1, 10_001)
    )
    many = make_invoice().model_copy(update={"lines": lines})
    electronic = decided(many, finish())
    assert len(electronic.missing) == 100
    with pytest.raises(ElectronicIncomplete, match=r"; and 90 more$") as refused:
        finish(eInvoice={"whenIncomplete": "BLOCK"}).require_complete(many)
    assert len(str(refused.value)) < 5_000


def test_a_term_that_two_forms_lack_is_told_once() -> None:
    nameless = buyer_with(make_invoice(), name="", peppol_id=PEPPOL_BUYER, reference="04011000-12345-34")
    electronic = decided(nameless, finish(seller=REACHED))
    assert electronic.left_out == (CII, UBL)
    assert [term.term for term in electronic.missing] == ["BT-44"]


@pytest.mark.parametrize(
    ("settings", "peppol_id", "wanted"),
    [
        ({}, None, (CII,)),
        ({}, PEPPOL_BUYER, (CII, UBL)),
        ({"embed": False}, PEPPOL_BUYER, (UBL,)),
        ({"embed": False}, None, ()),
        ({"ubl": "ALWAYS"}, None, (CII, UBL)),
        ({"ubl": "NEVER"}, PEPPOL_BUYER, (CII,)),
        ({"profile": "XRECHNUNG"}, PEPPOL_BUYER, (CII, XRECHNUNG)),
    ],
)
def test_which_forms_are_wanted_is_the_tenants_to_say(
    settings: dict[str, Any], peppol_id: str | None, wanted: tuple[DocumentForm, ...]
) -> None:
    assert decided(buyer_with(make_invoice(), peppol_id=peppol_id), finish(eInvoice=settings)).wanted == wanted


def test_an_opening_invoice_was_issued_elsewhere_and_has_no_electronic_form() -> None:
    opening = make_invoice().model_copy(update={"is_opening": True})
    assert decided(opening, finish(eInvoice={"ubl": "ALWAYS"})) == Electronic()


def test_the_sellers_terms_of_the_settings_are_copied() -> None:
    seller = finish(seller=REACHED | {"taxNumber": "21/815"}).finished(make_invoice(seller=GERMAN_SELLER)).seller
    assert (seller.peppol_id, seller.contact, seller.phone, seller.tax_number) == (
        "9930:DE136695976",
        "Accounts",
        "+49 69 1",
        "21/815",
    )
    assert (seller.name, seller.tax_id) == (GERMAN_SELLER.name, GERMAN_SELLER.tax_id)


def test_a_seller_that_was_copied_long_ago_keeps_what_it_has_and_gets_what_it_lacks() -> None:
    """A credit note and a recurring copy have their invoice's seller."""
    old = seller_with(make_invoice(), name="Old", tax_id=None, registration_id="HRB 1", iban="DE02", logo_url=None)
    bare = seller_with(old, address=Address(city="Bonn"), bic=None)
    now = {"registrationId": "HRB 2", "registrationScheme": "0204", "accountHolder": "New", "contact": "Accounts"}
    site = SITE | {"mixins": SITE["mixins"] | {"generalShopSettings": {"logoUrl": "https://shop.example/new.png"}}}
    seller = finish(site, seller=now).finished(bare).seller
    assert (seller.name, seller.tax_id, seller.contact, seller.logo_url) == ("Old", "DE1", "Accounts", None)
    assert (seller.registration_id, seller.registration_scheme) == ("HRB 1", None), "another register's scheme"
    assert (seller.iban, seller.bic, seller.account_holder) == ("DE02", None, None), "another account's holder"
    assert seller.address.country == "DE"


def test_the_holder_of_the_sites_own_account_is_added() -> None:
    account = {"merchantFinanceInfo": {"merchantIban": "DE02", "merchantBic": "X"}}
    site = SITE | {"mixins": {"merchantInfo": account}}
    invoice = make_invoice(seller=Seller(name="Shop", address=Address(country="DE"), iban="DE02", bic="X"))
    assert finish(site, seller={"accountHolder": "Ada"}).finished(invoice).seller.account_holder == "Ada"


def test_pictures_of_lines_are_kept_only_where_they_are_printed() -> None:
    invoice = make_invoice()
    lines = tuple(line.model_copy(update={"image_url": "https://shop.example/1.png"}) for line in invoice.lines)
    pictured = invoice.model_copy(update={"lines": lines})
    assert finish(lineImages=True).finished(pictured).lines == lines
    assert finish().finished(pictured).lines == invoice.lines


def test_an_invoice_that_names_no_day_is_due_after_the_tenants_usual_time() -> None:
    """22 November and 14 days; where there is a day, or nothing is to be paid, it stays as it is."""
    unpaid = make_invoice().totals.model_copy(update={"paid": Decimal(0), "payable": Decimal("11.90")})
    open_ = make_invoice().model_copy(update={"issue_date": date(2026, 11, 22), "due_date": None, "totals": unpaid})
    assert finish(paymentDays=14).finished(open_).due_date == date(2026, 12, 6)
    assert finish().finished(open_).due_date is None
    dated = open_.model_copy(update={"due_date": date(2026, 11, 30)})
    assert finish(paymentDays=14).finished(dated).due_date == date(2026, 11, 30)
    paid = make_invoice()
    note = open_.model_copy(update={"kind": InvoiceKind.CREDIT_NOTE})
    agreed = open_.model_copy(update={"payment_terms": "On delivery"})
    assert [finish(paymentDays=14).finished(one).due_date for one in (paid, note, agreed)] == [None, None, None]


def test_the_look_is_copied() -> None:
    assert finish(layout="LETTER").finished(make_invoice()).look == Look(layout=Layout.LETTER)


def test_what_is_incomplete_is_let_pass_unless_the_tenant_blocks_it() -> None:
    nameless = buyer_with(make_invoice(), name="", address=Address())
    finish().require_complete(nameless)
    with pytest.raises(ElectronicIncomplete) as refusal:
        finish(eInvoice={"whenIncomplete": "BLOCK"}).require_complete(nameless)
    assert [term.term for term in refusal.value.missing] == ["BT-44", "BT-55"]
    assert "(BT-44, BR-07)" in str(refusal.value)
    assert "(BT-55, BR-11)" in str(refusal.value)


def test_what_is_complete_is_let_pass_by_a_tenant_that_blocks() -> None:
    finish(eInvoice={"whenIncomplete": "BLOCK"}).require_complete(make_invoice())


def test_a_credit_note_is_refused_only_for_what_can_be_mended() -> None:
    """Its buyer is the invoice's for good: refused for that, the invoice would stand for ever."""
    blocking = finish(eInvoice={"whenIncomplete": "BLOCK", "ubl": "ALWAYS"}, seller=REACHED)
    note = make_invoice().model_copy(update={"kind": InvoiceKind.CREDIT_NOTE})
    hopeless = buyer_with(note, name="")
    assert [term.field for term in decided(hopeless, blocking).missing if term.field.startswith("seller.")] == []
    blocking.require_complete(hopeless)
    without = finish(eInvoice={"whenIncomplete": "BLOCK", "ubl": "ALWAYS"})
    with pytest.raises(ElectronicIncomplete, match="BT-34"):
        without.require_complete(hopeless)


def test_the_ubl_of_an_invoice_is_the_one_that_it_was_issued_with() -> None:
    invoice = make_invoice()
    assert ubl_form_of(invoice) is UBL
    german = invoice.model_copy(update={"electronic": Electronic(wanted=(CII, XRECHNUNG))})
    assert ubl_form_of(german) is XRECHNUNG
