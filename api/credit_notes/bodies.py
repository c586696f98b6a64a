"""Bodies of credit notes: what is wanted, in both dialects.

Both name what to credit in the same words: `lines` is "all", or a list whose members name a line by its `position` or
its `itemCode`, and how much of it by `quantity` or `amount`; with neither, all that is left of it. `charges` name
document-level charges (shipping, fees) by their place. Numbers may be text.
"""

from collections.abc import Sequence
from typing import Annotated, Generic, Literal, TypeVar

from litestar.openapi.spec import Example
from litestar.params import BodyKwarg
from pydantic import AliasChoices, BeforeValidator, ConfigDict, Field

from api.deskera import Amount, Blank, DeskeraDate, DeskeraModel, Text
from api.errors.api_error import ApiError, Detail
from api.requests.request_bodies import refused
from invoicing.credit.crediting import EVERYTHING, ChargeWish, CreditWish, LineWish
from invoicing.sales.items import SalesItem

NOT_CREDITED = "The credit note could not be issued."
ALL = "all"
MOST_PARTS = 10_000
LONGEST_REASON = 1_000
LONGEST_REFERENCE = 200
ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
STORABLE = r"^[^\x00]*$"
"""PostgreSQL keeps no text with a NUL in it."""
NOT_RECORDED = "The refund could not be recorded."

Position = Annotated[int, Field(ge=1, le=MOST_PARTS)]


class CreditedLine(DeskeraModel):
    """What to credit of one line; `salesInvoiceItemCode` is taken for `itemCode` too."""

    position: Position | None = None
    item_code: Annotated[
        Text | None, Field(validation_alias=AliasChoices("itemCode", "salesInvoiceItemCode", "item_code"))
    ] = None
    quantity: Amount | None = None
    amount: Amount | None = None


class CreditedCharge(DeskeraModel):
    """What to credit of one document-level charge."""

    position: Position
    amount: Amount | None = None


class OnlyCreditedLine(CreditedLine):
    """The same, and nothing else."""

    model_config = ConfigDict(extra="forbid")


class OnlyCreditedCharge(CreditedCharge):
    """The same, and nothing else."""

    model_config = ConfigDict(extra="forbid")


def _lines(value: object) -> object:
    """None for the word "all", which nothing else becomes."""
    if value == ALL:
        return None
    if not isinstance(value, list):
        raise refused('must be "all" or a list of lines')
    return value


Line = TypeVar("Line", bound=CreditedLine)
ChargeOf = TypeVar("ChargeOf", bound=CreditedCharge)


class CreditBody(DeskeraModel, Generic[Line, ChargeOf]):
    """What to credit, and why."""

    lines: Annotated[
        Annotated[list[Line], Field(max_length=MOST_PARTS)] | None,
        BeforeValidator(_lines, json_schema_input_type=Literal["all"] | list[Line]),
    ] = Field(default_factory=list)
    charges: Annotated[list[ChargeOf], Field(max_length=MOST_PARTS)] = Field(default_factory=list)
    reason: Annotated[Text, Field(max_length=LONGEST_REASON)] | None = None

    def wish(self, items: Sequence[SalesItem]) -> CreditWish:
        """The wish, its lines by their places; `items` are those of the invoice, in the order of its lines.

        Raises:
            ApiError: 400, a line is not named, named twice over, or not there.
        """
        if self.lines is None:
            return EVERYTHING
        lines = tuple(
            LineWish(position=_position(line, items, f"lines.{i}"), quantity=line.quantity, amount=line.amount)
            for i, line in enumerate(self.lines)
        )
        charges = tuple(ChargeWish(position=charge.position, amount=charge.amount) for charge in self.charges)
        return CreditWish(lines=lines, charges=charges)


class OrderCreditRequest(CreditBody[OnlyCreditedLine, OnlyCreditedCharge]):
    """Body of `POST .../orders/{orderId}/credit-notes`."""

    model_config = ConfigDict(extra="forbid")


class CreditNoteRequest(CreditBody[CreditedLine, CreditedCharge]):
    """Body of `POST /v1/credit-notes`; unknown members are ignored."""

    sales_invoice_code: Annotated[Text, Field(min_length=1)]
    credit_note_date: DeskeraDate | None = None


class RefundedOutside(DeskeraModel):
    """Body of `POST /v1/credit-notes/{code}/refund`: what the refund is called where it was made."""

    reference: Annotated[Text, Field(min_length=1, max_length=LONGEST_REFERENCE, pattern=ONE_LINE), Blank]
    note: Annotated[Text, Field(max_length=LONGEST_REASON, pattern=STORABLE)] | None = None


def _position(line: CreditedLine, items: Sequence[SalesItem], path: str) -> int:
    if (line.position is None) is (line.item_code is None):
        raise _fault(path, "must name the line by its position or its itemCode, one of the two")
    if line.position is not None:
        return line.position
    places = [place for place, item in enumerate(items, 1) if item.code == line.item_code]
    if not places:
        raise _fault(f"{path}.itemCode", f"is {line.item_code}, and the invoice has no such item")
    return places[0]


def _fault(field: str, problem: str) -> ApiError:
    return ApiError(400, NOT_CREDITED, details=[Detail(problem, field)])


ORDER_EXAMPLES = [
    Example(summary="Everything that is left", value={"lines": "all", "reason": "The customer sent everything back"}),
    Example(summary="One piece of the first line", value={"lines": [{"position": 1, "quantity": 1}]}),
]
SALES_EXAMPLES = [
    Example(summary="Everything that is left", value={"salesInvoiceCode": "0000001", "lines": "all"}),
    Example(
        summary="Five off the price of an item",
        value={"salesInvoiceCode": "0000001", "lines": [{"itemCode": "SII-0000001", "amount": 5}]},
    ),
]
OrderCreditJson = Annotated[object, BodyKwarg(examples=ORDER_EXAMPLES)]
CreditNoteJson = Annotated[object, BodyKwarg(examples=SALES_EXAMPLES)]
OUTSIDE_EXAMPLES = [
    Example(summary="Given back in the gateway's back office", value={"reference": "re_4711"}),
    Example(summary="By bank transfer", value={"reference": "SEPA 2026-11-22/7", "note": "The card has expired"}),
]
OutsideJson = Annotated[object, BodyKwarg(examples=OUTSIDE_EXAMPLES)]
