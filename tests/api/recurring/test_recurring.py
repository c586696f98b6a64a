"""Recurring invoices over HTTP: starting, pausing, stopping, changing, reading, and a scheduler outside."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.security.access import INVOICE_VIEW
from database import recurrences, sales_invoices
from database.tables import MailRequest, SequenceSchema, WorkflowStart
from tests.api.sales_invoices.requests import URL, created, faults, request, seller
from tests.api_fixtures import ApiClientFactory, Client, TemporalGateFake, TokenMaker
from tests.database.rows import another_tenant
from tests.database.sales import credit

__all__ = ["seller"]

Sessions = async_sessionmaker[AsyncSession]
Json = dict[str, Any]
SINGAPORE = ZoneInfo("Asia/Singapore")
MONTHLY: Json = {
    "recurrenceType": 1,
    "recurrenceFrequency": "MONTH",
    "invoiceRecurringCount": 3,
    "recurrenceEndDate": "31-12-2999",
}


def day(days_ago: int) -> str:
    """In the seller's time zone."""
    return (datetime.now(SINGAPORE).date() - timedelta(days=days_ago)).strftime("%d-%m-%Y")


async def invoice(seller: Client, **changes: Any) -> Json:
    dates = {"salesInvoiceDate": "31-01-2035", "salesInvoiceDueDate": "02-03-2035"}
    return await created(seller, request(**dates | changes))


async def wish(seller: Client, code: str, status: int = 200, **changes: Any) -> Json:
    body = {"documentCode": code, "documentType": "SALES_INVOICE", "recurring": True, **changes}
    answer = await seller.post(f"{URL}/set-recurring", json=body)
    assert answer.status_code == status, answer.text
    found: Json = answer.json()
    return found


async def read(seller: Client, id_: int) -> Json:
    answer = await seller.get(f"{URL}/{id_}/recurrence")
    assert answer.status_code == 200, answer.text
    found: Json = answer.json()
    return found


async def ask(seller: Client, code: str, when: str, **changes: Any) -> Any:
    event = {"jobId": "7", "parentDocumentCode": code, "documentType": "SALES_INVOICE", "documentDate": when}
    return await seller.post(f"{URL}/create-recurring", json=event | changes)


async def since(sessions: Sessions, tenant: str, id_: int, first: date) -> None:
    """As if the recurrence had been started that day, and the service down since."""
    async with sessions.begin() as session:
        row = await recurrences.find(session, tenant, id_)
        assert row is not None
        row.active_from = first


async def test_an_invoice_begins_to_recur(seller: Client, temporal_gate: TemporalGateFake, tenant: str) -> None:
    made = await invoice(seller)
    answer = await wish(seller, made["salesInvoiceCode"], salesInvoiceRecurring=MONTHLY)
    assert answer == {
        "documentCode": made["salesInvoiceCode"],
        "documentType": "SALES_INVOICE",
        "salesInvoiceId": made["id"],
        "recurring": True,
        "recurringActivated": True,
        "salesInvoiceRecurring": {"id": made["id"], **MONTHLY},
        "state": "ACTIVE",
        "nextDates": ["28-02-2035", "31-03-2035", "30-04-2035"],
        "copiesMade": 0,
        "problem": None,
        "copies": [],
    }
    assert await read(seller, made["id"]) == answer
    begun = temporal_gate.outbox[-1]
    assert (begun.workflow, begun.signal) == ("RecurringInvoice", "schedule_changed")
    assert begun.input == {"tenant": tenant, "sales_invoice_id": made["id"]}
    shown = (await seller.get(f"{URL}/{made['salesInvoiceCode']}")).json()
    assert (shown["recurring"], shown["recurringActivated"]) == (True, True)
    assert shown["salesInvoiceRecurring"] == {"id": made["id"], **MONTHLY}


async def test_an_invoice_that_is_created_with_a_schedule_recurs(
    seller: Client, temporal_gate: TemporalGateFake
) -> None:
    made = await invoice(seller, recurring=True, recurringActivated=True, salesInvoiceRecurring=MONTHLY)
    assert temporal_gate.outbox[-1].workflow == "RecurringInvoice"
    found = await read(seller, made["id"])
    assert (found["state"], found["nextDates"][0]) == ("ACTIVE", "28-02-2035")


