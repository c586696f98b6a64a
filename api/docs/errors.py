"""The answers in the OpenAPI schema that Litestar cannot know.

Errors have examples made by the very code that answers, so that they cannot lie; of JSON that handlers write themselves
(`Response[bytes]`) nothing is said but that it is JSON, where Litestar says that it is a string.
"""

from collections.abc import Iterator

from pydantic import JsonValue

from api.errors.api_error import ApiError, Detail, Dialect, Forbidden
from api.errors.bodies import error_body
from api.errors.responses import dialect_of_path, media_type_of
from api.security.access import invalid_token

Operation = dict[str, JsonValue]
Schema = dict[str, dict[str, dict[str, Operation]]]

JSON = "application/json"

ANY_ERROR = ApiError(404, "There is no such resource")
BAD_REQUEST = ApiError(400, "The request is not valid", details=[Detail("Field required", "name")])
ERRORS = {
    "The request is not valid": BAD_REQUEST,
    "No access token, or one that is not valid or expired": invalid_token(),
    "The access token is another tenant's, or lacks the scope": Forbidden("Missing required scopes [...]"),
    "Any other error: not found, conflict, too large, not available": ANY_ERROR,
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


def describe_bytes(schema: Schema) -> None:
    """Take back that JSON is a string where a handler answers bytes."""
    for _, operation in _operations(schema):
        responses = operation["responses"]
        for response in responses.values() if isinstance(responses, dict) else ():
            content = response.get("content") if isinstance(response, dict) else None
            said = content.get(JSON) if isinstance(content, dict) else None
            if isinstance(said, dict) and said.get("schema") == {"type": "string"}:
                said["schema"] = {}


def _operations(schema: Schema) -> Iterator[tuple[str, Operation]]:
    for path, item in schema["paths"].items():
        for operation in item.values():
            if "responses" in operation:
                yield path, operation


def _answers(dialect: Dialect, *, secured: bool) -> Operation:
    return {
        "default" if error is ANY_ERROR else str(error.status): {
            "description": description,
            "content": {media_type_of(dialect): {"schema": {"type": "object"}, "example": error_body(dialect, error)}},
        }
        for description, error in ERRORS.items()
        if secured or error in (BAD_REQUEST, ANY_ERROR)
    }
