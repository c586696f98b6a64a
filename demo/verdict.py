"""Whether a round ended as it must: what was found is held against what is expected. No I/O.

What the API says of an order counts only as far as the shop's books, the mail sink and the PDF agree.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from demo.evidence import Evidence, JobName
from demo.expectations import RoundExpectations
from demo.number_verdict import named, wrong_with_numbers
from demo.order_verdict import wrong_with_order


@dataclass(frozen=True)
class Fault:
    """One thing that is not as it must be; `order_id` is None where it concerns the whole round."""

    order_id: str | None
    what: str

    def __str__(self) -> str:
        return f"{self.order_id}: {self.what}" if self.order_id else self.what


def judge(expected: RoundExpectations, seen: Evidence) -> list[Fault]:
    """Everything that is wrong; empty is the verdict hoped for."""
    faults = [Fault(None, what) for what in _wrong_with_round(expected, seen)]
    for job, expectations in ((JobName.MANUAL, expected.manual), (JobName.AUTOMATIC, expected.automatic)):
        answers = {order.order_id: order for order in seen.answers.get(job, ())}
        for expectation in expectations:
            if answer := answers.get(expectation.order_id):
                faults += [Fault(answer.order_id, what) for what in wrong_with_order(expectation, answer, seen)]
    return faults


def _wrong_with_round(expected: RoundExpectations, seen: Evidence) -> Iterator[str]:
    given = {
        JobName.BEFOREHAND: sorted(expected.beforehand),
        JobName.MANUAL: [each.order_id for each in expected.manual],
        JobName.AUTOMATIC: [each.order_id for each in expected.automatic],
    }
    for job, order_ids in given.items():
        yield from _wrong_with_answers(job, order_ids, seen)
    yield from wrong_with_numbers(seen.numbers)
    known = set(seen.numbers)
    strays = [mail.path.name for number, mails in seen.mails_by_number.items() if number not in known for mail in mails]
    if strays:
        yield f"mails that belong to no invoice of the round: {named(strays)}"


def _wrong_with_answers(job: JobName, given: Sequence[str], seen: Evidence) -> Iterator[str]:
    """A job's orders are those it was given or had to find, each once."""
    found = Counter(order.order_id for order in seen.answers.get(job, ()))
    if missing := sorted(set(given) - found.keys()):
        yield f"the {job} job misses {named(missing)}"
    if strangers := sorted(found.keys() - set(given)):
        yield f"the {job} job has orders that are not its own: {named(strangers)}"
    if repeated := sorted(order_id for order_id, times in found.items() if times > 1):
        yield f"the {job} job lists orders more than once: {named(repeated)}"