async def test_pause_resume_and_stop_are_told_to_the_workflow_each_time(
    seller: Client, temporal_gate: TemporalGateFake
) -> None:
    code = (await invoice(seller))["salesInvoiceCode"]
    await wish(seller, code, salesInvoiceRecurring=MONTHLY)
    told = len(temporal_gate.outbox)
    paused = await wish(seller, code, recurringActivated=False)
    assert (paused["state"], paused["recurring"], paused["nextDates"]) == ("PAUSED", True, [])
    resumed = await wish(seller, code, recurringActivated=True)
    assert (resumed["state"], len(resumed["nextDates"])) == ("ACTIVE", 3)
    stopped = await wish(seller, code, recurring=False, recurringActivated=True)
    assert (stopped["state"], stopped["recurring"], stopped["recurringActivated"]) == ("STOPPED", False, False)
    assert stopped["salesInvoiceRecurring"]["invoiceRecurringCount"] == 3
    assert len(temporal_gate.outbox) == told + 3


async def test_while_temporal_is_away_the_wish_is_kept_for_it(
    seller: Client, temporal_gate: TemporalGateFake, sessions: Sessions, tenant: str
) -> None:
    code = (await invoice(seller))["salesInvoiceCode"]
    temporal_gate.is_away = True
    assert (await wish(seller, code, salesInvoiceRecurring=MONTHLY))["state"] == "ACTIVE"
    async with sessions() as session:
        left = select(WorkflowStart).where(WorkflowStart.tenant == tenant, WorkflowStart.started_at.is_(None))
        (start,) = await session.scalars(left)
    assert start.body["workflow"] == "RecurringInvoice"


async def test_a_draft_keeps_its_schedule_until_it_is_issued(seller: Client, temporal_gate: TemporalGateFake) -> None:
    draft = await invoice(seller, status="DRAFT")
    answer = await wish(seller, draft["salesInvoiceCode"], salesInvoiceRecurring=MONTHLY)
    assert (answer["state"], answer["nextDates"]) == ("WAITING", [])
    assert temporal_gate.outbox == []
    body = request(
        salesInvoiceDate="31-01-2035",
        salesInvoiceDueDate="02-03-2035",
        status="OPEN",
        recurring=True,
        recurringActivated=True,
        salesInvoiceRecurring=MONTHLY,
    )
    issued = await seller.put(f"{URL}/{draft['id']}", json=body)
    assert issued.status_code == 200
    assert temporal_gate.outbox[-1].workflow == "RecurringInvoice"
    assert (await read(seller, draft["id"]))["state"] == "ACTIVE"


async def test_an_invoice_that_never_recurred_says_so(seller: Client) -> None:
    found = await read(seller, (await invoice(seller))["id"])
    assert (found["state"], found["recurring"], found["salesInvoiceRecurring"]) == ("STOPPED", False, None)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"recurrenceType": 0}, "salesInvoiceRecurring.recurrenceType"),
        ({"recurrenceType": 1001}, "salesInvoiceRecurring.recurrenceType"),
        ({"recurrenceType": 1.5}, "salesInvoiceRecurring.recurrenceType"),
        ({"recurrenceType": None}, "salesInvoiceRecurring.recurrenceType"),
        ({"recurrenceType": True}, "salesInvoiceRecurring.recurrenceType"),
        ({"recurrenceFrequency": "YEAR"}, "salesInvoiceRecurring.recurrenceFrequency"),
        ({"invoiceRecurringCount": 0}, "salesInvoiceRecurring.invoiceRecurringCount"),
        ({"invoiceRecurringCount": 10_001}, "salesInvoiceRecurring.invoiceRecurringCount"),
        ({"recurrenceEndDate": "30-01-2035"}, "salesInvoiceRecurring.recurrenceEndDate"),
        ({"recurrenceEndDate": "2035-12-31"}, "salesInvoiceRecurring.recurrenceEndDate"),
        ({"recurrenceEndDate": "30-02-2036"}, "salesInvoiceRecurring.recurrenceEndDate"),
    ],
)
async def test_a_schedule_that_is_none_is_refused_by_its_field(
    seller: Client, changes: Json, field: str, temporal_gate: TemporalGateFake
) -> None:
    made = await invoice(seller)
    told = len(temporal_gate.outbox)
    error = await wish(seller, made["salesInvoiceCode"], 400, salesInvoiceRecurring=MONTHLY | changes)
    assert list(faults(error)) == [field]
    assert error["httpStatus"] == "BAD_REQUEST"
    assert (await read(seller, made["id"]))["salesInvoiceRecurring"] is None
    assert len(temporal_gate.outbox) == told


async def test_all_four_members_of_a_schedule_are_required(seller: Client) -> None:
    code = (await invoice(seller))["salesInvoiceCode"]
    error = await wish(seller, code, 400, salesInvoiceRecurring={})
    assert set(faults(error)) == {f"salesInvoiceRecurring.{name}" for name in MONTHLY}


