"""A document's PDF and mail on a real Temporal, PostgreSQL and SMTP server, with faults in it."""

from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from pypdf import PdfReader
from sqlalchemy import func, select
from temporalio.client import WorkflowExecutionStatus, WorkflowFailureError
from temporalio.exceptions import ApplicationError

from activities import create_pdf
from contracts import starts
from contracts.failures import Reason
from contracts.ids import form_workflow_id
from contracts.search_attributes import INVOICE_STATUS
from contracts.starts import start
from database import invoices
from database.deliveries import Printable
from database.tables import InvoiceDocument
from demo.mail_sink.mailbox import Mail
from invoicing.document_forms import DocumentForm, Electronic
from invoicing.invoice import Invoice
from tests.chaos.worker_process import WorkerProcess
from tests.documents.sales_invoices import line
from tests.service_fixtures import Service
from tests.waiting import eventually
from tests.workflows.deliveries import RECIPIENT, Delivering, asked, enter, enter_credit_note, ref_of, state_of
from tests.workflows.histories import replayed, texts_of

CII = DocumentForm.CII


async def pdf_of(service: Service, invoice: Invoice, folder: Path) -> bytes | None:
    async with service.sessions.begin() as session:
        document = await invoices.find_pdf(session, service.tenant, invoice.id)
    return (folder / "documents" / document.key).read_bytes() if document else None


async def stored_forms(service: Service, invoice: Invoice, folder: Path) -> dict[str, bytes]:
    async with service.sessions.begin() as session:
        rows = await session.scalars(select(InvoiceDocument).where(InvoiceDocument.invoice_id == invoice.id))
        return {row.form: (folder / "documents" / row.key).read_bytes() for row in rows}


def words_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages)


async def status_of(delivering: Delivering) -> object:
    return (await delivering.handle.describe()).typed_search_attributes.get(INVOICE_STATUS)


async def failure_of(delivering: Delivering) -> ApplicationError:
    with pytest.raises(WorkflowFailureError) as failed:
        await delivering.ended()
    assert isinstance(failed.value.cause, ApplicationError)
    return failed.value.cause


def text_of(mail: Mail) -> str:
    body = mail.message.get_body(("plain",))
    assert body is not None
    return " ".join(str(body.get_content()).split())


async def test_a_document_gets_its_pdf_without_a_mail(service: Service, tmp_path: Path) -> None:
    invoice = await enter(service.sessions, service.tenant)
    delivering = await Delivering.of(service, invoice)
    await delivering.ended()
    pdf = await pdf_of(service, invoice, tmp_path)
    assert pdf is not None
    assert f"Rechnung {invoice.number}" in words_of(pdf)
    assert service.mail_sink.mails() == []
    assert await status_of(delivering) == "SUCCESS"


async def test_a_document_carries_the_electronic_invoice_that_lies_beside_it(service: Service, tmp_path: Path) -> None:
    """And a form that somebody asks for later is made without touching what there is."""
    invoice = await enter(
        service.sessions, service.tenant, electronic=Electronic(wanted=(CII,), forms=(CII,)), order_id=None
    )
    await (await Delivering.of(service, invoice)).ended()
    pdf, stored = await pdf_of(service, invoice, tmp_path), await stored_forms(service, invoice, tmp_path)
    assert pdf is not None
    ((attached,),) = PdfReader(BytesIO(pdf)).attachments.values()
    assert set(stored) == {"PDF", "CII"}
    assert attached == stored["CII"]
    assert invoice.number.encode() in attached
    await start(service.temporal, starts.form_of(ref_of(invoice), DocumentForm.XRECHNUNG))
    later = service.temporal.get_workflow_handle(form_workflow_id(service.tenant, invoice.id, DocumentForm.XRECHNUNG))
    await later.result()
    assert (await stored_forms(service, invoice, tmp_path)).keys() == {"PDF", "CII", "XRECHNUNG"}
    assert await pdf_of(service, invoice, tmp_path) == pdf


