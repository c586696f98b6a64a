"""A job: find the orders if it is automatic, run every one as a child, end when each has ended or waits for a person.

Ids and outcomes live in PostgreSQL; a run carries only its place in the list and a few numbers, and continues as new
before its history grows long.
"""

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import timedelta

from temporalio import workflow
from temporalio.common import SearchAttributePair, TypedSearchAttributes, WorkflowIDReusePolicy
from temporalio.exceptions import (
    ApplicationError,
    ChildWorkflowError,
    FailureError,
    WorkflowAlreadyStartedError,
    is_cancelled_exception,
)
from temporalio.workflow import ParentClosePolicy

from workflows.local_first import application_error, local_first
from workflows.order_invoice import OrderInvoice
from workflows.steered_job import SteeredJob

with workflow.unsafe.imports_passed_through():
    from activities.find_orders import FindActivities
    from activities.job_items import JobActivities
    from activities.meet_order import MeetingActivities
    from activities.preview_order import PreviewActivities
    from activities.record_outcome import OutcomeActivities
    from contracts import steps
    from contracts.failures import Reason
    from contracts.ids import order_workflow_id
    from contracts.invoice_job import (
        JobEnd,
        JobRun,
        JobTally,
        JobType,
        Meeting,
        Met,
        OrderSettled,
        PageRequest,
        Reopening,
        RetryFailed,
    )
    from contracts.order_invoice import OrderRef, OrderState, Outcome
    from contracts.search_attributes import INVOICE_STATUS, JOB_ID, ORDER_ID, TENANT

ADOPTED_CHECK = timedelta(minutes=5)
"""How long to wait for an adopted order's word before looking whether its workflow is still open; ever longer."""
RAREST_CHECK = timedelta(hours=2)
CANCELLED = "the job was cancelled before this order was started"
MOST_EVENTS = 5_000
"""A run's history stays below this."""
EVENTS_AN_ORDER = 15
"""What one order can cost at most: met, adopted, held, and every word of it in a workflow task of its own."""
BOUNDED_RUNS = "continue-as-new-below-5000-events"
"""Patch: runs from before it went on until the server suggested to continue as new."""
CANCEL_REACHES_ALL = "cancel-reaches-orders-that-were-taken-over"
"""Patch: in runs from before it a cancel left such orders running, and a second one ended the wait for the others."""