async def test_who_wants_it_to_recur_says_when_once(seller: Client) -> None:
    code = (await invoice(seller))["salesInvoiceCode"]
    assert list(faults(await wish(seller, code, 400))) == ["salesInvoiceRecurring"]
    assert list(faults(await wish(seller, code, 400, documentType="QUOTATION"))) == ["documentType"]
    await wish(seller, "nothing", 404)


async def test_a_foreign_tenant_sees_and_changes_nothing(
    seller: Client, api_client: ApiClientFactory, token: TokenMaker, sessions: Sessions, tenant: str
) -> None:
    made = await invoice(seller, recurring=True, recurringActivated=True, salesInvoiceRecurring=MONTHLY)
    async with api_client(token=await token(await another_tenant(sessions))) as stranger:
        await wish(stranger, made["salesInvoiceCode"], 404, recurring=False)
        assert (await stranger.get(f"{URL}/{made['id']}/recurrence")).status_code == 404
        assert (await ask(stranger, made["salesInvoiceCode"], "28-02-2035")).status_code == 404
    assert (await read(seller, made["id"]))["recurring"] is True
    async with api_client(token=await token(tenant, [INVOICE_VIEW])) as reader:
        await wish(reader, made["salesInvoiceCode"], 403, recurring=False)
        assert (await reader.get(f"{URL}/{made['id']}/recurrence/")).status_code == 200


@pytest.mark.parametrize("id_", ["0", "99999999999999999999999"])
async def test_an_id_that_nothing_has_is_not_found(seller: Client, id_: str) -> None:
    answer = await seller.get(f"{URL}/{id_}/recurrence")
    assert (answer.status_code, answer.json()["errorMessage"]) == (404, "Sales Invoice with given id not found.")


async def overdue(seller: Client, sessions: Sessions, tenant: str, **changes: Any) -> Json:
    """A copy every day, of which three have come and none is made."""
    rhythm = MONTHLY | {"recurrenceFrequency": "DAYS", "invoiceRecurringCount": 9}
    made = await invoice(seller, salesInvoiceDate=day(3), salesInvoiceDueDate=day(-27), **changes)
    await wish(seller, made["salesInvoiceCode"], salesInvoiceRecurring=rhythm)
    first = datetime.now(SINGAPORE).date() - timedelta(days=2)
    await since(sessions, tenant, made["id"], first)
    return made


async def test_a_scheduler_outside_has_the_copy_of_a_date_made_once(
    seller: Client, sessions: Sessions, tenant: str, temporal_gate: TemporalGateFake
) -> None:
    made = await overdue(seller, sessions, tenant, fulfillmentComplete=True)
    answer = await ask(seller, made["salesInvoiceCode"], day(1))
    assert answer.status_code == 201, answer.text
    copy = answer.json()
    assert (copy["salesInvoiceDate"], copy["salesInvoiceDueDate"]) == (day(1), day(-29))
    assert (copy["totalAmount"], copy["dueAmount"], copy["status"]) == (128.4, 128.4, "OPEN")
    assert (copy["recurring"], copy["recurringActivated"], copy["salesInvoiceRecurring"]) == (False, False, None)
    assert (made["salesInvoiceCode"], copy["salesInvoiceCode"]) == ("0000001", "0000002")
    assert copy["fulfillmentStatus"] == "FULLY_FULFILLED"
    (line,), (own,) = copy["salesInvoiceItems"], made["salesInvoiceItems"]
    assert line["salesInvoiceItemCode"] != own["salesInvoiceItemCode"]
    changed = {"id", "salesInvoiceItemCode"}
    assert {k: v for k, v in line.items() if k not in changed} == {k: v for k, v in own.items() if k not in changed}
    assert copy.keys() == made.keys()
    assert temporal_gate.outbox[-1].workflow == "InvoiceDelivery"
    assert temporal_gate.outbox[-1].input["mail_id"] is not None
    again = await ask(seller, made["salesInvoiceCode"], day(1))
    assert (again.status_code, faults(again.json())) == (
        400,
        {"documentDate": "The copy of this date is made: 0000002"},
    )
    found = await read(seller, made["id"])
    assert found["copiesMade"] == 1
    assert found["copies"] == [
        {
            "occurrence": 1,
            "id": copy["id"],
            "salesInvoiceCode": "0000002",
            "salesInvoiceDate": day(1),
            "salesInvoiceDueDate": day(-29),
            "totalAmount": 128.4,
            "currency": "SGD",
            "status": "OPEN",
        }
    ]
    assert found["nextDates"][:3] == [day(2), day(0), day(-1)]
    assert (await seller.get(f"{URL}/0000002")).json() == copy


