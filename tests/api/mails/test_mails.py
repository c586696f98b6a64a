"""What became of mails, sending one again, handing in those that came back; the last tests with real servers."""

import base64
import mailbox
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any, cast
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.app import create_app
from api.security.access import CONFIGURATION_VIEW, INVOICE_MANAGE, INVOICE_VIEW
from api.services import ApiServices
from api.temporal_gate import ClientGate
from contracts.ids import mail_workflow_id
from database import audit, bounces, invoices, mail_recipients, mail_requests
from database.invoices import MailState
from database.mail_recipients import Addressee, Outcome, RecipientState, Role
from demo.orders.manual import MANUAL
from integrations.bounce_report import LARGEST_BOUNCE_BYTES
from integrations.document_store import ObjectDocumentStore
from invoicing.invoice import Invoice
from settings import Settings
from sweeping import Sweep
from tests.api_fixtures import ApiClientFactory, Client, LogLines, TemporalGateFake, TokenMaker
from tests.database.rows import another_tenant, issue
from tests.documents.sales_invoices import COMPANY
from tests.integrations.bounces import dsn_of, recipient_fields, report
from tests.service_fixtures import Service
from tests.waiting import eventually
from tests.workflows.deliveries import asked, enter, enter_credit_note

Sessions = async_sessionmaker[AsyncSession]
ADA, BOB = "ada@example.com", "bob@example.com"
MESSAGE = {"content-type": "message/rfc822"}


@pytest.fixture
async def client(api_client: ApiClientFactory, token: TokenMaker, tenant: str) -> AsyncIterator[Client]:
    async with api_client(token=await token(tenant, [INVOICE_MANAGE])) as client:
        yield client


async def mailed(sessions: Sessions, tenant: str, order_id: str = "EON1") -> Invoice:
    """An order's invoice whose mail our server has taken, with a hidden copy."""
    invoice, outcomes = await issue(sessions, tenant, order_id), [Outcome(ADA), Outcome(BOB)]
    message_id, copies = message_of(invoice), [Addressee(BOB, Role.BCC)]
    async with sessions.begin() as session:
        await invoices.start_mail(session, tenant, invoice.id, ADA, message_id, copies=copies)
    async with sessions.begin() as session:
        await invoices.complete_mail(session, tenant, invoice.id, ADA, MailState.SENT, message=None, outcomes=outcomes)
    return invoice


def message_of(invoice: Invoice) -> str:
    return f"<invoice-{invoice.id}@shop.example>"


def bounce_of(invoice: Invoice, *fields: str) -> bytes:
    return report(*fields, returned=f"Message-ID: {message_of(invoice)}\n")


FAILED = recipient_fields(ADA, "failed", "5.1.1", f"550 5.1.1 <{ADA}>: no such user")


