"""Structured forms of issued documents over HTTP: as they were stored, made on demand, or refused."""

from collections.abc import AsyncIterator
from typing import Any

import pytest
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker

from api.security.access import CONFIGURATION_VIEW, INVOICE_VIEW
from api.services import ApiServices
from contracts.ids import form_workflow_id
from contracts.sales_invoice import DeliveryRequest
from database import invoices
from invoicing.document_forms import DocumentForm, Electronic
from invoicing.invoice import Invoice
from tests.api_fixtures import ApiClientFactory, Client, TemporalGateFake, TokenMaker
from tests.database.rows import another_tenant, document_of
from tests.database.sales import add_draft
from tests.documents.sales_invoices import sales_invoice
from tests.workflows.deliveries import enter, enter_credit_note

Sessions = async_sessionmaker[AsyncSession]
CII, UBL, XRECHNUNG = DocumentForm.CII, DocumentForm.UBL, DocumentForm.XRECHNUNG
REACHED = {"peppol_id": "9930:DE136695976", "contact": "Accounts", "phone": "+49 69 1234", "email": "a@shop.example"}
BOTH = Electronic(wanted=(CII, UBL), forms=(CII, UBL))


@pytest.fixture
async def client(api_client: ApiClientFactory, token: TokenMaker, tenant: str) -> AsyncIterator[Client]:
    async with api_client(token=await token(tenant, [INVOICE_VIEW])) as client:
        yield client


async def entered(sessions: Sessions, tenant: str, **changes: Any) -> Invoice:
    """An issued invoice that lacks nothing, in whatever form."""
    usual = sales_invoice()
    seller = usual.seller.model_copy(update=REACHED)
    buyer = usual.buyer.model_copy(update={"peppol_id": "9930:DE123456789", "reference": "04011000-12345-34"})
    return await enter(sessions, tenant, seller=seller, buyer=buyer, **changes)


async def store(sessions: Sessions, services: ApiServices, invoice: Invoice, form: DocumentForm) -> bytes:
    content = f"<{form}/>".encode()
    stored = await services.documents.put(invoice.tenant, content, invoices.XML, ".xml")
    row = document_of(invoice, key=stored.key, sha256=stored.sha256, size=stored.size_bytes, form=form)
    row.media_type = invoices.XML
    async with sessions.begin() as session:
        await invoices.add_document(session, row)
    return content


def paths(invoice: Invoice) -> list[str]:
    number = invoice.number
    return [
        f"/v1/invoices/sales/{number}/ubl",
        f"/v1/invoices/sales/ubl/{number}",
        f"/invoice/{invoice.tenant}/invoices/{invoice.id}/ubl",
    ]


def asked(gate: TemporalGateFake) -> list[tuple[str, tuple[DocumentForm, ...]]]:
    return [(start.workflow_id, DeliveryRequest.model_validate(start.input).forms) for start in gate.outbox]


async def test_a_stored_form_comes_as_it_was_stored(
    client: Client, sessions: Sessions, tenant: str, api_services: ApiServices, temporal_gate: TemporalGateFake
) -> None:
    invoice = await entered(sessions, tenant)
    content = await store(sessions, api_services, invoice, UBL)
    for path in paths(invoice):
        answer = await client.get(path)
        assert (answer.status_code, answer.content) == (200, content)
        assert answer.headers["content-type"].partition(";")[0] == "application/xml"
        assert answer.headers["content-disposition"] == f'attachment; filename="{invoice.number}-ubl.xml"'
        async with sessions() as session:
            row = await invoices.find_document(session, tenant, invoice.id, UBL)
        assert row is not None
        assert answer.headers["etag"] == f'"{row.sha256}"'
    assert temporal_gate.outbox == []


async def test_a_form_that_nobody_has_made_is_made_while_the_caller_waits(
    client: Client, sessions: Sessions, tenant: str, api_services: ApiServices, temporal_gate: TemporalGateFake
) -> None:
    """Also of an invoice that was issued before there were such forms; each has a workflow of its own."""
    invoice = await entered(sessions, tenant)
    wanted = {f"{paths(invoice)[0]}": UBL, f"{paths(invoice)[0]}?profile=XRechnung": XRECHNUNG}
    wanted[f"/invoice/{tenant}/invoices/{invoice.id}/cii"] = CII
    for path, form in wanted.items():

        async def make(_workflow_id: str, form: DocumentForm = form) -> bool:
            await store(sessions, api_services, invoice, form)
            return True

        temporal_gate.on_wait = make
        answer = await client.get(path)
        assert (answer.status_code, answer.content) == (200, f"<{form}/>".encode())
    assert asked(temporal_gate) == [
        (form_workflow_id(tenant, invoice.id, form), (form,)) for form in (UBL, XRECHNUNG, CII)
    ]
    assert [start.repeatable for start in temporal_gate.outbox] == [True, True, True]


