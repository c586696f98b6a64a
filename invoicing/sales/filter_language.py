"""The filter language of the accounting API's lists, their parameter `query` (Deskera B.2).

Conditions are joined by commas and all of them must hold; the same field again means any of its values:

    status=OPEN,status=DRAFT,contactCode=C-0000001,documentSequenceCode!null

A comma or backslash within a value is written with a backslash before it.
"""

import re

from invoicing.frozen import Frozen

_PART = re.compile(r"(?:[^,\\]|\\.)+|\\", re.DOTALL)
_CONDITION = re.compile(r"\s*(?P<field>[A-Za-z][A-Za-z0-9_.]*)\s*(?:=(?P<value>.*)|(?P<present>!null)\s*)", re.DOTALL)


class FilterSyntax(ValueError):
    """A part of the filter is no condition; the message says which."""


class Condition(Frozen):
    """What one field must be."""

    field: str
    values: tuple[str, ...] = ()
    """Any of these. None at all: the field has some value (`field!null`)."""


def parse_filter(text: str) -> tuple[Condition, ...]:
    r"""The conditions, in the order in which their fields first appear.

    >>> [(each.field, each.values) for each in parse_filter("status=OPEN,memo!null,status=DRAFT")]
    [('status', ('OPEN', 'DRAFT')), ('memo', ())]
    >>> parse_filter(r"memo=tea\, black")[0].values
    ('tea, black',)

    Raises:
        FilterSyntax: a part is neither `field=value` nor `field!null`.
    """
    values: dict[str, list[str]] = {}
    present: dict[str, Condition] = {}
    for part in _PART.findall(text):
        if not part.strip():
            continue
        condition = _CONDITION.fullmatch(part)
        if condition is None:
            raise FilterSyntax(f"{part.strip()!r} is neither field=value nor field!null")
        field = condition["field"]
        if condition["present"]:
            present[field] = Condition(field=field)
        else:
            values.setdefault(field, []).append(_unescaped(condition["value"]))
    stated = [Condition(field=field, values=tuple(any_of)) for field, any_of in values.items()]
    return (*stated, *present.values())


def _unescaped(value: str) -> str:
    return re.sub(r"\\(.)", r"\1", value.strip(), flags=re.DOTALL)
