"""What goes into a mail, and what is written down of its recipients."""

from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from temporalio.exceptions import ApplicationError

from activities.mail_making import NOBODY_GETS_IT, MailHead, MailMaking, addressees_of, not_taken, taken
from contracts.failures import Reason
from database import invoices
from database.mail_recipients import Addressee, Outcome, Role
from database.mailable import Mailable
from documents.mail import MailWords
from integrations.document_store import ObjectDocumentStore
from integrations.faults import TransientFault
from integrations.mail import MailDeferred, MailRefused, envelope_of
from integrations.mail_message import OutgoingMail, compose
from invoicing.configuration.document_settings import MailSettings
from invoicing.document_forms import DocumentForm, Electronic
from tests.documents.invoices import make_invoice
from tests.documents.pictures import SVG_LOGO, picture

LOGO_URL = "https://shop.example/logo"
HEAD = MailHead(id_of=UUID(int=7), subject="mail", recipients=("ada@example.com",))
FORMS = {DocumentForm.PDF: b"%PDF", DocumentForm.CII: b"<cii/>", DocumentForm.UBL: b"<ubl/>"}


@pytest.fixture
def store(tmp_path: Path) -> ObjectDocumentStore:
    return ObjectDocumentStore(tmp_path.as_uri())


@pytest.fixture
def making(store: ObjectDocumentStore) -> MailMaking:
    return MailMaking(store, "Acme <billing@acme.example>")


async def stored(
    store: ObjectDocumentStore, *decided: DocumentForm, kept: tuple[DocumentForm, ...] | None = None
) -> Mailable:
    """A document with these forms beside its PDF."""
    files = {}
    for form in (DocumentForm.PDF, *(decided if kept is None else kept)):
        suffix = ".pdf" if form is DocumentForm.PDF else ".xml"
        files[form] = (await store.put("acme", FORMS.get(form, form.encode()), invoices.PDF, suffix)).key
    invoice = make_invoice(number="INV-7").model_copy(update={"electronic": Electronic(forms=decided)})
    return Mailable(invoice, files=files)


async def with_logo(store: ObjectDocumentStore, content: bytes, suffix: str) -> Mailable:
    mailable = await stored(store)
    key = (await store.put("acme", content, "image/x", suffix)).key
    seller = mailable.invoice.seller.model_copy(update={"logo_url": LOGO_URL})
    invoice = mailable.invoice.model_copy(update={"seller": seller})
    return Mailable(invoice, files=mailable.files, pictures={LOGO_URL: key})


@pytest.mark.parametrize(
    ("decided", "names"),
    [
        ((), ["INV-7.pdf"]),
        ((DocumentForm.CII,), ["INV-7.pdf"]),
        ((DocumentForm.CII, DocumentForm.UBL), ["INV-7.pdf", "INV-7.xml"]),
        ((DocumentForm.XRECHNUNG,), ["INV-7.pdf", "INV-7.xml"]),
        ((DocumentForm.UBL, DocumentForm.XRECHNUNG), ["INV-7.pdf", "INV-7.xml", "INV-7-xrechnung.xml"]),
    ],
)
async def test_what_was_decided_at_the_issue_goes_with_the_pdf(
    store: ObjectDocumentStore, making: MailMaking, decided: tuple[DocumentForm, ...], names: list[str]
) -> None:
    mail = await making.mail_of(await stored(store, *decided), HEAD)
    assert [file.name for file in mail.attachments] == names
    assert [file.media_type for file in mail.attachments] == [
        "application/pdf",
        *["application/xml"] * (len(names) - 1),
    ]
    assert ("INV-7.xml" in mail.text) is (len(names) > 1)


async def test_a_form_that_was_made_later_is_no_part_of_the_mail(
    store: ObjectDocumentStore, making: MailMaking
) -> None:
    mailable = await stored(store, kept=(DocumentForm.UBL,))
    assert [file.name for file in (await making.mail_of(mailable, HEAD)).attachments] == ["INV-7.pdf"]


async def test_the_mail_goes_without_a_form_that_could_not_be_made(
    store: ObjectDocumentStore, making: MailMaking
) -> None:
    mailable = await stored(store, DocumentForm.UBL, kept=())
    assert [file.name for file in (await making.mail_of(mailable, HEAD)).attachments] == ["INV-7.pdf"]


async def test_without_its_pdf_no_mail_goes(store: ObjectDocumentStore, making: MailMaking) -> None:
    mailable = replace(await stored(store, kept=()), files={})
    with pytest.raises(ApplicationError, match="has no PDF") as held:
        await making.mail_of(mailable, HEAD)
    assert held.value.type == Reason.INTERNAL_ERROR


async def test_the_logo_that_was_printed_stands_in_the_mail(store: ObjectDocumentStore, making: MailMaking) -> None:
    mailable = await with_logo(store, picture("JPEG", "RGB", size=(400, 100)), ".jpg")
    mail = await making.mail_of(mailable, HEAD)
    (image,) = mail.images
    assert (image.content_id, image.media_type, image.content[:4]) == ("logo@invoice", "image/png", b"\x89PNG")
    assert 'src="cid:logo@invoice" width="180" height="45"' in mail.html
    assert b"Content-ID: <logo@invoice>" in compose(mail)


@pytest.mark.parametrize(("content", "suffix"), [(SVG_LOGO, ".svg"), (b"no picture", ".png")])
async def test_a_logo_that_mails_cannot_show_is_left_out(
    store: ObjectDocumentStore, making: MailMaking, content: bytes, suffix: str
) -> None:
    mail = await making.mail_of(await with_logo(store, content, suffix), HEAD)
    assert (mail.images, "cid:" in mail.html) == ((), False)


