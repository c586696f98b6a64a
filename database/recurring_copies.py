"""Making the copies of a recurring invoice: each date once, in one transaction with all that follows from it."""

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from sqlalchemy.ext.asyncio import AsyncSession

from database import codes, fulfillments, invoices, mail_requests, recurrences, sales_invoices, sequence_schemas, sites
from database.issuing import SALES_SERIES, Issue, issue
from database.mail_requests import MailWish
from database.recurrences import RecurrenceView
from database.sales_invoices import Entry
from database.tables import JsonObject, SalesInvoice
from invoicing.invoice import Invoice
from invoicing.mail_address import is_mail_address
from invoicing.sales.items import sales_items
from invoicing.sales.recurrence import PartlyCredited
from invoicing.sales.recurring_copy import copy_of, details_of_copy, with_item_codes


@dataclass(frozen=True)
class Copied:
    """A copy just made; `mail_id` is the mail that takes it to the buyer, None where there is no address."""

    invoice: Invoice
    row: SalesInvoice
    mail_id: UUID | None


@dataclass(frozen=True)
class MailPlan:
    """Whether and how the copy is mailed; without recipients it goes to the buyer, without words it says ours."""

    is_wanted: bool = True
    recipients: tuple[str, ...] = ()
    subject: str | None = None
    body: str | None = None


TO_THE_BUYER = MailPlan()


async def make_copy(
    session: AsyncSession, view: RecurrenceView, day: date, actor: str, mail: MailPlan = TO_THE_BUYER
) -> Copied:
    """Issue the copy dated `day`: number, document, balance, mail and audit event, all or none.

    The caller holds the parent's lock and has found that day free and wanted; it starts `InvoiceDelivery` for what is
    returned. Locks are taken in the order of every saving: codes, series, fulfilments.

    Raises:
        PartlyCredited: a person has to say first that copies go on.
        NoActiveSchema, SeriesExhausted, MissingPlaceholder, NumberTaken, RulesViolated, ElectronicIncomplete: as
            `issue`; nothing is made.
    """
    parent = view.parent
    if view.standing.is_in_doubt:
        raise PartlyCredited(parent.code)
    document = await _document_of(session, parent)
    details = await _details(session, parent, copy_of(document, document.id, document.number, day))
    site = await sites.get_site(session, parent.tenant, document.site_code)
    wanted = Issue(
        tenant=parent.tenant,
        site=site.body if site else {"code": document.site_code},
        issue_date=day,
        entry=Entry(
            actor=actor,
            contact_code=parent.contact_code,
            memo=document.memo,
            details=details,
            parent_id=parent.id,
            occurrence=len(view.standing.made) + 1,
        ),
        schema_type=await _series_of(session, parent),
    )
    invoice = await issue(session, wanted, lambda invoice_id, number: copy_of(document, invoice_id, number, day))
    row = await recurrences.find_copy(session, parent, day)
    if row is None:
        raise LookupError(f"the copy {invoice.number} has no sales invoice")
    if details.get("fulfillmentComplete") is True:
        await fulfillments.fulfil_all(session, row, sales_items(details, invoice), actor)
    await recurrences.note_problem(session, parent.tenant, parent.id, None)
    return Copied(invoice, row, await _want_mail(session, invoice, mail, actor))


async def _document_of(session: AsyncSession, parent: SalesInvoice) -> Invoice:
    document = await sales_invoices.document_of(session, parent)
    if document is None:
        raise LookupError(f"sales invoice {parent.id} is a draft: it has no copies")
    return document


async def _details(session: AsyncSession, parent: SalesInvoice, copy: Invoice) -> JsonObject:
    """What the copy keeps of the parent's request, with codes of its own."""
    details = details_of_copy(parent.details, copy, parent.invoice_date)
    if not details:
        return {}
    items = details.get("salesInvoiceItems")
    if items:
        details = with_item_codes(
            details, tuple(await codes.next_codes(session, parent.tenant, codes.ITEM, len(items)))
        )
    return {**details, "journalEntryCode": await codes.next_code(session, parent.tenant, codes.JOURNAL_ENTRY)}


async def _series_of(session: AsyncSession, parent: SalesInvoice) -> str:
    """The type of the parent's series; the usual one where the parent was opened elsewhere or its series is gone."""
    issued = await invoices.find_by_id(session, parent.tenant, parent.invoice_id) if parent.invoice_id else None
    if issued is None or issued.schema_id is None:
        return SALES_SERIES
    schema = await sequence_schemas.get_schema(session, parent.tenant, issued.schema_id)
    return schema.schema_type if schema else SALES_SERIES


async def _want_mail(session: AsyncSession, copy: Invoice, plan: MailPlan, actor: str) -> UUID | None:
    address = copy.buyer.email
    own = (address,) if address is not None and is_mail_address(address) else ()
    recipients = plan.recipients or own
    if not plan.is_wanted or not recipients:
        return None
    wish = MailWish(recipients, requested_by=actor, subject=plan.subject, body=plan.body)
    return (await mail_requests.add(session, copy.tenant, copy.id, wish)).id