class TestListing:
    async def test_every_recipient_is_told_with_the_newest_mail_first(
        self, client: Client, sessions: Sessions, tenant: str
    ) -> None:
        older, newer = [await mailed(sessions, tenant, f"EON{n}") for n in range(2)]
        await mailed(sessions, await another_tenant(sessions))
        answer = await client.get(f"/invoice/{tenant}/mails?pageSize=3")
        listed = answer.json()
        assert (answer.status_code, answer.headers["x-total-count"], listed["total"]) == (200, "4", 4)
        assert [(one["number"], one["recipient"], one["role"], one["state"]) for one in listed["mails"]] == [
            (newer.number, ADA, "to", "SENT"),
            (newer.number, BOB, "bcc", "SENT"),
            (older.number, ADA, "to", "SENT"),
        ]
        assert (listed["mails"][0]["invoiceId"], listed["mails"][0]["messageId"]) == (str(newer.id), message_of(newer))
        second = (await client.get(f"/invoice/{tenant}/mails?pageSize=3&pageNumber=2")).json()["mails"]
        assert [(one["number"], one["recipient"]) for one in second] == [(older.number, BOB)]

    async def test_an_operator_finds_what_bounced_and_why(
        self, client: Client, sessions: Sessions, tenant: str
    ) -> None:
        invoice, _ = [await mailed(sessions, tenant, f"EON{n}") for n in range(2)]
        await client.post(f"/invoice/{tenant}/bounces", content=bounce_of(invoice, FAILED), headers=MESSAGE)
        listed = (await client.get(f"/invoice/{tenant}/mails?state=BOUNCED")).json()
        assert listed["total"] == 1
        assert {name: listed["mails"][0][name] for name in ("number", "recipient", "status", "diagnostic")} == {
            "number": invoice.number,
            "recipient": ADA,
            "status": "5.1.1",
            "diagnostic": "550 5.1.1 <...>: no such user",
        }
        assert (await client.get(f"/invoice/{tenant}/mails?state=LOST")).status_code == 400

    async def test_a_documents_mails_are_told_with_what_became_of_each_recipient(
        self, client: Client, sessions: Sessions, tenant: str
    ) -> None:
        invoice = await mailed(sessions, tenant)
        mail = await asked(sessions, invoice, subject="Again")
        for path in (f"/invoice/{tenant}/invoices/{invoice.id}/mails",):
            listed = (await client.get(path)).json()
            assert [(one["mailId"], one["state"], one["subject"]) for one in listed["mails"]] == [
                (str(mail.id), "REQUESTED", "Again"),
                (None, "SENT", None),
            ]
            assert [(one["recipient"], one["state"]) for one in listed["mails"][1]["recipients"]] == [
                (ADA, "SENT"),
                (BOB, "SENT"),
            ]
        assert (await client.get(f"/invoice/{tenant}/invoices/{uuid4()}/mails")).status_code == 404

    async def test_the_sales_invoice_lists_an_orders_own_mail_too(
        self, client: Client, sessions: Sessions, tenant: str
    ) -> None:
        invoice = await enter(sessions, tenant)
        async with sessions.begin() as session:
            await invoices.start_mail(session, tenant, invoice.id, ADA, message_of(invoice))
        listed = (await client.get(f"/v1/invoices/sales/{invoice.number}/mails")).json()
        (mail,) = listed["content"]
        assert (listed["totalElements"], mail["mailId"], mail["state"], mail["to"]) == (1, None, "STARTED", [ADA])
        assert [(one["recipient"], one["role"], one["state"]) for one in mail["recipients"]] == [(ADA, "to", "QUEUED")]


