"""What JSON members may be, and reading a part of a body into its model; faults are named by the member's path."""

from typing import Annotated, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails, PydanticCustomError

from api.errors.api_error import ApiError, Detail

Model = TypeVar("Model", bound=BaseModel)

WORDS = {
    "missing": "is required",
    "extra_forbidden": "is not known",
    "model_type": "must be an object",
    "dict_type": "must be an object",
}
"""What we say instead of pydantic's own words."""


class Body(BaseModel):
    """Bodies of our own routes: camelCase outside."""

    model_config = ConfigDict(frozen=True, alias_generator=to_camel, populate_by_name=True)


def read_body(model: type[Model], data: object, refusal: str) -> Model:
    """The JSON value as a model.

    Raises:
        ApiError: 400 with the message `refusal` and one detail for each member that is wrong.
    """
    try:
        return model.model_validate(data)
    except ValidationError as error:
        faults = error.errors(include_url=False, include_context=False, include_input=False)
        raise ApiError(400, refusal, details=[_detail(fault) for fault in faults]) from error


def refused(message: str) -> PydanticCustomError:
    """For validators to raise: the message stands in the answer as it is."""
    return PydanticCustomError("refused", "{message}", {"message": message})


def _detail(fault: ErrorDetails) -> Detail:
    return Detail(WORDS.get(fault["type"], fault["msg"]), ".".join(str(part) for part in fault["loc"]) or "body")


def _number(value: object) -> object:
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise refused("must be a whole number")
    return value


def _flag(value: object) -> object:
    if not isinstance(value, bool):
        raise refused("must be true or false")
    return value


def _text(value: object) -> object:
    """A number is taken as its digits: callers write years and months either way."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


WholeNumber = Annotated[int, BeforeValidator(_number, json_schema_input_type=int)]
"""A JSON number without a fraction; no text, no boolean."""

Flag = Annotated[bool, BeforeValidator(_flag, json_schema_input_type=bool)]
"""A JSON boolean; pydantic's own `StrictBool` takes "yes" here, as Litestar validates with `strict=False`."""

TextOrNumber = Annotated[str, BeforeValidator(_text, json_schema_input_type=str | int)]
"""A JSON string, or a whole number as its digits."""
