"""Bodies of the Configuration service: from what a caller sends to what is stored, and back (Emporix A.2)."""

from dataclasses import replace
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, JsonValue

from api.errors.api_error import ApiError, Detail
from api.requests.request_bodies import Flag, WholeNumber, read_body, refused
from database.configurations import FIRST_VERSION, Entry
from invoicing.configuration.known_configurations import BadValue, refuse_bad_value
from invoicing.site import web_url

JsonObject = dict[str, JsonValue]

NOT_CREATED = "Tenant configuration could not be created"
NOT_UPDATED = "Tenant configuration could not be updated"


def _url(text: str) -> str:
    if web_url(text) is None:
        raise refused("must be an http or https URL")
    return text


class ConfigurationBody(BaseModel):
    """A configuration as a caller sends it; what is None was left out."""

    model_config = ConfigDict(extra="forbid")

    key: Annotated[str, Field(pattern=r"^[^\s/,]{1,255}$")]
    value: JsonValue
    version: Annotated[WholeNumber, Field(ge=0)] | None = None
    description: str | None = None
    secured: Flag | None = None
    restricted: Flag | None = None
    read_only: Annotated[Flag | None, Field(alias="readOnly")] = None
    schema_url: Annotated[Annotated[str, AfterValidator(_url)] | None, Field(alias="schemaUrl")] = None


def read_configuration(data: object, refusal: str) -> ConfigurationBody:
    """The body, with a value that we can read where it is ours to read.

    Raises:
        ApiError: 400 with the message `refusal`, naming the member.
    """
    body = read_body(ConfigurationBody, data, refusal)
    if body.value is None:
        raise ApiError(400, refusal, details=[Detail("is required", "value")])
    try:
        refuse_bad_value(body.key, body.value)
    except BadValue as error:
        raise ApiError(400, refusal, details=[Detail(message, field) for field, message in error.problems]) from error
    return body


def new_entries(data: list[object] | dict[str, object]) -> list[Entry]:
    """The configurations to create, of an array or of one object.

    Raises:
        ApiError: 400 naming the member, in an array behind its place there.
    """
    if isinstance(data, dict):
        return [_new_entry(data)]
    entries = []
    for place, item in enumerate(data):
        try:
            entries.append(_new_entry(item))
        except ApiError as error:
            details = [Detail(detail.message, f"{place}.{detail.field}") for detail in error.details]
            raise ApiError(error.status, error.message, details=details) from error
    return entries


def _new_entry(data: object) -> Entry:
    body = read_configuration(data, NOT_CREATED)
    entry = Entry(
        key=body.key,
        value=body.value,
        version=FIRST_VERSION,
        description=body.description,
        secured=body.secured or False,
        restricted=body.restricted or False,
        read_only=body.read_only or False,
        schema_url=body.schema_url,
    )
    _refuse_secured_value_other_than_text(entry, NOT_CREATED)
    return entry


def updated_entry(body: ConfigurationBody, current: Entry | None, tenant: str) -> Entry:
    """The configuration as it is to become.

    Raises:
        ApiError: 400, there is none or the change is not allowed; 409, the version is not the current one.
    """
    if current is None:
        wanted = f"the tenant configuration with the propertyKey '{body.key}'"
        reason = f"Request for updating {wanted} failed for the tenant '{tenant}'"
        raise ApiError(400, NOT_UPDATED, details=[reason])
    if fault := _fault(body, current):
        raise ApiError(400, NOT_UPDATED, details=[fault])
    if body.version != current.version:
        reason = (
            f"Duplicate property key '{body.key}' for the tenant configuration during update for the tenant '{tenant}'"
        )
        now = f"version {body.version} is not the current version {current.version}"
        raise ApiError(409, NOT_UPDATED, details=[reason, Detail(now, "version")])
    entry = replace(
        current,
        value=body.value,
        version=current.version + 1,
        description=body.description,
        secured=current.secured if body.secured is None else body.secured,
        restricted=current.restricted or bool(body.restricted),
        read_only=bool(body.read_only),
    )
    _refuse_secured_value_other_than_text(entry, NOT_UPDATED)
    return entry


def _fault(body: ConfigurationBody, current: Entry) -> Detail | None:
    """Why the update is refused, whatever the version."""
    if current.read_only:
        return Detail(f"'{current.key}' is read only", "readOnly")
    if body.version is None:
        return Detail("is required", "version")
    if current.restricted and body.restricted is False:
        return Detail("cannot be unset", "restricted")
    if body.schema_url is not None and body.schema_url != current.schema_url:
        return Detail("is fixed when the configuration is created", "schemaUrl")
    return None


def _refuse_secured_value_other_than_text(entry: Entry, refusal: str) -> None:
    if entry.secured and not isinstance(entry.value, str):
        raise ApiError(400, refusal, details=[Detail("must be a text in a secured configuration", "value")])


def shown_entry(entry: Entry) -> JsonObject:
    """As the vendor's samples show it: flags and texts that are not set are left out."""
    shown: JsonObject = {"key": entry.key, "secured": entry.secured, "value": entry.value, "version": entry.version}
    rare = {
        "description": entry.description,
        "restricted": entry.restricted or None,
        "readOnly": entry.read_only or None,
        "schemaUrl": entry.schema_url,
    }
    return shown | {name: value for name, value in rare.items() if value is not None}
