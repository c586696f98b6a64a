"""Issuing: number, rules, chain and audit event together, or nothing."""

import asyncio
from datetime import date
from decimal import Decimal
from uuid import UUID, uuid4

import pytest
from pydantic import JsonValue
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from database import audit, configurations, document_templates
from database.configurations import Entry as Configured
from database.document_templates import TemplateKind
from database.invoices import NumberTaken
from database.issuing import CREDIT_NOTE_SERIES, ORDER_SERIES, SALES_SERIES, Issue, NumberToCome, issue, issue_opening
from database.sales_invoices import Entry
from database.secured_values import NO_KEY
from database.sequence_schemas import NewSchema, create_schema
from database.sequences import NoActiveSchema
from database.tables import DrawnNumber, IssuedInvoice
from invoicing.document.finishing import ElectronicIncomplete
from invoicing.document_forms import DocumentForm, Electronic
from invoicing.hash_chain import link
from invoicing.invoice import Invoice
from invoicing.look import Layout, Look, TemplateRef
from invoicing.rules.all_rules import RulesViolated
from invoicing.verification import IssuedRow, check_document
from tests.database.rows import another_tenant
from tests.documents.invoices import make_invoice

Sessions = async_sessionmaker[AsyncSession]


def wanted(tenant: str, schema_type: str = SALES_SERIES) -> Issue:
    return Issue(
        tenant=tenant,
        site={"code": "main"},
        issue_date=date(2026, 11, 22),
        entry=Entry(actor="client:test"),
        schema_type=schema_type,
    )


def invoice_of(tenant: str, invoice_id: UUID, number: str) -> Invoice:
    return make_invoice(tenant=tenant, id=invoice_id, number=number, order_id=None)


async def issue_one(sessions: Sessions, tenant: str) -> Invoice:
    async with sessions.begin() as session:
        return await issue(session, wanted(tenant), lambda id_, number: invoice_of(tenant, id_, number))


async def rows(sessions: Sessions, tenant: str) -> list[IssuedInvoice]:
    async with sessions() as session:
        found = select(IssuedInvoice).where(IssuedInvoice.tenant == tenant).order_by(IssuedInvoice.counter)
        return list(await session.scalars(found))


async def test_sixty_four_at_once_get_consecutive_numbers_in_one_chain(sessions: Sessions, tenant: str) -> None:
    """The default series among them: all 64 meet while it does not exist yet."""
    async with asyncio.timeout(90):
        await asyncio.gather(*(issue_one(sessions, tenant) for _ in range(64)))
    found = await rows(sessions, tenant)
    assert [row.counter for row in found] == list(range(1, 65))
    assert [row.number for row in found] == [f"{number:07d}" for number in range(1, 65)]
    assert [row.previous_hash for row in found] == [None, *(row.hash for row in found[:-1])]


async def test_figures_that_break_a_rule_take_no_number(sessions: Sessions, tenant: str) -> None:
    def wrong(invoice_id: UUID, number: str) -> Invoice:
        invoice = invoice_of(tenant, invoice_id, number)
        totals = invoice.totals.model_copy(update={"tax": invoice.totals.tax + Decimal("0.01")})
        return invoice.model_copy(update={"totals": totals})

    async with sessions() as session:
        with pytest.raises(RulesViolated, match="BR-CO-14"):
            await issue(session, wanted(tenant), wrong)
    assert await rows(sessions, tenant) == []
    assert (await issue_one(sessions, tenant)).number == "0000001"


async def test_issuing_is_written_into_the_audit_trail(sessions: Sessions, tenant: str) -> None:
    invoice = await issue_one(sessions, tenant)
    async with sessions() as session:
        (event,) = await audit.list_events(session, tenant, document=f"sales-invoice/{invoice.number}", limit=9)
        drawn = await session.scalar(select(DrawnNumber.drawn_by).where(DrawnNumber.tenant == tenant))
    assert (event.actor, event.action) == ("client:test", "issue")
    assert event.detail["total"] == "11.90"
    assert drawn == f"invoice:{invoice.id}"


async def test_only_the_default_series_is_made_by_itself(sessions: Sessions, tenant: str) -> None:
    async with sessions() as session:
        with pytest.raises(NoActiveSchema):
            await issue(
                session, wanted(tenant, "invoiceNoSequence"), lambda id_, number: invoice_of(tenant, id_, number)
            )


async def test_a_tenants_own_series_is_left_alone(sessions: Sessions, tenant: str) -> None:
    schema = NewSchema("ours", SALES_SERIES, "S-", "", 41, 99, 2, {})
    async with sessions.begin() as session:
        await create_schema(session, tenant, schema)
    assert (await issue_one(sessions, tenant)).number == "S-42"


