"""The environment that tenants' templates are filled in by: what they can reach, and what each thing costs them."""

from collections.abc import Callable, Sequence
from decimal import Decimal
from typing import Any, cast

from jinja2 import (
    Environment,
    StrictUndefined,
    TemplateRuntimeError,
    Undefined,
    pass_context,
    pass_environment,
)
from jinja2.filters import FILTERS, do_trim
from jinja2.runtime import Context, LoopContext, Macro, markup_join, str_join
from jinja2.sandbox import ImmutableSandboxedEnvironment
from jinja2.tests import TESTS
from markupsafe import Markup, escape

from documents.own_template.budget import STEP, spend
from documents.own_template.grammar import COUNTED, EACH, JOINED, SEARCHED, SPENT, WEIGHED
from documents.own_template.values import Part, Wording
from documents.templates import printable_text

TEXT_FILTERS = ("abs", "capitalize", "e", "escape", "int", "lower", "title", "truncate", "upper")
OTHER_FILTERS = ("count", "d", "default", "first", "last", "length")
"""Of Jinja2's filters, those that write about as much as they are given, and the same each time."""
TEST_NAMES = (
    "defined",
    "divisibleby",
    "eq",
    "even",
    "false",
    "ge",
    "gt",
    "in",
    "le",
    "lt",
    "ne",
    "none",
    "odd",
    "true",
    "undefined",
)
COMPARING = frozenset({"eq", "ge", "gt", "le", "lt", "ne"})
COUNTING = frozenset({"divisibleby", "even", "odd"})
LOOP_MEMBERS = frozenset(
    {"cycle", "first", "index", "index0", "last", "length", "nextitem", "previtem", "revindex", "revindex0"}
)
OPERATORS = frozenset({"+", "-", "*", "//", "%"})
LARGEST_NUMBER = 10**12
LONGEST_RANGE = 10_000
PRIVATE = str.maketrans("", "", "\ue000\ue001")

Filter = Callable[..., Any]


