"""Names of operations that are served on two paths, one of which takes codes that hold a slash."""

from collections.abc import Sequence
from pathlib import Path

from litestar.handlers import HTTPRouteHandler
from litestar.types import Method, OperationIDCreator
from litestar.types.internal_types import PathParameterDefinition


def on_each_path(name: str) -> OperationIDCreator:
    """`name` where the code is one segment of the path, `{name}ByCode` where it may be several."""

    def create(_handler: HTTPRouteHandler, _method: Method, components: Sequence[str | PathParameterDefinition]) -> str:
        takes_slashes = any(not isinstance(part, str) and part.type is Path for part in components)
        return f"{name}ByCode" if takes_slashes else name

    return create
