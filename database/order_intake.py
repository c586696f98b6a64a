"""Order ids on their way into a job: a handful in one statement, a million as a stream (`COPY`)."""

from collections.abc import Iterable, Iterator
from itertools import chain, islice
from uuid import UUID

from psycopg import AsyncConnection
from sqlalchemy import TextClause, bindparam, text
from sqlalchemy.ext.asyncio import AsyncSession

STREAMED_FROM = 2_000
"""Order ids from which streaming them is faster than handing them over in one statement."""
INTAKE_TIMEOUT = "10min"
"""Instead of the engine's limit on a statement: indexing a million rows takes longer."""

FEW = "unnest(CAST(:order_ids AS text[])) WITH ORDINALITY AS named (order_id, place)"
STAGED = "staged_order_ids AS named"


async def add_items(session: AsyncSession, tenant: str, job_id: UUID, order_ids: Iterable[str]) -> int:
    """Append the orders that the job does not have yet, each once, in the order in which they are first named.

    Positions count from 1 without gaps. Ids must be printable: `order_ids` may be an iterator over a million of them,
    of which only some thousand are ever in memory.

    Returns:
        How many were appended.
    """
    rest = iter(order_ids)
    first = list(islice(rest, STREAMED_FROM))
    ids = {"tenant": tenant, "job": job_id}
    if not first:
        return 0
    if len(first) < STREAMED_FROM:
        return await session.scalar(_appended(FEW).bindparams(bindparam("order_ids", first)), ids) or 0
    await session.execute(text(f"SET LOCAL statement_timeout = '{INTAKE_TIMEOUT}'"))
    await _stage(session, chain(first, rest))
    appended = await session.scalar(_appended(STAGED), ids) or 0
    await session.execute(text("DROP TABLE staged_order_ids"))
    await session.execute(text("SET LOCAL statement_timeout TO DEFAULT"))
    return appended


def _appended(named: str) -> TextClause:
    """Takes `place` and `order_id` from `named`; the result is how many were new."""
    return text(f"""
        WITH appended AS (
            INSERT INTO job_items (tenant, job_id, position, order_id)
            SELECT :tenant, :job, last.position + row_number() OVER (ORDER BY fresh.place), fresh.order_id
            FROM (SELECT order_id, min(place) AS place FROM {named} GROUP BY order_id) AS fresh,
                 (SELECT coalesce(max(position), 0) AS position
                  FROM job_items WHERE tenant = :tenant AND job_id = :job) AS last
            WHERE NOT EXISTS (
                SELECT FROM job_items AS known
                WHERE known.tenant = :tenant AND known.job_id = :job AND known.order_id = fresh.order_id
            )
            ORDER BY fresh.place
            RETURNING position
        )
        SELECT count(*) FROM appended
    """)  # noqa: S608 -- `named` is one of the two constants above


async def _stage(session: AsyncSession, order_ids: Iterator[str]) -> None:
    await session.execute(
        text(
            "CREATE TEMPORARY TABLE staged_order_ids"
            " (place bigint GENERATED ALWAYS AS IDENTITY (CACHE 1000), order_id text NOT NULL) ON COMMIT DROP"
        )
    )
    driver = await _driver(session)
    async with driver.cursor() as cursor, cursor.copy("COPY staged_order_ids (order_id) FROM STDIN") as copy:
        for order_id in order_ids:
            await copy.write_row((order_id,))


async def _driver(session: AsyncSession) -> AsyncConnection[object]:
    """The session's own connection, in its transaction, as the driver knows it."""
    pooled = await (await session.connection()).get_raw_connection()
    driver = pooled.driver_connection
    assert isinstance(driver, AsyncConnection)  # noqa: S101 -- the engine's only driver
    return driver