class TestResending:
    async def test_it_goes_to_whom_it_went_first_as_a_mail_of_its_own(
        self, client: Client, sessions: Sessions, tenant: str, temporal_gate: TemporalGateFake
    ) -> None:
        invoice = await mailed(sessions, tenant)
        answer = await client.post(f"/invoice/{tenant}/invoices/{invoice.id}/mails")
        assert (answer.status_code, answer.json()["to"]) == (202, [ADA])
        mail_id = UUID(answer.json()["mailId"])
        (start,) = temporal_gate.outbox
        assert start.workflow_id == mail_workflow_id(tenant, mail_id)
        async with sessions.begin() as session:
            row = await mail_requests.find(session, tenant, mail_id)
            (event,) = await audit.list_events(session, tenant, document=f"sales-invoice/{invoice.number}", limit=5)
        assert row is not None
        assert (row.recipients, row.cc, row.subject, row.body, row.state) == ([ADA], [], None, None, "REQUESTED")
        assert (event.action, event.detail) == ("send", {"mail": str(mail_id), "addressees": 1})

    async def test_others_may_get_it_and_other_words_be_said(
        self, client: Client, sessions: Sessions, tenant: str
    ) -> None:
        note = await enter_credit_note(sessions, await enter(sessions, tenant))
        wanted = {
            "to": "a@x.example, b@x.example",
            "cc": ["c@x.example"],
            "bcc": "d@x.example",
            "replyTo": "r@x.example",
            "senderName": "Team",
            "subject": "Hello",
            "body": "One\n\ntwo",
        }
        answer = await client.post(f"/invoice/{tenant}/invoices/{note.id}/mails", json=wanted)
        async with sessions.begin() as session:
            row = await mail_requests.find(session, tenant, UUID(answer.json()["mailId"]))
        assert row is not None
        assert (row.recipients, row.cc, row.bcc) == (["a@x.example", "b@x.example"], ["c@x.example"], ["d@x.example"])
        assert (row.reply_to, row.sender_name, row.subject, row.body) == ("r@x.example", "Team", "Hello", "One\n\ntwo")

    async def test_what_was_never_mailed_goes_to_the_buyer(
        self, client: Client, sessions: Sessions, tenant: str
    ) -> None:
        invoice = await enter(sessions, tenant)
        answer = await client.post(f"/invoice/{tenant}/invoices/{invoice.id}/mails", json={})
        assert (answer.status_code, answer.json()["to"]) == (202, [COMPANY.email])

    async def test_without_any_address_the_caller_must_name_one(
        self, client: Client, sessions: Sessions, tenant: str, temporal_gate: TemporalGateFake
    ) -> None:
        invoice = await enter(sessions, tenant, buyer=COMPANY.model_copy(update={"email": "nobody"}))
        answer = await client.post(f"/invoice/{tenant}/invoices/{invoice.id}/mails", json={})
        assert (answer.status_code, answer.json()["code"]) == (400, "400")
        assert answer.json()["detailInfo"].startswith("to: is required")
        assert temporal_gate.outbox == []

    @pytest.mark.parametrize(
        "wrong",
        [
            {"to": "nobody"},
            {"to": "a@b.example\r\nBcc: x@y.example"},
            {part: [f"{part}{n}@b.example" for n in range(27)] for part in ("to", "cc", "bcc")},
            {"recipient": ADA},
            {"body": 7.5},
            [],
        ],
    )
    async def test_what_cannot_be_sent_is_refused(
        self, client: Client, sessions: Sessions, tenant: str, temporal_gate: TemporalGateFake, wrong: object
    ) -> None:
        invoice = await enter(sessions, tenant)
        answer = await client.post(f"/invoice/{tenant}/invoices/{invoice.id}/mails", json=wrong)
        assert answer.status_code == 400, answer.text
        assert temporal_gate.outbox == []

    async def test_under_one_key_it_is_sent_once(
        self, client: Client, sessions: Sessions, tenant: str, temporal_gate: TemporalGateFake
    ) -> None:
        invoice, other = await enter(sessions, tenant), await enter(sessions, tenant)
        path, key = f"/invoice/{tenant}/invoices/{invoice.id}/mails", {"Idempotency-Key": "k1"}
        first, again = [await client.post(path, json={"to": ADA}, headers=key) for _ in range(2)]
        assert (first.status_code, again.status_code, first.json()) == (202, 202, again.json())
        assert len(temporal_gate.outbox) == 1
        elsewhere = await client.post(f"/invoice/{tenant}/invoices/{other.id}/mails", json={"to": ADA}, headers=key)
        assert elsewhere.status_code == 409


class TestBounces:
    @pytest.mark.parametrize("as_json", [False, True])
    async def test_a_bounce_is_taken_in_as_a_message_or_as_json_and_again_without_effect(
        self, client: Client, sessions: Sessions, tenant: str, as_json: bool
    ) -> None:
        invoice = await mailed(sessions, tenant)
        raw, path = bounce_of(invoice, FAILED), f"/invoice/{tenant}/bounces"
        body: dict[str, Any] = {"content": raw, "headers": MESSAGE}
        if as_json:
            body = {"json": {"raw": base64.b64encode(raw).decode()}}
        first, again = [await client.post(path, **body) for _ in range(2)]
        assert (first.status_code, first.json()) == (200, again.json())
        taken = first.json()
        assert (taken["messageId"], taken["invoiceId"]) == (message_of(invoice), str(invoice.id))
        (told,) = taken["recipients"]
        assert (told["recipient"], told["state"], told["status"]) == (ADA, "BOUNCED", "5.1.1")

    async def test_a_bounce_of_nobodys_or_of_another_tenants_mail_is_not_found(
        self, client: Client, sessions: Sessions, tenant: str
    ) -> None:
        theirs = await mailed(sessions, await another_tenant(sessions))
        never = await issue(sessions, tenant)
        for invoice in (theirs, never):
            answer = await client.post(
                f"/invoice/{tenant}/bounces", content=bounce_of(invoice, FAILED), headers=MESSAGE
            )
            assert (answer.status_code, answer.json()["code"]) == (404, "404")
        async with sessions() as session:
            rows, _ = await mail_recipients.list_page(
                session, theirs.tenant, state=RecipientState.BOUNCED, limit=9, offset=0
            )
        assert rows == []

    @pytest.mark.parametrize(
        ("content", "media_type", "status"),
        [
            (b"Subject: hello\n\nthere", "message/rfc822", 400),
            (b"", "message/rfc822", 400),
            (b"x" * (LARGEST_BOUNCE_BYTES + 1), "message/rfc822", 413),
            (b'{"raw": "no Base64!"}', "application/json", 400),
            (b'{"raw": 7}', "application/json", 400),
            (b"[]", "application/json", 400),
            (b"{", "application/json", 400),
            (b"hello", "text/plain", 415),
            (b"hello", "", 415),
        ],
    )
    async def test_what_is_no_bounce_is_refused(
        self, client: Client, tenant: str, content: bytes, media_type: str, status: int
    ) -> None:
        answer = await client.post(f"/invoice/{tenant}/bounces", content=content, headers={"content-type": media_type})
        assert answer.status_code == status, answer.text
        assert answer.json()["code"] == str(status)


