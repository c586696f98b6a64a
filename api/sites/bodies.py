"""Bodies of the Site Settings service: from what a caller sends to what is stored, and back (Emporix A.4)."""

from collections.abc import Mapping

from api.errors.api_error import SYNTAX, ApiError, Detail
from database.sites import SiteView
from database.tables import JsonObject
from invoicing.configuration.site_rules import Problem, mixin_problems, site_problems

INVALID = "The request violates validation constraints."


def json_object(data: object) -> JsonObject:
    """The body, if it is an object.

    Raises:
        ApiError: 400.
    """
    if not isinstance(data, dict):
        raise ApiError(400, "The body must be an object", kind=SYNTAX)
    return data


def merged(target: JsonObject, patch: Mapping[str, object]) -> JsonObject:
    """`target` with the members of `patch`: objects are merged, null removes, all else replaces (RFC 7396).

    >>> merged({"a": 1, "b": {"c": 2, "d": 3}}, {"a": None, "b": {"c": 4}})
    {'b': {'c': 4, 'd': 3}}
    """
    result = dict(target)
    for name, value in patch.items():
        if value is None:
            result.pop(name, None)
        elif isinstance(value, Mapping):
            before = result.get(name)
            result[name] = merged(before if isinstance(before, dict) else {}, value)
        else:
            result[name] = value
    return result


def checked_site(body: JsonObject) -> tuple[JsonObject, dict[str, JsonObject]]:
    """A whole site, apart into what is stored of it and its mixins.

    Raises:
        ApiError: 400 with every member that is wrong.
    """
    _refuse(site_problems(body))
    metadata = {name: value for name, value in body.get("metadata", {}).items() if name != "version"}
    own = {name: value for name, value in body.items() if name not in {"mixins", "metadata"}}
    return {"taxDeterminationBasedOn": "BILLING_ADDRESS", **own, "metadata": metadata}, body.get("mixins", {})


def checked_mixin(name: str, body: object) -> JsonObject:
    """A whole mixin.

    Raises:
        ApiError: 400 with every member that is wrong.
    """
    _refuse(mixin_problems(name, body))
    return json_object(body)


def single_mixin(data: object) -> tuple[str, JsonObject]:
    """Name and body out of a map with one key.

    Raises:
        ApiError: 400, there is not exactly one, or it may not be stored.
    """
    body = json_object(data)
    if len(body) != 1:
        raise ApiError(400, "The body must be an object with one member: the mixin's name, and the mixin")
    ((name, mixin),) = body.items()
    return name, checked_mixin(name, mixin)


def shown_site(site: SiteView, expand: str | None) -> JsonObject:
    """The site as it is answered; its mixins only where `expand` asks, `mixin:*` or `mixin:{name}`."""
    metadata = {"mixins": {}, **site.body.get("metadata", {}), "version": site.version}
    shown = {**site.body, "metadata": metadata}
    mixins = shown.pop("mixins")
    settings = (part.strip().partition(":") for part in (expand or "").split(","))
    wanted = {value for setting, _, value in settings if setting == "mixin"}
    if not wanted:
        return shown
    return {**shown, "mixins": {name: mixin for name, mixin in mixins.items() if wanted & {"*", name}}}


def expected_version(body: JsonObject) -> object:
    """The version that the caller believes to be the current one, None where it does not say."""
    metadata = body.get("metadata")
    return metadata.get("version") if isinstance(metadata, dict) else None


def _refuse(problems: list[Problem]) -> None:
    if problems:
        raise ApiError(400, INVALID, details=[Detail(problem.message, problem.field) for problem in problems])
