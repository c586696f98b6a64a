"""WeasyPrint has no types."""

from typing import Any, TypeAlias

Untyped: TypeAlias = Any
