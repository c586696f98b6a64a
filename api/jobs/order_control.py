"""Moving a held order on, over HTTP and on the command line alike; also one that Temporal knows no more."""

from uuid import UUID

from api.jobs.control_gate import Declined, NotOpen
from api.jobs.job_control import Steering
from api.outbox import noted, start_noted
from contracts import starts
from contracts.order_invoice import Choice, OrderRef, Release, Retry
from database import jobs

RETRY, RELEASE = "retry", "release"
STRANDED = "its workflow was ended from outside; retry it, and it is held again, and can be decided, if it has to be"


async def retry(steering: Steering, tenant: str, order_id: str) -> None:
    """Try a held order again; where its workflow is gone, it begins anew for the job that holds it.

    What has happened does not happen again: books and ledger say how far the order came.

    Raises:
        NotOpen: no job holds the order.
        Declined: it is not on hold.
        contracts.temporal_client.TemporalAway: no answer in time; it may still happen.
    """
    try:
        await steering.control.tell_order(tenant, order_id, RETRY, Retry())
    except NotOpen:
        await _begin_again(steering, tenant, order_id)


async def release(steering: Steering, tenant: str, order_id: str, wish: Release) -> None:
    """Move a held order on by a person's decision; raises as `retry`.

    Without its workflow it can only be tried again: nobody knows what there would be to decide.
    """
    try:
        await steering.control.tell_order(tenant, order_id, RELEASE, wish)
    except NotOpen:
        if wish.choice is Choice.RETRY:
            await _begin_again(steering, tenant, order_id)
            return
        if await _holding_job(steering, tenant, order_id) is None:
            raise
        raise Declined(STRANDED) from None


async def _begin_again(steering: Steering, tenant: str, order_id: str) -> None:
    job_id = await _holding_job(steering, tenant, order_id)
    if job_id is None:
        raise NotOpen(f"no job holds order {order_id}")
    order = OrderRef(tenant=tenant, order_id=order_id, job_id=job_id, local_first=True)
    async with steering.sessions.begin() as session:
        begun = await noted(session, tenant, starts.order_again(order))
    await start_noted(steering, begun)


async def _holding_job(steering: Steering, tenant: str, order_id: str) -> UUID | None:
    async with steering.sessions.begin() as session:
        return await jobs.holding_job(session, tenant, order_id)
