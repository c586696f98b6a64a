"""Sales invoices (Deskera B.2 to B.8): create, read, change, preview. Lists, edits and documents are beside this file.

Where the vendor's documents leave it open:

- An invoice is issued when it is created, unless it is a draft; a change with the status OPEN issues a draft.
- Of an issued invoice a change may bring another memo or attachments; whatever else it says, the invoice says too.
- `exchangeRate`: one unit of the invoice's currency is so many units of the base currency. It is required where the
  two differ. The base currency is the configuration `baseCurrency`, else that of the seller's site.
- A line without a tax is zero rated (Z), or exempt (E) where the contact is.
- Figures that follow from others are computed. One that is stated otherwise is refused; zero and null state nothing.
- Numbers come from the series: `documentSequenceCode` counts for opening invoices only.
- `contact`, `salesInvoiceDueDate` and addresses may be left out: they are then the stored contact's.
- `fulfillmentStatus` follows from the fulfilments, `fulfillmentComplete` makes one over everything.
"""

from collections.abc import Mapping
from datetime import UTC, datetime

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency
from litestar.params import FromPath
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from sqlalchemy.ext.asyncio import AsyncSession

from api.deskera import answer
from api.errors.api_error import ApiError
from api.outbox import start_noted
from api.requests.idempotency import IdempotencyKey, keyed_request, made_before, remember, request_hash
from api.requests.request_bodies import read_body
from api.sales_invoices.answers import answers
from api.sales_invoices.bodies import PreviewBody, SalesInvoiceBody
from api.sales_invoices.changes import change, changed_row
from api.sales_invoices.examples import PreviewJson, SalesInvoiceJson
from api.sales_invoices.lookups import Known, reader_for
from api.sales_invoices.parties import completed, parties_of
from api.sales_invoices.preparing import NOT_CREATED, Wanted, prepare
from api.sales_invoices.preview import NOT_PREVIEWED, Trial, preview
from api.sales_invoices.saving import saving_for
from api.security.access import INVOICE_MANAGE, INVOICE_VIEW, Access
from api.services import ApiServices
from database import sales_invoices
from database.document_finish import find_finish
from invoicing.site import read_site

NOT_FOUND = "Sales invoice not found."
READ = {"scopes": [INVOICE_VIEW, INVOICE_MANAGE]}
WRITE = {"scopes": [INVOICE_MANAGE], "exact_numbers": True}


class SalesInvoiceController(Controller):
    """One sales invoice."""

    path = "/v1/invoices/sales"
    tags = ["Sales invoices"]  # noqa: RUF012 -- Litestar's own way to declare it

    @post(
        operation_id="createSalesInvoice",
        summary="Create a sales invoice: a draft, or issued at once",
        status_code=HTTP_201_CREATED,
        opt=WRITE,
    )
    async def create(
        self,
        data: SalesInvoiceJson,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Answers with the invoice as it is; under the same `Idempotency-Key` it is made once."""
        body = read_body(SalesInvoiceBody, data, NOT_CREATED)
        keyed = keyed_request(access.tenant, "createSalesInvoice", idempotency_key, request_hash(body))
        made = await made_before(session, keyed)
        if made is not None:
            row = await sales_invoices.get(session, access.tenant, int(made))
            if row is None:
                raise ApiError(404, NOT_FOUND)
            return answer((await answers(session, access.tenant, [row]))[0], HTTP_201_CREATED)
        prepared = await prepare(reader_for(session, access, services), Wanted(body, is_issued=not body.wants_draft))
        rows, begun = await saving_for(session, access).save([prepared])
        await remember(session, keyed, str(rows[0].id))
        shown = (await answers(session, access.tenant, rows))[0]
        await session.commit()
        await start_noted(services, *begun)
        return answer(shown, HTTP_201_CREATED)

    @get("/{code:str}", operation_id="getSalesInvoice", summary="Read a sales invoice", opt=READ)
    async def read(
        self, code: FromPath[str], access: NamedDependency[Access], session: NamedDependency[AsyncSession]
    ) -> Response[bytes]:
        """By its code: its number, or `DRAFT-{id}`."""
        return await _read(session, access, code)

    @get("/code/{code:path}", operation_id="getSalesInvoiceByCode", summary="Read a sales invoice", opt=READ)
    async def read_by_code(
        self, code: FromPath[str], access: NamedDependency[Access], session: NamedDependency[AsyncSession]
    ) -> Response[bytes]:
        """The same; here a number may have a slash in it."""
        return await _read(session, access, code.removeprefix("/"))

    @put(
        "/{sales_invoice_id:str}",
        operation_id="changeSalesInvoice",
        summary="Replace a draft, or issue it",
        opt=WRITE,
    )
    async def change(
        self,
        sales_invoice_id: FromPath[str],
        data: SalesInvoiceJson,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
    ) -> Response[bytes]:
        """By its id, or by its code where that could be no id: `0000002` is a number, `2` is an id."""
        body = read_body(SalesInvoiceBody, data, NOT_CREATED)
        row = await changed_row(session, access.tenant, sales_invoice_id)
        sent = data if isinstance(data, Mapping) else {}
        shown, begun = await change(session, access, services, [(row, body, sent)])
        await session.commit()
        await start_noted(services, *begun)
        return answer(shown[0])

    @post(
        "/preview",
        operation_id="previewSalesInvoice",
        summary="Compute and check a sales invoice without storing it",
        status_code=HTTP_200_OK,
        opt={"scopes": [INVOICE_VIEW, INVOICE_MANAGE], "exact_numbers": True},
    )
    async def preview(
        self,
        data: PreviewJson,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
    ) -> Response[bytes]:
        """The body of an invoice, or less: contact and dates may be left out, and lines may name their tax directly.

        Violated rules, figures that are stated otherwise and terms that an electronic invoice would lack are told, not
        refused; no number is drawn.
        """
        body = read_body(PreviewBody, data, NOT_PREVIEWED)
        known = await reader_for(session, access, services).known(body, body.contact_code, body.site_code)
        today = datetime.now(UTC).date()
        around = known.surroundings(body.sales_invoice_date or today, body.base_currency)
        return answer(preview(body, around, await _trial(session, access.tenant, body, known)))


async def _trial(session: AsyncSession, tenant: str, body: PreviewBody, known: Known) -> Trial | None:
    """None: no site would sell, so there is nothing to say of an electronic invoice."""
    if known.site is None:
        return None
    buyer = parties_of(completed(body, known.contact), known.contact) if known.contact else None
    return Trial(read_site(known.site.body), await find_finish(session, tenant, known.site.body), buyer)


async def _read(session: AsyncSession, access: Access, code: str) -> Response[bytes]:
    row = await sales_invoices.find(session, access.tenant, code)
    if row is None:
        raise ApiError(404, NOT_FOUND)
    return answer((await answers(session, access.tenant, [row]))[0])
