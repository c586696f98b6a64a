"""Jobs of up to a million orders: their ids come as a file, which is never in memory as a whole."""

import asyncio
import hashlib
from collections.abc import AsyncGenerator, Iterator
from dataclasses import dataclass
from tempfile import TemporaryFile
from typing import Annotated, BinaryIO

from litestar import Controller, Request, post
from litestar.datastructures import State
from litestar.di import NamedDependency
from litestar.exceptions import InternalServerException
from litestar.params import QueryParameter
from sqlalchemy.ext.asyncio import AsyncSession

from api.errors.api_error import ApiError, Detail
from api.jobs.bodies import JobCreated
from api.jobs.order_id_files import CSV, NDJSON, BadLine, Numbered, read_order_ids
from api.jobs.starting import REFUSAL, accept_job
from api.requests.idempotency import IdempotencyKey
from api.requests.streamed_bodies import TEXT, takes
from api.security.access import INVOICE_MANAGE, Access
from api.services import ApiServices
from contracts.invoice_job import MAX_CONCURRENCY, JobType
from database.jobs import NewJob

MAX_UPLOADED_ORDERS = 1_000_000
MAX_UPLOAD_BYTES = 256 * 1024 * 1024
WRITTEN_AT_ONCE = 1024 * 1024

Caller = Request[object, Access, State]


@dataclass(frozen=True)
class _Wish:
    """What a client uploads, beside the ids."""

    media_type: str
    dry_run: bool
    concurrency: int | None


class InvoiceJobUploadController(Controller):
    """Jobs too large for a JSON body."""

    path = "/invoice/{tenant:str}/jobs/invoices/uploads"
    tags = ["Invoice jobs"]  # noqa: RUF012 -- Litestar's own way to declare it

    @post(
        operation_id="uploadInvoiceJob",
        summary="Start a job of many orders",
        operation_class=takes({NDJSON: TEXT, CSV: TEXT}),
        opt={"scopes": [INVOICE_MANAGE]},
        request_max_body_size=None,
    )
    async def upload(
        self,
        *,
        request: Caller,
        session: NamedDependency[AsyncSession],
        services: NamedDependency[ApiServices],
        access: NamedDependency[Access],
        dry_run: Annotated[bool, QueryParameter(name="dryRun")] = False,
        concurrency: Annotated[int | None, QueryParameter(ge=1, le=MAX_CONCURRENCY)] = None,
        idempotency_key: IdempotencyKey = None,
    ) -> JobCreated:
        """A MANUAL job over the ids in the body: `application/x-ndjson` or `text/csv`, UTF-8, up to 1,000,000 lines.

        NDJSON has a string a line, or an object with `orderId`. CSV has a column named `orderId`, or the ids in its
        first column and no heading. All or nothing: a line that is no order id is named and no job is made. The same
        `Idempotency-Key`, body and parameters give the same job.
        """
        wish = _Wish(_media_type(request), dry_run, concurrency)
        with TemporaryFile() as ids:
            request_hash = await _receive(request, wish, ids)
            return await accept_job(
                session,
                services,
                NewJob(
                    tenant=access.tenant,
                    job_type=JobType.MANUAL,
                    order_ids=_lines_of(ids),
                    idempotency_key=idempotency_key,
                    request_hash=request_hash,
                    dry_run=wish.dry_run,
                    concurrency=wish.concurrency,
                ),
            )


def _media_type(request: Caller) -> str:
    media_type, options = request.content_type
    if media_type not in {NDJSON, CSV} or options.get("charset", "utf-8").lower() not in {"utf-8", "us-ascii"}:
        raise ApiError(415, f"Order ids are uploaded as {NDJSON} or {CSV}, in UTF-8")
    return media_type


async def _receive(request: Caller, wish: _Wish, ids: BinaryIO) -> str:
    """Write the ids that the body holds into `ids`, one a line; the hash of the request.

    Raises:
        ApiError: 400, a line names no order, there are none or too many, or the body broke off; 413, it is too large.
    """
    digest = hashlib.sha256(repr(wish).encode())
    with TemporaryFile() as body:
        async for block in _blocks(request):
            digest.update(block)
            await asyncio.to_thread(body.write, block)
        body.seek(0)
        await asyncio.to_thread(_extract, body, wish.media_type, ids)
    return digest.hexdigest()


async def _blocks(request: Caller) -> AsyncGenerator[bytes, None]:
    """The body in blocks that are worth a write."""
    total, block = 0, bytearray()
    try:
        async for chunk in request.stream():
            total += len(chunk)
            if total > MAX_UPLOAD_BYTES:
                raise ApiError(413, f"The body is larger than {MAX_UPLOAD_BYTES} bytes")
            block += chunk
            if len(block) >= WRITTEN_AT_ONCE:
                yield bytes(block)
                block.clear()
    except InternalServerException:
        raise ApiError(400, "The body broke off") from None
    yield bytes(block)


def _extract(body: BinaryIO, media_type: str, ids: BinaryIO) -> None:
    try:
        ids.writelines(f"{order_id}\n".encode() for order_id in _not_too_many(read_order_ids(body, media_type)))
    except BadLine as line:
        raise ApiError(400, REFUSAL, details=[Detail(str(line), f"line {line.number}")]) from None
    if not ids.tell():
        raise ApiError(400, REFUSAL, details=[Detail("names no order", "body")])
    ids.seek(0)


def _not_too_many(numbered: Numbered) -> Iterator[str]:
    for count, (number, order_id) in enumerate(numbered, 1):
        if count > MAX_UPLOADED_ORDERS:
            raise BadLine(number, f"is one more than the {MAX_UPLOADED_ORDERS} orders that an upload may name")
        yield order_id


def _lines_of(ids: BinaryIO) -> Iterator[str]:
    """Order ids hold no line break."""
    return (line[:-1].decode() for line in ids)
