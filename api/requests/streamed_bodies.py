"""Bodies that a handler reads as they come, told in the OpenAPI document: Litestar knows those only that it parses."""

from collections.abc import Mapping
from dataclasses import dataclass

from litestar.openapi.spec import OpenAPIFormat, OpenAPIMediaType, OpenAPIType, Operation, RequestBody, Schema

BYTES = Schema(type=OpenAPIType.STRING, format=OpenAPIFormat.BINARY)
TEXT = Schema(type=OpenAPIType.STRING)
FILES = Schema(
    type=OpenAPIType.OBJECT, properties={"files": Schema(type=OpenAPIType.ARRAY, items=BYTES)}, required=["files"]
)
"""A form of files; the field's name is not looked at."""
BASE64_MEMBER = Schema(
    type=OpenAPIType.OBJECT,
    properties={"raw": Schema(type=OpenAPIType.STRING, content_encoding="base64")},
    required=["raw"],
)


def takes(bodies: Mapping[str, Schema]) -> type[Operation]:
    """The `operation_class` of a handler that reads one of these media types."""

    @dataclass
    class WithBody(Operation):
        """An operation with a required body."""

        def __post_init__(self) -> None:
            """Litestar has found none."""
            content = {media_type: OpenAPIMediaType(schema=schema) for media_type, schema in bodies.items()}
            self.request_body = RequestBody(content=content, required=True)

    return WithBody
