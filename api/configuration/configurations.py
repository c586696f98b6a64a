"""The Configuration service (Emporix A.2): settings of a tenant, by key.

Where the vendor's documents leave it open:

- POST takes an array or one object (the tutorial sends either) and answers in kind; all are stored or none.
- A configuration begins at version 1; PUT must carry the current version.
- `secured` values are encrypted in the database and answered in the clear: who holds the view scope is to work with
  them. They must be text, and need the setting INVOICES_ENCRYPTION_KEY.
- What PUT leaves out keeps its state (`secured`, `restricted`); a description that is left out is removed.
- A `schemaUrl` is kept as sent; nothing is fetched from it.
"""

from litestar import Controller, Response, delete, get, post, put
from litestar.di import NamedDependency, Provide
from litestar.params import FromPath, FromQuery
from pydantic import JsonValue
from sqlalchemy.ext.asyncio import AsyncSession

from api.configuration.bodies import (
    NOT_CREATED,
    NOT_UPDATED,
    JsonObject,
    new_entries,
    read_configuration,
    shown_entry,
    updated_entry,
)
from api.docs.example_bodies import ConfigurationJson, ConfigurationsJson
from api.errors.api_error import SYNTAX, ApiError, Detail, Dialect
from api.security.access import CONFIGURATION_MANAGE, CONFIGURATION_VIEW, Access
from api.services import ApiServices
from database import configurations
from database.configurations import DuplicateKey, UnreadableEntry
from database.secured_values import NoEncryptionKey, SecuredValues


async def provide_secured_values(services: NamedDependency[ApiServices]) -> SecuredValues:
    """Dependency `secured_values`."""
    return SecuredValues(services.settings.encryption_key)


class ConfigurationController(Controller):
    """Tenant configurations; those of clients and the global ones are not served."""

    path = "/configuration"
    opt = {"dialect": Dialect.CONFIGURATION}  # noqa: RUF012 -- Litestar's own way to declare it
    tags = ["Configuration"]  # noqa: RUF012
    dependencies = {"secured_values": Provide(provide_secured_values)}  # noqa: RUF012

    @get(
        "/{tenant:str}/configurations",
        opt={"scopes": [CONFIGURATION_VIEW]},
        operation_id="listConfigurations",
        summary="List configurations, or those of some keys",
    )
    async def list_configurations(
        self,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        secured_values: NamedDependency[SecuredValues],
        keys: FromQuery[str | None] = None,
    ) -> list[JsonObject]:
        """`keys` is a comma separated list; a key that does not exist is left out."""
        wanted = None if keys is None else {key.strip() for key in keys.split(",")}
        try:
            entries = await configurations.list_entries(session, access.tenant, secured_values, wanted)
        except UnreadableEntry as error:
            raise _unreadable(error) from error
        return [shown_entry(entry) for entry in entries]

    @post(
        "/{tenant:str}/configurations",
        opt={"scopes": [CONFIGURATION_MANAGE]},
        operation_id="createConfigurations",
        summary="Create configurations: an array of them, or one",
    )
    async def create_configurations(
        self,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        secured_values: NamedDependency[SecuredValues],
        data: ConfigurationsJson,
    ) -> Response[JsonValue]:
        """All or none. An array is answered with an array, an object with an object."""
        if not isinstance(data, list | dict):
            raise ApiError(400, "The body must be an array of configurations, or one", kind=SYNTAX)
        entries = new_entries(data)
        try:
            await configurations.add_entries(session, access.tenant, entries, secured_values)
        except DuplicateKey as error:
            reason = f"Duplicate key for the tenant configuration during create for the tenant '{access.tenant}'"
            raise ApiError(409, NOT_CREATED, details=[reason]) from error
        except NoEncryptionKey as error:
            raise _no_key(NOT_CREATED, error) from error
        shown: list[JsonValue] = [shown_entry(entry) for entry in entries]
        return Response(shown if isinstance(data, list) else shown[0])

    @get(
        "/{tenant:str}/configurations/{key:str}",
        opt={"scopes": [CONFIGURATION_VIEW]},
        operation_id="getConfiguration",
        summary="Read a configuration",
    )
    async def get_configuration(
        self,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        secured_values: NamedDependency[SecuredValues],
        key: FromPath[str],
    ) -> JsonObject:
        """404 where there is none."""
        try:
            entry = await configurations.get_entry(session, access.tenant, key, secured_values)
        except UnreadableEntry as error:
            raise _unreadable(error) from error
        if entry is None:
            reason = (
                f"Could not find the tenant configuration with the propertyKey '{key}' for the tenant '{access.tenant}'"
            )
            raise ApiError(404, "Configuration not found", details=[reason])
        return shown_entry(entry)

    @put(
        "/{tenant:str}/configurations/{key:str}",
        opt={"scopes": [CONFIGURATION_MANAGE]},
        operation_id="updateConfiguration",
        summary="Replace a configuration",
    )
    async def update_configuration(
        self,
        access: NamedDependency[Access],
        session: NamedDependency[AsyncSession],
        secured_values: NamedDependency[SecuredValues],
        key: FromPath[str],
        data: ConfigurationJson,
    ) -> JsonObject:
        """The version in the body must be the current one: 409 when somebody else was faster."""
        body = read_configuration(data, NOT_UPDATED)
        if body.key != key:
            raise ApiError(400, NOT_UPDATED, details=[Detail("The key of the path and of the body differ", "key")])
        current = await configurations.lock_state(session, access.tenant, key)
        entry = updated_entry(body, current, access.tenant)
        try:
            await configurations.replace_entry(session, access.tenant, entry, secured_values)
        except NoEncryptionKey as error:
            raise _no_key(NOT_UPDATED, error) from error
        return shown_entry(entry)

    @delete(
        "/{tenant:str}/configurations/{key:str}",
        opt={"scopes": [CONFIGURATION_MANAGE]},
        operation_id="deleteConfiguration",
        summary="Delete a configuration",
    )
    async def delete_configuration(
        self, access: NamedDependency[Access], session: NamedDependency[AsyncSession], key: FromPath[str]
    ) -> None:
        """404 where there is none, 400 where it is restricted."""
        current = await configurations.lock_state(session, access.tenant, key)
        if current is None:
            wanted = f"the tenant configuration with the propertyKey '{key}'"
            reason = f"Couldn't delete {wanted} for the tenant '{access.tenant}'"
            raise ApiError(404, "Tenant configuration could not be found", details=[reason])
        if current.restricted:
            raise ApiError(400, "Tenant configuration could not be deleted", details=[f"'{key}' is restricted"])
        await configurations.delete_entry(session, access.tenant, key)


def _no_key(refusal: str, error: NoEncryptionKey) -> ApiError:
    return ApiError(400, refusal, details=[Detail(str(error), "secured")])


def _unreadable(error: UnreadableEntry) -> ApiError:
    return ApiError(500, "A secured configuration cannot be read", details=[str(error)])
