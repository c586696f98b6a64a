"""Credit notes over the API, in both dialects; that money really goes back is in tests/workflows."""

import asyncio
from datetime import UTC, datetime, tzinfo
from decimal import Decimal
from typing import Any
from uuid import UUID, uuid4

import httpx
import pytest
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.security.access import INVOICE_MANAGE, INVOICE_VIEW
from api.services import ApiServices
from api.temporal_gate import RetryAnswer
from contracts.ids import credit_note_workflow_id
from database import credit_notes, effects, invoices, issuing, refunds, sales_invoices
from database.effects import EffectKind, EffectState, NewEffect
from database.invoices import SeriesPlace
from database.sales_invoices import Entry
from database.tables import SequenceSchema, Site
from invoicing.rules.all_rules import RulesViolated, Violation
from tests.api.sales_invoices.requests import SITE, URL, Json, created, faults, item, request
from tests.api_fixtures import ApiClientFactory, Client, CrowdFactory, TemporalGateFake, TokenMaker
from tests.database.rows import another_tenant, document_of, invoice_of, issue

Sessions = async_sessionmaker[AsyncSession]
PATH = "/v1/credit-notes"
ALL: Json = {"lines": "all"}


async def sold(client: Client, *items: Json, **changes: Any) -> str:
    """The number of an invoice over 2 x 120 and 7 % of it: 256.80."""
    made = await created(client, request(*(items or (item(productQuantity=2),)), **changes))
    return str(made["salesInvoiceCode"])


async def credited(client: Client, code: str, lines: object = "all", **members: Any) -> Json:
    answer = await client.post(PATH, json={"salesInvoiceCode": code, "lines": lines, **members})
    assert answer.status_code == 201, answer.text
    body: Json = answer.json()
    return body


async def refusal(client: Client, code: str, status: int = 400, **members: Any) -> dict[str, str]:
    answer = await client.post(PATH, json={"salesInvoiceCode": code, **members})
    assert answer.status_code == status, answer.text
    return faults(answer.json())


async def invoice(client: Client, code: str) -> Json:
    body: Json = (await client.get(f"{URL}/{code}")).json()
    return body


