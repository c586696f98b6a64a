"""The error answers in the OpenAPI schema: examples made by the very code that answers, so that they cannot lie."""

from collections.abc import Iterator

from pydantic import JsonValue

from api.access import invalid_token
from api.error_bodies import error_body
from api.error_responses import dialect_of_path, media_type_of
from api.errors import ApiError, Detail, Dialect, Forbidden

Operation = dict[str, JsonValue]
Schema = dict[str, dict[str, dict[str, Operation]]]

BAD_REQUEST = ApiError(400, "The request is not valid", details=[Detail("Field required", "name")])
ERRORS = {
    "The request is not valid": BAD_REQUEST,
    "No access token, or one that is not valid or expired": invalid_token(),
    "The access token is another tenant's, or lacks the scope": Forbidden("Missing required scopes [...]"),
}
"""By description."""


def describe_errors(schema: Schema) -> None:
    """Put each operation's error answers, in its dialect, into `schema`; Litestar's own guess is replaced."""
    for path, operation in _operations(schema):
        responses = operation["responses"]
        secured = operation.get("security") != [{}]
        if isinstance(responses, dict):
            responses.pop("400", None)
            responses.update(_answers(dialect_of_path(path), secured=secured))


def _operations(schema: Schema) -> Iterator[tuple[str, Operation]]:
    for path, item in schema["paths"].items():
        for operation in item.values():
            if "responses" in operation:
                yield path, operation


def _answers(dialect: Dialect, *, secured: bool) -> Operation:
    return {
        str(error.status): {
            "description": description,
            "content": {media_type_of(dialect): {"schema": {"type": "object"}, "example": error_body(dialect, error)}},
        }
        for description, error in ERRORS.items()
        if secured or error is BAD_REQUEST
    }
