"""Why a group bears no tax (BT-120, BT-121): EN 16931 BR-E-10, BR-AE-10, BR-IC-10, BR-G-10, BR-O-10."""

from invoicing.draft_checks import DraftRejected
from invoicing.invoice import TaxCategory, TaxGroup

STANDARD_REASONS = {
    TaxCategory.REVERSE_CHARGE: ("Reverse charge", "VATEX-EU-AE"),
    TaxCategory.INTRA_COMMUNITY: ("Intra-Community supply", "VATEX-EU-IC"),
    TaxCategory.EXPORT: ("Export outside the EU", "VATEX-EU-G"),
    TaxCategory.OUTSIDE_SCOPE: ("Not subject to VAT", "VATEX-EU-O"),
}
"""The text that the rule itself prescribes, and the code of the same meaning."""
NO_REASON = frozenset({TaxCategory.STANDARD, TaxCategory.ZERO})


def with_reason(group: TaxGroup, field: str) -> TaxGroup:
    """The group with its reason: the stated one, else the one that its category has by itself.

    Raises:
        DraftRejected: at `field`; an exemption (E) has a reason in law, which only the seller knows.
    """
    if group.tax_category in NO_REASON or group.exemption_reason or group.exemption_code:
        return group
    if group.tax_category not in STANDARD_REASONS:
        raise DraftRejected(field, f"is missing: category {group.tax_category} must state one (BR-E-10)")
    reason, code = STANDARD_REASONS[group.tax_category]
    return group.model_copy(update={"exemption_reason": reason, "exemption_code": code})
