"""Several sales invoices in one request (Deskera B.2): all of them or none, and the answers in their order.

A fault is named by its place: `3.salesInvoiceItems.0.taxCode` is of the fourth invoice.
"""

from collections.abc import Iterator, Mapping, Sequence

from litestar import Controller, Response, post, put
from litestar.di import NamedDependency
from litestar.status_codes import HTTP_200_OK, HTTP_201_CREATED
from pydantic import RootModel, TypeAdapter
from sqlalchemy.ext.asyncio import AsyncSession

from api.deskera import Text, answer
from api.errors.api_error import ApiError, Detail
from api.outbox import start_noted
from api.requests.idempotency import IdempotencyKey, keyed_request, made_before, remember, request_hash
from api.requests.request_bodies import read_body
from api.sales_invoices.answers import answers
from api.sales_invoices.bodies import SalesInvoiceBody
from api.sales_invoices.changes import change
from api.sales_invoices.edits import NO_SUCH_ID
from api.sales_invoices.examples import ChangedInvoicesJson, CodesJson, SalesInvoicesJson
from api.sales_invoices.lookups import reader_for
from api.sales_invoices.preparing import NOT_CREATED, Wanted, prepare_all
from api.sales_invoices.saving import saving_for
from api.security.access import INVOICE_MANAGE, INVOICE_VIEW, Access
from api.services import ApiServices
from database import sales_invoices
from database.tables import SalesInvoice

MOST_INVOICES = 200
MOST_CODES = 1000
READ = {"scopes": [INVOICE_VIEW, INVOICE_MANAGE], "exact_numbers": True}
WRITE = {"scopes": [INVOICE_MANAGE], "exact_numbers": True}
IDS = TypeAdapter(list[int])


class SalesInvoiceBodies(RootModel[tuple[SalesInvoiceBody, ...]]):
    """An array of requests."""


class Codes(RootModel[tuple[Text, ...]]):
    """An array of codes."""


class SalesInvoiceBulkController(Controller):
    """Several sales invoices."""

    path = "/v1/invoices/sales"
    tags = ["Sales invoices"]  # noqa: RUF012 -- Litestar's own way to declare it

    @post(
        "/bulk",
        operation_id="createSalesInvoices",
        summary="Create several sales invoices",
        status_code=HTTP_201_CREATED,
        opt=WRITE,
    )
    async def create_many(
        self,
        data: SalesInvoicesJson,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """In the order of the array, which is that of their numbers too."""
        bodies = read_body(SalesInvoiceBodies, data, NOT_CREATED).root
        _check_count(len(bodies))
        keyed = keyed_request(access.tenant, "createSalesInvoices", idempotency_key, request_hash(list(bodies)))
        made = await made_before(session, keyed)
        if made is not None:
            rows = await sales_invoices.get_all(session, access.tenant, IDS.validate_json(made))
            return answer(await answers(session, access.tenant, rows), HTTP_201_CREATED)
        wanted = [Wanted(body, is_issued=not body.wants_draft) for body in bodies]
        paths = [f"{i}." for i in range(len(bodies))]
        prepared = await prepare_all(reader_for(session, access, services), wanted, paths)
        rows, begun = await saving_for(session, access).save(prepared)
        await remember(session, keyed, IDS.dump_json([row.id for row in rows]).decode())
        shown = await answers(session, access.tenant, rows)
        await session.commit()
        await start_noted(services, *begun)
        return answer(shown, HTTP_201_CREATED)

    @put("/bulk", operation_id="changeSalesInvoices", summary="Replace or issue several drafts", opt=WRITE)
    async def change_many(
        self,
        data: ChangedInvoicesJson,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
    ) -> Response[bytes]:
        """Each names its `id`; the same rules as for one."""
        bodies = read_body(SalesInvoiceBodies, data, NOT_CREATED).root
        _check_count(len(bodies))
        rows = await _locked(session, access.tenant, bodies)
        sent = data if isinstance(data, list) else []
        shown, begun = await change(
            session, access, services, list(zip(rows, bodies, map(_members, sent), strict=True)), is_bulk=True
        )
        await session.commit()
        await start_noted(services, *begun)
        return answer(shown)

    @post(
        "/codes",
        operation_id="readSalesInvoices",
        summary="Read several sales invoices by their codes",
        status_code=HTTP_200_OK,
        opt=READ,
    )
    async def read_many(
        self, data: CodesJson, access: NamedDependency[Access], session: NamedDependency[AsyncSession]
    ) -> Response[bytes]:
        """In the order of the codes; codes that no invoice has are left out."""
        return await _read(session, access, data)

    @post(
        "/bulk/codes",
        operation_id="readSalesInvoicesInBulk",
        summary="Read several sales invoices by their codes",
        status_code=HTTP_200_OK,
        opt=READ,
    )
    async def read_in_bulk(
        self, data: CodesJson, access: NamedDependency[Access], session: NamedDependency[AsyncSession]
    ) -> Response[bytes]:
        """The vendor's other name for the same."""
        return await _read(session, access, data)


async def _read(session: AsyncSession, access: Access, data: object) -> Response[bytes]:
    codes = read_body(Codes, data, "The codes of sales invoices are wanted, as an array").root
    if len(codes) > MOST_CODES:
        raise ApiError(400, f"{len(codes)} codes are more than {MOST_CODES}", field="body")
    found = {row.code: row for row in await sales_invoices.find_all(session, access.tenant, codes)}
    rows = [found[code] for code in dict.fromkeys(codes) if code in found]
    return answer(await answers(session, access.tenant, rows))


def _check_count(count: int) -> None:
    if not 0 < count <= MOST_INVOICES:
        raise ApiError(400, f"{count} invoices are not between 1 and {MOST_INVOICES}", field="body")


async def _locked(session: AsyncSession, tenant: str, bodies: Sequence[SalesInvoiceBody]) -> list[SalesInvoice]:
    """The rows of the bodies, locked in order of their ids: two that change the same ones take turns.

    Raises:
        ApiError: 400, a body names no id, or one that another names; 404, there is no such invoice.
    """
    faults = list(_id_faults(bodies))
    if faults:
        raise ApiError(400, NOT_CREATED, details=faults)
    found = {each: await sales_invoices.lock(session, tenant, each) for each in sorted(_ids(bodies))}
    rows = [found[each] for each in _ids(bodies)]
    missing = [Detail(NO_SUCH_ID, f"{i}.id") for i, row in enumerate(rows) if row is None]
    if missing:
        raise ApiError(404, NO_SUCH_ID, details=missing)
    return [row for row in rows if row is not None]


def _id_faults(bodies: Sequence[SalesInvoiceBody]) -> Iterator[Detail]:
    seen: set[int] = set()
    for i, body in enumerate(bodies):
        if body.id is None:
            yield Detail("is required", f"{i}.id")
        elif body.id in seen:
            yield Detail("stands for two changes of one invoice", f"{i}.id")
        else:
            seen.add(body.id)


def _ids(bodies: Sequence[SalesInvoiceBody]) -> list[int]:
    return [body.id for body in bodies if body.id is not None]


def _members(sent: object) -> Mapping[str, object]:
    return sent if isinstance(sent, Mapping) else {}