class Sandbox(ImmutableSandboxedEnvironment):
    """Fills in templates of strangers. It knows no other template, no object of ours, and no way around its budget."""

    intercepted_binops = OPERATORS

    def __init__(self, *, is_html: bool) -> None:
        """`is_html`: what is printed is escaped."""
        super().__init__(
            autoescape=is_html,
            undefined=StrictUndefined,
            finalize=_finalized,
            optimized=False,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.filters = {
            **{name: _costing(FILTERS[name], str) for name in TEXT_FILTERS},
            **{name: _costing(FILTERS[name], object) for name in OTHER_FILTERS},
            "join": _join_all,
            "map": _map,
            "reverse": _reverse,
            "select": _select,
            "trim": _trim,
            EACH: _each,
            SPENT: _spent,
            COUNTED: _condition,
            WEIGHED: _weighed,
            SEARCHED: _searched,
            JOINED: _joined_markup if is_html else _joined_text,
        }
        self.tests = {name: _costing_test(name) for name in TEST_NAMES}
        self.globals = {"range": _range}

    def getattr(self, obj: Any, attribute: str) -> Any:  # noqa: ANN401 -- whatever a template holds
        """A member of a part, or of a loop; of nothing else."""
        if isinstance(obj, Part | Wording) and attribute in obj.members:
            return obj.members[attribute]
        if isinstance(obj, LoopContext) and attribute in LOOP_MEMBERS:
            return getattr(obj, attribute)
        if isinstance(obj, Undefined):
            obj._fail_with_undefined_error()  # noqa: SLF001 -- what using it does anyway
        return self.undefined(hint=f"there is no member {attribute!r}", name=attribute)

    def getitem(self, obj: Any, argument: Any) -> Any:  # noqa: ANN401
        """An element of a list, a character of a text, or a member of a part."""
        if isinstance(obj, Part) and isinstance(argument, str):
            # The name may come from the document: it is not told.
            return obj.members.get(argument, self.undefined(hint="there is no member of this name"))
        if isinstance(obj, str | tuple | list) and isinstance(argument, int | slice):
            try:
                return _counted_part(obj[argument])
            except (IndexError, TypeError, ValueError):
                return self.undefined(hint="the list has no such place")
        if isinstance(obj, Undefined):
            obj._fail_with_undefined_error()  # noqa: SLF001
        return self.undefined(hint="this has no such place")

    def is_safe_callable(self, obj: Any) -> bool:  # noqa: ANN401
        """Macros of the template, `range`, `loop.cycle`."""
        is_cycle = isinstance(getattr(obj, "__self__", None), LoopContext)
        return isinstance(obj, Macro) or obj is _range or is_cycle

    def call(self, _context: Context, obj: Any, /, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401
        """Call it, if it may be called."""
        if isinstance(obj, Undefined):
            obj._fail_with_undefined_error()  # noqa: SLF001
        if not self.is_safe_callable(obj):
            raise TemplateRuntimeError("this cannot be called here")
        spend(0)
        # What Jinja2 hands on for functions that want to see all variables. None of ours does.
        given = {name: value for name, value in kwargs.items() if name not in {"_loop_vars", "_block_vars"}}
        return obj(*args, **given)

    def call_binop(self, context: Context, operator: str, left: Any, right: Any) -> Any:  # noqa: ANN401, ARG002
        """Arithmetic, of whole numbers."""
        if not (_is_whole(left) and _is_whole(right)):
            raise TemplateRuntimeError(f"{operator} is for whole numbers; texts are joined by ~")
        if right == 0 and operator in {"//", "%"}:
            raise TemplateRuntimeError("division by zero")
        spend(0)
        return self.binop_table[operator](left, right)


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and abs(value) <= LARGEST_NUMBER


@pass_context
def _finalized(_context: Context, value: object) -> object:
    """As `_printed`. It asks for the context so that Jinja2 leaves constants to be counted when they are written."""
    return _printed(value)


def _printed(value: object) -> object:
    """What is written of a value: of nothing, nothing."""
    if value is None:
        return ""
    if isinstance(value, str):
        spend(len(value))
        return Markup(_clean(str(value))) if isinstance(value, Markup) else _clean(value)  # noqa: S704 -- only less of it
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        spend(0)
        return str(value)
    if isinstance(value, Undefined):
        return str(value)  # raises
    raise TemplateRuntimeError("only texts and numbers can be printed")


def _clean(value: str) -> str:
    return str(printable_text(value)).translate(PRIVATE)


def _costing(filter_: Filter, takes: Any) -> Filter:  # noqa: ANN401 -- what isinstance takes
    """A filter that costs as much as it is given. One that asks for the environment or the context gets it."""

    def paid(*arguments: Any, **named: Any) -> Any:  # noqa: ANN401
        for argument in arguments:
            if isinstance(argument, Undefined) and takes is not object:
                str(argument)  # raises
            if isinstance(argument, Part | Macro | tuple | list) and takes is not object:
                raise TemplateRuntimeError("this filter is for texts and numbers")
            if isinstance(argument, str | tuple | list):
                spend(len(argument))
        return filter_(*arguments, **named)

    paid.__dict__.update(getattr(filter_, "__dict__", {}))
    return paid


def _costing_test(name: str) -> Filter:
    """A test that costs what the operator of the same meaning does; of no number can it be asked for how long."""
    test = cast("Filter", TESTS[name])

    def paid(value: Any, *arguments: Any, **named: Any) -> Any:  # noqa: ANN401
        given = (value, *arguments, *named.values())
        if name in COMPARING:
            for each in given:
                _weighed(each)
        elif name == "in":
            _weighed(value)
            for each in given[1:]:
                _searched(each)
        elif name in COUNTING and any(isinstance(each, int) and not _is_whole(each) for each in given):
            raise TemplateRuntimeError(f"{name} is for numbers up to {LARGEST_NUMBER}")
        else:
            spend(0)
        return test(value, *arguments, **named)

    return paid


def _trim(value: object, chars: object = None) -> str:
    """`trim`: without spaces, or these characters, at both ends. Each of the one is looked for in all of the other."""
    if isinstance(value, Undefined):
        return str(value)  # raises
    if not isinstance(value, str | int | float | Decimal) or not isinstance(chars, str | None):
        raise TemplateRuntimeError("this filter is for texts and numbers")
    text = value if isinstance(value, str) else str(value)
    spend(len(text) * max(1, len(chars or "")))
    return do_trim(text, chars)


def _join_all(values: object, separator: str = "") -> str:
    """`join`: texts in a row, escaped where they are printed."""
    if isinstance(values, Undefined):
        return str(values)
    if not isinstance(values, tuple | list) or not all(isinstance(value, str | int | float) for value in values):
        raise TemplateRuntimeError("join is for a list of texts")
    texts = [_clean(str(value)) if not isinstance(value, Markup) else value for value in values]
    spend(sum(map(len, texts)) + len(separator) * len(texts))
    if any(isinstance(text, Markup) for text in (*texts, separator)):
        return escape(separator).join(texts)
    return str(separator).join(texts)


def _reverse(values: object) -> object:
    """The other way round, a text or a list."""
    if not isinstance(values, str | tuple | list):
        raise TemplateRuntimeError("reverse is for a text or a list")
    spend(len(values))
    return values[::-1]


@pass_environment
def _map(environment: Environment, values: object, attribute: str) -> tuple[object, ...]:
    """`map(attribute="...")`: a member of each."""
    listed = _each(values)
    spend(STEP * len(listed))
    return tuple(environment.getattr(value, attribute) for value in listed)


def _select(values: object) -> tuple[object, ...]:
    """`select`: those that are there, texts that are not empty."""
    listed = _each(values)
    spend(len(listed))
    return tuple(value for value in listed if value)


def _range(*bounds: object) -> tuple[int, ...]:
    if not all(map(_is_whole, bounds)):
        raise TemplateRuntimeError("range is for whole numbers")
    try:
        numbers = range(*bounds)  # type: ignore[call-overload]
    except (TypeError, ValueError):
        raise TemplateRuntimeError("range takes one to three numbers") from None
    if len(numbers) > LONGEST_RANGE:
        raise TemplateRuntimeError(f"a range has {LONGEST_RANGE} numbers at most")
    spend(len(numbers))
    return tuple(numbers)


def _each(values: object) -> Sequence[object]:
    """What a loop goes over."""
    if isinstance(values, Undefined):
        str(values)  # raises
    if not isinstance(values, tuple | list):
        raise TemplateRuntimeError("a loop is for a list")
    return values


def _spent(cost: int) -> str:
    spend(cost)
    return Markup()


def _condition(value: object) -> object:
    """What is asked, at the price of a step."""
    spend(0)
    return value


def _weighed(value: object) -> object:
    """What is compared, at the price of its length; a list of lists could cost any time at all."""
    if isinstance(value, tuple | list):
        raise TemplateRuntimeError("lists cannot be compared")
    spend(len(value) if isinstance(value, str) else 0)
    return value


def _searched(value: object) -> object:
    """What something is looked for in: a text or a list."""
    spend(len(value) if isinstance(value, str | tuple | list) else 0)
    return value


def _joined_markup(values: list[object]) -> str:
    return _counted(markup_join([_printed(value) for value in values]))


def _joined_text(values: list[object]) -> str:
    return _counted(str_join([_printed(value) for value in values]))


def _counted_part(part: object) -> object:
    spend(len(part) if isinstance(part, str | tuple | list) else 0)
    return part


def _counted(text: str) -> str:
    spend(len(text))
    return text