@pytest.mark.parametrize(
    ("when", "words"),
    [
        (-1, "The date has not come yet"),
        (3, "The date is not on the schedule"),
        (4, "The date is not on the schedule"),
        (-7, "The date is not on the schedule"),
    ],
)
async def test_a_date_without_a_copy_to_make_is_refused(
    seller: Client, sessions: Sessions, tenant: str, when: int, words: str
) -> None:
    """Nine copies: the first two days ago, the last in six days."""
    made = await overdue(seller, sessions, tenant)
    answer = await ask(seller, made["salesInvoiceCode"], day(when))
    assert (answer.status_code, faults(answer.json())) == (400, {"documentDate": words})


async def test_a_recurrence_that_is_not_active_has_no_copies_to_ask_for(
    seller: Client, sessions: Sessions, tenant: str
) -> None:
    made = await overdue(seller, sessions, tenant)
    await wish(seller, made["salesInvoiceCode"], recurringActivated=False)
    answer = await ask(seller, made["salesInvoiceCode"], day(1))
    assert (answer.status_code, list(faults(answer.json()))) == (400, ["parentDocumentCode"])
    other = await invoice(seller)
    answer = await ask(seller, other["salesInvoiceCode"], day(1))
    assert faults(answer.json()) == {"parentDocumentCode": "The invoice does not recur"}
    assert (await ask(seller, "nothing", day(1))).status_code == 404


@pytest.mark.parametrize(
    "changes", [{"documentDate": "1-1-2035"}, {"documentDate": None}, {"emailTo": "nobody"}, {"documentType": "BILL"}]
)
async def test_a_malformed_event_is_refused_by_its_field(
    seller: Client, sessions: Sessions, tenant: str, changes: Json
) -> None:
    made = await overdue(seller, sessions, tenant)
    answer = await ask(seller, made["salesInvoiceCode"], day(1), **changes)
    assert (answer.status_code, list(faults(answer.json()))) == (400, list(changes))


async def test_a_scheduler_outside_says_who_gets_the_mail(
    seller: Client, sessions: Sessions, tenant: str, temporal_gate: TemporalGateFake
) -> None:
    made = await overdue(seller, sessions, tenant)
    words = {"emailTo": "a@b.example; c@d.example", "emailSubject": "Rent", "emailBody": "Here it is."}
    assert (await ask(seller, made["salesInvoiceCode"], day(1), **words)).status_code == 201
    async with sessions() as session:
        (mail,) = await session.scalars(select(MailRequest).where(MailRequest.tenant == tenant))
    assert (mail.recipients, mail.subject, mail.body) == (["a@b.example", "c@d.example"], "Rent", "Here it is.")
    silent = await ask(seller, made["salesInvoiceCode"], day(2), sendEmailNotificationFlag=False)
    assert silent.status_code == 201
    assert temporal_gate.outbox[-1].input["mail_id"] is None


async def test_a_scheduler_outside_gets_no_copy_of_what_was_credited_in_part(
    seller: Client, sessions: Sessions, tenant: str
) -> None:
    """Until somebody wants the copies again."""
    made = await overdue(seller, sessions, tenant)
    async with sessions() as session:
        row = await sales_invoices.get(session, tenant, made["id"])
    assert row is not None
    await credit(sessions, row, "1.00")
    answer = await ask(seller, made["salesInvoiceCode"], day(1))
    assert (answer.status_code, list(faults(answer.json()))) == (409, ["parentDocumentCode"])
    assert "credited in part" in (await read(seller, made["id"]))["problem"]
    assert (await wish(seller, made["salesInvoiceCode"]))["problem"] is None
    assert (await ask(seller, made["salesInvoiceCode"], day(1))).status_code == 201


async def test_a_copy_that_gets_no_number_conflicts(seller: Client, sessions: Sessions, tenant: str) -> None:
    made = await overdue(seller, sessions, tenant)
    async with sessions.begin() as session:
        await session.execute(update(SequenceSchema).where(SequenceSchema.tenant == tenant).values(max_value=1))
    answer = await ask(seller, made["salesInvoiceCode"], day(1))
    assert (answer.status_code, list(faults(answer.json()))) == (409, ["parentDocumentCode"])
    async with sessions() as session:
        assert await sales_invoices.find(session, tenant, "0000002") is None


async def test_the_memo_of_a_copy_is_the_one_that_was_issued(seller: Client, sessions: Sessions, tenant: str) -> None:
    made = await overdue(seller, sessions, tenant, memo="Rent of the shop")
    await seller.patch(f"{URL}/{made['id']}", json={"memo": "paid late again"})
    copy = (await ask(seller, made["salesInvoiceCode"], day(1))).json()
    assert copy["memo"] == "Rent of the shop"
