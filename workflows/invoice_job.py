"""A job: find the orders if it is automatic, run every one as a child, end when each has ended or waits for a person.

Ids and outcomes live in PostgreSQL; a run carries only its place in the list, and continues as new when its history
has grown.
"""

import asyncio
from datetime import timedelta

from temporalio import workflow
from temporalio.common import SearchAttributePair, TypedSearchAttributes, WorkflowIDReusePolicy
from temporalio.exceptions import (
    ActivityError,
    ApplicationError,
    ChildWorkflowError,
    FailureError,
    WorkflowAlreadyStartedError,
    is_cancelled_exception,
)
from temporalio.workflow import ParentClosePolicy

from workflows.order_invoice import OrderInvoice

with workflow.unsafe.imports_passed_through():
    from activities.find_orders import FindActivities
    from activities.job_items import JobActivities
    from activities.meet_order import MeetingActivities
    from activities.record_outcome import OutcomeActivities
    from contracts import steps
    from contracts.failures import Reason
    from contracts.ids import order_workflow_id
    from contracts.invoice_job import (
        JobEnd,
        JobProgress,
        JobRef,
        JobRun,
        JobType,
        Meeting,
        OrderSettled,
        PageRequest,
    )
    from contracts.order_invoice import OrderRef, OrderState, Outcome
    from contracts.search_attributes import INVOICE_STATUS, JOB_ID, ORDER_ID, TENANT

ADOPTED_CHECK = timedelta(minutes=5)
"""How long to wait for an adopted order's word before looking whether its workflow is still open."""


