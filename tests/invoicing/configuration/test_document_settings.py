"""What a tenant decides of its documents: read from configuration and site, refused where it is set."""

from collections.abc import Mapping
from typing import Any
from uuid import uuid4

import pytest

from invoicing.configuration.document_settings import (
    DocumentSettings,
    EInvoiceSettings,
    MailSettings,
    SellerSettings,
    UblFor,
    UblProfile,
    WhenIncomplete,
    document_settings,
    look_of,
    setting_problems,
)
from invoicing.configuration.known_configurations import BadValue, refuse_bad_value
from invoicing.configuration.site_rules import mixin_problems
from invoicing.look import HOUSE_COLOUR, Layout, Look, Paper, TemplateRef, Typeface

WHOLE: dict[str, Any] = {
    "layout": "COMPACT",
    "paper": "LETTER",
    "brandColour": "#C00",
    "typeface": "SERIF",
    "secondLanguage": "fr",
    "lineImages": True,
    "retentionYears": 8,
    "paymentDays": 14,
    "eInvoice": {"whenIncomplete": "BLOCK", "embed": False, "ubl": "ALWAYS", "profile": "XRECHNUNG"},
    "mail": {
        "replyTo": "books@shop.example",
        "cc": ["a@shop.example", "b@shop.example"],
        "bcc": "archive@shop.example",
        "senderName": "The shop",
    },
    "seller": {
        "taxNumber": "21/815/08150",
        "registrationId": "HRB 12345",
        "registrationScheme": "0204",
        "peppolId": "9930:DE136695976",
        "contact": "Accounts",
        "phone": "+49 69 1234",
        "email": "accounts@shop.example",
        "accountHolder": "Shop GmbH",
    },
}


def site(*, document: object = None, colour: object = None) -> dict[str, Any]:
    mixins = {"invoiceDocument": document, "generalShopSettings": {"primaryColor": colour}}
    return {"code": "main", "mixins": {name: body for name, body in mixins.items() if body is not None}}


def read(configured: object, **mixins: object) -> DocumentSettings:
    return document_settings(configured, site(**mixins))


def test_every_member_is_read() -> None:
    assert read(WHOLE) == DocumentSettings(
        layout=Layout.COMPACT,
        paper=Paper.LETTER,
        brandColour="#C00",
        typeface=Typeface.SERIF,
        secondLanguage="fr",
        lineImages=True,
        retentionYears=8,
        paymentDays=14,
        eInvoice=EInvoiceSettings(
            whenIncomplete=WhenIncomplete.BLOCK, embed=False, ubl=UblFor.ALWAYS, profile=UblProfile.XRECHNUNG
        ),
        mail=MailSettings(
            replyTo="books@shop.example",
            cc=("a@shop.example", "b@shop.example"),
            bcc=("archive@shop.example",),
            senderName="The shop",
        ),
        seller=SellerSettings(
            taxNumber="21/815/08150",
            registrationId="HRB 12345",
            registrationScheme="0204",
            peppolId="9930:DE136695976",
            contact="Accounts",
            phone="+49 69 1234",
            email="accounts@shop.example",
            accountHolder="Shop GmbH",
        ),
    )


@pytest.mark.parametrize("value", [{}, WHOLE, {"eInvoice": {}}, {"layout": None, "mail": {"cc": None}}, {"mail": None}])
def test_what_can_be_read_is_taken(value: dict[str, Any]) -> None:
    refuse_bad_value("invoiceDocument", value)
    assert mixin_problems("invoiceDocument", value) == []


WRONG: Mapping[str, tuple[object, str]] = {
    "layout": ("MODERN", "must be one of CLASSIC, COMPACT, LETTER"),
    "paper": ("A5", "must be one of A4, LETTER"),
    "brandColour": ("red", "must be a colour such as #0f4c5c or #fff"),
    "typeface": ("COMIC", "must be one of SANS, SERIF"),
    "secondLanguage": ("French", "must be an ISO 639-1 code such as en"),
    "lineImages": ("yes", "must be true or false"),
    "retentionYears": (101, "must be a whole number of years, 100 at most"),
    "paymentDays": (14.0, "must be a whole number of days, 366 at most"),
    "eInvoice.whenIncomplete": ("REFUSE", "must be one of ISSUE_WITHOUT, BLOCK"),
    "eInvoice.embed": (1, "must be true or false"),
    "eInvoice.ubl": ("SOMETIMES", "must be one of PEPPOL_BUYERS, ALWAYS, NEVER"),
    "eInvoice.profile": ("ZUGFERD", "must be one of PEPPOL, XRECHNUNG"),
    "mail.replyTo": ("nobody", "must be a mail address, such as invoices@example.com"),
    "mail.cc": (["a@shop.example", "nobody"], "must be a mail address or a list of 10 at most"),
    "mail.bcc": (["a@shop.example"] * 11, "must be a mail address or a list of 10 at most"),
    "mail.senderName": ("Shop\r\nBcc: all@shop.example", "must be a text of 200 characters at most, on one line"),
    "seller.peppolId": ("DE136695976", "must be scheme:identifier, such as 9930:DE123456789"),
    "seller.registrationScheme": ("HRB", "must be a code of four digits (ISO 6523), such as 0204"),
    "seller.phone": (4969, "must be a text of 200 characters at most, on one line"),
    "seller.email": ("nobody", "must be a mail address, such as invoices@example.com"),
    "colour": ("#fff", "is not known"),
    "seller.vat": ("DE1", "is not known"),
}


