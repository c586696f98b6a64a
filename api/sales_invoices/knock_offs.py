"""What brought down the due amount of a sales invoice, as its answer shows it (Deskera B.4 `knockoffInfo`)."""

from collections.abc import Sequence

from api.deskera import Json, print_date
from invoicing.sales.knock_off import KnockOff


def knockoff_info(knock_offs: Sequence[KnockOff]) -> list[Json] | None:
    """One entry for each payment and credit note, the first first; None where there are none yet."""
    return [_entry(knock_off) for knock_off in knock_offs] or None


def _entry(knock_off: KnockOff) -> Json:
    return {
        "documentOrder": knock_off.order,
        "documentType": knock_off.document_type,
        "documentCode": knock_off.document_code,
        "documentDate": print_date(knock_off.document_date),
        "amount": knock_off.amount,
        "exchangeRate": knock_off.exchange_rate,
        "currency": knock_off.currency,
    }
