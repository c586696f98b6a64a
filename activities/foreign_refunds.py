"""Whether a gateway shows a refund that the ledger cannot account for."""

from collections.abc import Sequence

from database.tables import Effect
from integrations.payment_gateway import ShownRefund


def has_foreign_refund(shown: Sequence[ShownRefund], ours: Sequence[str | None], wanted: Effect) -> bool:
    """Whether one of the refunds `shown`, over the amount of `wanted`, is none of ours.

    `ours` are the references of refunds of that amount that the ledger has as done. Where a refund, or its row, has no
    name, one of them accounts for one of the others: all that is left is to count.
    """
    alike = [one for one in shown if one.amount == wanted.amount and one.currency in {None, wanted.currency}]
    names = [one.refund_id for one in alike]
    left = list(ours)
    unmatched = []
    for name in names:
        if name is not None and name in left:
            left.remove(name)
        else:
            unmatched.append(name)
    nameless_rows = left.count(None)
    named = sum(name is not None for name in unmatched)
    return named > nameless_rows or len(unmatched) > len(left)
