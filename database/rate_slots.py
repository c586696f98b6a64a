"""Turns at somebody downstream, for all worker processes together.

A call takes the next free instant of its scopes and moves it on by one interval (the generic cell rate algorithm, ITU-T
I.371): in any T seconds at most rate x (T + 1) calls, or one more where that is less than one. An instant that is
farther off than a caller will wait is not taken. The caller is told when to come back instead, one interval after the
last who was told so; until all of those have come, a caller who comes for the first time goes behind them.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession

LONGEST_QUEUE_SECONDS = 300.0
"""Nobody is told to stay away for longer: a limit may be raised, and who waits before him may have given up."""
BURST_SECONDS = 1.0
"""How much of what was not used is kept."""

_TAKE = text(
    """
    WITH wanted AS MATERIALIZED (
        SELECT * FROM unnest(CAST(:scopes AS text[]), CAST(:rates AS float8[])) AS wanted (scope, rate)
    ), kept AS MATERIALIZED (
        SELECT scope, free_at, queue_ends_at FROM rate_slots WHERE scope = ANY (CAST(:scopes AS text[]))
        ORDER BY scope FOR UPDATE
    ), seen AS MATERIALIZED (
        SELECT kept.*, make_interval(secs => 1 / rate) AS step, clock_timestamp() AS now,
               make_interval(secs => greatest(:burst - 1 / rate, 0)) AS burst
        FROM kept JOIN wanted USING (scope)
    ), judged AS MATERIALIZED (
        SELECT *, greatest(free_at, now - burst) AS slot,
               greatest(free_at, now - burst) > now + make_interval(secs => :longest_wait)
               OR (NOT :is_expected AND queue_ends_at > now) AS refuses
        FROM seen
    ), decided AS MATERIALIZED (
        SELECT *, bool_or(refuses) OVER () AS is_refused,
               least(greatest(queue_ends_at, slot), now + make_interval(secs => :longest_queue)) AS later
        FROM judged
    )
    UPDATE rate_slots
    SET free_at = CASE WHEN is_refused THEN decided.free_at ELSE slot + step END,
        queue_ends_at = CASE WHEN refuses AND :may_queue THEN later + step ELSE decided.queue_ends_at END
    FROM decided
    WHERE rate_slots.scope = decided.scope AND (SELECT count(*) FROM kept) = (SELECT count(*) FROM wanted)
    RETURNING CAST(extract(epoch FROM slot - now) AS float8),
              CASE WHEN refuses THEN CAST(extract(epoch FROM later - now) AS float8) END
    """
)
_BEGIN = text(
    """
    INSERT INTO rate_slots (scope, free_at, queue_ends_at)
    SELECT scope, to_timestamp(0), to_timestamp(0) FROM unnest(CAST(:scopes AS text[])) AS wanted (scope)
    ON CONFLICT DO NOTHING
    """
)


@dataclass(frozen=True)
class Limit:
    """At most `per_second` calls, above zero, in one scope."""

    scope: str
    per_second: float


@dataclass(frozen=True)
class Caller:
    """Who wants a turn."""

    longest_wait: float
    """Seconds."""
    is_expected: bool = False
    """It was told to come back: nobody goes before it who was not."""
    may_queue: bool = True
    """It will come back when it is told to."""


@dataclass(frozen=True)
class Turn:
    """A turn in `wait` seconds; or none, and then it is worth coming back in `come_back_in` seconds."""

    wait: float
    come_back_in: float | None = None


async def take_turn(session: AsyncSession, limits: Sequence[Limit], caller: Caller) -> Turn:
    """Take the next turn in all of the scopes, or in none of them.

    One statement, once the scopes are known. It locks rows that everybody wants: the session should commit by itself.
    """
    arguments = {
        "scopes": [limit.scope for limit in limits],
        "rates": [limit.per_second for limit in limits],
        "burst": BURST_SECONDS,
        "longest_wait": caller.longest_wait,
        "longest_queue": LONGEST_QUEUE_SECONDS,
        "is_expected": caller.is_expected,
        "may_queue": caller.may_queue,
    }
    rows = (await session.execute(_TAKE, arguments)).all()
    if not rows:
        await session.execute(_BEGIN, {"scopes": arguments["scopes"]})
        rows = (await session.execute(_TAKE, arguments)).all()
    refusals = [later for _, later in rows if later is not None]
    return Turn(max(0.0, *(wait for wait, _ in rows)), max(refusals) if refusals else None)