class TestSalesInvoices:
    async def test_a_part_and_the_rest_bring_the_due_amount_to_nothing(self, seller: Client) -> None:
        code = await sold(seller)
        first = await credited(seller, code, [{"position": 1, "quantity": 1}], reason="One drill came back")
        assert {name: first[name] for name in ("creditNoteCode", "salesInvoiceCode", "currency", "reason")} == {
            "creditNoteCode": "CN-0000001",
            "salesInvoiceCode": code,
            "currency": "SGD",
            "reason": "One drill came back",
        }
        assert (first["netAmount"], first["taxAmount"], first["totalAmount"]) == (120, 8.4, 128.4)
        assert first["refund"] == {"amount": 0, "status": "NONE", "message": None}
        (line,) = first["creditNoteItems"]
        assert (line["position"], line["productCode"], line["creditedQuantity"], line["amount"]) == (
            1, "P-0000001", 1, 120,
        )  # fmt: skip
        shown = await invoice(seller, code)
        assert (shown["dueAmount"], shown["status"], shown["paymentStatus"]) == (128.4, "OPEN", "PARTIAL")
        last = await credited(seller, code)
        assert (last["creditNoteCode"], last["totalAmount"]) == ("CN-0000002", 128.4)
        shown = await invoice(seller, code)
        assert (shown["dueAmount"], shown["status"], shown["paymentStatus"]) == (0, "CLOSED", "RECEIVED")

    async def test_it_is_read_and_listed(self, seller: Client) -> None:
        code, other = await sold(seller), await sold(seller)
        made = [await credited(seller, code, [{"position": 1, "amount": 10}]) for _ in range(3)]
        await credited(seller, other)
        for place in ("/CN-0000001", "/CN-0000001/", "/code/CN-0000001"):
            assert (await seller.get(PATH + place)).json() == made[0]
        page = (await seller.get(f"{PATH}?salesInvoiceCode={code}&limit=2&page=1&whatever=1")).json()
        assert [one["creditNoteCode"] for one in page["content"]] == ["CN-0000003"]
        assert (page["totalElements"], page["totalPages"], page["last"]) == (3, 2, True)
        assert (await seller.get(PATH)).json()["totalElements"] == 4
        assert (await seller.get(f"{PATH}?salesInvoiceCode=none")).json()["totalElements"] == 0

    async def test_an_item_is_named_by_its_code_too(self, seller: Client) -> None:
        made = await created(seller, request(item(unitPrice=10), item(unitPrice=20)))
        second = made["salesInvoiceItems"][1]["salesInvoiceItemCode"]
        for name in ("itemCode", "salesInvoiceItemCode"):
            note = await credited(seller, made["salesInvoiceCode"], [{name: second, "amount": "5.00"}])
            assert [(line["position"], line["amount"]) for line in note["creditNoteItems"]] == [(2, 5)]

    async def test_numbers_and_texts_are_exact(self, seller: Client) -> None:
        code = await sold(seller, item(productQuantity=0.3, unitPrice=10))
        note = await credited(seller, code, [{"position": 1, "quantity": 0.1}])
        assert (note["netAmount"], note["creditNoteItems"][0]["productQuantity"]) == (1, 0.1)
        note = await credited(seller, code, [{"position": 1, "quantity": "0.1"}])
        assert note["netAmount"] == 1

    async def test_charges_go_back_when_they_are_named(self, seller: Client) -> None:
        shipping = {"name": "Shipping", "amount": 9.9, "taxCode": "TX-0000001"}
        code = await sold(seller, charges=[shipping])
        note = await credited(seller, code, [], charges=[{"position": 1, "amount": 4.9}])
        assert [(one["position"], one["name"], one["amount"]) for one in note["charges"]] == [(1, "Shipping", 4.9)]
        assert note["totalAmount"] == 5.24  # 4.90 and 0.343 of tax

    async def test_the_day_may_be_given_and_is_not_before_the_invoices(self, seller: Client) -> None:
        code = await sold(seller)
        note = await credited(seller, code, [{"position": 1, "amount": 1}], creditNoteDate="18-06-2020")
        assert note["creditNoteDate"] == "18-06-2020"
        assert await refusal(seller, code, **ALL, creditNoteDate="17-06-2020") == {
            "creditNoteDate": "is before the invoice's date"
        }

    @pytest.mark.parametrize(("zone", "hour"), [("Asia/Singapore", 18), ("Asia/Singapore", 12), ("Etc/UTC", 18)])
    async def test_the_day_has_come_on_the_sites_clock(
        self, seller: Client, sessions: Sessions, tenant: str, monkeypatch: pytest.MonkeyPatch, zone: str, hour: int
    ) -> None:
        """Singapore is eight hours ahead: there the 21st has begun at 18:00 UTC of the 20th."""

        class Clock(datetime):
            @classmethod
            def now(cls, tz: tzinfo | None = None) -> "Clock":
                return cls(2026, 11, 20, hour, tzinfo=UTC).astimezone(tz)

        code = await sold(seller)
        async with sessions.begin() as session:
            home = {**SITE["homeBase"], "timezone": zone}
            await session.execute(update(Site).where(Site.tenant == tenant).values(body={**SITE, "homeBase": home}))
        monkeypatch.setattr(credit_notes, "datetime", Clock)
        today = 21 if (zone, hour) == ("Asia/Singapore", 18) else 20
        tomorrow = f"{today + 1}-11-2026"
        assert await refusal(seller, code, **ALL, creditNoteDate=tomorrow) == {
            "creditNoteDate": f"is after 2026-11-{today}, and that day has not come yet"
        }
        assert (await credited(seller, code, creditNoteDate=f"{today}-11-2026"))["totalAmount"] == 256.8

    @pytest.mark.parametrize("lines", ["all", [{"position": 1, "quantity": 1}]])
    async def test_an_invoice_whose_parts_have_no_tax_group_is_not_credited(
        self, seller: Client, sessions: Sessions, tenant: str, lines: object
    ) -> None:
        broken = invoice_of(tenant, "EON1", "RE-1").model_copy(update={"tax_groups": ()})
        async with sessions.begin() as session:
            await invoices.add_invoice(session, broken, SeriesPlace(uuid4(), 1), order_round=0)
            await sales_invoices.enter_issued(session, broken, Entry(actor="job:1"))
        found = await refusal(seller, "RE-1", 409, lines=lines)
        assert "has parts and 0 groups" in found["BR-S-1"]

    async def test_rules_that_the_figures_break_are_named(
        self, seller: Client, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        def broken(_invoice: object) -> None:
            raise RulesViolated((Violation("BR-CO-14", "BT-110 is 1, its groups sum to 2"),))

        code = await sold(seller)
        monkeypatch.setattr(issuing, "require_valid", broken)
        assert await refusal(seller, code, 409, **ALL) == {"BR-CO-14": "BT-110 is 1, its groups sum to 2"}
        assert (await seller.get(PATH)).json()["totalElements"] == 0

    @pytest.mark.parametrize(
        ("members", "field", "words"),
        [
            ({"lines": [{"position": 1, "quantity": 3}]}, "lines.0.quantity", "is 3, and 2 is left to be credited"),
            ({"lines": [{"position": 1, "amount": 240.01}]}, "lines.0.amount", "is 240.01, and 240.00 is left"),
            ({"lines": [{"position": 2}]}, "lines.0.position", "no such line"),
            ({"lines": [{"itemCode": "SII-9"}]}, "lines.0.itemCode", "no such item"),
            ({"lines": [{"quantity": 1}]}, "lines.0", "position or its itemCode"),
            ({"lines": [{"position": 1, "quantity": 1, "amount": 1}]}, "lines.0", "not both"),
            ({"lines": [{"position": 1, "quantity": 0}]}, "lines.0.quantity", "not above zero"),
            ({"lines": [{"position": 1, "amount": 0.001}]}, "lines.0.amount", "finer than 0.01"),
            ({"lines": [{"position": 1, "quantity": "many"}]}, "lines.0.quantity", "must be a number"),
            ({"lines": [{"position": 0}]}, "lines.0.position", "greater than or equal to 1"),
            ({"lines": "some"}, "lines", '"all" or a list'),
            ({"lines": None}, "lines", '"all" or a list'),
            ({"lines": []}, "lines", "nothing to credit"),
            ({}, "lines", "nothing to credit"),
            ({"lines": [], "charges": [{"position": 1}]}, "charges.0.position", "no such charge"),
            ({"lines": "all", "creditNoteDate": "2026-11-22"}, "creditNoteDate", "dd-MM-yyyy"),
        ],
    )
    async def test_a_request_that_cannot_be_met_names_the_member(
        self, seller: Client, members: Json, field: str, words: str
    ) -> None:
        code = await sold(seller)
        found = await refusal(seller, code, **members)
        assert list(found) == [field]
        assert words in found[field]
        assert (await seller.get(PATH)).json()["totalElements"] == 0

    async def test_what_is_credited_in_full_is_not_credited_again(self, seller: Client) -> None:
        code = await sold(seller)
        await credited(seller, code)
        answer = await seller.post(PATH, json={"salesInvoiceCode": code, **ALL})
        assert (answer.status_code, answer.json()["errorMessage"]) == (409, "The invoice is credited in full")

    async def test_a_draft_and_an_unknown_invoice_cannot_be_credited(self, seller: Client) -> None:
        draft = await created(seller, request(draft=True))
        assert await refusal(seller, draft["salesInvoiceCode"], **ALL) == {
            "salesInvoiceCode": "is a draft, and nothing of it has been invoiced"
        }
        assert await refusal(seller, "none", 404, **ALL) == {"salesInvoiceCode": "Sales invoice not found."}
        for place in (f"{PATH}/none", f"{PATH}/none/pdf"):
            assert (await seller.get(place)).status_code == 404

    async def test_a_series_that_is_used_up_credits_nothing(
        self, seller: Client, sessions: Sessions, tenant: str
    ) -> None:
        code = await sold(seller)
        await credited(seller, code, [{"position": 1, "amount": 1}])
        async with sessions.begin() as session:
            series = SequenceSchema.tenant == tenant, SequenceSchema.schema_type == "creditNoteNoSequence"
            await session.execute(update(SequenceSchema).where(*series).values(max_value=1))
        answer = await seller.post(PATH, json={"salesInvoiceCode": code, **ALL})
        assert answer.status_code == 409
        assert (await invoice(seller, code))["dueAmount"] == 255.73  # 256.80 - 1.07

    async def test_its_workflow_is_started_after_the_commit(
        self, seller: Client, tenant: str, temporal_gate: TemporalGateFake
    ) -> None:
        note = await credited(seller, await sold(seller))
        (start,) = [one for one in temporal_gate.outbox if one.workflow == "CreditNoteSettlement"]
        assert start.workflow_id == credit_note_workflow_id(tenant, note["id"])
        assert start.input["mail_id"]

    async def test_the_same_key_makes_one(self, seller: Client) -> None:
        code = await sold(seller)
        body = {"salesInvoiceCode": code, "lines": [{"position": 1, "amount": 1}]}
        answers = [await seller.post(PATH, json=body, headers={"Idempotency-Key": "k"}) for _ in range(3)]
        assert {(one.status_code, one.json()["creditNoteCode"]) for one in answers} == {(201, "CN-0000001")}
        other = await seller.post(PATH, json=body | {"lines": "all"}, headers={"Idempotency-Key": "k"})
        assert other.status_code == 409

    async def test_parts_at_once_never_exceed_the_invoice(
        self, seller: Client, crowd: CrowdFactory, token: TokenMaker, tenant: str
    ) -> None:
        code = await sold(seller)
        body = {"salesInvoiceCode": code, "lines": [{"position": 1, "amount": 100}]}
        async with crowd(await token(tenant)) as everybody:
            answers: list[httpx.Response] = await asyncio.gather(*(everybody.post(PATH, json=body) for _ in range(6)))
        assert sorted(answer.status_code for answer in answers) == [201, 201, 400, 400, 400, 400]
        assert (await invoice(seller, code))["dueAmount"] == 42.8  # 256.80 - 2 x 107.00

    async def test_another_tenant_sees_and_credits_nothing(
        self, seller: Client, api_client: ApiClientFactory, token: TokenMaker, sessions: Sessions
    ) -> None:
        code = await sold(seller)
        await credited(seller, code, [{"position": 1, "amount": 1}])
        async with api_client(token=await token(await another_tenant(sessions))) as stranger:
            assert (await stranger.get(f"{PATH}/CN-0000001")).status_code == 404
            assert (await stranger.get(PATH)).json()["totalElements"] == 0
            assert await refusal(stranger, code, 404, **ALL) == {"salesInvoiceCode": "Sales invoice not found."}
            assert (await stranger.post(f"{PATH}/CN-0000001/retry")).status_code == 404

    async def test_only_who_manages_invoices_credits(
        self, seller: Client, api_client: ApiClientFactory, token: TokenMaker, tenant: str
    ) -> None:
        code = await sold(seller)
        async with api_client(token=await token(tenant, [INVOICE_VIEW])) as viewer:
            assert (await viewer.post(PATH, json={"salesInvoiceCode": code, **ALL})).status_code == 403
            assert (await viewer.get(PATH)).status_code == 200
            assert (await viewer.post(f"{PATH}/x/retry")).status_code == 403

    async def test_the_pdf_comes_as_it_was_stored(
        self, seller: Client, api_services: ApiServices, sessions: Sessions, tenant: str
    ) -> None:
        note = await credited(seller, await sold(seller))
        stored = await api_services.documents.put(tenant, b"%PDF-1.7 credit", "application/pdf", ".pdf")
        async with sessions.begin() as session:
            view = await invoices.load(session, tenant, note["id"])
            document = document_of(view, key=stored.key, sha256=stored.sha256, size=stored.size_bytes)
            await invoices.add_document(session, document)
        answer = await seller.get(f"{PATH}/CN-0000001/pdf")
        assert (answer.status_code, answer.content) == (200, b"%PDF-1.7 credit")
        assert answer.headers["content-disposition"] == 'attachment; filename="CN-0000001.pdf"'

    async def test_a_settlement_that_is_not_held_cannot_be_tried_again(
        self, seller: Client, temporal_gate: TemporalGateFake
    ) -> None:
        await credited(seller, await sold(seller))
        temporal_gate.retry_answer = RetryAnswer.NOT_HELD
        answer = await seller.post(f"{PATH}/CN-0000001/retry")
        assert (answer.status_code, answer.json()["errorMessage"]) == (409, "The credit note is not on hold")
        temporal_gate.retry_answer = RetryAnswer.UNKNOWN  # ended from outside, with the PDF still to be made
        assert (await seller.post(f"{PATH}/CN-0000001/retry")).status_code == 202
        assert temporal_gate.outbox[-1].repeatable


async def refused_refund(sessions: Sessions, tenant: str, note: Json, state: EffectState = EffectState.REFUSED) -> None:
    """As if the invoice had been captured, and its refund had gone so far."""
    new = NewEffect(
        tenant=tenant,
        key="R",
        order_id="EON1",
        amount=Decimal("256.80"),
        currency="SGD",
        transaction_id="T1",
        requested_by="run/1",
        kind=EffectKind.REFUND,
        credit_note_id=UUID(note["id"]),
    )
    async with sessions.begin() as session:
        await effects.start_effect(session, new, state)


class TestGivenBackOutside:
    REFUND = f"{PATH}/CN-0000001/refund"

    async def test_it_is_recorded_and_the_settlement_goes_on(
        self, seller: Client, sessions: Sessions, tenant: str, temporal_gate: TemporalGateFake
    ) -> None:
        note = await credited(seller, await sold(seller))
        await refused_refund(sessions, tenant, note)
        answer = await seller.post(self.REFUND, json={"reference": " re_4711 ", "note": "by hand"})
        assert answer.status_code == 200, answer.text
        assert answer.json()["refund"]["status"] == "REFUNDED"
        assert temporal_gate.retried == [(tenant, note["id"])]
        async with sessions() as session:
            row = await refunds.latest_refund(session, tenant, UUID(note["id"]))
        assert row is not None
        assert (row.reference, row.message, row.state) == ("re_4711", "by hand", "DONE")
        assert row.key == f"credit-note/{tenant}/{note['id']}:refund:outside"

    @pytest.mark.parametrize(
        ("state", "status"),
        [
            (EffectState.WANTED, "PENDING"),
            (EffectState.STARTED, "PENDING"),
            (EffectState.DONE, "REFUNDED"),
            (None, "NONE"),
        ],
    )
    async def test_only_a_refused_one(
        self,
        seller: Client,
        sessions: Sessions,
        tenant: str,
        temporal_gate: TemporalGateFake,
        state: EffectState | None,
        status: str,
    ) -> None:
        note = await credited(seller, await sold(seller))
        if state:
            await refused_refund(sessions, tenant, note, state)
        answer = await seller.post(self.REFUND, json={"reference": "re_4711"})
        words = f"The refund is {status}; only a REFUSED one can be recorded as given back outside"
        assert (answer.status_code, answer.json()["errorMessage"]) == (409, words)
        assert temporal_gate.retried == []

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({}, "reference"),
            ({"reference": " "}, "reference"),
            ({"reference": None}, "reference"),
            ({"reference": "x" * 201}, "reference"),
            ({"reference": "re\u0000"}, "reference"),
            ({"reference": "re", "note": "x" * 1001}, "note"),
            ({"reference": "re", "note": "re\u0000"}, "note"),
            ([], "body"),
        ],
    )
    async def test_a_body_that_says_nothing_names_the_member(
        self, seller: Client, sessions: Sessions, tenant: str, body: object, field: str
    ) -> None:
        await refused_refund(sessions, tenant, await credited(seller, await sold(seller)))
        answer = await seller.post(self.REFUND, json=body)
        assert answer.status_code == 400, answer.text
        assert list(faults(answer.json())) == [field]

    async def test_nobody_else_records_it(
        self, seller: Client, sessions: Sessions, tenant: str, api_client: ApiClientFactory, token: TokenMaker
    ) -> None:
        await refused_refund(sessions, tenant, await credited(seller, await sold(seller)))
        body = {"reference": "re_4711"}
        async with api_client(token=await token(await another_tenant(sessions))) as stranger:
            assert (await stranger.post(self.REFUND, json=body)).status_code == 404
        async with api_client(token=await token(tenant, [INVOICE_VIEW])) as viewer:
            assert (await viewer.post(self.REFUND, json=body)).status_code == 403