async def test_a_logo_is_made_ready_once(
    store: ObjectDocumentStore, making: MailMaking, monkeypatch: pytest.MonkeyPatch
) -> None:
    mailable, read = await with_logo(store, picture("PNG", "RGB", size=(40, 10)), ".png"), []
    get = store.get

    async def counting(key: str) -> bytes:
        read.append(key)
        return await get(key)

    monkeypatch.setattr(store, "get", counting)
    mails = [await making.mail_of(mailable, HEAD) for _ in range(3)]
    assert len({mail.images for mail in mails}) == 1
    assert read.count(mailable.pictures[LOGO_URL]) == 1


async def test_a_logo_that_the_store_has_lost_stops_no_mail(store: ObjectDocumentStore, making: MailMaking) -> None:
    mailable = await with_logo(store, b"x", ".png")
    lost = Mailable(mailable.invoice, files=mailable.files, pictures={LOGO_URL: f"acme/00/{'0' * 64}.png"})
    assert (await making.mail_of(lost, HEAD)).images == ()


async def test_what_the_tenant_has_set_is_added_to_what_is_wanted_of_this_mail(
    store: ObjectDocumentStore, making: MailMaking
) -> None:
    mailable = await stored(store)
    settings = MailSettings(
        replyTo="desk@shop.example",
        cc=("ADA@example.com", "books@shop.example"),
        bcc=("archive@shop.example", "books@shop.example"),
        senderName="Shop",
    )
    configured = Mailable(mailable.invoice, mailable.files, configured_sender="post@shop.example", settings=settings)
    mail = await making.mail_of(configured, HEAD)
    assert (mail.recipients, mail.cc, mail.bcc) == (
        ("ada@example.com",),
        ("books@shop.example",),
        ("archive@shop.example",),
    )
    assert (mail.sender, mail.reply_to, mail.sender_name) == ("post@shop.example", "desk@shop.example", "Shop")
    assert mail.message_id == f"<mail-{UUID(int=7)}@shop.example>"
    own = MailHead(
        id_of=UUID(int=7),
        subject="mail",
        recipients=("x@x.example",),
        cc=("y@x.example",),
        reply_to="me@x.example",
        sender_name="Me",
        words=MailWords(subject="Hello"),
    )
    mail = await making.mail_of(configured, own)
    assert mail.cc == ("y@x.example", "ADA@example.com", "books@shop.example")
    assert (mail.reply_to, mail.sender_name, mail.subject) == ("me@x.example", "Me", "Hello")


async def test_the_tenants_own_words_are_sent_and_a_fault_in_them_holds_the_mail(
    store: ObjectDocumentStore, making: MailMaking
) -> None:
    mailable = await stored(store)
    words = {"de": {"subject": "Nr. {{ mail.number }}", "text": "Moin."}}
    mail = await making.mail_of(Mailable(mailable.invoice, mailable.files, own_words=words), HEAD)
    assert (mail.subject, mail.text) == ("Nr. INV-7", "Moin.")
    words["de"]["text"] = "{{ mail.nothing }}"
    with pytest.raises(ApplicationError, match="text") as held:
        await making.mail_of(Mailable(mailable.invoice, mailable.files, own_words=words), HEAD)
    assert (held.value.type, held.value.non_retryable) == (Reason.TEMPLATE_ERROR, True)
    other = {"fr": words["de"]}
    assert "Guten Tag" in (await making.mail_of(Mailable(mailable.invoice, mailable.files, own_words=other), HEAD)).text


MAIL = OutgoingMail(
    message_id="<mail-7@a.example>",
    sender="a@a.example",
    recipients=("jörg@bücher.example",),
    subject="s",
    text="t",
    html="h",
    attachments=(),
    language="de",
    cc=("bob@example.com",),
    bcc=("eve@example.com",),
)


def test_everybody_is_written_down_with_the_role() -> None:
    assert addressees_of(MAIL) == [
        Addressee("jörg@bücher.example", Role.TO),
        Addressee("bob@example.com", Role.CC),
        Addressee("eve@example.com", Role.BCC),
    ]
    assert taken(MAIL) == [Outcome(one.recipient) for one in addressees_of(MAIL)]


@pytest.mark.parametrize("fault", [MailRefused, MailDeferred])
def test_whom_the_server_does_not_take_is_told_from_the_others(fault: type[MailRefused | MailDeferred]) -> None:
    first = envelope_of(MAIL).recipients[0]
    assert not_taken(MAIL, fault("no such box", recipient=first, status="5.1.1")) == [
        Outcome("jörg@bücher.example", "5.1.1", "no such box"),
        Outcome("bob@example.com", None, NOBODY_GETS_IT),
        Outcome("eve@example.com", None, NOBODY_GETS_IT),
    ]


@pytest.mark.parametrize(
    "fault", [MailRefused("no", status="5.7.1"), MailRefused("no", recipient="x@y.example", status="5.7.1")]
)
def test_a_refusal_of_the_mail_is_everybodys(fault: MailRefused) -> None:
    assert {(one.status, one.diagnostic) for one in not_taken(MAIL, fault)} == {("5.7.1", "no")}


def test_a_server_that_does_not_answer_has_no_status() -> None:
    assert {(one.status, one.diagnostic) for one in not_taken(MAIL, TransientFault("away"))} == {(None, "away")}