async def test_a_mail_takes_the_pdf_to_everybody_who_was_named(service: Service, tmp_path: Path) -> None:
    invoice = await enter(service.sessions, service.tenant)
    mail = await asked(
        service.sessions,
        invoice,
        recipients=(RECIPIENT, "zwei@werkhof.example"),
        cc=("cc@werkhof.example",),
        bcc=("bcc@werkhof.example",),
        reply_to="buero@nordlicht.example",
        sender_name="Nordlicht Büro",
    )
    await (await Delivering.of(service, invoice, mail)).ended()
    (sent,) = service.mail_sink.mails()
    assert sent.recipients == (RECIPIENT, "zwei@werkhof.example", "cc@werkhof.example", "bcc@werkhof.example")
    assert (sent.subject, sent.attachments) == (
        f"Ihre Rechnung {invoice.number} von Nordlicht Handel GmbH",
        (f"{invoice.number}.pdf",),
    )
    message = sent.message
    assert (str(message["To"]), str(message["Cc"])) == (f"{RECIPIENT}, zwei@werkhof.example", "cc@werkhof.example")
    assert str(message["Reply-To"]) == "buero@nordlicht.example"
    assert str(message["From"]).startswith("Nordlicht Büro <")
    assert b"bcc@" not in b"".join(line for line in message.as_bytes().splitlines() if b"Delivered-To" not in line)
    (attachment,) = message.iter_attachments()
    assert attachment.get_content() == await pdf_of(service, invoice, tmp_path)
    assert f"Ihre Rechnung {invoice.number} über 119,00 € liegt als PDF bei" in text_of(sent)
    assert "Bestellung" not in text_of(sent)
    assert sent.message_id.startswith(f"<mail-{mail.id}@")
    assert await state_of(service.sessions, mail) == ("SENT", None)


async def test_words_of_the_callers_own_replace_ours(service: Service) -> None:
    invoice = await enter(service.sessions, service.tenant)
    mail = await asked(service.sessions, invoice, subject="Zur Erinnerung", body="Hallo,\n\nbitte <b>zahlen</b>.")
    await (await Delivering.of(service, invoice, mail)).ended()
    (sent,) = service.mail_sink.mails()
    assert sent.subject == "Zur Erinnerung"
    assert text_of(sent).startswith("Hallo, bitte <b>zahlen</b>. -- Nordlicht Handel GmbH")
    html = sent.message.get_body(("html",))
    assert html is not None
    assert "bitte &lt;b&gt;zahlen&lt;/b&gt;." in html.get_content()


async def test_a_credit_note_is_printed_and_mailed_as_one(service: Service, tmp_path: Path) -> None:
    credited = await enter(service.sessions, service.tenant)
    note = await enter_credit_note(service.sessions, credited)
    mail = await asked(service.sessions, note)
    await (await Delivering.of(service, note, mail)).ended()
    pdf = await pdf_of(service, note, tmp_path)
    assert pdf is not None
    assert f"Rechnungskorrektur {note.number}" in words_of(pdf)
    assert f"Zu Rechnung {credited.number} vom 21.11.2026" in words_of(pdf)
    (sent,) = service.mail_sink.mails()
    assert sent.subject.startswith(f"Ihre Rechnungskorrektur {note.number}")
    assert f"119,00 € zu Rechnung {credited.number} gutgeschrieben" in text_of(sent)


async def test_the_history_replays_and_holds_nothing_personal(service: Service) -> None:
    invoice = await enter(service.sessions, service.tenant)
    mail = await asked(service.sessions, invoice, subject="Geheim", body="Nur für Sie")
    delivering = await Delivering.of(service, invoice, mail)
    await delivering.ended()
    history = await replayed(delivering.handle)
    for personal in (RECIPIENT, "Werkhof", "Hardstrasse", "119.00", "Geheim", "Nur für"):
        assert personal not in texts_of(history)
    assert len(history.events) <= 25