async def test_who_may_only_look_may_neither_send_nor_hand_in(
    api_client: ApiClientFactory, token: TokenMaker, sessions: Sessions, tenant: str
) -> None:
    invoice = await enter(sessions, tenant)
    path = f"/invoice/{tenant}/invoices/{invoice.id}/mails"
    async with api_client(token=await token(tenant, [INVOICE_VIEW])) as viewer:
        assert (await viewer.get(path)).status_code == 200
        assert (await viewer.get(f"/invoice/{tenant}/mails")).status_code == 200
        assert (await viewer.post(path)).status_code == 403
        assert (await viewer.post(f"/invoice/{tenant}/bounces", content=b"", headers=MESSAGE)).status_code == 403
    async with api_client(token=await token(tenant, [CONFIGURATION_VIEW])) as stranger:
        assert (await stranger.get(f"/invoice/{tenant}/mails")).status_code == 403


async def test_another_tenants_document_does_not_exist(client: Client, sessions: Sessions, tenant: str) -> None:
    theirs = await mailed(sessions, await another_tenant(sessions))
    path = f"/invoice/{tenant}/invoices/{theirs.id}/mails"
    assert [(await client.get(path)).status_code, (await client.post(path)).status_code] == [404, 404]


@pytest.fixture
async def served(service: Service, api_services: ApiServices, token: TokenMaker) -> AsyncIterator[httpx.AsyncClient]:
    """The API before a real worker; both run in this test's event loop."""
    store = ObjectDocumentStore(service.settings.document_store_url)
    app = create_app(replace(api_services, documents=store, temporal=ClientGate(service.temporal)))
    headers = {"authorization": f"Bearer {await token(service.tenant, [INVOICE_MANAGE])}"}
    transport = httpx.ASGITransport(cast("Any", app))
    async with httpx.AsyncClient(transport=transport, base_url="http://api", headers=headers, timeout=60) as client:
        yield client


async def test_from_the_mail_to_its_bounce_to_the_mail_that_arrives(
    served: httpx.AsyncClient, service: Service
) -> None:
    """An order's invoice is mailed, comes back, is sent again to the right address, and arrives."""
    service.shop.add_order(MANUAL["EON9001"]("EON9001"))
    number = (await service.run("EON9001"))["EON9001"].invoice_number
    (sent,) = service.mail_sink.mails()
    bounce = dsn_of(sent.message.as_bytes(), [ADA])
    taken = await served.post(f"/invoice/{service.tenant}/bounces", content=bounce, headers=MESSAGE)
    assert (taken.status_code, taken.json()["messageId"]) == (200, sent.message_id)
    bounced = (await served.get(f"/invoice/{service.tenant}/mails?state=BOUNCED")).json()["mails"]
    assert [(one["number"], one["recipient"], one["status"]) for one in bounced] == [(number, ADA, "5.1.1")]
    path = f"/invoice/{service.tenant}/invoices/{taken.json()['invoiceId']}/mails"
    assert (await served.post(path, json={"to": "right@example.org"})).status_code == 202

    async def both_are_told() -> bool:
        states = [one["recipients"] for one in (await served.get(path)).json()["mails"]]
        return [[one["state"] for one in told] for told in states] == [["SENT"], ["BOUNCED"]]

    await eventually(both_are_told, what="the second mail")
    _, again = service.mail_sink.mails()
    assert again.recipients == ("right@example.org",)
    assert again.message_id != sent.message_id
    assert again.attachments == (f"{number}.pdf",)
    assert (await served.get(f"/v1/invoices/sales/{number}/mails")).json()["totalElements"] == 2


