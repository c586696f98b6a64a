"""Recurring invoices (Deskera B.2, B.7): start, pause, resume, stop, change, look at, and make a copy by hand.

Where the vendor's documents leave it open:

- A pause or stop skips the dates that pass meanwhile, and they cost nothing of `invoiceRecurringCount`. Dates that
  passed while this service was down are made up for.
- Once part of the invoice is credited, its copies are held until this call changes or activates the recurrence.
- Another rhythm counts from the invoice's own date as the first did, and its dates begin today. Copies made stay, and
  count towards the number of copies.
- Copies are made by this service on their days. An outside scheduler may ask for the copy of a date that has come; it
  is refused for one that is made already.
"""

from datetime import UTC, datetime

from litestar import Controller, Response, get, post
from litestar.di import NamedDependency
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from sqlalchemy.ext.asyncio import AsyncSession

from api.deskera import MAX_LIMIT, answer, print_date
from api.documents.electronic import incomplete
from api.errors.api_error import ApiError
from api.outbox import noted, start_noted
from api.recurring.bodies import RecurringJobEvent, SetRecurringBody, recurrence_json
from api.sales_invoices.answers import answers
from api.security.access import INVOICE_MANAGE, INVOICE_VIEW, Access
from api.services import ApiServices
from contracts import starts
from contracts.sales_invoice import DeliveryRequest, InvoiceRef, RecurringRef
from database import recurrences, sales_invoices
from database.invoices import NumberTaken
from database.recurrences import NoSchedule, RecurrenceView
from database.recurring_copies import Copied, make_copy
from database.sequences import NoActiveSchema
from database.tables import SalesInvoice
from invoicing.document.finishing import ElectronicIncomplete
from invoicing.numbering import MissingPlaceholder, SeriesExhausted
from invoicing.rules.all_rules import RulesViolated
from invoicing.sales.recurrence import PartlyCredited, RecurrenceState

NOT_FOUND = "Sales invoice not found."
NO_SUCH_ID = "Sales Invoice with given id not found."
LARGEST_ID = 2**63 - 1
WRITE = {"scopes": [INVOICE_MANAGE], "exact_numbers": True}


class RecurringInvoiceController(Controller):
    """Recurrences of sales invoices."""

    path = "/v1/invoices/sales"
    tags = ["Recurring invoices"]  # noqa: RUF012 -- Litestar's own way to declare it

    @post(
        "/set-recurring",
        operation_id="setRecurring",
        summary="Start, pause, resume, stop or change a recurrence",
        status_code=HTTP_200_OK,
        opt=WRITE,
    )
    async def set_recurring(
        self,
        data: JSONBody[SetRecurringBody],
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
    ) -> Response[bytes]:
        """Takes effect at once. Of a draft it is kept, and begins when the draft is issued."""
        parent = await _locked(session, access.tenant, data.document_code)
        _require_end_after(parent, data)
        try:
            await recurrences.change(session, parent, data.wish, f"client:{access.client_id}")
        except NoSchedule as error:
            words = "is required: the invoice has no schedule yet"
            raise ApiError(400, words, field="salesInvoiceRecurring") from error
        shown = await _shown(session, parent)
        begun = []
        if parent.invoice_id is not None and shown["salesInvoiceRecurring"] is not None:
            ref = RecurringRef(tenant=access.tenant, sales_invoice_id=parent.id)
            begun.append(await noted(session, access.tenant, starts.recurrence(ref)))
        await session.commit()
        await start_noted(services, *begun)
        return answer(shown)

    @get(
        "/{sales_invoice_id:int}/recurrence",
        operation_id="getRecurrence",
        summary="Read a recurrence: schedule, next dates, copies",
        opt={"scopes": [INVOICE_VIEW, INVOICE_MANAGE]},
    )
    async def read(
        self, sales_invoice_id: FromPath[int], access: NamedDependency[Access], session: NamedDependency[AsyncSession]
    ) -> Response[bytes]:
        """The first thousand copies in the order of their making; `copiesMade` counts all."""
        parent = await sales_invoices.get(session, access.tenant, min(max(sales_invoice_id, 0), LARGEST_ID))
        if parent is None:
            raise ApiError(404, NO_SUCH_ID)
        return answer(await _shown(session, parent))

    @post(
        "/create-recurring",
        operation_id="createRecurring",
        summary="Make the copy of a date on the schedule",
        status_code=HTTP_201_CREATED,
        opt=WRITE,
    )
    async def create_recurring(
        self,
        data: JSONBody[RecurringJobEvent],
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
    ) -> Response[bytes]:
        """For a scheduler outside. Answers with the copy."""
        parent = await _locked(session, access.tenant, data.parent_document_code)
        view = await recurrences.view_of(session, parent)
        if view is None:
            raise ApiError(400, "The invoice does not recur", field="parentDocumentCode")
        await _require_wanted(session, view, data)
        copied = await _made(session, view, data, f"client:{access.client_id}")
        ref = InvoiceRef(tenant=access.tenant, invoice_id=copied.invoice.id, number=copied.invoice.number)
        wanted = starts.delivery(DeliveryRequest(invoice=ref, mail_id=copied.mail_id))
        begun = await noted(session, access.tenant, wanted)
        shown = (await answers(session, access.tenant, [copied.row]))[0]
        await session.commit()
        await start_noted(services, begun)
        return answer(shown, HTTP_201_CREATED)


async def _locked(session: AsyncSession, tenant: str, code: str) -> SalesInvoice:
    row = next(iter(await sales_invoices.lock_all(session, tenant, [code])), None)
    if row is None:
        raise ApiError(404, NOT_FOUND)
    return row


def _require_end_after(parent: SalesInvoice, data: SetRecurringBody) -> None:
    schedule = data.sales_invoice_recurring
    if schedule is not None and schedule.recurrence_end_date < parent.invoice_date:
        raise ApiError(
            400,
            f"must not be before the invoice's date, {print_date(parent.invoice_date)}",
            field="salesInvoiceRecurring.recurrenceEndDate",
        )


async def _shown(session: AsyncSession, parent: SalesInvoice) -> dict[str, object]:
    view = await recurrences.view_of(session, parent)
    return recurrence_json(parent, view, await recurrences.copies_of(session, parent, limit=MAX_LIMIT))


async def _require_wanted(session: AsyncSession, view: RecurrenceView, data: RecurringJobEvent) -> None:
    day, standing = data.document_date, view.standing
    made = await recurrences.find_copy(session, view.parent, day)
    if made is not None:
        raise ApiError(400, f"The copy of this date is made: {made.code}", field="documentDate")
    if standing.state is not RecurrenceState.ACTIVE:
        words = f"The recurrence is not active, its state is {standing.state}"
        raise ApiError(400, words, field="parentDocumentCode")
    if not standing.wants(day):
        raise ApiError(400, "The date is not on the schedule", field="documentDate")
    if day > datetime.now(UTC).astimezone(view.zone).date():
        raise ApiError(400, "The date has not come yet", field="documentDate")


async def _made(session: AsyncSession, view: RecurrenceView, data: RecurringJobEvent, actor: str) -> Copied:
    try:
        return await make_copy(session, view, data.document_date, actor, data.mail)
    except ElectronicIncomplete as error:
        raise incomplete(error) from error
    except PartlyCredited as error:
        raise ApiError(409, str(error), field="parentDocumentCode") from error
    except (NoActiveSchema, SeriesExhausted, MissingPlaceholder, NumberTaken, RulesViolated) as error:
        raise ApiError(409, f"The copy cannot be issued: {error}", field="parentDocumentCode") from error
