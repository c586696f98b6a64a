"""The PDF of a sales invoice and the mails that carry it, over HTTP; the last tests with a real worker behind it."""

import base64
import hashlib
from collections.abc import AsyncIterator
from dataclasses import replace
from typing import Any, cast
from uuid import UUID

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.app import create_app
from api.security.access import CONFIGURATION_VIEW, INVOICE_MANAGE, INVOICE_VIEW
from api.services import ApiServices
from api.temporal_gate import ClientGate
from contracts.ids import document_workflow_id, mail_workflow_id
from contracts.temporal_client import TemporalAway
from database import audit, contacts, invoices, mail_requests
from database.mail_requests import MailRequestState
from demo.orders.manual import MANUAL
from integrations.document_store import ObjectDocumentStore
from invoicing.invoice import Invoice
from tests.api_fixtures import ApiClientFactory, Client, TemporalGateFake, TokenMaker
from tests.database.rows import another_tenant, document_of
from tests.database.sales import add_draft
from tests.documents.sales_invoices import COMPANY
from tests.service_fixtures import Service
from tests.workflows.deliveries import RECIPIENT, enter, enter_credit_note

Sessions = async_sessionmaker[AsyncSession]
PDF = b"%PDF-1.7 words"
EMAIL = "/v1/invoices/email"


@pytest.fixture
async def client(api_client: ApiClientFactory, token: TokenMaker, tenant: str) -> AsyncIterator[Client]:
    async with api_client(token=await token(tenant, [INVOICE_MANAGE])) as client:
        yield client


@pytest.fixture
async def invoice(sessions: Sessions, tenant: str) -> Invoice:
    return await enter(sessions, tenant)


def pdf_path(code: str) -> str:
    return f"/v1/invoices/sales/{code}/pdf"


async def store_pdf(sessions: Sessions, services: ApiServices, invoice: Invoice) -> None:
    stored = await services.documents.put(invoice.tenant, PDF, invoices.PDF, ".pdf")
    async with sessions.begin() as session:
        row = document_of(invoice, key=stored.key, sha256=stored.sha256, size=stored.size_bytes)
        await invoices.add_document(session, row)


def body(code: str, **request: Any) -> dict[str, Any]:
    export = {"categoryName": "INVOICE", "moduleName": "ERP", "documentCode": code, "documentType": "SALES_INVOICE"}
    return {
        "contactCode": None,
        "isSendPaymentLink": True,
        "recurring": False,
        "saveContact": False,
        "sendEmailRequest": {"application": "ERP", "category": "INVOICE", "exportDocumentRequest": export} | request,
        "invoiceRequest": {"amount": 1},
    }


def faults(answer: Any) -> list[tuple[str, str]]:
    return [(fault["field"], fault["error"]) for fault in answer.json()["errors"]]


async def mail_of(sessions: Sessions, tenant: str, answer: Any) -> Any:
    async with sessions.begin() as session:
        return await mail_requests.find(session, tenant, UUID(answer.json()["mailId"]))


class Worker:
    """Stands in for the worker: while somebody waits for the workflow of a mail, it becomes `state`."""

    def __init__(self, sessions: Sessions, tenant: str, state: MailRequestState, message: str | None = None) -> None:
        self._sessions, self._tenant, self._state, self._message = sessions, tenant, state, message

    async def __call__(self, workflow_id: str) -> bool:
        mail_id = UUID(workflow_id.rpartition("/")[2])
        async with self._sessions.begin() as session:
            assert await mail_requests.start(session, self._tenant, mail_id, "<mail@x>") == "<mail@x>"
            await mail_requests.complete(session, self._tenant, mail_id, self._state, self._message)
        return True


@pytest.fixture
def sent(sessions: Sessions, tenant: str, temporal_gate: TemporalGateFake) -> TemporalGateFake:
    """A gate behind which every mail is taken."""
    temporal_gate.on_wait = Worker(sessions, tenant, MailRequestState.SENT)
    return temporal_gate


