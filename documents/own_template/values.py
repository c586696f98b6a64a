"""What a template sees: texts, numbers, lists, and parts that have nothing but their named members.

No object of the service gets into a template, so nothing can be reached from what does.
"""

from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from decimal import Decimal
from enum import Enum
from typing import Self

from documents.label import Label

PLAIN = (str, int, float, Decimal, type(None))


class Part:
    """A group of values by their names. Only the sandbox looks into it."""

    __slots__ = ("members",)

    def __init__(self, members: Mapping[str, object]) -> None:
        self.members = members

    def __contains__(self, name: object) -> bool:
        return name in self.members

    def __bool__(self) -> bool:
        return bool(self.members)


class Wording(str):
    """A label: a text with the same in the second language as its only member."""

    __slots__ = ("members",)
    members: Mapping[str, object]

    def __new__(cls, label: Label) -> Self:
        """The words of a label."""
        wording = super().__new__(cls, label)
        wording.members = {"second": label.second}
        return wording


def shown(value: object) -> object:
    """A value of ours as a template sees it: data classes and mappings are parts, sequences are tuples.

    Raises:
        TypeError: it holds something that is no template's business.
    """
    if isinstance(value, Label):
        return Wording(value)
    if isinstance(value, Enum):
        return shown(value.value)
    if isinstance(value, PLAIN):
        return value
    if is_dataclass(value):
        return Part({name: shown(getattr(value, name)) for name in member_names(type(value))})
    if isinstance(value, Mapping):
        return Part({str(name): shown(member) for name, member in value.items()})
    if isinstance(value, list | tuple):
        return tuple(shown(member) for member in value)
    raise TypeError(f"no template is shown a {type(value).__name__}")


def member_names(shape: type) -> list[str]:
    """The members of a data class that a template is shown, in their order."""
    return [field.name for field in fields(shape) if not field.name.startswith("_")]
