"""What the API says of electronic invoices: before they are issued, when they are refused, and afterwards."""

from typing import Any

import pytest
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import audit, configurations, invoices
from database.configurations import Entry
from database.secured_values import NO_KEY
from database.tables import DrawnNumber
from tests.api.sales_invoices.requests import URL, Json, created, item, request
from tests.api_fixtures import Client
from tests.workflows.deliveries import enter

Sessions = async_sessionmaker[AsyncSession]
NUMBER = {"taxNumber": "M90-1234567-8"}
"""What the seller of these tests lacks (BT-32)."""
REACHED = {"peppolId": "0195:SGUEN201912345K"}
BLOCK = {"whenIncomplete": "BLOCK"}
PREVIEW: Json = {"currency": "SGD", "salesInvoiceDueDate": "18-07-2030", "salesInvoiceItems": [item()]}


async def configure(sessions: Sessions, tenant: str, **settings: Any) -> None:
    async with sessions.begin() as session:
        await configurations.delete_entry(session, tenant, "invoiceDocument")
        await configurations.add_entries(session, tenant, [Entry("invoiceDocument", settings)], NO_KEY)


async def refusal(client: Client, path: str, body: Json) -> dict[str, Json]:
    """The terms that are missing, by their fields."""
    answer = await client.post(path, json=body)
    assert answer.status_code == 400, answer.text
    assert answer.json()["errorMessage"] == "The document is not issued: it lacks what its electronic form must say."
    return {fault.pop("field"): fault for fault in answer.json()["errors"]}


async def drawn(sessions: Sessions, tenant: str) -> int:
    async with sessions() as session:
        return len(list(await session.scalars(select(DrawnNumber).where(DrawnNumber.tenant == tenant))))


async def test_an_invoice_says_which_electronic_forms_it_has(
    seller: Client, sessions: Sessions, selling_tenant: str
) -> None:
    await configure(sessions, selling_tenant, seller=NUMBER, eInvoice={"ubl": "NEVER"})
    made = await created(seller, request())
    assert made["eInvoice"] == {"forms": ["CII"], "notMade": [], "missing": []}
    (listed,) = (await seller.get(URL)).json()["content"]
    assert listed["eInvoice"] == made["eInvoice"]


async def test_an_invoice_that_lacks_something_is_issued_and_says_what(
    seller: Client, sessions: Sessions, selling_tenant: str
) -> None:
    made = await created(seller, request())
    told = (await seller.get(f"{URL}/{made['salesInvoiceCode']}")).json()["eInvoice"]
    assert (told["forms"], told["notMade"]) == ([], ["CII", "UBL"])
    (term,) = [term for term in told["missing"] if term["rule"] == "BR-S-02"]
    assert (term["term"], term["field"]) == ("BT-31", "seller.tax_id")
    async with sessions() as session:
        events = await audit.list_events(
            session, selling_tenant, document=f"sales-invoice/{made['salesInvoiceCode']}", limit=9
        )
    (issued,) = [event for event in events if event.action == "issue"]
    assert issued.detail["notMade"] == [{"form": "CII"}, {"form": "UBL"}]
    assert issued.detail["missing"] == told["missing"]


async def test_drafts_and_what_was_issued_before_there_were_electronic_forms_say_nothing_of_them(
    seller: Client, sessions: Sessions, selling_tenant: str
) -> None:
    draft = await created(seller, request(status="DRAFT"))
    assert "eInvoice" not in draft
    old = await enter(sessions, selling_tenant)
    assert old.electronic is None
    assert "eInvoice" not in (await seller.get(f"{URL}/{old.number}")).json()


class TestBlocking:
    async def test_all_that_is_missing_is_told_at_once_and_no_number_is_drawn(
        self, seller: Client, sessions: Sessions, selling_tenant: str
    ) -> None:
        await configure(sessions, selling_tenant, eInvoice=BLOCK)
        faults = await refusal(seller, URL, request())
        assert faults["seller.tax_id"]["term"] == "BT-31"
        assert faults["seller.tax_id"]["rule"] == "BR-S-02"
        assert faults["seller.tax_id"]["error"].endswith("(BT-31, BR-S-02)")
        assert faults["seller.peppol_id"]["term"] == "BT-34"
        assert await drawn(sessions, selling_tenant) == 0
        await configure(sessions, selling_tenant, eInvoice=BLOCK, seller=NUMBER | REACHED)
        made = await created(seller, request(purchaseOrderRefNo="PO-7"))
        assert (made["salesInvoiceCode"], made["eInvoice"]["forms"]) == ("0000001", ["CII", "UBL"])

    async def test_a_draft_is_kept_until_it_is_issued(
        self, seller: Client, sessions: Sessions, selling_tenant: str
    ) -> None:
        await configure(sessions, selling_tenant, eInvoice=BLOCK)
        draft = await created(seller, request(status="DRAFT"))
        answer = await seller.put(f"{URL}/{draft['id']}", json=request(status="OPEN"))
        assert answer.status_code == 400
        assert {fault["term"] for fault in answer.json()["errors"]} >= {"BT-31", "BT-34"}
        assert (await seller.get(f"{URL}/{draft['salesInvoiceCode']}")).json()["status"] == "DRAFT"

    async def test_a_credit_note_is_refused_for_what_can_be_mended_and_gets_it_once_it_is(
        self, seller: Client, sessions: Sessions, selling_tenant: str
    ) -> None:
        """Its parties are those of the invoice, which was issued while nothing was asked for."""
        code = (await created(seller, request()))["salesInvoiceCode"]
        await configure(sessions, selling_tenant, eInvoice=BLOCK)
        before = await drawn(sessions, selling_tenant)
        wish = {"salesInvoiceCode": code, "lines": "all"}
        assert "seller.tax_id" in await refusal(seller, "/v1/credit-notes", wish)
        assert await drawn(sessions, selling_tenant) == before
        await configure(sessions, selling_tenant, eInvoice=BLOCK, seller=NUMBER | REACHED)
        answer = await seller.post("/v1/credit-notes", json=wish)
        assert answer.status_code == 201, answer.text
        async with sessions() as session:
            row = await invoices.find_by_number(session, selling_tenant, answer.json()["creditNoteCode"])
        assert row is not None
        assert "CII" in row.document["electronic"]["forms"]
        assert row.document["seller"]["tax_number"] == NUMBER["taxNumber"]

    async def test_an_opening_invoice_was_issued_elsewhere_and_is_let_pass(
        self, seller: Client, sessions: Sessions, selling_tenant: str
    ) -> None:
        await configure(sessions, selling_tenant, eInvoice=BLOCK)
        async with sessions.begin() as session:
            books = Entry("bookBeginningDate", "19-06-2020")
            await configurations.add_entries(session, selling_tenant, [books], NO_KEY)
        opening = {"openingInvoice": True, "openingDocumentNumber": "OLD-1", "totalAmount": 128.4, "taxAmount": 8.4}
        made = await created(seller, request(**opening))
        assert made["eInvoice"] == {"forms": [], "notMade": [], "missing": []}