async def test_a_stored_pdf_comes_as_it_was_stored(
    client: Client, sessions: Sessions, api_services: ApiServices, temporal_gate: TemporalGateFake, invoice: Invoice
) -> None:
    await store_pdf(sessions, api_services, invoice)
    for path in (pdf_path(invoice.number), pdf_path(invoice.number) + "/", f"/v1/invoices/sales/pdf/{invoice.number}"):
        answer = await client.get(path)
        assert (answer.status_code, answer.content) == (200, PDF)
        assert answer.headers["content-type"].partition(";")[0] == "application/pdf"
        assert answer.headers["etag"] == f'"{hashlib.sha256(PDF).hexdigest()}"'
        assert answer.headers["content-disposition"] == f'attachment; filename="{invoice.number}.pdf"'
    assert temporal_gate.outbox == []


async def test_a_number_with_a_slash_is_found(
    client: Client, sessions: Sessions, tenant: str, api_services: ApiServices
) -> None:
    invoice = await enter(sessions, tenant, number="2026/11/7")
    await store_pdf(sessions, api_services, invoice)
    answer = await client.get("/v1/invoices/sales/pdf/2026/11/7")
    assert (answer.status_code, answer.content) == (200, PDF)
    assert (await client.get("/v1/invoices/sales/mails/2026/11/7")).json()["content"] == []


async def test_a_pdf_that_is_not_there_is_made_while_the_caller_waits(
    client: Client, sessions: Sessions, api_services: ApiServices, temporal_gate: TemporalGateFake, invoice: Invoice
) -> None:
    async def make(_workflow_id: str) -> bool:
        await store_pdf(sessions, api_services, invoice)
        return True

    temporal_gate.on_wait = make
    answer = await client.get(pdf_path(invoice.number))
    assert (answer.status_code, answer.content) == (200, PDF)
    (start,) = temporal_gate.outbox
    assert (start.workflow, start.workflow_id) == (
        "InvoiceDelivery",
        document_workflow_id(invoice.tenant, invoice.id),
    )
    assert start.repeatable


async def test_no_connection_is_held_while_somebody_waits(
    client: Client, temporal_gate: TemporalGateFake, invoice: Invoice, engine: Any
) -> None:
    held: list[int] = []

    async def look(_workflow_id: str) -> bool:
        held.append(engine.pool.checkedout())
        return False

    temporal_gate.on_wait = look
    assert (await client.get(pdf_path(invoice.number))).status_code == 503
    assert (await client.post(EMAIL, json=body(invoice.number))).status_code == 202
    assert held == [0, 0]


async def test_a_pdf_that_takes_too_long_is_asked_for_later(
    client: Client, temporal_gate: TemporalGateFake, invoice: Invoice
) -> None:
    async def still_running(_workflow_id: str) -> bool:
        return False

    temporal_gate.on_wait = still_running
    answer = await client.get(pdf_path(invoice.number))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["errorMessage"] == "The PDF is not made yet; try again."
    temporal_gate.is_away = True
    assert (await client.get(pdf_path(invoice.number))).status_code == 503


async def test_a_pdf_that_cannot_be_made_is_no_empty_file(client: Client, tenant: str, invoice: Invoice) -> None:
    answer = await client.get(pdf_path(invoice.number))
    assert answer.status_code == 500
    assert f"document/{tenant}/{invoice.id} says why" in answer.json()["errorMessage"]


async def test_a_draft_has_a_preview_and_no_document_to_send(client: Client, sessions: Sessions, tenant: str) -> None:
    """The preview is in test_document_previews.py."""
    draft = await add_draft(sessions, tenant)
    answer = await client.get(f"/v1/invoices/sales/{draft.code}/mails")
    assert (answer.status_code, answer.json()["errorMessage"]) == (409, "A draft has no document.")
    answer = await client.post(EMAIL, json=body(draft.code, to="a@b.example"))
    assert answer.status_code == 400
    assert faults(answer) == [("sendEmailRequest.exportDocumentRequest.documentCode", "a draft has no document")]


