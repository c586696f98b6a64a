import os
import signal
import subprocess
import sys
from contextlib import ExitStack

import pytest

from demo.interrupts import SIGNALS, interruptible, undisturbed


@pytest.mark.parametrize("number", SIGNALS)
def test_every_signal_to_end_interrupts_the_block(number: signal.Signals) -> None:
    with pytest.raises(KeyboardInterrupt), interruptible():
        os.kill(os.getpid(), number)


def test_a_second_signal_does_not_disturb_the_cleaning_up() -> None:
    cleaned: list[signal.Signals] = []

    def clean_up() -> None:
        for number in SIGNALS:
            os.kill(os.getpid(), number)
            cleaned.append(number)

    with pytest.raises(KeyboardInterrupt), interruptible(), ExitStack() as leaving:  # noqa: PT012 (two steps)
        leaving.callback(clean_up)
        os.kill(os.getpid(), signal.SIGINT)
    assert cleaned == list(SIGNALS)


def test_an_orderly_end_is_not_disturbed_either() -> None:
    with interruptible():
        with undisturbed():
            os.kill(os.getpid(), signal.SIGINT)
        with pytest.raises(KeyboardInterrupt):
            os.kill(os.getpid(), signal.SIGINT)


def test_handlers_are_as_they_were_before() -> None:
    before = [signal.getsignal(number) for number in SIGNALS]
    with pytest.raises(KeyboardInterrupt), interruptible(), undisturbed():
        raise KeyboardInterrupt
    assert [signal.getsignal(number) for number in SIGNALS] == before


def test_what_is_to_be_ignored_stays_ignored() -> None:
    before = signal.signal(signal.SIGHUP, signal.SIG_IGN)
    try:
        with interruptible():
            os.kill(os.getpid(), signal.SIGHUP)
    finally:
        signal.signal(signal.SIGHUP, before)


def test_processes_started_meanwhile_can_be_stopped() -> None:
    with undisturbed():
        asked = "import signal; print(signal.getsignal(signal.SIGTERM).name)"
        told = subprocess.run([sys.executable, "-c", asked], capture_output=True, text=True, check=True, timeout=20)
    assert told.stdout.strip() == "SIG_DFL"
