"""Products in brief (Deskera B.7): enough to fill in a line of an invoice.

Where the vendor's documents leave it open:

- Codes are assigned, names may repeat.
- Stock is kept as it is sent and never counted.
- A product is not deleted but made inactive (`active`), which PUT leaves as it is where it does not name it.
- Taxes that a product names must exist; a change of the product changes no invoice.
"""

from litestar import Controller, Response, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, JSONBody
from litestar.status_codes import HTTP_201_CREATED
from sqlalchemy.ext.asyncio import AsyncSession

from api.deskera import answer, spring_page
from api.errors.api_error import ApiError, Detail
from api.neighbours.neighbour_listing import ListRequest, provide_list_request
from api.neighbours.product_bodies import ProductBody, brief_answer, product_answer, stored_product
from api.requests.idempotency import IdempotencyKey, keyed_request, made_before, remember, request_hash
from api.security.access import INVOICE_MANAGE, INVOICE_VIEW, Access
from database import audit, products, taxes
from database.audit import Deed
from database.tables import Product

REFUSAL = "The product is not valid."
STATUSES = ("active", "inactive")
READ = {"scopes": [INVOICE_VIEW, INVOICE_MANAGE]}
WRITE = {"scopes": [INVOICE_MANAGE], "exact_numbers": True}


class ProductController(Controller):
    """What is sold."""

    path = "/v1/products"
    tags = ["Products"]  # noqa: RUF012 -- Litestar's own way to declare it
    dependencies = {"listed": Provide(provide_list_request)}  # noqa: RUF012

    @get(operation_id="listProducts", summary="List products", opt=READ)
    async def list_products(
        self,
        listed: NamedDependency[ListRequest],
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
    ) -> Response[bytes]:
        """A page of them, the newest first."""
        rows, total = await products.list_page(session, access.tenant, listed.listing(products.COLUMNS, STATUSES))
        content = [product_answer(row) for row in rows]
        return answer(spring_page(content, page=listed.page, limit=listed.limit, total=total, is_sorted=True))

    @get("/brief", operation_id="listProductsInBrief", summary="List products in brief", opt=READ)
    async def list_in_brief(
        self,
        listed: NamedDependency[ListRequest],
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
    ) -> Response[bytes]:
        """The same products with code, name, price, tax and unit only, as a plain list: the vendor's SDK reads one."""
        rows, _ = await products.list_page(session, access.tenant, listed.listing(products.COLUMNS, STATUSES))
        return answer([brief_answer(row) for row in rows])

    @post(operation_id="createProduct", summary="Create a product", status_code=HTTP_201_CREATED, opt=WRITE)
    async def create(
        self,
        data: JSONBody[ProductBody],
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        idempotency_key: IdempotencyKey = None,
    ) -> Response[bytes]:
        """Under the next code, `P-0000001`."""
        keyed = keyed_request(access.tenant, "createProduct", idempotency_key, request_hash(data))
        code = await made_before(session, keyed)
        if code is not None:
            return answer(product_answer(_found(await products.find(session, access.tenant, code))), HTTP_201_CREATED)
        await _refuse_unknown_taxes(session, access.tenant, data)
        row = await products.add(
            session, access.tenant, name=data.name, active=data.active is not False, body=stored_product(data)
        )
        await audit.record(session, access.tenant, _deed(access, "create", row))
        await remember(session, keyed, row.code)
        return answer(product_answer(row), HTTP_201_CREATED)

    @get("/{product_id:int}", operation_id="getProduct", summary="Read a product", opt=READ)
    async def read(
        self, product_id: FromPath[int], access: NamedDependency[Access], session: NamedDependency[AsyncSession]
    ) -> Response[bytes]:
        """By its id."""
        return answer(product_answer(_found(await products.get(session, access.tenant, product_id))))

    @get("/code/{code:str}", operation_id="getProductByCode", summary="Read a product by its code", opt=READ)
    async def read_by_code(
        self, code: FromPath[str], access: NamedDependency[Access], session: NamedDependency[AsyncSession]
    ) -> Response[bytes]:
        """By its code, `P-0000001`."""
        return answer(product_answer(_found(await products.find(session, access.tenant, code))))

    @put("/{product_id:int}", operation_id="replaceProduct", summary="Replace a product", opt=WRITE)
    async def replace(
        self,
        product_id: FromPath[int],
        data: JSONBody[ProductBody],
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
    ) -> Response[bytes]:
        """All of it but its code."""
        row = _found(await products.lock(session, access.tenant, product_id))
        await _refuse_unknown_taxes(session, access.tenant, data)
        active = row.active if data.active is None else data.active
        await products.change(session, row, name=data.name, active=active, body=stored_product(data))
        await audit.record(session, access.tenant, _deed(access, "change", row))
        return answer(product_answer(row))


async def _refuse_unknown_taxes(session: AsyncSession, tenant: str, data: ProductBody) -> None:
    named = data.tax_codes()
    known = await taxes.find_all(session, tenant, named.values())
    details = [Detail(f"there is no tax {code}", member) for member, code in named.items() if code not in known]
    if details:
        raise ApiError(400, REFUSAL, details=details)


def _found(row: Product | None) -> Product:
    if row is None:
        raise ApiError(404, "Product not found.")
    return row


def _deed(access: Access, action: str, row: Product) -> Deed:
    return Deed(f"client:{access.client_id}", action, f"product/{row.code}")