async def test_a_recipient_who_is_not_taken_yet_and_an_answer_that_is_lost(
    served: httpx.AsyncClient, service: Service
) -> None:
    """The server does not take one of three at first, then the mail and no word of it: it comes twice under one id."""
    invoice = await enter(service.sessions, service.tenant)
    refusal = service.mail_sink.refuse("c@x.example", 451, times=1)
    service.mail_sink.drop_after_data(1)
    path = f"/invoice/{service.tenant}/invoices/{invoice.id}/mails"
    wanted = {"to": "a@x.example", "cc": "c@x.example", "bcc": "b@x.example"}
    assert (await served.post(path, json=wanted)).status_code == 202
    seen: list[dict[str, str]] = []

    async def is_sent() -> bool:
        told = {one["recipient"]: one["state"] for one in (await served.get(path)).json()["mails"][0]["recipients"]}
        seen.append(told)
        return set(told.values()) == {"SENT"}

    await eventually(is_sent, what="the mail")
    assert refusal.struck == 1
    assert {"a@x.example": "DEFERRED", "b@x.example": "DEFERRED", "c@x.example": "DEFERRED"} in seen
    mails = service.mail_sink.mails()
    assert [mail.recipients for mail in mails] == [("a@x.example", "c@x.example", "b@x.example")] * 2
    assert len({mail.message_id for mail in mails}) == 1


async def test_bounces_in_the_shared_folder_are_taken_in_by_the_workers(
    idle_service: Service, tmp_path: Path, log_lines: LogLines
) -> None:
    """Two workers at once: each bounce is told once; what is none is set aside and stops no other."""
    invoice = await mailed(idle_service.sessions, idle_service.tenant)
    folder = tmp_path / "bounces"
    mailbox.Maildir(folder, create=True)
    for name, raw in (
        ("1.a.host", b"\x00\xff no mail"),
        ("2.b.host", bounce_of(await issue(idle_service.sessions, idle_service.tenant, "EON2"), FAILED)),
        ("3.c.host", bounce_of(invoice, FAILED)),
    ):
        (folder / "new" / name).write_bytes(raw)
    settings = idle_service.settings.model_copy(update={"bounce_maildir": folder})
    sweeps = [Sweep(settings, idle_service.sessions, idle_service.temporal) for _ in range(2)]
    async with idle_service.sessions.begin() as session:
        assert await bounces.is_only_reader(session)
        await sweeps[0].take_in_bounces()  # somebody else is at it
    assert len(list((folder / "new").iterdir())) == 3
    for sweep in sweeps:
        await sweep.take_in_bounces()
    assert [file.name for file in (folder / "cur").iterdir()] == ["3.c.host:2,S"]
    assert sorted(file.name for file in (folder / ".Unmatched" / "new").iterdir()) == ["1.a.host", "2.b.host"]
    async with idle_service.sessions() as session:
        rows, _ = await mail_recipients.list_page(
            session, idle_service.tenant, state=RecipientState.BOUNCED, limit=9, offset=0
        )
    assert [row.recipient for row, _ in rows] == [ADA]
    assert len(log_lines.named("bounce_taken_in")) == 1
    assert "ada" not in log_lines.text.lower().replace(idle_service.tenant, "")


async def test_without_a_folder_there_is_nothing_to_take_in(idle_service: Service) -> None:
    assert Settings().bounce_maildir is None
    await Sweep(idle_service.settings, idle_service.sessions, idle_service.temporal).take_in_bounces()