@workflow.defn
class InvoiceJob(SteeredJob):
    """Id `job/{tenant}/{job_id}`."""

    @workflow.init
    def __init__(self, run: JobRun) -> None:
        """Everything that handlers read is here before the first of them runs."""
        super().__init__(run)
        self._run = run
        self._settled: dict[str, OrderState] = {}
        self._is_dry = run.dry_run
        self._is_begun = run.found

    @workflow.run
    async def run(self, _run: JobRun) -> None:
        """Run all orders of the job; once more, if its failed orders are wanted again while a cancelled one ends."""
        await self._run_until_cancelled()
        while self._is_cancelled and self._reopening is not None:
            self._is_cancelled = self._is_closing = False
            self._is_begun = True
            self._window.open()  # the books of a job that has ended know of no pause
            await self._run_until_cancelled()

    async def _run_until_cancelled(self) -> None:
        self._work = asyncio.ensure_future(self._run_orders())
        try:
            await self._work
        except FailureError as error:
            await self._give_up(error)
            if not (self._is_cancelled and is_cancelled_exception(error)):
                raise
        except asyncio.CancelledError:
            await self._close_rest(Reason.CANCELLED, CANCELLED)
            if not self._is_cancelled:
                raise

    async def _run_orders(self) -> None:
        await self._begin()
        while await self._more():
            if self._is_full():
                await self._continue()
        self._enter("done")

    async def _begin(self) -> None:
        if self._is_begun:
            return
        await local_first(JobActivities.begin_job, self._job, steps.RECORD)
        if self._run.job_type is JobType.AUTOMATIC:
            self._enter("finding orders")
            await workflow.execute_activity_method(FindActivities.find_orders, self._job, **steps.FIND_ORDERS)

    async def _more(self) -> bool:
        """Run the next page; where there is none, end the job, unless somebody wants its failed orders once more."""
        if self._reopening is None and await self._page():
            return True
        if self._reopening is not None:
            await self._reopen(self._reopening)
            return True
        await local_first(JobActivities.finish_job, self._job, steps.RECORD)
        self._has_finished = True
        workflow.upsert_search_attributes([INVOICE_STATUS.value_set("DONE")])
        await workflow.wait_condition(workflow.all_handlers_finished)
        return self._reopening is not None

    async def _page(self) -> bool:
        """Run the next page of orders to its end; False when there is none."""
        page = await local_first(
            JobActivities.next_page,
            PageRequest(
                tenant=self._run.tenant,
                job_id=self._run.job_id,
                after_position=self._position,
                limit=min(self._run.page_size, MOST_EVENTS // EVENTS_AN_ORDER),
            ),
            steps.RECORD,
        )
        if page.total is not None:
            self._total = page.total
        self._is_dry = self._run.dry_run or page.dry_run
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

    async def _reopen(self, wish: RetryFailed) -> None:
        """Let the orders that failed wait again, from the first one on."""
        if self._has_finished:
            self._window.open()
        self._reopening, self._has_finished = None, False
        await local_first(JobActivities.reopen_job, Reopening(job=self._job, held=wish.held), steps.RECORD)
        self._position = 0
        self._tally = JobTally(succeeded=self._tally.succeeded, held=0 if wish.held else self._tally.held)

    def _is_full(self) -> bool:
        if workflow.info().is_continue_as_new_suggested():
            return True
        if not workflow.patched(BOUNDED_RUNS):
            return False
        room = MOST_EVENTS - workflow.info().get_current_history_length()
        return room < (min(self._run.page_size, MOST_EVENTS // EVENTS_AN_ORDER) + 1) * EVENTS_AN_ORDER

    async def _continue(self) -> None:
        """Begin a new run where this one stands: no order is under way, and no word to us is unheard."""
        await workflow.wait_condition(workflow.all_handlers_finished)
        if self._reopening is not None:
            return
        workflow.continue_as_new(
            self._run.model_copy(
                update={
                    "found": True,
                    "after_position": self._position,
                    "concurrency": self._window.size,
                    "paused": not self._window.is_open,
                    "tally": self._tally,
                    "total": self._total,
                }
            )
        )

    async def _give_up(self, error: FailureError) -> None:
        if is_cancelled_exception(error):
            await self._close_rest(Reason.CANCELLED, CANCELLED)
            return
        await self._close_rest(Reason.INTERNAL_ERROR, f"the job could not go on: {_words_of(error)}")

    async def _close_rest(self, reason: Reason, message: str) -> None:
        """Every job ends, and every order of it has an outcome."""
        self._is_closing = True
        end = JobEnd(job=self._job, reason=reason, message=message)
        await local_first(JobActivities.close_job, end, steps.RECORD)
        workflow.upsert_search_attributes([INVOICE_STATUS.value_set("DONE")])
        self._enter(message)

    def _order(self, order_id: str) -> OrderRef:
        return OrderRef(tenant=self._run.tenant, order_id=order_id, job_id=self._run.job_id, local_first=True)

    async def _slot(self, order: OrderRef) -> None:
        async with self._window:
            self._settled.pop(order.order_id, None)  # what is known of an earlier try says nothing of this one
            try:
                await self._settle(order)
            except (asyncio.CancelledError, FailureError):
                self._count(self._settled.get(order.order_id))
                raise
            # Not in a `finally`: that is entered too where the workflow falls out of the cache, and is none any more.
            self._count(self._settled.get(order.order_id))

    async def _settle(self, order: OrderRef) -> None:
        try:
            if self._is_dry:
                await self._preview(order)
                return
            while order.order_id not in self._settled and not await self._invoice(order):
                pass
        except FailureError as error:
            if is_cancelled_exception(error):
                raise
            await self._note(order, Reason.INTERNAL_ERROR, f"the order could not be run: {_words_of(error)}")

    async def _preview(self, order: OrderRef) -> None:
        previewed = await local_first(PreviewActivities.preview_order, order, steps.PREVIEW)
        self._settled[order.order_id] = previewed.state

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
            )
        except WorkflowAlreadyStartedError:
            return await self._meet(order)
        try:
            await workflow.wait_condition(lambda: child.done() or order.order_id in self._settled)
        except asyncio.CancelledError:
            child.cancel()
            # One that is held once its money is captured takes no notice of the cancel, and occupies no job.
            await _patiently(lambda: workflow.wait_condition(lambda: child.done() or order.order_id in self._settled))
            raise
        if child.done():
            await self._close(order, child.exception())
        return True

    async def _close(self, order: OrderRef, error: BaseException | None) -> None:
        """An order's workflow writes its own outcome; one that was terminated or timed out could not."""
        self._settled.setdefault(order.order_id, OrderState.FAILURE if error else OrderState.SUCCESS)
        if isinstance(error, ChildWorkflowError):
            await self._note(order, Reason.INTERNAL_ERROR, "the order's workflow was ended from outside")

    async def _meet(self, order: OrderRef) -> bool:
        """Another job has this order: take it over if it is on hold, else leave it there and say so."""
        met = await self._meeting(order)
        if met.meeting is Meeting.GONE:
            return False
        if met.meeting is Meeting.BUSY:
            await self._note(order, Reason.IN_PROGRESS_ELSEWHERE, "the order is being invoiced by another job")
            return True
        try:
            await self._await_adopted(order)
        except (asyncio.CancelledError, FailureError) as error:
            if is_cancelled_exception(error) and workflow.patched(CANCEL_REACHES_ALL):
                await _patiently(lambda: self._end_adopted(order))
            raise
        return True

    async def _meeting(self, order: OrderRef) -> Met:
        """A cancel does not cut it off, and is passed on to an order that was taken over in that very moment."""
        if not workflow.patched(CANCEL_REACHES_ALL):
            return await workflow.execute_activity_method(MeetingActivities.meet_order, order, **steps.MEET_ORDER)
        met = await workflow.execute_activity_method(MeetingActivities.meet_order, order, **steps.MEET_ORDER_TO_THE_END)
        if self._is_cancelled or workflow.cancellation_reason() is not None:
            if met.meeting is Meeting.ADOPTED:
                await _patiently(lambda: self._end_adopted(order))
            raise asyncio.CancelledError
        return met

    async def _end_adopted(self, order: OrderRef) -> None:
        """Cancel it as the orders that the job has started; it finishes what must not be torn, or is on hold again."""
        handle = workflow.get_external_workflow_handle(order_workflow_id(order.tenant, order.order_id))
        with suppress(ApplicationError):  # it has just ended
            await handle.cancel()
        await self._await_adopted(order)

    async def _await_adopted(self, order: OrderRef) -> None:
        wait = ADOPTED_CHECK
        while order.order_id not in self._settled:
            try:
                await workflow.wait_condition(lambda: order.order_id in self._settled, timeout=wait)
            except TimeoutError:
                wait = min(2 * wait, RAREST_CHECK)
                if not await self._is_open(order):
                    await self._note(order, Reason.INTERNAL_ERROR, "the order's workflow was ended from outside")
                    return

    async def _is_open(self, order: OrderRef) -> bool:
        return await workflow.execute_activity_method(MeetingActivities.is_open, order, **steps.MEET_ORDER)

    async def _note(self, order: OrderRef, reason: Reason, message: str) -> None:
        outcome = Outcome(order=order, state=OrderState.FAILURE, reason=reason, message=message)
        await local_first(OutcomeActivities.close_order, outcome, steps.RECORD)
        self._settled[order.order_id] = OrderState.FAILURE

    @workflow.signal
    async def order_settled(self, settled: OrderSettled) -> None:
        """An order is on hold, or one that this job took over has ended."""
        self._settled[settled.order_id] = settled.state


async def _patiently(wait: Callable[[], Awaitable[None]]) -> None:
    """Wait for what a cancelled order still has to end, whoever cancels the job once more: it says nothing new."""
    while True:
        try:
            await wait()
        except (asyncio.CancelledError, FailureError) as error:
            if not (is_cancelled_exception(error) and workflow.patched(CANCEL_REACHES_ALL)):
                raise
        else:
            return


def _words_of(error: FailureError) -> str:
    """What a failed step says."""
    cause = application_error(error)
    return cause.message if cause else "a step did not end in time"


def _search_attributes(order: OrderRef) -> TypedSearchAttributes:
    return TypedSearchAttributes(
        [
            SearchAttributePair(TENANT, order.tenant),
            SearchAttributePair(JOB_ID, str(order.job_id)),
            SearchAttributePair(ORDER_ID, order.order_id),
        ]
    )
