"""What a person can do with a running job, and what it tells them: the messages of `InvoiceJob`.

Every command is an update, which refuses what makes no sense, and a signal of the same name for
`temporal workflow signal`, which ignores it.
"""

import asyncio

from temporalio import workflow

from workflows.local_first import local_first
from workflows.refusing import refuse_if
from workflows.window import Window

with workflow.unsafe.imports_passed_through():
    from activities.job_items import JobActivities
    from contracts import steps
    from contracts.invoice_job import (
        MAX_CONCURRENCY,
        Concurrency,
        JobNote,
        JobProgress,
        JobRef,
        JobRun,
        JobTally,
        RetryFailed,
        Standing,
    )
    from contracts.order_invoice import OrderState

BEING_CANCELLED = "the job is being cancelled"


class SteeredJob:
    """The base of the workflow: its standing, its window, and the handlers that change them."""

    def __init__(self, run: JobRun) -> None:
        """Everything that handlers read is here before the first of them runs."""
        self._job = JobRef(tenant=run.tenant, job_id=run.job_id)
        self._phase = "accepted"
        self._position = run.after_position
        self._total = run.total
        self._tally = run.tally
        self._window = Window(run.concurrency, is_open=not run.paused)
        self._reopening: RetryFailed | None = None
        self._work: asyncio.Task[None] | None = None
        self._is_cancelled = False
        self._is_closing = False
        self._has_finished = False

    def _count(self, state: OrderState | None) -> None:
        tally = self._tally
        self._tally = JobTally(
            succeeded=tally.succeeded + (state is OrderState.SUCCESS),
            failed=tally.failed + (state is OrderState.FAILURE),
            held=tally.held + (state is OrderState.HELD),
        )
        self._enter(self._phase)

    def _enter(self, phase: str) -> None:
        self._phase = phase
        workflow.set_current_details(_details(self.progress()))

    @workflow.query
    def progress(self) -> JobProgress:
        """Where the job is."""
        return JobProgress(
            phase=self._phase,
            handed_out=self._position,
            running=self._window.inside,
            tally=self._tally,
            paused=not self._window.is_open,
            concurrency=self._window.size,
            total=self._total,
        )

    @workflow.update(name="pause")
    async def pause(self) -> None:
        """Hand out no more orders; those under way go on."""
        await self._pause()

    @pause.validator
    def _only_when_running(self) -> None:
        refuse_if(_refusal_when_temporal_cancels() or self._refusal_of_pause())

    @workflow.signal(name="pause")
    async def pause_signal(self) -> None:
        """The same for `temporal workflow signal`; a job that is paused takes no notice."""
        if self._refusal_of_pause() is None:
            await self._pause()

    @workflow.update(name="resume")
    async def resume(self) -> None:
        """Hand out orders again."""
        await self._resume()

    @resume.validator
    def _only_when_paused(self) -> None:
        refuse_if(_refusal_when_temporal_cancels() or self._refusal_of_resume())

    @workflow.signal(name="resume")
    async def resume_signal(self) -> None:
        """The same for `temporal workflow signal`; a job that is not paused takes no notice."""
        if self._refusal_of_resume() is None:
            await self._resume()

    @workflow.update(name="cancel")
    async def cancel(self) -> None:
        """Start no more orders, and cancel those whose payment is not being captured yet; then the job ends."""
        await self._cancel()

    @cancel.validator
    def _only_once(self) -> None:
        refuse_if(_refusal_when_temporal_cancels() or self._refusal_of_cancel())

    @workflow.signal(name="cancel")
    async def cancel_signal(self) -> None:
        """The same for `temporal workflow signal`; a job that has ended takes no notice."""
        if self._refusal_of_cancel() is None:
            await self._cancel()

    @workflow.update(name="retry_failed")
    async def retry_failed(self, wish: RetryFailed) -> None:
        """Run the failed orders once more, after the page of orders that the job is at."""
        self._reopen_later(wish)

    @retry_failed.validator
    def _only_if_it_goes_on(self, wish: RetryFailed) -> None:  # noqa: ARG002 -- the update's signature
        refuse_if(_refusal_when_temporal_cancels() or self._refusal_when_cancelled())

    @workflow.signal(name="retry_failed")
    async def retry_failed_signal(self, wish: RetryFailed) -> None:
        """The same for `temporal workflow signal`; with a start it reopens a job that has ended, or is just ending."""
        self._reopen_later(wish)

    @workflow.update(name="set_concurrency")
    async def set_concurrency(self, wish: Concurrency) -> None:
        """Run so many orders at once from now on."""
        self._window.resize(wish.concurrency)

    @set_concurrency.validator
    def _only_what_a_job_can_run(self, wish: Concurrency) -> None:
        refuse_if(_refusal_of_concurrency(wish))

    @workflow.signal(name="set_concurrency")
    async def set_concurrency_signal(self, wish: Concurrency) -> None:
        """The same for `temporal workflow signal`; a number that the update would refuse is ignored."""
        if _refusal_of_concurrency(wish) is None:
            self._window.resize(wish.concurrency)

    def _refusal_of_pause(self) -> str | None:
        return self._refusal_when_cancelled() or (None if self._window.is_open else "the job is paused already")

    def _refusal_of_resume(self) -> str | None:
        return self._refusal_when_cancelled() or ("the job is not paused" if self._window.is_open else None)

    def _refusal_when_cancelled(self) -> str | None:
        if self._is_cancelled:
            return BEING_CANCELLED
        return "the job is ending" if self._is_closing else None

    def _refusal_of_cancel(self) -> str | None:
        return self._refusal_when_cancelled() or ("the job has ended" if self._has_finished else None)

    def _reopen_later(self, wish: RetryFailed) -> None:
        held = wish.held or (self._reopening is not None and self._reopening.held)
        self._reopening = RetryFailed(held=held)

    async def _pause(self) -> None:
        self._window.close()
        await self._tell_people(Standing.PAUSED)

    async def _resume(self) -> None:
        self._window.open()
        await self._tell_people(Standing.RESUMED)

    async def _cancel(self) -> None:
        self._is_cancelled, self._reopening = True, None
        await self._tell_people(Standing.CANCELLED)
        if self._work is not None:
            self._work.cancel()

    async def _tell_people(self, standing: Standing) -> None:
        self._enter(self._phase)
        await local_first(JobActivities.note_standing, JobNote(job=self._job, standing=standing), steps.RECORD)


def _refusal_when_temporal_cancels() -> str | None:
    """Of a cancel that came by no command: with the schedule's next run, by `temporal workflow cancel`.

    Only validators ask: signals of the same names are part of histories, which must go on as they went.
    """
    return BEING_CANCELLED if workflow.cancellation_reason() is not None else None


def _refusal_of_concurrency(wish: Concurrency) -> str | None:
    return None if 1 <= wish.concurrency <= MAX_CONCURRENCY else f"concurrency must be from 1 to {MAX_CONCURRENCY}"


def _details(progress: JobProgress) -> str:
    tally = progress.tally
    total = "" if progress.total is None else f" of {progress.total:,}"
    paused = ", **paused**" if progress.paused else ""
    return (
        f"**{progress.phase}**{paused}\n\n"
        f"- {tally.succeeded + tally.failed + tally.held:,}{total} orders are through, "
        f"{progress.running} of at most {progress.concurrency} are under way\n"
        f"- {tally.succeeded:,} succeeded, {tally.failed:,} failed, {tally.held:,} are on hold"
    )