@pytest.mark.parametrize("stage", ["rcpt", "data"])
async def test_a_mail_refused_for_good_ends_the_workflow_and_says_why(service: Service, stage: str) -> None:
    invoice = await enter(service.sessions, service.tenant)
    service.mail_sink.refuse(RECIPIENT, 550, times=None, stage=stage)  # type: ignore[arg-type]
    mail = await asked(service.sessions, invoice)
    delivering = await Delivering.of(service, invoice, mail)
    failure = await failure_of(delivering)
    assert failure.type == Reason.MAIL_REFUSED
    state, message = await state_of(service.sessions, mail)
    assert state == "REFUSED"
    assert message is not None
    assert message == failure.message
    assert "550" in message
    assert RECIPIENT.partition("@")[0] not in message
    assert await status_of(delivering) == "FAILURE"
    await replayed(delivering.handle)


async def test_where_one_recipient_is_refused_nobody_gets_the_mail(service: Service) -> None:
    invoice = await enter(service.sessions, service.tenant)
    service.mail_sink.refuse("gone@werkhof.example", 550, times=None)
    mail = await asked(service.sessions, invoice, recipients=(RECIPIENT, "gone@werkhof.example"))
    assert (await failure_of(await Delivering.of(service, invoice, mail))).type == Reason.MAIL_REFUSED
    assert service.mail_sink.mails() == []


async def test_a_refused_mail_is_asked_for_anew_and_sent(service: Service) -> None:
    invoice = await enter(service.sessions, service.tenant)
    service.mail_sink.refuse(RECIPIENT, 550, times=1)
    refused = await asked(service.sessions, invoice)
    await failure_of(await Delivering.of(service, invoice, refused))
    again = await asked(service.sessions, invoice)
    await (await Delivering.of(service, invoice, again)).ended()
    (sent,) = service.mail_sink.mails()
    assert sent.message_id.startswith(f"<mail-{again.id}@")
    assert (await state_of(service.sessions, refused))[0] == "REFUSED"


async def test_a_refused_mail_is_not_sent_by_its_own_workflow_again(service: Service) -> None:
    invoice = await enter(service.sessions, service.tenant)
    service.mail_sink.refuse(RECIPIENT, 550, times=1)
    refused = await asked(service.sessions, invoice)
    await failure_of(await Delivering.of(service, invoice, refused))
    await failure_of(await Delivering.of(service, invoice, refused))
    assert service.mail_sink.mails() == []


async def test_a_mail_server_that_is_away_or_busy_is_waited_for(service: Service) -> None:
    invoice = await enter(service.sessions, service.tenant)
    mail = await asked(service.sessions, invoice)
    service.mail_sink.refuse(RECIPIENT, 451, times=1)
    with service.mail_sink.unreachable():
        delivering = await Delivering.of(service, invoice, mail)

        async def begun() -> bool:
            return (await state_of(service.sessions, mail))[0] == "STARTED"

        await eventually(begun, what="the first try")
    await delivering.ended()
    assert len(service.mail_sink.mails()) == 1
    assert await state_of(service.sessions, mail) == ("SENT", None)


async def test_after_a_lost_smtp_answer_the_repeat_has_the_same_message_id(service: Service) -> None:
    invoice = await enter(service.sessions, service.tenant)
    service.mail_sink.drop_after_data()
    mail = await asked(service.sessions, invoice)
    await (await Delivering.of(service, invoice, mail)).ended()
    sent = service.mail_sink.mails()
    assert len(sent) == 2
    assert len({one.message_id for one in sent}) == 1


