"""Bodies of taxes and tax groups (Deskera B.7), with EN 16931's category and exemption reason, which we add."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Annotated

from pydantic import AfterValidator, BeforeValidator, Field

from api.deskera import Amount, Blank, DeskeraModel, Json, Text, tenant_number
from api.requests.request_bodies import Flag, refused
from api.sales_invoices.bodies import Name
from database.tables import JsonObject, Tax
from database.tax_groups import is_group, parts_of, stored_parts
from database.taxes import TaxContent
from invoicing.draft import TaxTreatment
from invoicing.invoice import TaxCategory
from invoicing.sales.tax_codes import TaxRejected, make_treatment
from invoicing.sales.tax_groups import GroupPart, KnownTax, StatedPart, combined_rate, make_parts, parse_apply_to

MOST_PARTS = 20


class TaxType(StrEnum):
    """Deskera B.5 TAX_TYPE."""

    SALES = "SALES"
    PURCHASE = "PURCHASE"
    BOTH = "BOTH"


class TaxOrigin(StrEnum):
    """Deskera B.5 TAX_CATEGORY: who made the tax. EN 16931's category is `taxCategory`."""

    SYSTEM = "SYSTEM"
    CUSTOM = "CUSTOM"


class TaxStatus(StrEnum):
    """In small letters, as the vendor answers them (B.7)."""

    ACTIVE = "active"
    INACTIVE = "inactive"


def _upper(value: object) -> object:
    return value.strip().upper() if isinstance(value, str) else value


def _lower(value: object) -> object:
    return value.strip().lower() if isinstance(value, str) else value


def _apply_to(text: str) -> str:
    try:
        return parse_apply_to(text)
    except ValueError as error:
        raise refused(str(error)) from None


class TaxGroupDetailBody(DeskeraModel):
    """A part of a group: an existing tax by its code, under either name, or a percentage."""

    code: Annotated[Text | None, Blank] = None
    tax_code: Annotated[Text | None, Blank] = None
    """The same as `code`, as on an invoice's line."""
    name: Text | None = None
    percentage: Amount | None = None
    apply_to: Annotated[Annotated[Text, AfterValidator(_apply_to)] | None, Blank] = None
    """PRETAX, which is the default, or AFTER_TAX."""

    def stated(self) -> StatedPart:
        """As the domain takes it."""
        return StatedPart(
            code=self.code or self.tax_code,
            name=self.name,
            percentage=self.percentage,
            apply_to=parse_apply_to(self.apply_to or "PRETAX"),
        )


class TaxBody(DeskeraModel):
    """A tax, or a group when `isTaxGroup`."""

    name: Name
    tax_code: Annotated[Text | None, Blank] = None
    """A label; without one it is the name. Invoices refer to the tax by the `code` that it is given."""
    percent: Amount | None = None
    """Of a group it follows from its parts; where it is stated, it must agree."""
    type: Annotated[Annotated[TaxType, BeforeValidator(_upper)] | None, Blank] = None
    """SALES where nothing is said."""
    description: Text | None = None
    account_code: Text | None = None
    category: Annotated[Annotated[TaxOrigin, BeforeValidator(_upper)] | None, Blank] = None
    status: Annotated[Annotated[TaxStatus, BeforeValidator(_lower)] | None, Blank] = None
    is_tax_group: Flag | None = None
    tax_group_details: Annotated[list[TaxGroupDetailBody], Field(max_length=MOST_PARTS)] | None = None
    tax_category: Annotated[TaxCategory | None, Blank] = None
    exemption_reason: Annotated[Text | None, Blank] = None
    exemption_code: Annotated[Text | None, Blank] = None

    def named_codes(self) -> list[str]:
        """The taxes that its parts name."""
        stated = (part.stated() for part in self.tax_group_details or ())
        return [part.code for part in stated if part.code]


def tax_content(body: TaxBody, known: Mapping[str, KnownTax], before: Tax | None) -> TaxContent:
    """What to store of a tax; `before` is the one that it replaces, whose status and origin stand where none is named.

    Raises:
        TaxRejected: its rate, category, reason or parts are not right.
    """
    parts = _parts(body, known)
    treatment = _treatment(body, parts)
    stored: JsonObject = {
        "taxCode": body.tax_code or body.name,
        "accountCode": body.account_code,
        "type": body.type or TaxType.SALES,
        "description": body.description,
        "category": body.category or (before.body.get("category") if before else TaxOrigin.CUSTOM),
        "isTaxGroup": bool(body.is_tax_group),
        "taxGroupDetails": stored_parts(parts) if body.is_tax_group else None,
        "exemptionReason": body.exemption_reason,
        "exemptionCode": body.exemption_code,
    }
    active = before.active if before and body.status is None else body.status is not TaxStatus.INACTIVE
    return TaxContent(body.name, active, treatment, stored)


def tax_answer(row: Tax) -> Json:
    """The tax with every member, nulls too."""
    kept = row.body
    parts = [
        {"code": part.code, "name": part.name, "percentage": part.percentage, "applyTo": part.apply_to}
        for part in parts_of(row)
    ]
    return {
        "id": row.id,
        "name": row.name,
        "taxCode": kept.get("taxCode"),
        "accountCode": kept.get("accountCode"),
        "type": kept.get("type"),
        "description": kept.get("description"),
        "percent": row.percent,
        "code": row.code,
        "status": TaxStatus.ACTIVE if row.active else TaxStatus.INACTIVE,
        "deleted": False,
        "tenantId": tenant_number(row.tenant),
        "category": kept.get("category"),
        "isTaxGroup": is_group(row),
        "taxGroupDetails": parts if is_group(row) else None,
        "taxCategory": row.tax_category,
        "exemptionReason": kept.get("exemptionReason"),
        "exemptionCode": kept.get("exemptionCode"),
    }


def _parts(body: TaxBody, known: Mapping[str, KnownTax]) -> tuple[GroupPart, ...]:
    details = body.tax_group_details or []
    if not body.is_tax_group:
        if details:
            raise TaxRejected("isTaxGroup", "must be true where there are taxGroupDetails")
        return ()
    return make_parts([part.stated() for part in details], known)


def _treatment(body: TaxBody, parts: tuple[GroupPart, ...]) -> TaxTreatment:
    percent = combined_rate(parts) if parts else body.percent
    if percent is None:
        raise TaxRejected("percent", "is required")
    if parts and body.percent is not None and body.percent != percent:
        raise TaxRejected("percent", f"the parts of the group come to {percent}")
    return make_treatment(percent, body.tax_category, body.exemption_reason, body.exemption_code)