def nested(path: str, value: object) -> dict[str, Any]:
    group, _, name = path.rpartition(".")
    return {group: {name: value}} if group else {name: value}


@pytest.mark.parametrize("path", WRONG)
def test_a_member_that_cannot_be_read_is_refused_by_its_name(path: str) -> None:
    value, message = WRONG[path]
    with pytest.raises(BadValue) as refusal:
        refuse_bad_value("invoiceDocument", nested(path, value))
    assert (refusal.value.field, str(refusal.value)) == (f"value.{path}", message)
    assert mixin_problems("invoiceDocument", nested(path, value)) == [(f"invoiceDocument.{path}", message)]


def test_all_that_is_wrong_is_told_at_once() -> None:
    with pytest.raises(BadValue) as refusal:
        refuse_bad_value("invoiceDocument", {"layout": 7, "mail": {"replyTo": 7}, "seller": "me"})
    assert [field for field, _ in refusal.value.problems] == ["value.layout", "value.mail.replyTo", "value.seller"]


@pytest.mark.parametrize("value", ["COMPACT", 7, None, ["layout"]])
def test_settings_that_are_no_object_are_refused_as_a_whole(value: object) -> None:
    with pytest.raises(BadValue, match="must be an object") as refusal:
        refuse_bad_value("invoiceDocument", value)
    assert refusal.value.field == "value"
    assert [problem.field for problem in mixin_problems("invoiceDocument", value)] == ["invoiceDocument"]


def test_the_site_goes_before_the_tenant_member_by_member() -> None:
    tenants = {"layout": "LETTER", "typeface": "SERIF", "mail": {"replyTo": "a@b.example", "senderName": "All"}}
    read_ = read(tenants, document={"layout": "COMPACT", "mail": {"senderName": "Main"}, "typeface": None})
    assert (read_.layout, read_.typeface) == (Layout.COMPACT, Typeface.SERIF)
    assert read_.mail == MailSettings(replyTo="a@b.example", senderName="Main")


def test_what_was_stored_before_anybody_judged_it_counts_as_absent_where_it_cannot_be_read() -> None:
    """Members that can be read are read all the same."""
    stored = {
        "layout": "MODERN",
        "paper": "A4",
        "mail": {"cc": "nobody", "replyTo": "a@b.example"},
        "seller": 7,
        "x": 1,
    }
    assert read(stored) == DocumentSettings(paper=Paper.A4, mail=MailSettings(replyTo="a@b.example"))
    assert read("nonsense", document=["x"]) == DocumentSettings()


def test_without_settings_invoices_are_embedded_and_nothing_blocks() -> None:
    settings = read(None)
    assert (settings.e_invoice.embeds, settings.e_invoice.blocks) == (True, False)
    assert settings.years_to_retain == 10


@pytest.mark.parametrize(
    ("configured", "own", "colour", "printed"),
    [
        (None, None, None, HOUSE_COLOUR),
        (None, None, "#AB12cd", "#ab12cd"),
        (None, None, "#a1c", "#aa11cc"),
        (None, None, "rgb(1, 2, 3)", HOUSE_COLOUR),
        (None, None, 7, HOUSE_COLOUR),
        ({"brandColour": "#111111"}, None, "#222222", "#111111"),
        ({"brandColour": "#111111"}, {"brandColour": "#333"}, "#222222", "#333333"),
    ],
)
def test_the_brands_colour_is_the_shops_where_nobody_names_another(
    configured: object, own: object, colour: object, printed: str
) -> None:
    assert look_of(read(configured, document=own, colour=colour), None).brand_colour == printed


def test_the_look_is_what_the_settings_say_with_the_template_that_is_active() -> None:
    template = TemplateRef(id=uuid4(), version=3, sha256="00")
    assert look_of(read(WHOLE), template) == Look(
        layout=Layout.COMPACT,
        paper=Paper.LETTER,
        brand_colour="#cc0000",
        typeface=Typeface.SERIF,
        second_language="fr",
        template=template,
    )
    assert look_of(read(None), None) == Look()


def test_no_more_than_the_faults_are_told() -> None:
    assert setting_problems({"layout": "COMPACT", "paper": "A5"}) == [("paper", "must be one of A4, LETTER")]
