"""A recurring invoice: wait for the next date, make its copy, again, until the schedule ends or is stopped.

The schedule is in PostgreSQL and read before every wait; whoever changes it sends `schedule_changed`. So a change takes
effect at once, and a worker that was away over several dates makes their copies one after the other.
"""

from datetime import datetime, timedelta

from temporalio import workflow
from temporalio.exceptions import ActivityError, ApplicationError, is_cancelled_exception

with workflow.unsafe.imports_passed_through():
    from activities.recurring_copies import RecurringActivities
    from contracts import steps
    from contracts.recurring import Moment, Problem, Progress
    from contracts.sales_invoice import RecurringRef
    from contracts.search_attributes import INVOICE_STATUS

LONGEST_WAIT = timedelta(days=365)
"""Then the schedule is read again: no timer is longer, however far the next date is."""
NEXT_TRY = timedelta(hours=1)
"""When a copy is tried again that could not be made. A change of the schedule tries it at once."""


@workflow.defn
class RecurringInvoice:
    """Id `recurring/{tenant}/{sales invoice id}`."""

    @workflow.init
    def __init__(self, recurring: RecurringRef) -> None:
        """Everything that handlers read is here before the first of them runs."""
        self._recurring = recurring
        self._is_changed = False
        self._may_be_held = workflow.info().continued_run_id is not None

    @workflow.run
    async def run(self, _recurring: RecurringRef) -> None:
        """Make the copies, each on its day."""
        while not await self._step():
            if workflow.info().is_continue_as_new_suggested():
                workflow.continue_as_new(self._recurring)
        workflow.upsert_search_attributes([INVOICE_STATUS.value_set("DONE")])
        workflow.set_current_details("**DONE**")

    async def _step(self) -> bool:
        """Make the copy that is due, or wait; True when there is nothing to wait for."""
        self._is_changed = False
        try:
            progress = await self._make_due_copy()
        except ActivityError as error:
            if is_cancelled_exception(error):
                raise
            await self._hold(error)
            return False
        self._release()
        if progress.copy_made is not None:
            return False
        if progress.has_ended:
            return not self._is_changed
        await self._wait(progress)
        return False

    async def _make_due_copy(self) -> Progress:
        moment = Moment(recurring=self._recurring, now=workflow.now())
        return await workflow.execute_activity_method(RecurringActivities.make_due_copy, moment, **steps.MAKE_DUE_COPY)

    async def _wait(self, progress: Progress) -> None:
        """Until the next date begins or the schedule changes; a paused one waits for its change."""
        if progress.next_at is None:
            workflow.set_current_details("**PAUSED**")
            await workflow.wait_condition(lambda: self._is_changed)
            return
        workflow.set_current_details(f"next copy on **{progress.next_date}**")
        await self._changed_within(_until(progress.next_at))

    async def _hold(self, error: ActivityError) -> None:
        """Tell why there is no copy, and try again later."""
        message = _words_of(error)
        self._may_be_held = True
        workflow.upsert_search_attributes([INVOICE_STATUS.value_set("HELD")])
        workflow.set_current_details(f"**HELD**: {message}")
        problem = Problem(recurring=self._recurring, message=message)
        await workflow.execute_activity_method(RecurringActivities.note_problem, problem, **steps.NOTE_PROBLEM)
        await self._changed_within(NEXT_TRY)

    def _release(self) -> None:
        if self._may_be_held:
            self._may_be_held = False
            workflow.upsert_search_attributes([INVOICE_STATUS.value_set("RUNNING")])

    async def _changed_within(self, wait: timedelta) -> None:
        try:
            await workflow.wait_condition(lambda: self._is_changed, timeout=wait)
        except TimeoutError:
            return

    @workflow.signal
    async def schedule_changed(self) -> None:
        """Somebody paused, resumed, stopped or changed it: read it anew."""
        self._is_changed = True


def _until(instant: datetime) -> timedelta:
    return min(max(instant - workflow.now(), timedelta(0)), LONGEST_WAIT)


def _words_of(error: ActivityError) -> str:
    return error.cause.message if isinstance(error.cause, ApplicationError) else "a step did not end in time"