async def test_another_tenants_invoice_does_not_exist(
    client: Client, sessions: Sessions, tenant: str, api_services: ApiServices
) -> None:
    theirs = await enter(sessions, await another_tenant(sessions))
    await store_pdf(sessions, api_services, theirs)
    answers = [
        await client.get(pdf_path(theirs.number)),
        await client.get(f"/v1/invoices/sales/{theirs.number}/mails"),
        await client.post(EMAIL, json=body(theirs.number, to="a@b.example")),
    ]
    assert [answer.status_code for answer in answers] == [404, 404, 404]
    assert {answer.json()["errorMessage"] for answer in answers} == {"Sales invoice not found."}


async def test_who_may_only_look_may_not_send(
    api_client: ApiClientFactory, token: TokenMaker, tenant: str, invoice: Invoice
) -> None:
    async with api_client(token=await token(tenant, [INVOICE_VIEW])) as viewer:
        assert (await viewer.get(f"/v1/invoices/sales/{invoice.number}/mails")).status_code == 200
        assert (await viewer.post(EMAIL, json=body(invoice.number))).status_code == 403
    async with api_client(token=await token(tenant, [CONFIGURATION_VIEW])) as stranger:
        assert (await stranger.get(pdf_path(invoice.number))).status_code == 403


async def test_a_mail_that_the_server_took_is_sent(
    client: Client, sessions: Sessions, tenant: str, sent: TemporalGateFake, invoice: Invoice
) -> None:
    wish = {
        "to": "a@b.example; Erika <e@b.example>,a@b.example",
        "cc": ["c@b.example"],
        "bcc": "d@b.example",
        "replyTo": "r@b.example",
        "senderName": "Team",
        "subject": "Hello",
        "body": "One\n\ntwo",
    }
    answer = await client.post(EMAIL, json=body(invoice.number, **wish))
    row = await mail_of(sessions, tenant, answer)
    assert (answer.status_code, answer.json()) == (
        200,
        {
            "code": 200,
            "message": "Email sent successfully.",
            "httpStatus": "OK",
            "mailId": str(row.id),
            "state": "SENT",
        },
    )
    assert (row.recipients, row.cc, row.bcc) == (["a@b.example", "e@b.example"], ["c@b.example"], ["d@b.example"])
    assert (row.reply_to, row.sender_name, row.subject, row.body) == ("r@b.example", "Team", "Hello", "One\n\ntwo")
    assert row.invoice_id == invoice.id
    (start,) = sent.outbox
    assert start.workflow_id == mail_workflow_id(tenant, row.id)
    assert start.input["mail_id"] == str(row.id)
    assert not start.repeatable
    async with sessions.begin() as session:
        (event,) = await audit.list_events(session, tenant, document=f"sales-invoice/{invoice.number}", limit=5)
    assert (event.action, event.actor, event.detail) == (
        "send",
        row.requested_by,
        {"mail": str(row.id), "addressees": 4},
    )


async def test_a_refused_mail_says_why(
    client: Client, sessions: Sessions, tenant: str, temporal_gate: TemporalGateFake, invoice: Invoice
) -> None:
    refusal = "The mail server refused the recipient (550 no such box)."
    temporal_gate.on_wait = Worker(sessions, tenant, MailRequestState.REFUSED, refusal)
    answer = await client.post(EMAIL, json=body(invoice.number, to="a@b.example"))
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "code": 400,
            "errorMessage": "Unable to send email.",
            "httpStatus": "BAD_REQUEST",
            "errors": [{"field": "sendEmailRequest.to", "error": refusal}],
        },
    )


