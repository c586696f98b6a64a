"""The request bodies of the payment gateway (Emporix A.6)."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Annotated, TypeVar

from iso4217 import Currency
from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError, model_validator
from pydantic.alias_generators import to_camel

from demo.orders.exact_json import dump, parse
from demo.shop.refusals import gateway_refused


def only_number(value: object) -> object:
    """The gateway takes JSON numbers; a text that looks like one is refused."""
    if isinstance(value, str):
        raise ValueError("must be a number")  # noqa: TRY004 (pydantic turns ValueError into its own)
    return value


class CaptureRequest(BaseModel):
    """Body of a capture; the amount is in major units."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, validate_by_name=True)

    amount: Annotated[Decimal, BeforeValidator(only_number), Field(gt=0)]
    currency: Annotated[str, Field(pattern="^[A-Z]{3}$")]

    @model_validator(mode="after")
    def has_no_fraction_of_a_minor_unit(self) -> "CaptureRequest":
        """No card takes half a cent, nor half a yen."""
        decimals = Currency(self.currency).exponent or 0
        if self.amount != round(self.amount, decimals):
            raise ValueError(f"{self.currency} has {decimals} decimals")
        return self


class RefundRequest(CaptureRequest):
    """Body of a refund."""

    capture_id: str


@dataclass(frozen=True)
class Asked:
    """A request to move money, with its idempotency key."""

    tenant: str
    transaction_id: str
    kind: str
    body: CaptureRequest
    key: str | None

    @property
    def text(self) -> str:
        """What must be the same when the key is used again; 3.9 and 3.90 are."""
        body = self.body.model_dump() | {"amount": self.body.amount.normalize()}
        return dump({"transaction": self.transaction_id, "kind": self.kind} | body)


Body = TypeVar("Body", bound=CaptureRequest)


def read_body(model: type[Body], text: bytes) -> Body:
    """Read a body with exact numbers.

    Raises:
        Refusal: 400 it is no JSON; 422 a member is missing or wrong.
    """
    try:
        value = parse(text)
    except ValueError as error:
        raise gateway_refused(400, "The body is no JSON.") from error
    try:
        return model.model_validate(value)
    except ValidationError as error:
        first = error.errors()[0]
        raise gateway_refused(422, f"{'.'.join(map(str, first['loc'])) or 'body'}: {first['msg']}") from error