async def test_an_opening_invoice_keeps_its_number_and_takes_none(sessions: Sessions, tenant: str) -> None:
    def opening(invoice_id: UUID, number: str) -> Invoice:
        return invoice_of(tenant, invoice_id, number).model_copy(update={"is_opening": True})

    async with sessions.begin() as session:
        await issue_opening(session, wanted(tenant), opening, "OLD-17")
    async with sessions() as session:
        with pytest.raises(NumberTaken):
            await issue_opening(session, wanted(tenant), opening, "OLD-17")
    (row,) = await rows(sessions, tenant)
    assert (row.number, row.counter, row.schema_id, row.previous_hash) == ("OLD-17", None, None, None)
    assert (await issue_one(sessions, tenant)).number == "0000001"


async def open_with(sessions: Sessions, tenant: str, number: str) -> None:
    async with sessions.begin() as session:
        await issue_opening(session, wanted(tenant), lambda id_, text: invoice_of(tenant, id_, text), number)


@pytest.mark.parametrize(("number", "series"), [("0000002", SALES_SERIES), ("CN-0000001", CREDIT_NOTE_SERIES)])
async def test_no_opening_invoice_takes_a_number_of_a_series_that_is_not_even_made_yet(
    sessions: Sessions, tenant: str, number: str, series: str
) -> None:
    with pytest.raises(NumberToCome, match=f"{series} has yet to print the number {number}"):
        await open_with(sessions, tenant, number)
    assert [(await issue_one(sessions, tenant)).number for _ in range(2)] == ["0000001", "0000002"]


async def test_an_opening_invoice_may_have_a_number_that_its_series_has_left_behind(
    sessions: Sessions, tenant: str
) -> None:
    """The series began at 41: it printed 42 only."""
    async with sessions.begin() as session:
        await create_schema(session, tenant, NewSchema("ours", SALES_SERIES, "S-", "", 41, 99, 2, {}))
    assert (await issue_one(sessions, tenant)).number == "S-42"
    for free in ("S-41", "S-07", "S-100", "0000002"):
        await open_with(sessions, tenant, free)
    with pytest.raises(NumberTaken):
        await open_with(sessions, tenant, "S-42")
    with pytest.raises(NumberToCome):
        await open_with(sessions, tenant, "S-43")


async def test_an_opening_invoice_takes_no_number_of_any_series_pools_and_idle_ones_among_them(
    sessions: Sessions, tenant: str
) -> None:
    required = {"__num__": {"required": True}}
    async with sessions.begin() as session:
        await create_schema(session, tenant, NewSchema("o", ORDER_SERIES, "INV__num__", "", 1000, 10**9, 4, required))
        await create_schema(session, tenant, NewSchema("x", ORDER_SERIES, "X", "", 0, 10**9, 4, {}))
        await create_schema(session, tenant, NewSchema("p", f"{ORDER_SERIES}--eu", "EU", "", 0, 99, 1, {}))
    for to_come in ("INV261002", "INV991001", "X0001", "EU1"):
        with pytest.raises(NumberToCome):
            await open_with(sessions, tenant, to_come)
    await open_with(sessions, tenant, "INV260999")


async def test_an_order_that_was_issued_in_a_round_is_not_issued_in_it_again(sessions: Sessions, tenant: str) -> None:
    """The last guard: whatever the code believes, the database lets one invoice of an order and round stand."""

    async def once() -> None:
        async with sessions.begin() as session:
            want = Issue(**{**vars(wanted(tenant)), "order_round": 0})
            await issue(
                session, want, lambda id_, number: make_invoice(tenant=tenant, id=id_, number=number, order_id="EON1")
            )

    results = await asyncio.gather(*(once() for _ in range(4)), return_exceptions=True)
    assert sorted(type(result).__name__ for result in results) == ["IntegrityError"] * 3 + ["NoneType"]
    (row,) = await rows(sessions, tenant)
    assert (row.counter, row.order_id) == (1, "EON1")


async def configure(sessions: Sessions, tenant: str, **settings: JsonValue) -> None:
    async with sessions.begin() as session:
        await configurations.add_entries(session, tenant, [Configured("invoiceDocument", settings)], NO_KEY)


def nameless(invoice: Invoice) -> Invoice:
    """An invoice whose electronic form would lack the buyer's name (BT-44)."""
    return invoice.model_copy(update={"buyer": invoice.buyer.model_copy(update={"name": ""})})