@pytest.mark.parametrize("is_away", [False, True])
async def test_a_mail_that_is_still_tried_is_queued(
    client: Client, sessions: Sessions, tenant: str, temporal_gate: TemporalGateFake, invoice: Invoice, is_away: bool
) -> None:
    async def still_running(_workflow_id: str) -> bool:
        if is_away:
            raise TemporalAway("no answer in time")
        return False

    temporal_gate.is_away, temporal_gate.on_wait = is_away, still_running
    answer = await client.post(EMAIL, json=body(invoice.number, to="a@b.example"))
    assert (answer.status_code, answer.json()["message"]) == (202, "The email is queued and will be sent.")
    assert (await mail_of(sessions, tenant, answer)).state == "REQUESTED"


async def test_without_a_recipient_it_goes_to_the_contact_else_to_the_buyer(
    client: Client, sessions: Sessions, tenant: str, sent: TemporalGateFake, invoice: Invoice
) -> None:
    answer = await client.post(EMAIL, json=body(invoice.number))
    assert (await mail_of(sessions, tenant, answer)).recipients == [COMPANY.email]
    async with sessions.begin() as session:
        kept = {"emailId": "now@werkhof.example"}
        contact = await contacts.add(session, tenant, name="Werkhof", status=contacts.ACTIVE, body=kept)
    answer = await client.post(EMAIL, json=body(invoice.number, to="") | {"contactCode": contact.code})
    assert (await mail_of(sessions, tenant, answer)).recipients == ["now@werkhof.example"]


async def test_without_any_address_the_caller_must_name_one(
    client: Client, sessions: Sessions, tenant: str, temporal_gate: TemporalGateFake
) -> None:
    invoice = await enter(sessions, tenant, buyer=COMPANY.model_copy(update={"email": "nobody"}))
    answer = await client.post(EMAIL, json=body(invoice.number))
    assert (answer.status_code, answer.json()["errorMessage"]) == (400, "Unable to send email.")
    assert [field for field, _ in faults(answer)] == ["sendEmailRequest.to"]
    assert temporal_gate.outbox == []


@pytest.mark.parametrize(
    ("request_", "field"),
    [
        ({"to": "nobody"}, "sendEmailRequest.to"),
        ({"to": "a@b.example, b@"}, "sendEmailRequest.to"),
        ({"to": "a@b.example\r\nBcc: x@y.example"}, "sendEmailRequest.to"),
        ({"to": 7}, "sendEmailRequest.to"),
        ({"to": ",".join(f"a{n}@b.example" for n in range(51))}, "sendEmailRequest.to"),
        ({copy: ",".join(f"{copy}{n}@b.example" for n in range(41)) for copy in ("cc", "bcc")}, "sendEmailRequest"),
        ({"cc": "Erika <nobody>"}, "sendEmailRequest.cc"),
        ({"bcc": ["a@b.example", None]}, "sendEmailRequest.bcc"),
        ({"replyTo": "a@b.example;c@d.example"}, "sendEmailRequest.replyTo"),
        ({"subject": "x" * 256}, "sendEmailRequest.subject"),
        ({"subject": {"a": 1}}, "sendEmailRequest.subject"),
        ({"body": "x" * 100_001}, "sendEmailRequest.body"),
        ({"body": "no Base64!", "isEncoded": True}, "sendEmailRequest"),
        ({"body": base64.b64encode(b"\xff\xfe").decode(), "isEncoded": True}, "sendEmailRequest"),
        ({"isEncoded": "perhaps"}, "sendEmailRequest.isEncoded"),
        ({"exportDocumentRequest": None}, "sendEmailRequest.exportDocumentRequest"),
        ({"exportDocumentRequest": {}}, "sendEmailRequest.exportDocumentRequest"),
        (
            {"exportDocumentRequest": {"documentCode": "1", "documentType": "QUOTATION"}},
            "sendEmailRequest.exportDocumentRequest.documentType",
        ),
    ],
)
async def test_what_cannot_be_sent_is_refused_by_its_field(
    client: Client, temporal_gate: TemporalGateFake, invoice: Invoice, request_: dict[str, Any], field: str
) -> None:
    answer = await client.post(EMAIL, json=body(invoice.number, **request_))
    assert (answer.status_code, answer.json()["errorMessage"]) == (400, "Unable to send email.")
    assert field in [fault.partition(" ")[0] for fault, _ in faults(answer)]
    assert temporal_gate.outbox == []