async def test_a_form_that_belongs_to_the_document_is_asked_for_by_itself(
    client: Client, sessions: Sessions, tenant: str, temporal_gate: TemporalGateFake
) -> None:
    """Made with the PDF it would be left out for a fault of its own; who asks for it is told the fault."""
    invoice = await entered(sessions, tenant, electronic=BOTH)
    assert (await client.get(paths(invoice)[0])).status_code == 500
    assert asked(temporal_gate) == [(form_workflow_id(tenant, invoice.id, UBL), (UBL,))]


async def test_without_a_profile_the_ubl_is_the_one_that_the_invoice_was_issued_with(
    client: Client, sessions: Sessions, tenant: str, api_services: ApiServices
) -> None:
    german = Electronic(wanted=(XRECHNUNG,), forms=(XRECHNUNG,))
    invoice = await entered(sessions, tenant, electronic=german)
    content = await store(sessions, api_services, invoice, XRECHNUNG)
    answer = await client.get(paths(invoice)[0])
    assert (answer.status_code, answer.content) == (200, content)
    assert answer.headers["content-disposition"].endswith('-xrechnung.xml"')


async def test_an_unknown_profile_is_refused(client: Client, sessions: Sessions, tenant: str) -> None:
    invoice = await entered(sessions, tenant)
    answer = await client.get(f"{paths(invoice)[0]}?profile=zugferd")
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "profile")


async def test_what_a_form_lacks_is_told_all_at_once(
    client: Client, sessions: Sessions, tenant: str, temporal_gate: TemporalGateFake
) -> None:
    invoice = await enter(sessions, tenant)
    answer = await client.get(paths(invoice)[0])
    assert answer.status_code == 409
    assert {"BT-34", "BT-10"} <= {fault["term"] for fault in answer.json()["errors"]}
    assert {"PEPPOL-EN16931-R020", "PEPPOL-EN16931-R003"} <= {fault["rule"] for fault in answer.json()["errors"]}
    assert (await client.get(paths(invoice)[2])).json()["detailInfo"].count("(BT-") == len(answer.json()["errors"])
    assert temporal_gate.outbox == []


async def test_an_opening_invoice_has_no_form_here(client: Client, sessions: Sessions, tenant: str) -> None:
    invoice = await entered(sessions, tenant, is_opening=True)
    answer = await client.get(paths(invoice)[0])
    assert (answer.status_code, "issued elsewhere" in answer.json()["errorMessage"]) == (409, True)


async def test_a_form_that_takes_too_long_is_asked_for_later(
    client: Client, sessions: Sessions, tenant: str, temporal_gate: TemporalGateFake
) -> None:
    async def still_running(_workflow_id: str) -> bool:
        return False

    temporal_gate.on_wait = still_running
    answer = await client.get(paths(await entered(sessions, tenant))[0])
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")
    assert answer.json()["errorMessage"] == "The UBL is not made yet; try again."


async def test_a_credit_note_has_its_forms_too(
    client: Client, sessions: Sessions, tenant: str, api_services: ApiServices
) -> None:
    note = await enter_credit_note(sessions, await entered(sessions, tenant))
    content = await store(sessions, api_services, note, UBL)
    for path in (f"/v1/credit-notes/{note.number}/ubl", f"/v1/credit-notes/ubl/{note.number}"):
        answer = await client.get(path)
        assert (answer.status_code, answer.content) == (200, content)


async def test_forms_are_the_tenants_own(
    client: Client, sessions: Sessions, tenant: str, api_client: ApiClientFactory, token: TokenMaker
) -> None:
    invoice, other = await entered(sessions, tenant), await another_tenant(sessions)
    form_paths = [*paths(invoice), f"/invoice/{tenant}/invoices/{invoice.id}/cii"]
    async with api_client(token=await token(other, [INVOICE_VIEW])) as stranger:
        for path in form_paths:
            assert (await stranger.get(path.replace(tenant, other))).status_code == 404
    async with api_client(token=await token(tenant, [CONFIGURATION_VIEW])) as other_scope:
        for path in form_paths:
            assert (await other_scope.get(path)).status_code == 403
    draft = await add_draft(sessions, tenant)
    assert (await client.get(f"/v1/invoices/sales/{draft.code}/ubl")).status_code == 409
