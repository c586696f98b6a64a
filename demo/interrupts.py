"""Being asked to stop: Ctrl-C, SIGTERM and a closed terminal all end a block the same way, once."""

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interruptible() -> Iterator[None]:
    """The first of `SIGNALS` raises `KeyboardInterrupt` in the block; the others then no longer disturb the clean-up.

    A signal that we are meant to ignore (`nohup`) stays ignored. Main thread only.
    """
    heard = [each for each in SIGNALS if signal.getsignal(each) is not signal.SIG_IGN]
    before = {each: signal.signal(each, _interrupt) for each in heard}
    try:
        yield
    finally:
        for each in heard:
            signal.signal(each, before[each])


@contextmanager
def undisturbed() -> Iterator[None]:
    """None of `SIGNALS` ends the block: what it stops is stopped in full."""
    before = {each: signal.signal(each, signal.SIG_IGN) for each in SIGNALS}
    try:
        yield
    finally:
        for each in SIGNALS:
            signal.signal(each, before[each])


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for each in SIGNALS:
        signal.signal(each, signal.SIG_IGN)
    raise KeyboardInterrupt
