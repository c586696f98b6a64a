"""How much a template may do. What is counted is the same on every machine, so a template fails always or never."""

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

from jinja2 import TemplateRuntimeError

STEP = 40
"""What a step costs, in characters written: printing a value, a turn of a loop, a call."""
TOO_MUCH = "it writes or computes too much for one document"


class TooMuch(TemplateRuntimeError):
    """The budget is spent."""


class Budget:
    """Characters written and steps taken, counted down."""

    def __init__(self, amount: int) -> None:
        self._left = amount

    def spend(self, amount: int) -> None:
        """Take it off.

        Raises:
            TooMuch: there is not so much left.
        """
        self._left -= amount
        if self._left < 0:
            raise TooMuch(TOO_MUCH)


_BUDGET: ContextVar[Budget] = ContextVar("budget")


@contextmanager
def budget_of(amount: int) -> Iterator[None]:
    """Inside, templates are filled in on this budget."""
    token = _BUDGET.set(Budget(amount))
    try:
        yield
    finally:
        _BUDGET.reset(token)


def spend(characters: int) -> None:
    """Take a step that writes or reads so much off the budget that we are inside of.

    Raises:
        TooMuch: there is not so much left.
    """
    _BUDGET.get().spend(STEP + characters)