async def test_a_document_that_cannot_be_set_fails_its_mail_and_is_made_when_asked_anew(
    service: Service, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    invoice = await enter(service.sessions, service.tenant)
    broken = invoice.model_copy(update={"currency": "XXX"})

    async def find_printable(*_: object) -> Printable:
        return Printable(broken)

    mail = await asked(service.sessions, invoice)
    with monkeypatch.context() as patch:
        patch.setattr(create_pdf, "find_printable", find_printable)
        assert (await failure_of(await Delivering.of(service, invoice, mail))).type == Reason.TEMPLATE_ERROR
        assert (await failure_of(await Delivering.of(service, invoice))).type == Reason.TEMPLATE_ERROR
    state, message = await state_of(service.sessions, mail)
    assert state == "REFUSED"
    assert "could not be set" in (message or "")
    await (await Delivering.of(service, invoice)).ended()
    assert await pdf_of(service, invoice, tmp_path) is not None


async def test_a_mail_that_nobody_asked_for_is_not_sent(service: Service) -> None:
    invoice, other = await enter(service.sessions, service.tenant), await enter(service.sessions, service.tenant)
    foreign = await asked(service.sessions, other)
    unknown = await asked(service.sessions, invoice)
    unknown.id = uuid4()
    for mail in (foreign, unknown):
        failure = await failure_of(await Delivering.of(service, invoice, mail))
        assert (failure.type, failure.message) == (Reason.INTERNAL_ERROR, "nobody has asked for this mail")
    assert service.mail_sink.mails() == []


async def test_a_cancelled_delivery_says_that_its_mail_is_given_up(service: Service) -> None:
    invoice = await enter(service.sessions, service.tenant)
    service.mail_sink.refuse(RECIPIENT, 451, times=None)
    mail = await asked(service.sessions, invoice)
    delivering = await Delivering.of(service, invoice, mail)

    async def begun() -> bool:
        return (await state_of(service.sessions, mail))[0] == "STARTED"

    await eventually(begun, what="the first try")
    await delivering.handle.cancel()
    with pytest.raises(WorkflowFailureError):
        await delivering.ended()
    assert (await delivering.handle.describe()).status is WorkflowExecutionStatus.CANCELED
    assert await state_of(service.sessions, mail) == ("STARTED", "cancelled")
    await replayed(delivering.handle)


async def test_many_deliveries_of_one_document_make_one_pdf(service: Service) -> None:
    invoice = await enter(service.sessions, service.tenant, lines=(line("10.00", "2"),))
    mails = [await asked(service.sessions, invoice) for _ in range(3)]
    deliveries = [await Delivering.of(service, invoice, mail) for mail in (None, None, *mails)]
    for delivering in deliveries:
        await delivering.ended()
    assert len({sent.message_id for sent in service.mail_sink.mails()}) == len(service.mail_sink.mails()) == 3
    async with service.sessions.begin() as session:
        count = select(func.count()).select_from(InvoiceDocument).where(InvoiceDocument.invoice_id == invoice.id)
        assert await session.scalar(count) == 1


async def test_a_killed_worker_sends_every_mail_once(idle_service: Service, tmp_path: Path) -> None:
    """`kill -9` as soon as the first mails are under way; the mail sink's own book is what counts."""
    service = idle_service
    invoice = await enter(service.sessions, service.tenant)
    mails = [await asked(service.sessions, invoice) for _ in range(8)]
    async with WorkerProcess(service.settings, tmp_path / "worker.log") as worker:
        deliveries = [await Delivering.of(service, invoice, mail) for mail in mails]

        async def under_way() -> bool:
            return len(service.mail_sink.mails()) >= 1

        await eventually(under_way, seconds=60, what="the first mail")
        await worker.kill()
        await worker.start()
        for delivering in deliveries:
            await delivering.ended()
        assert await worker.terminate() == 0
    assert {one.message_id.split("@")[0] for one in service.mail_sink.mails()} == {f"<mail-{mail.id}" for mail in mails}
    assert {(await state_of(service.sessions, mail))[0] for mail in mails} == {"SENT"}
