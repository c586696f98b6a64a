"""Bodies of the Sequential ID service (Emporix A.3)."""

import re
from datetime import UTC, datetime
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue, RootModel, ValidationInfo

from api.errors.api_error import ApiError
from api.requests.request_bodies import Flag, TextOrNumber, WholeNumber, refused
from database.sequence_schemas import NewSchema
from database.tables import SequenceSchema
from invoicing.numbering import PLACEHOLDER_NAME

JsonObject = dict[str, JsonValue]

LAST_NUMBER = 2**63 - 1
"""What the database counts to."""

MAX_DIGITS = 18
MAX_IDS = 1_000
"""Numbers that one request may draw."""

MAX_NAME_LENGTH = 100

ONE_LINE = r"^[^\x00-\x1f\x7f]*$"
SCHEMA_TYPE = r"^[a-zA-Z0-9]*$"
SEQUENCE_KEY = r"^[^\s#/\x00-\x1f]{1,64}$"


def _placeholder_name(name: str) -> str:
    if len(name) > MAX_NAME_LENGTH or not PLACEHOLDER_NAME.fullmatch(name):
        raise refused("a placeholder's name must begin and end with __ and have at most 100 characters")
    return name


def _above_start(max_value: int, info: ValidationInfo) -> int:
    if max_value <= info.data.get("start_value", 0):
        raise refused("must be greater than startValue")
    return max_value


PlaceholderName = Annotated[str, AfterValidator(_placeholder_name)]
Text = Annotated[str, Field(max_length=255, pattern=ONE_LINE)]


class PlaceholderBody(BaseModel):
    """How a placeholder gets its value."""

    model_config = ConfigDict(extra="forbid")

    required: Flag = False
    default: Annotated[TextOrNumber, Field(max_length=255)] | None = None
    site_path: Annotated[Text | None, Field(alias="sitePath")] = None
    array_limit: Annotated[Annotated[WholeNumber, Field(ge=1, le=1_000)] | None, Field(alias="arrayLimit")] = None
    delimiter: Text | None = None


class SchemaBody(BaseModel):
    """A schema to create. Without `schemaType` its name is its type."""

    model_config = ConfigDict(extra="forbid")

    name: Annotated[Text, Field(min_length=1)]
    schema_type: Annotated[str, Field(alias="schemaType", max_length=MAX_NAME_LENGTH, pattern=SCHEMA_TYPE)] = ""
    pre_text: Annotated[Text, Field(alias="preText")] = ""
    post_text: Annotated[Text, Field(alias="postText")] = ""
    start_value: Annotated[WholeNumber, Field(alias="startValue", ge=0, lt=LAST_NUMBER)]
    max_value: Annotated[WholeNumber, Field(alias="maxValue", le=LAST_NUMBER), AfterValidator(_above_start)]
    number_of_digits: Annotated[WholeNumber, Field(alias="numberOfDigits", ge=1, le=MAX_DIGITS)]
    placeholders: dict[PlaceholderName, PlaceholderBody] = {}


class NextIdBody(BaseModel):
    """What to put into the number, and the pool to draw it from."""

    model_config = ConfigDict(extra="forbid")

    sequence_key: Annotated[Annotated[TextOrNumber, Field(pattern=SEQUENCE_KEY)] | None, Field(alias="sequenceKey")] = (
        None
    )
    placeholders: dict[PlaceholderName, TextOrNumber] = {}


class NextIdsBody(NextIdBody):
    """The same for several numbers."""

    number_of_ids: Annotated[WholeNumber, Field(alias="numberOfIds", ge=1, le=MAX_IDS)] = 1


class NextIdsBatch(RootModel[dict[str, NextIdsBody]]):
    """By schema type."""


def new_schema(body: SchemaBody) -> NewSchema:
    """The schema to create.

    Raises:
        ApiError: 400, the body names no type and its name can be none.
    """
    schema_type = body.schema_type or body.name
    if not re.fullmatch(SCHEMA_TYPE, schema_type):
        raise ApiError(400, "is required where the name is not letters and digits only", field="schemaType")
    return NewSchema(
        name=body.name,
        schema_type=schema_type,
        pre_text=body.pre_text,
        post_text=body.post_text,
        start_value=body.start_value,
        max_value=body.max_value,
        number_of_digits=body.number_of_digits,
        placeholders={
            name: placeholder.model_dump(by_alias=True, exclude_unset=True)
            for name, placeholder in body.placeholders.items()
        },
    )


def shown_schema(schema: SequenceSchema) -> JsonObject:
    """The schema as it is answered."""
    return {
        "id": str(schema.id),
        "name": schema.name,
        "schemaType": schema.schema_type,
        "active": schema.active,
        "preText": schema.pre_text,
        "postText": schema.post_text,
        "startValue": schema.start_value,
        "maxValue": schema.max_value,
        "numberOfDigits": schema.number_of_digits,
        "counter": schema.counter,
        "placeholders": schema.placeholders,
        "metadata": {
            "createdAt": _instant(schema.created_at),
            "modifiedAt": _instant(schema.modified_at),
            "version": schema.version,
        },
    }


def _instant(moment: datetime) -> str:
    """RFC 3339 in UTC, to the millisecond, as the order service writes it."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