@workflow.defn
class InvoiceJob:
    """Id `job/{tenant}/{job_id}`."""

    @workflow.init
    def __init__(self, run: JobRun) -> None:
        """Everything that handlers read is here before the first of them runs."""
        self._run = run
        self._job = JobRef(tenant=run.tenant, job_id=run.job_id)
        self._phase = "accepted"
        self._position = run.after_position
        self._settled: set[str] = set()
        self._running = 0
        self._slots = asyncio.Semaphore(run.concurrency)

    @workflow.run
    async def run(self, _run: JobRun) -> None:
        """Run all orders of the job."""
        try:
            await self._work()
        except FailureError as error:
            await self._give_up(error)
            raise
        except asyncio.CancelledError:
            await self._close_rest(Reason.CANCELLED, "the job was cancelled before this order was started")
            raise

    async def _work(self) -> None:
        await self._begin()
        while await self._page():
            if workflow.info().is_continue_as_new_suggested():
                await workflow.wait_condition(workflow.all_handlers_finished)
                workflow.continue_as_new(self._run.model_copy(update={"found": True, "after_position": self._position}))
        await workflow.execute_local_activity_method(JobActivities.finish_job, self._job, **steps.RECORD)
        workflow.upsert_search_attributes([INVOICE_STATUS.value_set("DONE")])
        self._enter("done")

    async def _begin(self) -> None:
        if self._run.found:
            return
        await workflow.execute_local_activity_method(JobActivities.begin_job, self._job, **steps.RECORD)
        if self._run.job_type is JobType.AUTOMATIC:
            self._enter("finding orders")
            await workflow.execute_activity_method(FindActivities.find_orders, self._job, **steps.FIND_ORDERS)

    async def _page(self) -> bool:
        """Run the next page of orders to its end; False when there is none."""
        page = await workflow.execute_local_activity_method(
            JobActivities.next_page,
            PageRequest(
                tenant=self._run.tenant,
                job_id=self._run.job_id,
                after_position=self._position,
                limit=self._run.page_size,
            ),
            **steps.RECORD,
        )
        if page.last_position is None:
            return False
        self._position = page.last_position
        self._enter("running")
        orders = [self._order(order_id) for order_id in page.order_ids]
        results = await asyncio.gather(*map(self._slot, orders), return_exceptions=True)
        self._settled.clear()
        for result in results:
            if isinstance(result, BaseException):
                raise result
        return True

    async def _give_up(self, error: FailureError) -> None:
        if is_cancelled_exception(error):
            await self._close_rest(Reason.CANCELLED, "the job was cancelled before this order was started")
            return
        await self._close_rest(Reason.INTERNAL_ERROR, f"the job could not go on: {_words_of(error)}")

    async def _close_rest(self, reason: Reason, message: str) -> None:
        """Every job ends, and every order of it has an outcome."""
        end = JobEnd(job=self._job, reason=reason, message=message)
        await workflow.execute_local_activity_method(JobActivities.close_job, end, **steps.RECORD)
        workflow.upsert_search_attributes([INVOICE_STATUS.value_set("DONE")])
        self._enter(message)

    def _order(self, order_id: str) -> OrderRef:
        return OrderRef(tenant=self._run.tenant, order_id=order_id, job_id=self._run.job_id)

    async def _slot(self, order: OrderRef) -> None:
        async with self._slots:
            self._running += 1
            try:
                while order.order_id not in self._settled and not await self._invoice(order):
                    pass
            except FailureError as error:
                if is_cancelled_exception(error):
                    raise
                await self._note(order, Reason.INTERNAL_ERROR, f"the order could not be run: {_words_of(error)}")
            finally:
                self._running -= 1

    async def _invoice(self, order: OrderRef) -> bool:
        """Run one order until it has ended or is held; False when it has to be started again."""
        try:
            child = await workflow.start_child_workflow(
                OrderInvoice.run,
                order,
                id=order_workflow_id(order.tenant, order.order_id),
                id_reuse_policy=WorkflowIDReusePolicy.ALLOW_DUPLICATE,
                parent_close_policy=ParentClosePolicy.ABANDON,
                search_attributes=_search_attributes(order),
                static_summary=f"Invoice order {order.order_id}",
            )
        except WorkflowAlreadyStartedError:
            return await self._meet(order)
        try:
            await workflow.wait_condition(lambda: child.done() or order.order_id in self._settled)
        except asyncio.CancelledError:
            child.cancel()
            await workflow.wait([child])
            raise
        if child.done():
            await self._close(order, child.exception())
        return True

    async def _close(self, order: OrderRef, error: BaseException | None) -> None:
        """An order's workflow writes its own outcome; one that was terminated or timed out could not."""
        if isinstance(error, ChildWorkflowError):
            await self._note(order, Reason.INTERNAL_ERROR, "the order's workflow was ended from outside")

    async def _meet(self, order: OrderRef) -> bool:
        """Another job has this order: take it over if it is on hold, else leave it there and say so."""
        met = await workflow.execute_activity_method(MeetingActivities.meet_order, order, **steps.MEET_ORDER)
        if met.meeting is Meeting.GONE:
            return False
        if met.meeting is Meeting.BUSY:
            await self._note(order, Reason.IN_PROGRESS_ELSEWHERE, "the order is being invoiced by another job")
            return True
        await self._await_adopted(order)
        return True

    async def _await_adopted(self, order: OrderRef) -> None:
        while order.order_id not in self._settled:
            try:
                await workflow.wait_condition(lambda: order.order_id in self._settled, timeout=ADOPTED_CHECK)
            except TimeoutError:
                if not await self._is_open(order):
                    await self._note(order, Reason.INTERNAL_ERROR, "the order's workflow was ended from outside")
                    return

    async def _is_open(self, order: OrderRef) -> bool:
        return await workflow.execute_activity_method(MeetingActivities.is_open, order, **steps.MEET_ORDER)

    async def _note(self, order: OrderRef, reason: Reason, message: str) -> None:
        outcome = Outcome(order=order, state=OrderState.FAILURE, reason=reason, message=message)
        await workflow.execute_local_activity_method(OutcomeActivities.close_order, outcome, **steps.RECORD)

    def _enter(self, phase: str) -> None:
        self._phase = phase
        workflow.set_current_details(f"**{phase}**, {self._position} orders handed out")

    @workflow.signal
    async def order_settled(self, settled: OrderSettled) -> None:
        """An order is on hold, or one that this job took over has ended."""
        self._settled.add(settled.order_id)

    @workflow.query
    def progress(self) -> JobProgress:
        """Where the job is."""
        return JobProgress(phase=self._phase, handed_out=self._position, running=self._running)


def _words_of(error: FailureError) -> str:
    """What a failed step says; a regular activity's failure comes wrapped, a local one's as it is."""
    cause = error.cause if isinstance(error, ActivityError) else error
    return cause.message if isinstance(cause, ApplicationError) else "a step did not end in time"


def _search_attributes(order: OrderRef) -> TypedSearchAttributes:
    return TypedSearchAttributes(
        [
            SearchAttributePair(TENANT, order.tenant),
            SearchAttributePair(JOB_ID, str(order.job_id)),
            SearchAttributePair(ORDER_ID, order.order_id),
            SearchAttributePair(INVOICE_STATUS, "RUNNING"),
        ]
    )
