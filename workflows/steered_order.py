"""What a person can decide about an order under way, and what it tells them: the messages of `OrderInvoice`.

Every command is an update, which refuses what makes no sense, and a signal of the same name for
`temporal workflow signal`, which ignores it.
"""

import asyncio

from temporalio import workflow

from workflows.refusing import refuse_if

with workflow.unsafe.imports_passed_through():
    from contracts.order_invoice import Choice, OrderRef, Outcome, Release, Retry, Standing, Step
    from workflows.order_decisions import Decision, refusal_of_cancel, refusal_of_release


class SteeredOrder:
    """The base of the workflow: its standing, and the handlers that change it."""

    def __init__(self, order: OrderRef) -> None:
        """Everything that handlers read is here before the first of them runs."""
        self._order = order
        self._step = Step.LOOK_UP
        self._tries = 1
        self._held: Outcome | None = None
        self._decision: Decision | None = None
        self._course: asyncio.Task[Outcome] | None = None
        self._cancel_wanted = False
        self._is_adopted = False
        self._is_committed = False
        """Money may have moved: the order can only go forward."""

    def _enter(self, step: Step) -> None:
        self._step = step
        workflow.set_current_details(f"**{step}**")

    @workflow.query
    def standing(self) -> Standing:
        """Where the order is."""
        return Standing(step=self._step, tries=self._tries, held=self._held)

    @workflow.update(name="retry")
    async def retry(self, wish: Retry) -> None:
        """Try a held order again; with a job id, for that job."""
        self._retry(wish)

    @retry.validator
    def _only_when_held(self, wish: Retry) -> None:  # noqa: ARG002 -- the update's signature
        refuse_if(self._refusal(Release()))

    @workflow.signal(name="retry")
    async def retry_signal(self, wish: Retry) -> None:
        """The same for `temporal workflow signal`; an order that is not on hold takes no notice."""
        if self._refusal(Release()) is None:
            self._retry(wish)

    @workflow.update(name="release")
    async def release(self, wish: Release) -> None:
        """Move a held order on by a person's decision."""
        self._decision = Decision(wish.choice, wish.actor)

    @release.validator
    def _only_what_can_be_decided(self, wish: Release) -> None:
        refuse_if(self._refusal(wish))

    @workflow.signal(name="release")
    async def release_signal(self, wish: Release) -> None:
        """The same for `temporal workflow signal`; what the update would refuse is ignored."""
        if self._refusal(wish) is None:
            self._decision = Decision(wish.choice, wish.actor)

    @workflow.update(name="cancel")
    async def cancel(self) -> None:
        """End the order before its payment is captured."""
        self._cancel()

    @cancel.validator
    def _only_before_capture(self) -> None:
        refuse_if(refusal_of_cancel(may_be_charged=self._is_committed))

    @workflow.signal(name="cancel")
    async def cancel_signal(self) -> None:
        """The same for `temporal workflow signal`; once money may have moved it is ignored."""
        if refusal_of_cancel(may_be_charged=self._is_committed) is None:
            self._cancel()

    def _refusal(self, wish: Release) -> str | None:
        held = self._held if self._decision is None else None
        return refusal_of_release(wish, held, may_be_charged=self._is_committed)

    def _retry(self, wish: Retry) -> None:
        if wish.job_id is not None:
            self._order = self._order.model_copy(update={"job_id": wish.job_id})
            self._is_adopted = True
        self._decision = Decision(Choice.RETRY)

    def _cancel(self) -> None:
        self._cancel_wanted = True
        if self._course is not None:
            self._course.cancel()
