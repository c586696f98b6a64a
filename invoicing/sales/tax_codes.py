"""Taxes that a tenant keeps under codes of its own (Deskera B.7): what they do to a line.

Percentages are percent (`Decimal("7")`), from 0 to 100 with at most six decimals.
"""

import re
from decimal import Decimal

from invoicing.draft import TaxTreatment
from invoicing.draft_checks import HUNDRED, NEEDS_NO_REASON, RATE_DECIMALS
from invoicing.invoice import TaxCategory
from invoicing.money import plain

_VATEX = re.compile(r"VATEX-[A-Z]{2}(?:-[A-Z0-9]+)+")


class TaxRejected(ValueError):
    """The tax cannot be charged; `field` is the member at fault as callers write it, `problem` what is wrong."""

    def __init__(self, field: str, problem: str) -> None:
        super().__init__(f"{field}: {problem}")
        self.field = field
        self.problem = problem


def check_percent(percent: Decimal, field: str) -> None:
    """Refuse a rate that no invoice could bear exactly.

    Raises:
        TaxRejected: not from 0 to 100, or with more than six decimals.
    """
    if not 0 <= percent <= HUNDRED:
        raise TaxRejected(field, f"{plain(percent)} is not from 0 to 100")
    if percent != round(percent, RATE_DECIMALS):
        raise TaxRejected(field, f"{plain(percent)} has more than {RATE_DECIMALS} decimals")


def make_treatment(
    percent: Decimal,
    category: TaxCategory | None = None,
    exemption_reason: str | None = None,
    exemption_code: str | None = None,
) -> TaxTreatment:
    """How a tax treats a line. Without a category it is S, or Z at 0 %.

    S has a rate (EN 16931 BR-S-5), all others have none (BR-Z-5, BR-E-5, BR-AE-5, BR-IC-5, BR-G-5, BR-O-5); E, AE, K,
    G and O say why, as text or as a code of the VATEX list (BR-E-10, BR-AE-10, BR-IC-10, BR-G-10, BR-O-10), S and Z
    never do (BR-S-10, BR-Z-10).

    Raises:
        TaxRejected: one of these rules is broken.
    """
    check_percent(percent, "percent")
    category = category or (TaxCategory.STANDARD if percent else TaxCategory.ZERO)
    if category is TaxCategory.STANDARD and not percent:
        raise TaxRejected("percent", "must be above 0 in category S (BR-S-5)")
    if category is not TaxCategory.STANDARD and percent:
        raise TaxRejected("percent", f"must be 0 in category {category}")
    _check_reason(category, exemption_reason, exemption_code)
    return TaxTreatment(
        category=category, rate=percent, exemption_reason=exemption_reason, exemption_code=exemption_code
    )


def _check_reason(category: TaxCategory, reason: str | None, code: str | None) -> None:
    if category in NEEDS_NO_REASON:
        if reason or code:
            raise TaxRejected("exemptionReason" if reason else "exemptionCode", f"has no place in category {category}")
    elif not (reason or code):
        raise TaxRejected("exemptionReason", f"is required in category {category}, or an exemptionCode")
    if code and not _VATEX.fullmatch(code):
        raise TaxRejected("exemptionCode", "must be a code of the VATEX list, such as VATEX-EU-132")
