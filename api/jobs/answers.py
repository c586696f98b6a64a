"""A job with all its orders, however many: the answer is written while they are read, page by page."""

from collections.abc import AsyncGenerator
from itertools import count
from typing import cast

from litestar import Response
from litestar.enums import MediaType
from litestar.response import Stream

from api.jobs.bodies import JobAnswer, JobOrder, job_answer, job_order, job_summary
from api.requests.request_bodies import Body
from api.services import ApiServices
from database import job_lists
from database.job_lists import ItemView
from database.jobs import JobView

PAGE = 200
"""Orders that are in memory, and between which other requests have their turn."""


async def whole_job(services: ApiServices, view: JobView, state: str | None) -> Response[JobAnswer]:
    """The job with all its orders, or all in one state, each as it stands when its page is read.

    A fault in the middle breaks the connection: what has arrived by then is no valid JSON.
    """
    first = await _page(services, view, state, after_position=0)
    if len(first) < PAGE:
        return Response(job_answer(view, _orders(services, view, first)))
    written = Stream(_written(services, view, state, first), media_type=MediaType.JSON)
    return cast("Response[JobAnswer]", written)


async def _written(
    services: ApiServices, view: JobView, state: str | None, page: list[ItemView]
) -> AsyncGenerator[bytes, None]:
    """The text of a `JobAnswer`, whose last member the orders are."""
    yield _json(job_summary(view)).removesuffix(b"}") + b',"orders":['
    for number in count():
        orders = b",".join(_json(order) for order in _orders(services, view, page))
        yield b"," + orders if number else orders
        if len(page) < PAGE:
            break
        page = await _page(services, view, state, after_position=page[-1].item.position)
        if not page:
            break
    yield b"]}"


async def _page(services: ApiServices, view: JobView, state: str | None, after_position: int) -> list[ItemView]:
    """In a transaction of its own: none is held open while a client reads slowly."""
    async with services.sessions() as session:
        return await job_lists.list_items(
            session, view.job.tenant, view.job.id, state=state, after_position=after_position, limit=PAGE
        )


def _orders(services: ApiServices, view: JobView, page: list[ItemView]) -> list[JobOrder]:
    return [job_order(item, view.job.tenant, services.settings) for item in page]


def _json(body: Body) -> bytes:
    return body.model_dump_json(by_alias=True, exclude_none=True).encode()
