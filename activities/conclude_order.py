"""Step 7 and the books: the order learns of its invoice, and the job of its success."""

from dataclasses import dataclass

from temporalio import activity

from activities.record_outcome import OutcomeActivities
from activities.report_to_order import ReportActivities
from contracts.order_invoice import Conclusion


@dataclass(frozen=True)
class ConcludeActivities:
    reports: ReportActivities
    outcomes: OutcomeActivities

    @activity.defn
    async def conclude_order(self, conclusion: Conclusion) -> None:
        """Report to the order, then record the outcome. Both may be repeated."""
        await self.reports.report_to_order(conclusion.delivery)
        await self.outcomes.record_outcome(conclusion.outcome)
