"""Order Service v2, tenant-managed (Emporix A.5)."""

from typing import Annotated

from litestar import Controller, Response, get, patch, post
from litestar.enums import MediaType
from litestar.params import FromPath, FromQuery, QueryParameter

from demo.orders.exact_json import JsonObject, dump, parse_object
from demo.shop.listing import DEFAULT_PAGE_SIZE, LARGEST_PAGE, Listing
from demo.shop.order_shelf import OrderShelf
from demo.shop.parts import ShelfPart, ShopRequest
from demo.shop.query import BadQuery, parse_query
from demo.shop.refusals import answer_json, invalid, order_refused
from demo.shop.scalars import values_at
from demo.shop.tokens import needs_token

PageNumber = Annotated[int, QueryParameter(name="pageNumber", ge=1)]
PageSize = Annotated[int, QueryParameter(name="pageSize", ge=1, le=LARGEST_PAGE)]


class OrderRoutes(Controller):
    """Search, read, patch and create orders."""

    path = "/order-v2/{tenant:str}/salesorders"
    guards = (needs_token,)

    @get()
    async def list_orders(
        self,
        *,
        tenant: FromPath[str],
        shelf: ShelfPart,
        q: FromQuery[str] = "",
        sort: FromQuery[str | None] = None,
        page_number: PageNumber = 1,
        page_size: PageSize = DEFAULT_PAGE_SIZE,
        fields: FromQuery[str | None] = None,
    ) -> Response[bytes]:
        """A page of the orders that `q` finds; `X-Total-Count` says how many there are in all."""
        return found(shelf, tenant, q, Listing(sort, page_number, page_size, fields))

    @post("/search", status_code=200)
    async def search_orders(
        self,
        *,
        request: ShopRequest,
        tenant: FromPath[str],
        shelf: ShelfPart,
        sort: FromQuery[str | None] = None,
        page_number: PageNumber = 1,
        page_size: PageSize = DEFAULT_PAGE_SIZE,
        fields: FromQuery[str | None] = None,
    ) -> Response[bytes]:
        """The same with `{"q": ...}` as the body, for long queries."""
        q = (await json_body(request)).get("q", "")
        if not isinstance(q, str):
            raise invalid("q must be a text", "q")
        return found(shelf, tenant, q, Listing(sort, page_number, page_size, fields))

    @get("/{order_id:str}")
    async def get_order(self, tenant: FromPath[str], order_id: FromPath[str], shelf: ShelfPart) -> Response[bytes]:
        """One order."""
        return Response(shelf.text(tenant, order_id).encode(), media_type=MediaType.JSON)

    @patch("/{order_id:str}", status_code=204)
    async def patch_order(
        self, request: ShopRequest, tenant: FromPath[str], order_id: FromPath[str], shelf: ShelfPart
    ) -> None:
        """Merge the body into an order."""
        shelf.patch(tenant, order_id, await json_body(request))

    @post()
    async def create_order(self, request: ShopRequest, tenant: FromPath[str], shelf: ShelfPart) -> Response[bytes]:
        """Put an order on the shelf; its payments count as authorised already."""
        document = await json_body(request)
        check_new_order(document)
        order_id = str(document["id"])
        if not shelf.add(tenant, order_id, dump(document)):
            raise order_refused(409, "conflict_resource", f"Order with ID '{order_id}' already exists", "id")
        return answer_json({"id": order_id}, 201)


def found(shelf: OrderShelf, tenant: str, q: str, listing: Listing) -> Response[bytes]:
    """The answer to a search.

    Raises:
        Refusal: 400, the query or the sort is not understood.
    """
    try:
        orders = shelf.find(tenant, parse_query(q))
    except BadQuery as error:
        raise invalid(str(error), "q") from error
    headers = {"X-Total-Count": str(len(orders))}
    return Response(listing.page(orders), media_type=MediaType.JSON, headers=headers)


async def json_body(request: ShopRequest) -> JsonObject:
    """The body, which must be a JSON object.

    Raises:
        Refusal: 400.
    """
    try:
        return parse_object(await request.body())
    except ValueError as error:
        raise order_refused(400, "bad_payload_syntax", "The body is no JSON object") from error


def check_new_order(document: JsonObject) -> None:
    """What the order service asks of a new order (A.5); the sample shop also wants to be told its id.

    Raises:
        Refusal: 400, naming the member.
    """
    if not isinstance(document.get("id"), str) or not document["id"]:
        raise invalid("id is missing", "id")
    if not document.get("entries"):
        raise invalid("An order has one entry or more", "entries")
    if not next(values_at(document, ("customer", "email")), None):
        raise invalid("customer.email is missing", "customer.email")
    if "calculatedPrice" not in document and "totalPrice" not in document:
        raise invalid("calculatedPrice is missing", "calculatedPrice")