class TestPreview:
    async def test_what_an_electronic_invoice_would_lack_is_told_and_not_refused(
        self, seller: Client, sessions: Sessions, selling_tenant: str
    ) -> None:
        await configure(sessions, selling_tenant, eInvoice=BLOCK)
        shown = (await seller.post(f"{URL}/preview", json=PREVIEW | {"contactCode": "C-0000001"})).json()["eInvoice"]
        assert (shown["forms"], shown["notMade"]) == ([], ["CII", "UBL"])
        assert {"seller.tax_id", "seller.peppol_id", "buyer.reference"} <= {one["field"] for one in shown["missing"]}

    async def test_nothing_is_said_of_a_buyer_that_nobody_has_named(
        self, seller: Client, sessions: Sessions, selling_tenant: str
    ) -> None:
        await configure(sessions, selling_tenant, eInvoice={"ubl": "ALWAYS"})
        shown = (await seller.post(f"{URL}/preview", json=PREVIEW)).json()["eInvoice"]
        assert {one["field"].partition(".")[0] for one in shown["missing"]} == {"seller"}

    async def test_what_lacks_nothing_says_so(self, seller: Client, sessions: Sessions, selling_tenant: str) -> None:
        await configure(sessions, selling_tenant, seller=NUMBER | REACHED)
        body = PREVIEW | {"contactCode": "C-0000001", "buyerReference": "Floor 3"}
        shown = (await seller.post(f"{URL}/preview", json=body)).json()["eInvoice"]
        assert shown == {"forms": ["CII", "UBL"], "notMade": [], "missing": []}

    async def test_without_a_site_there_is_nothing_to_say(self, seller: Client) -> None:
        shown = (await seller.post(f"{URL}/preview", json=PREVIEW | {"siteCode": "moon"})).json()
        assert "eInvoice" not in shown


class TestBuyersReference:
    async def test_it_is_the_contacts_unless_the_invoice_has_its_own(
        self, seller: Client, sessions: Sessions, selling_tenant: str
    ) -> None:
        """BT-10."""
        stored = (await seller.get("/v1/contacts/code/C-0000001")).json()
        contact = (await seller.patch(f"/v1/contacts/{stored['id']}", json={"buyerReference": "Floor 3"})).json()
        assert ("buyerReference" in stored, contact["buyerReference"]) == (False, "Floor 3")
        usual = await created(seller, request())
        own = await created(seller, request(buyerReference="Desk 9"))
        assert ("buyerReference" in usual, own["buyerReference"]) == (False, "Desk 9")
        async with sessions() as session:
            rows = [
                await invoices.find_by_number(session, selling_tenant, made["salesInvoiceCode"])
                for made in (usual, own)
            ]
        assert [row.document["buyer"]["reference"] for row in rows if row] == ["Floor 3", "Desk 9"]


@pytest.mark.parametrize(
    ("value", "errors"),
    [
        ({"layout": "MODERN", "mail": {"cc": "nobody"}}, ["value.layout", "value.mail.cc"]),
        ("COMPACT", ["value"]),
    ],
)
async def test_settings_that_cannot_be_read_are_refused_where_they_are_set(
    seller: Client, selling_tenant: str, value: object, errors: list[str]
) -> None:
    entry = {"key": "invoiceDocument", "value": value, "version": 1}
    answer = await seller.post(f"/configuration/{selling_tenant}/configurations", json=[entry])
    assert answer.status_code == 400
    assert [detail["message"].partition(": ")[0] for detail in answer.json()["details"]] == [
        f"0.{field}" for field in errors
    ]
    mixin = await seller.post(f"/site/{selling_tenant}/sites/main/mixins", json={"invoiceDocument": value})
    assert mixin.status_code == 400
    assert len(mixin.json()["details"]) == len(errors)