class TestOrders:
    @pytest.fixture
    async def client(self, api_client: ApiClientFactory, token: TokenMaker, tenant: str) -> Any:
        async with api_client(token=await token(tenant, [INVOICE_MANAGE])) as client:
            yield client

    def path(self, tenant: str, order_id: str = "EON1") -> str:
        return f"/invoice/{tenant}/orders/{order_id}/credit-notes"

    async def test_an_order_without_an_invoice_is_not_found(self, client: Client, tenant: str) -> None:
        answer = await client.post(self.path(tenant), json=ALL)
        assert (answer.status_code, answer.json()) == (
            404,
            {"message": "The order has no invoice", "code": "404", "detailInfo": "orderId: The order has no invoice"},
        )
        assert (await client.get(self.path(tenant))).json() == {"creditNotes": [], "total": 0}

    async def test_the_invoice_of_former_times_without_its_row_is_not_found(
        self, client: Client, sessions: Sessions, tenant: str
    ) -> None:
        await issue(sessions, tenant, "EON1")
        assert (await client.post(self.path(tenant), json=ALL)).status_code == 404

    @pytest.mark.parametrize(
        ("body", "field"),
        [
            ({"lines": "all", "line": 1}, "line"),
            ({"lines": [{"position": 1, "pieces": 1}]}, "lines.0.pieces"),
            ({"lines": "most"}, "lines"),
            ([], "body"),
        ],
    )
    async def test_members_that_are_not_known_are_refused_in_the_dialect(
        self, client: Client, tenant: str, body: object, field: str
    ) -> None:
        answer = await client.post(self.path(tenant), json=body)
        assert (answer.status_code, answer.json()["code"]) == (400, "400")
        assert answer.json()["detailInfo"].startswith(f"{field}: ")

    async def test_another_tenants_orders_are_none_of_ours(
        self, client: Client, sessions: Sessions, tenant: str
    ) -> None:
        other = await another_tenant(sessions)
        assert (await client.post(self.path(other), json=ALL)).status_code == 403