@pytest.mark.parametrize("sent_body", [None, [], "mail", {"sendEmailRequest": []}])
async def test_what_is_no_such_body_is_refused(client: Client, sent_body: Any) -> None:
    answer = await client.post(EMAIL, json=sent_body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["errors"]


async def test_nothing_in_a_mail_can_start_a_header_of_its_own(
    client: Client, sessions: Sessions, tenant: str, sent: TemporalGateFake, invoice: Invoice
) -> None:
    wish = {
        "to": "a@b.example",
        "senderName": "Team\r\nBcc: x@y.example",
        "subject": "Hi\r\n\x00Bcc: x@y.example\u2028",
    }
    row = await mail_of(sessions, tenant, await client.post(EMAIL, json=body(invoice.number, **wish)))
    assert (row.sender_name, row.subject) == ("Team Bcc: x@y.example", "Hi Bcc: x@y.example")


async def test_half_a_character_and_nul_are_no_fault_of_ours(
    client: Client, sessions: Sessions, tenant: str, sent: TemporalGateFake, invoice: Invoice
) -> None:
    answer = await client.post(EMAIL, json=body(invoice.number, to="a@b.example", body="a\x00b"))
    assert (await mail_of(sessions, tenant, answer)).body == "ab"
    raw = b'{"sendEmailRequest":{"to":"a@b.example","body":"\\ud83d","exportDocumentRequest":{"documentCode":"%s"}}}'
    answer = await client.post(
        EMAIL, content=raw % invoice.number.encode(), headers={"content-type": "application/json"}
    )
    assert answer.status_code in {200, 400}


async def test_an_encoded_body_is_decoded(
    client: Client, sessions: Sessions, tenant: str, sent: TemporalGateFake, invoice: Invoice
) -> None:
    encoded = base64.b64encode("Grüße".encode()).decode()
    wish = body(invoice.number, to="a@b.example", body=encoded, isEncoded=True)
    assert (await mail_of(sessions, tenant, await client.post(EMAIL, json=wish))).body == "Grüße"


async def test_a_document_is_named_by_its_number_too(
    client: Client, sessions: Sessions, tenant: str, sent: TemporalGateFake, invoice: Invoice
) -> None:
    export = {"documentCode": None, "documentNumber": invoice.number}
    answer = await client.post(EMAIL, json=body("", to="a@b.example", exportDocumentRequest=export))
    assert (await mail_of(sessions, tenant, answer)).invoice_id == invoice.id


async def test_a_credit_note_is_sent_as_well(
    client: Client, sessions: Sessions, tenant: str, sent: TemporalGateFake, invoice: Invoice
) -> None:
    note = await enter_credit_note(sessions, invoice)
    export = {"documentCode": note.number, "documentType": "CREDIT_NOTE"}
    answer = await client.post(EMAIL, json=body("", exportDocumentRequest=export))
    assert (await mail_of(sessions, tenant, answer)).invoice_id == note.id
    export["documentCode"] = invoice.number
    answer = await client.post(EMAIL, json=body("", exportDocumentRequest=export))
    assert (answer.status_code, answer.json()["errorMessage"]) == (404, "Credit note not found.")


async def test_under_one_key_a_mail_is_asked_for_once(
    client: Client, sessions: Sessions, tenant: str, sent: TemporalGateFake, invoice: Invoice
) -> None:
    wish, headers = body(invoice.number, to="a@b.example"), {"Idempotency-Key": "k1"}
    first = await client.post(EMAIL, json=wish, headers=headers)
    sent.on_wait = None
    again = await client.post(EMAIL, json=wish, headers=headers)
    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json() == again.json()
    assert len(sent.outbox) == 1
    other = await client.post(EMAIL, json=body(invoice.number, to="c@d.example"), headers=headers)
    assert other.status_code == 409


async def test_the_mails_of_an_invoice_are_listed_with_their_state(
    client: Client, sessions: Sessions, tenant: str, temporal_gate: TemporalGateFake, invoice: Invoice
) -> None:
    for state, message in ((MailRequestState.REFUSED, "no"), (MailRequestState.SENT, None)):
        temporal_gate.on_wait = Worker(sessions, tenant, state, message)
        await client.post(EMAIL, json=body(invoice.number, to="a@b.example", subject=str(state)))
    listed = (await client.get(f"/v1/invoices/sales/{invoice.number}/mails?limit=1&page=0")).json()
    assert (listed["totalElements"], listed["totalPages"]) == (2, 2)
    (mail,) = listed["content"]
    assert (mail["state"], mail["message"], mail["to"], mail["subject"]) == ("SENT", None, ["a@b.example"], "SENT")
    older = (await client.get(f"/v1/invoices/sales/{invoice.number}/mails?limit=1&page=1")).json()["content"][0]
    assert (older["state"], older["message"]) == ("REFUSED", "no")


@pytest.fixture
async def served(service: Service, api_services: ApiServices, token: TokenMaker) -> AsyncIterator[httpx.AsyncClient]:
    """The API before a real worker, with the worker's document store; both run in this test's event loop."""
    store = ObjectDocumentStore(service.settings.document_store_url)
    app = create_app(replace(api_services, documents=store, temporal=ClientGate(service.temporal)))
    headers = {"authorization": f"Bearer {await token(service.tenant, [INVOICE_MANAGE])}"}
    transport = httpx.ASGITransport(cast("Any", app))
    async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers, timeout=60) as client:
        yield client


