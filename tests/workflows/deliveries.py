"""Issued sales invoices and credit notes, and mails of them that somebody asked for."""

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker
from temporalio.client import WorkflowHandle

from contracts import starts
from contracts.sales_invoice import DeliveryRequest, InvoiceRef
from contracts.starts import Start
from database import invoices, mail_requests, sales_invoices
from database.invoices import SeriesPlace
from database.mail_requests import MailWish
from database.sales_invoices import Entry
from database.tables import MailRequest
from invoicing.invoice import Invoice, InvoiceKind, Preceding
from tests.documents.sales_invoices import credit_note, sales_invoice
from tests.service_fixtures import Service

Sessions = async_sessionmaker[AsyncSession]
RECIPIENT = "rechnung@werkhof.example"


async def enter(sessions: Sessions, tenant: str, **changes: Any) -> Invoice:
    """A sales invoice on the books, numbered from a series of its own."""
    fields = {"number": f"SI-{uuid4().hex[:6]}"} | changes
    invoice = sales_invoice(tenant=tenant, id=uuid4(), **fields)
    async with sessions.begin() as session:
        await invoices.add_invoice(session, invoice, SeriesPlace(uuid4(), 1))
        await sales_invoices.enter_issued(session, invoice, Entry(actor="client:test", contact_code="C-0000012"))
    return invoice


async def enter_credit_note(sessions: Sessions, of: Invoice, **changes: Any) -> Invoice:
    """A credit note on it, on the books."""
    preceding = Preceding(invoice_id=of.id, number=of.number, issue_date=of.issue_date)
    fields = {"number": f"CN-{uuid4().hex[:6]}"} | changes
    note = credit_note(tenant=of.tenant, id=uuid4(), preceding=preceding, **fields)
    assert note.kind is InvoiceKind.CREDIT_NOTE
    async with sessions.begin() as session:
        await invoices.add_invoice(session, note, SeriesPlace(uuid4(), 1))
    return note


def ref_of(invoice: Invoice) -> InvoiceRef:
    return InvoiceRef(tenant=invoice.tenant, invoice_id=invoice.id, number=invoice.number)


async def asked(sessions: Sessions, invoice: Invoice, **changes: Any) -> MailRequest:
    """A mail of the document, asked for and not sent."""
    fields: dict[str, Any] = {"recipients": (RECIPIENT,), "requested_by": "client:test"}
    async with sessions.begin() as session:
        return await mail_requests.add(session, invoice.tenant, invoice.id, MailWish(**fields | changes))


async def state_of(sessions: Sessions, mail: MailRequest) -> tuple[str, str | None]:
    """(state, message)"""
    async with sessions.begin() as session:
        row = await mail_requests.find(session, mail.tenant, mail.id)
    assert row is not None
    return row.state, row.message


@dataclass(frozen=True)
class Delivering:
    """A workflow `InvoiceDelivery` of a service."""

    service: Service
    wanted: Start

    @classmethod
    async def of(cls, service: Service, invoice: Invoice, mail: MailRequest | None = None) -> "Delivering":
        request = DeliveryRequest(invoice=ref_of(invoice), mail_id=mail.id if mail else None)
        delivering = cls(service, starts.delivery(request))
        await starts.start(service.temporal, delivering.wanted)
        return delivering

    @property
    def handle(self) -> WorkflowHandle[Any, Any]:
        return self.service.temporal.get_workflow_handle(self.wanted.workflow_id)

    async def ended(self) -> None:
        await self.handle.result()
