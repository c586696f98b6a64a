"""Steps 1 and 2 in one: look the order up, and recalculate it."""

from dataclasses import dataclass

from temporalio import activity
from temporalio.exceptions import ApplicationError

from activities.look_up_order import LookUpActivities, Seen
from activities.recalculate import RecalculateActivities
from contracts.order_invoice import Preparation, Prepared, Step


@dataclass(frozen=True)
class PrepareActivities:
    look_ups: LookUpActivities
    recalculation: RecalculateActivities

    @activity.defn
    async def prepare_order(self, wanted: Preparation) -> Prepared:
        """Make the order ready for its capture, or hand back the invoice that an earlier run left unfinished.

        A total that a person accepted is that of the order as it was read for them: it is not read anew.

        Raises:
            ApplicationError: with the step that failed as its detail.
        """
        seen = Seen() if wanted.accepted else await self.look_ups.see(wanted.order)
        if seen.unfinished:
            return Prepared(unfinished=seen.unfinished)
        try:
            await self._price(wanted, seen)
        except ApplicationError as error:
            raise ApplicationError(
                error.message,
                Step.RECALCULATE,
                type=error.type,
                non_retryable=error.non_retryable,
                category=error.category,
            ) from None
        return Prepared()

    async def _price(self, wanted: Preparation, seen: Seen) -> None:
        """An order that is not read anew keeps its text, and its prices if money may have been captured by them."""
        if seen.text is None or not await self.recalculation.keep_and_price(wanted.order, seen.text, seen.order_round):
            await self.recalculation.price(wanted)
