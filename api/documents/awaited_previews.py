"""What is made while the caller waits: the wish goes into the database, and a worker writes the answer beside it."""

import json
from collections.abc import Sequence
from http import HTTPStatus

from api.errors.api_error import ApiError, Detail
from api.outbox import Starting
from contracts import starts
from contracts.preview import PreviewRef
from contracts.temporal_client import TemporalAway
from database import document_previews
from database.document_previews import Made
from invoicing.document.preview import Content, PreviewWish
from invoicing.document.template_fault import read_faults

WAIT_SECONDS = 25.0
"""Longer than a preview may be rendered, so that one that is too slow is told as a fault; shorter than the 30 s and
more after which clients and proxies give up."""
MOST_AT_ONCE = 5
"""Of a tenant. Previews are made where documents are: no tenant's must keep others' documents waiting."""
TOO_MANY = f"{MOST_AT_ONCE} previews are being made already: try again when one is there"
LATER = {"Retry-After": "5"}
NOT_SET = "The document cannot be set"
NOT_VALID = "The template is not valid"
NOT_YET = "It is not made yet: try again"
AWAY = "Temporal does not answer, so nothing was made: try again"


async def made(services: Starting, tenant: str, wish: PreviewWish) -> bytes:
    """What the wish asks for. It opens transactions of its own.

    Raises:
        ApiError: 400, the tenant's own template is at fault, each fault with its line; 422, the document cannot be
            set; 429, the tenant waits for several already; 503, it is not made in time; 500, a workflow failed.
    """
    async with services.sessions.begin() as session:
        if await document_previews.count_open(session, tenant) >= MOST_AT_ONCE:
            raise ApiError(HTTPStatus.TOO_MANY_REQUESTS, TOO_MANY, headers=LATER)
        preview_id = await document_previews.add(session, tenant, wish.model_dump(mode="json", exclude_none=True))
    try:
        started = starts.preview(PreviewRef(tenant=tenant, preview_id=preview_id))
        await services.temporal.start(started)
        has_ended = await services.temporal.has_ended(started.workflow_id, WAIT_SECONDS)
    except TemporalAway as error:
        raise _not_now(AWAY) from error
    finally:
        async with services.sessions.begin() as session:
            taken = await document_previews.take(session, tenant, preview_id)
    return _content(taken, wish, has_ended=has_ended)


async def made_content(services: Starting, tenant: str, wish: PreviewWish) -> Content:
    """As `made`, of what is JSON."""
    content: Content = json.loads(await made(services, tenant, wish))
    return content


def _content(taken: Made, wish: PreviewWish, *, has_ended: bool) -> bytes:
    if taken.content is not None:
        return taken.content
    if taken.fault is not None:
        raise _refusal(taken.fault, has_own_template=wish.template is not None)
    if has_ended:
        raise ApiError(HTTPStatus.INTERNAL_SERVER_ERROR, "It cannot be made; the worker's log says why")
    raise _not_now(NOT_YET)


def _not_now(message: str) -> ApiError:
    return ApiError(HTTPStatus.SERVICE_UNAVAILABLE, message, headers=LATER)


def _refusal(fault: str, *, has_own_template: bool) -> ApiError:
    if not has_own_template:
        return ApiError(HTTPStatus.UNPROCESSABLE_ENTITY, f"{NOT_SET}: {fault}")
    return ApiError(HTTPStatus.BAD_REQUEST, NOT_VALID, details=_details(fault))


def _details(fault: str) -> Sequence[Detail]:
    """Each fault with the member of the content and its line, of what has lines."""
    faults = read_faults(fault)
    if not faults:
        return [Detail(fault, "content")]
    return [Detail(found.message, f"content.{found.part}", line=found.line) for found in faults]
