"""Being asked to stop: Ctrl-C, SIGTERM and a closed terminal all end a block the same way, once."""

import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from types import FrameType

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)


@contextmanager
def interruptible() -> Iterator[None]:
    """The first of `SIGNALS` raises `KeyboardInterrupt` in the block; later ones no longer disturb the clean-up.

    A signal that we are meant to ignore (`nohup`) stays ignored. For the main thread only.
    """
    with _handled_by(_interrupt):
        yield


@contextmanager
def undisturbed() -> Iterator[None]:
    """None of `SIGNALS` ends the block: what it stops is stopped in full."""
    with _handled_by(_pass_over):
        yield


@contextmanager
def _handled_by(handler: Callable[[int, FrameType | None], None]) -> Iterator[None]:
    before = {each: signal.getsignal(each) for each in SIGNALS if signal.getsignal(each) is not signal.SIG_IGN}
    for each in before:
        signal.signal(each, handler)
    try:
        yield
    finally:
        for each, earlier in before.items():
            signal.signal(each, earlier)


def _interrupt(_number: int, _frame: FrameType | None) -> None:
    for each in SIGNALS:
        if signal.getsignal(each) is _interrupt:
            signal.signal(each, _pass_over)
    raise KeyboardInterrupt


def _pass_over(_number: int, _frame: FrameType | None) -> None:
    """Not SIG_IGN, which processes started meanwhile would inherit."""