async def test_from_the_request_to_the_mail_and_the_pdf(
    served: httpx.AsyncClient, service: Service, invoice: Invoice
) -> None:
    printed = await served.get(pdf_path(invoice.number))
    mailed = await served.post(EMAIL, json=body(invoice.number, cc="cc@b.example"))
    assert (printed.status_code, printed.content[:5]) == (200, b"%PDF-")
    assert (mailed.status_code, mailed.json()["message"]) == (200, "Email sent successfully.")
    (taken,) = service.mail_sink.mails()
    assert taken.recipients == (RECIPIENT, "cc@b.example")
    (attachment,) = taken.message.iter_attachments()
    assert attachment.get_content() == printed.content


async def test_a_refusal_of_the_mail_server_reaches_the_caller(
    served: httpx.AsyncClient, service: Service, invoice: Invoice
) -> None:
    service.mail_sink.refuse(".*", 550, times=1)
    refused = await served.post(EMAIL, json=body(invoice.number))
    again = await served.post(EMAIL, json=body(invoice.number))
    listed = (await served.get(f"/v1/invoices/sales/{invoice.number}/mails")).json()["content"]
    assert (refused.status_code, again.status_code) == (400, 200)
    assert "550" in faults(refused)[0][1]
    assert [mail["state"] for mail in listed] == ["SENT", "REFUSED"]
    assert len(service.mail_sink.mails()) == 1


async def test_an_orders_invoice_is_downloaded_and_mailed_like_any_other(
    served: httpx.AsyncClient, service: Service
) -> None:
    service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    number = (await service.run("EON9001"))["EON9001"].invoice_number
    assert number is not None
    printed = await served.get(pdf_path(number))
    mailed = await served.post(EMAIL, json=body(number, to="again@b.example"))
    assert (printed.content[:5], mailed.status_code) == (b"%PDF-", 200)
    first, second = service.mail_sink.mails()
    assert (first.recipients, second.recipients) == (("ada@example.com",), ("again@b.example",))
    assert first.message_id != second.message_id
