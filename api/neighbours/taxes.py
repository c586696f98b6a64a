"""Taxes and tax groups (Deskera B.7).

Where the vendor's documents leave it open:

- The `code` is assigned and is what invoices refer to. Names and labels (`taxCode`) are unique, whatever their case.
- A change holds for what is issued afterwards: documents copy the rate, category and reason that they print. Groups
  follow the taxes that they name.
- A tax is not deleted but made inactive: then no new invoice can use it.
- Whether a tax is for sales or purchases is kept and shown; a line of a sales invoice may name either.
"""

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_201_CREATED
from sqlalchemy.ext.asyncio import AsyncSession

from api.deskera import answer, spring_page
from api.errors.api_error import ApiError, Detail
from api.neighbours.neighbour_listing import ListRequest, provide_list_request
from api.neighbours.tax_bodies import TaxBody, TaxStatus, tax_answer, tax_content
from api.requests.idempotency import IdempotencyKey, keyed_request, made_before, remember, request_hash
from api.security.access import INVOICE_MANAGE, INVOICE_VIEW, Access
from database import audit, tax_groups, taxes
from database.audit import Deed
from database.tables import Tax
from database.tax_groups import GroupBroken
from database.taxes import TaxContent, TaxExists
from invoicing.sales.tax_codes import TaxRejected

REFUSAL = "The tax is not valid."
READ = {"scopes": [INVOICE_VIEW, INVOICE_MANAGE]}
WRITE = {"scopes": [INVOICE_MANAGE], "exact_numbers": True}


class TaxController(Controller):
    """What lines are taxed with."""

    path = "/v1/taxes"
    tags = ["Taxes"]  # noqa: RUF012 -- Litestar's own way to declare it
    dependencies = {"listed": Provide(provide_list_request)}  # noqa: RUF012

    @get(operation_id="listTaxes", summary="List taxes", opt=READ)
    async def list_taxes(
        self,
        listed: NamedDependency[ListRequest],
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
    ) -> Response[bytes]:
        """A page of taxes and groups, the newest first."""
        rows, total = await taxes.list_page(session, access.tenant, listed.listing(taxes.COLUMNS, tuple(TaxStatus)))
        content = [tax_answer(row) for row in rows]
        return answer(spring_page(content, page=listed.page, limit=listed.limit, total=total, is_sorted=True))

    @post(operation_id="createTax", summary="Create a tax", status_code=HTTP_201_CREATED, opt=WRITE)
    async def create(
        self,
        data: JSONBody[TaxBody],
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """A tax or a group, under the next code, `TX-0000001`."""
        keyed = keyed_request(access.tenant, "createTax", idempotency_key, request_hash(data))
        code = await made_before(session, keyed)
        if code is not None:
            return answer(tax_answer(_found(await taxes.find(session, access.tenant, code))), HTTP_201_CREATED)
        await taxes.hold(session, access.tenant)
        content = await _content(session, access.tenant, data, before=None)
        try:
            row = await taxes.add(session, access.tenant, content)
        except TaxExists as error:
            raise _taken(error) from error
        await audit.record(session, access.tenant, _deed(access, "create", row), percent=f"{row.percent:f}")
        await remember(session, keyed, row.code)
        return answer(tax_answer(row), HTTP_201_CREATED)

    @get("/{tax_id:int}", operation_id="getTax", summary="Read a tax", opt=READ)
    async def read(
        self, tax_id: FromPath[int], access: NamedDependency[Access], session: NamedDependency[AsyncSession]
    ) -> Response[bytes]:
        """By its id."""
        return answer(tax_answer(_found(await taxes.get(session, access.tenant, tax_id))))

    @get("/code/{code:str}", operation_id="getTaxByCode", summary="Read a tax by its code", opt=READ)
    async def read_by_code(
        self, code: FromPath[str], access: NamedDependency[Access], session: NamedDependency[AsyncSession]
    ) -> Response[bytes]:
        """By its `code`, `TX-0000001`."""
        return answer(tax_answer(_found(await taxes.find(session, access.tenant, code))))

    @put("/{tax_id:int}", operation_id="replaceTax", summary="Replace a tax", opt=WRITE)
    async def replace(
        self,
        tax_id: FromPath[int],
        data: JSONBody[TaxBody],
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
    ) -> Response[bytes]:
        """All of it but its code; groups that name it get its new rate. Issued documents stay as they are."""
        await taxes.hold(session, access.tenant)
        row = _found(await taxes.get(session, access.tenant, tax_id))
        content = await _content(session, access.tenant, data, before=row)
        try:
            await taxes.change(session, row, content)
            groups = await tax_groups.follow(session, row)
        except TaxExists as error:
            raise _taken(error) from error
        except GroupBroken as error:
            raise ApiError(400, str(error), field="percent") from error
        for changed in (row, *groups):
            await audit.record(session, access.tenant, _deed(access, "change", changed), percent=f"{changed.percent:f}")
        return answer(tax_answer(row))


async def _content(session: AsyncSession, tenant: str, data: TaxBody, before: Tax | None) -> TaxContent:
    known = await tax_groups.known_taxes(session, tenant, data.named_codes())
    if before is not None:
        known.pop(before.code, None)
    try:
        return tax_content(data, known, before)
    except TaxRejected as error:
        raise ApiError(400, REFUSAL, details=[Detail(error.problem, error.field)]) from error


def _taken(error: TaxExists) -> ApiError:
    """400, as the vendor answers it."""
    return ApiError(400, f"Another tax has this {error.member}.", field=error.member)


def _found(row: Tax | None) -> Tax:
    if row is None:
        raise ApiError(404, "Tax not found.")
    return row


def _deed(access: Access, action: str, row: Tax) -> Deed:
    return Deed(f"client:{access.client_id}", action, f"tax/{row.code}")