async def test_a_document_is_issued_with_the_look_that_holds_on_that_day(sessions: Sessions, tenant: str) -> None:
    """And with the template that is active then; what changes afterwards is for later documents."""
    before = await issue_one(sessions, tenant)
    await configure(sessions, tenant, layout="COMPACT", brandColour="#123456")
    async with sessions.begin() as session:
        content = {"html": "<p/>", "css": ""}
        added = await document_templates.add(
            session, tenant, TemplateKind.DOCUMENT, content, note=None, actor="client:c"
        )
        await document_templates.activate(session, tenant, TemplateKind.DOCUMENT, added.version, actor="client:c")
    after = await issue_one(sessions, tenant)
    assert before.look == Look()
    template = TemplateRef(id=added.id, version=1, sha256=added.sha256)
    assert after.look == Look(layout=Layout.COMPACT, brand_colour="#123456", template=template)
    assert [Invoice.model_validate(row.document) for row in await rows(sessions, tenant)] == [before, after]


async def test_a_template_of_another_kind_or_tenant_is_none_for_documents(sessions: Sessions, tenant: str) -> None:
    other = await another_tenant(sessions)
    async with sessions.begin() as session:
        for owner, kind in ((tenant, TemplateKind.MAIL), (other, TemplateKind.DOCUMENT)):
            await document_templates.add(session, owner, kind, {}, note=None, actor="client:c")
            await document_templates.activate(session, owner, kind, 1, actor="client:c")
    assert (await issue_one(sessions, tenant)).look.template is None


async def test_an_invoice_that_lacks_nothing_is_issued_with_its_electronic_form(
    sessions: Sessions, tenant: str
) -> None:
    invoice = await issue_one(sessions, tenant)
    assert invoice.electronic == Electronic(wanted=(DocumentForm.CII,), forms=(DocumentForm.CII,))
    async with sessions() as session:
        (event,) = await audit.list_events(session, tenant, document=f"sales-invoice/{invoice.number}", limit=9)
    assert event.detail.keys().isdisjoint({"notMade", "missing"})


async def test_what_keeps_an_electronic_form_from_being_made_is_in_the_audit_trail(
    sessions: Sessions, tenant: str
) -> None:
    async with sessions.begin() as session:
        invoice = await issue(session, wanted(tenant), lambda id_, number: nameless(invoice_of(tenant, id_, number)))
    assert invoice.electronic is not None
    assert invoice.electronic.forms == ()
    async with sessions() as session:
        (event,) = await audit.list_events(session, tenant, document=f"sales-invoice/{invoice.number}", limit=9)
    assert event.detail["notMade"] == [{"form": "CII"}]
    ((term, rule, field),) = [(one["term"], one["rule"], one["field"]) for one in event.detail["missing"]]
    assert (term, rule, field) == ("BT-44", "BR-07", "buyer.name")


async def test_a_tenant_that_wants_no_invoice_without_is_told_before_a_number_is_drawn(
    sessions: Sessions, tenant: str
) -> None:
    await configure(sessions, tenant, eInvoice={"whenIncomplete": "BLOCK"})
    async with sessions.begin() as session:
        with pytest.raises(ElectronicIncomplete, match="BT-44"):
            await issue(session, wanted(tenant), lambda id_, number: nameless(invoice_of(tenant, id_, number)))
        drawn = list(await session.scalars(select(DrawnNumber).where(DrawnNumber.tenant == tenant)))
    assert (drawn, await rows(sessions, tenant)) == ([], [])
    assert (await issue_one(sessions, tenant)).number == "0000001"


async def test_what_was_issued_before_there_were_electronic_forms_still_proves_itself(
    sessions: Sessions, tenant: str
) -> None:
    """Its hash is over the members that it had; later members have defaults."""
    async with sessions.begin() as session:
        old = invoice_of(tenant, uuid4(), "R1").model_dump(mode="json")
        for later in ("look", "electronic"):
            del old[later]
        known = Invoice.model_validate(old)
        figures = {name: getattr(known.totals, name) for name in ("net", "tax", "gross", "total", "payable")}
        session.add(
            IssuedInvoice(
                id=known.id,
                tenant=tenant,
                kind=known.kind,
                number="R1",
                issue_date=known.issue_date,
                currency=known.currency,
                document=old,
                hash=link(old, None),
                **figures,
            )
        )
    (row,) = await rows(sessions, tenant)
    assert list(check_document(IssuedRow.model_validate(row, from_attributes=True))) == []
    assert (known.look, known.electronic) == (Look(), None)
