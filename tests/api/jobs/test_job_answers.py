"""Reading jobs (Emporix A.1.2): what became of every order, page by page, and the list of jobs."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID, uuid4

import pytest
from pydantic import JsonValue
from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.security.access import CONFIGURATION_VIEW, INVOICE_VIEW
from database import invoices, jobs
from database.jobs import ItemOutcome, NewJob
from database.tables import Job
from invoicing.document_forms import DocumentForm
from tests.api_fixtures import ApiClientFactory, Client, TokenMaker
from tests.database.rows import another_tenant, document_of, issue

Sessions = async_sessionmaker[AsyncSession]
NOT_THERE: JsonValue = {
    "message": "The job does not exist",
    "code": "404",
    "detailInfo": "jobId: The job does not exist",
}


def path(tenant: str, job_id: object = "") -> str:
    return f"/invoice/{tenant}/jobs/invoices{f'/{job_id}' if job_id else ''}"


async def accept(sessions: Sessions, tenant: str, *order_ids: str, job_type: str = "MANUAL") -> UUID:
    async with sessions.begin() as session:
        return await jobs.create_job(session, NewJob(tenant, job_type, order_ids))


async def record(sessions: Sessions, tenant: str, job_id: UUID, order_id: str, outcome: ItemOutcome) -> None:
    async with sessions.begin() as session:
        await jobs.record_outcome(session, tenant, job_id, order_id, outcome)


def failed(state: str = "FAILURE", reason: str = "unknown_order", step: str = "look_up_order") -> ItemOutcome:
    return ItemOutcome(state=state, step=step, reason=reason, message=f"because: {reason}", invoice_id=None)


def succeeded(invoice_id: UUID) -> ItemOutcome:
    return ItemOutcome(state="SUCCESS", step=None, reason=None, message="Invoice created", invoice_id=invoice_id)


@pytest.fixture
async def client(api_client: ApiClientFactory, token: TokenMaker, tenant: str) -> AsyncIterator[Client]:
    async with api_client(token=await token(tenant, [INVOICE_VIEW])) as client:
        yield client


async def test_a_job_that_temporal_has_not_begun_shows_its_orders_pending(
    client: Client, tenant: str, sessions: Sessions
) -> None:
    job_id = await accept(sessions, tenant, "EON1001", "EON1002")
    read = await client.get(path(tenant, job_id))
    body = read.json()
    assert datetime.fromisoformat(body.pop("createdAt")).tzinfo is not None
    assert (read.status_code, body) == (
        200,
        {
            "jobId": str(job_id),
            "jobStatus": "IN_PROGRESS",
            "status": "IN_PROGRESS",
            "jobType": "MANUAL",
            "counts": {"total": 2, "success": 0, "failure": 0, "held": 0, "pending": 2},
            "orders": [
                {"orderId": "EON1001", "orderStatus": "PENDING"},
                {"orderId": "EON1002", "orderStatus": "PENDING"},
            ],
        },
    )
    assert read.headers["x-total-count"] == "2"


async def test_a_job_shows_what_became_of_every_order(client: Client, tenant: str, sessions: Sessions) -> None:
    job_id = await accept(sessions, tenant, "EON1", "EON2", "EON3", "EON4")
    invoice = await issue(sessions, tenant, "EON1", number="INV261001")
    async with sessions.begin() as session:
        await invoices.add_document(session, document_of(invoice))
    await record(sessions, tenant, job_id, "EON1", succeeded(invoice.id))
    await record(sessions, tenant, job_id, "EON2", failed())
    await record(sessions, tenant, job_id, "EON3", failed("HELD", "payment_declined", "capture_payment"))
    body = (await client.get(path(tenant, job_id))).json()
    assert body["counts"] == {"total": 4, "success": 1, "failure": 1, "held": 1, "pending": 1}
    assert body["orders"] == [
        {
            "orderId": "EON1",
            "orderStatus": "SUCCESS",
            "message": "Invoice created",
            "downloadLink": f"http://127.0.0.1:8000/invoice/{tenant}/invoices/{invoice.id}/pdf",
            "invoiceNumber": "INV261001",
            "totalAmount": "11.90",  # one thing at 10.00 and 19 %
            "currency": "EUR",
        },
        {
            "orderId": "EON2",
            "orderStatus": "FAILURE",
            "message": "because: unknown_order",
            "step": "look_up_order",
            "reason": "unknown_order",
        },
        {
            "orderId": "EON3",
            "orderStatus": "FAILURE",
            "message": "because: payment_declined",
            "step": "capture_payment",
            "reason": "payment_declined",
            "held": True,
        },
        {"orderId": "EON4", "orderStatus": "PENDING"},
    ]


async def test_a_link_is_given_when_there_is_a_pdf_to_download(client: Client, tenant: str, sessions: Sessions) -> None:
    job_id = await accept(sessions, tenant, "EON1")
    invoice = await issue(sessions, tenant, "EON1", number="INV261001")
    held = ItemOutcome("HELD", "create_pdf", "template_error", "no", invoice.id)
    await record(sessions, tenant, job_id, "EON1", held)
    (order,) = (await client.get(path(tenant, job_id))).json()["orders"]
    assert order["invoiceNumber"] == "INV261001"
    assert "downloadLink" not in order
    async with sessions.begin() as session:
        await invoices.add_document(session, document_of(invoice, form=DocumentForm.CII))
    (order,) = (await client.get(path(tenant, job_id))).json()["orders"]
    assert "downloadLink" not in order
    async with sessions.begin() as session:
        await invoices.add_document(session, document_of(invoice))
    (order,) = (await client.get(path(tenant, job_id))).json()["orders"]
    assert order["downloadLink"].endswith(f"/{invoice.id}/pdf")


async def test_a_job_says_when_it_began_and_ended(client: Client, tenant: str, sessions: Sessions) -> None:
    job_id = await accept(sessions, tenant, "EON1")
    async with sessions.begin() as session:
        await jobs.begin_job(session, tenant, job_id)
    running = (await client.get(path(tenant, job_id))).json()
    assert (running["jobStatus"], "finishedAt" in running) == ("IN_PROGRESS", False)
    await record(sessions, tenant, job_id, "EON1", failed())
    async with sessions.begin() as session:
        await jobs.explain_job(session, tenant, job_id, "cancelled by a person")
        await jobs.finish_job(session, tenant, job_id)
    done = (await client.get(path(tenant, job_id))).json()
    assert (done["jobStatus"], done["status"], done["message"]) == ("DONE", "DONE", "cancelled by a person")
    instants = [datetime.fromisoformat(done[name]) for name in ("createdAt", "startedAt", "finishedAt")]
    assert instants == sorted(instants)
    assert running["startedAt"] == done["startedAt"]


async def test_a_job_that_found_nothing_has_no_orders(client: Client, tenant: str, sessions: Sessions) -> None:
    job_id = await accept(sessions, tenant, job_type="AUTOMATIC")
    body = (await client.get(path(tenant, job_id))).json()
    assert (body["orders"], body["jobType"]) == ([], "AUTOMATIC")
    assert body["counts"] == {"total": 0, "success": 0, "failure": 0, "held": 0, "pending": 0}


async def test_orders_come_page_by_page_or_all_at_once(client: Client, tenant: str, sessions: Sessions) -> None:
    ids = [f"EON{number}" for number in range(1, 8)]
    job_id = await accept(sessions, tenant, *ids)

    async def page(**query: int) -> list[str]:
        read = await client.get(path(tenant, job_id), params=query)
        assert read.headers["x-total-count"] == "7"
        assert read.json()["counts"]["total"] == 7
        return [order["orderId"] for order in read.json()["orders"]]

    assert await page() == ids
    assert await page(pageSize=3) == ids[:3]
    assert await page(pageSize=3, pageNumber=2) == ids[3:6]
    assert await page(pageSize=3, pageNumber=3) == ids[6:]
    assert await page(pageSize=3, pageNumber=4) == []


async def test_pages_that_cannot_be_are_refused_by_the_name_of_the_parameter(
    client: Client, tenant: str, sessions: Sessions
) -> None:
    job_id = await accept(sessions, tenant, "EON1")
    for url in (path(tenant), path(tenant, job_id)):
        for name, value in (("pageNumber", "0"), ("pageNumber", "x"), ("pageSize", "0"), ("pageSize", "1001")):
            answer = await client.get(url, params={name: value})
            assert (answer.status_code, answer.json()["code"]) == (400, "400")
            assert answer.json()["detailInfo"].startswith(f"{name}: "), (name, value)
        far = await client.get(url, params={"pageNumber": str(10**30), "pageSize": "1"})
        assert far.status_code == 400


async def test_jobs_are_listed_the_newest_first(client: Client, tenant: str, sessions: Sessions) -> None:
    ids = [await accept(sessions, tenant, "EON1") for _ in range(3)]
    async with sessions.begin() as session:
        # The second is made the newest.
        newest = update(Job).where(Job.id == ids[1]).values(created_at=Job.created_at + timedelta(hours=1))
        await session.execute(newest)
    await accept(sessions, await another_tenant(sessions), "EON1")
    listed = await client.get(path(tenant))
    assert listed.status_code == 200
    assert (listed.json()["total"], listed.headers["x-total-count"]) == (3, "3")
    assert [job["jobId"] for job in listed.json()["jobs"]] == [str(ids[1]), str(ids[2]), str(ids[0])]
    assert "orders" not in listed.json()["jobs"][0]
    second = await client.get(path(tenant), params={"pageSize": 2, "pageNumber": 2})
    assert [job["jobId"] for job in second.json()["jobs"]] == [str(ids[0])]
    assert second.json()["jobs"][0]["counts"] == {"total": 1, "success": 0, "failure": 0, "held": 0, "pending": 1}
    assert second.headers["x-total-count"] == "3"


async def test_a_tenant_without_jobs_lists_none(client: Client, tenant: str) -> None:
    listed = await client.get(path(tenant))
    assert (listed.status_code, listed.json()) == (200, {"jobs": [], "total": 0})


async def test_a_job_that_is_not_the_tenants_does_not_exist(client: Client, tenant: str, sessions: Sessions) -> None:
    other = await another_tenant(sessions)
    theirs = await accept(sessions, other, "EON1")
    for job_id in (uuid4(), "sampleJobId", "0", "%00", theirs):
        read = await client.get(path(tenant, job_id))
        assert (read.status_code, read.json()) == (404, NOT_THERE), job_id
    forbidden = await client.get(path(other, theirs))
    assert (forbidden.status_code, forbidden.json()["code"]) == (403, "403")


async def test_jobs_are_shown_to_those_who_may_see_invoices(
    api_client: ApiClientFactory, token: TokenMaker, tenant: str, sessions: Sessions
) -> None:
    job_id = await accept(sessions, tenant, "EON1")
    async with api_client(token=await token(tenant, [CONFIGURATION_VIEW])) as stranger:
        answers = [await stranger.get(path(tenant)), await stranger.get(path(tenant, job_id))]
    reason = "Missing required scopes [invoice.invoice_view, invoice.invoice_manage]"
    for answer in answers:
        assert (answer.status_code, answer.json()) == (
            403,
            {"message": "User not authorized", "code": "403", "detailInfo": reason},
        )
    async with api_client() as nobody:
        assert (await nobody.get(path(tenant, job_id))).status_code == 401
