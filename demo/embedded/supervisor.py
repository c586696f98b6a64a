"""Restarting a child that died."""

import logging
import threading
import time

from demo.embedded.errors import EmbeddedServerError, ProcessFailedError
from demo.embedded.process import ChildProcess

SHORTEST_PAUSE_SECONDS = 0.2
LONGEST_PAUSE_SECONDS = 5.0
SETTLED_SECONDS = 10.0
_LOG = logging.getLogger(__name__)


class Supervised:
    """A child that is started again whenever it ends, until `stop`.

    The pause before a restart doubles while the child keeps dying young, from 0.2 s to 5 s.

    Attributes:
        child: the process; its command, and so its ports, stay the same over restarts.
        restarts: how often it was started again.
    """

    def __init__(self, child: ChildProcess) -> None:
        self.child = child
        self.restarts = 0
        self._stopping = threading.Event()
        self._spawning = threading.Lock()
        self._watcher: threading.Thread | None = None

    def start(self) -> None:
        """Start the child unless it runs already, wait until it is ready, and watch it from then on.

        Raises:
            ProcessFailedError: the first start failed; the child is not watched then.
        """
        self._stopping.clear()
        self.child.start()
        self._watcher = threading.Thread(target=self._watch, name=f"watch {self.child.name}", daemon=True)
        self._watcher.start()

    def stop(self) -> None:
        """Stop watching, then stop the child."""
        with self._spawning:
            self._stopping.set()
        self.child.stop()
        if self._watcher:
            self._watcher.join()
            self._watcher = None

    def _watch(self) -> None:
        pause = SHORTEST_PAUSE_SECONDS
        while True:
            began = time.monotonic()
            status = self.child.wait()
            if time.monotonic() - began > SETTLED_SECONDS:
                pause = SHORTEST_PAUSE_SECONDS
            if self._stopping.wait(pause):
                return
            _LOG.warning("%s ended with status %s: starting it again", self.child.name, status)
            pause = min(2 * pause, LONGEST_PAUSE_SECONDS)
            self._start_again()

    def _start_again(self) -> None:
        with self._spawning:
            if self._stopping.is_set():
                return
            try:
                self.child.spawn()
            except EmbeddedServerError as error:
                _LOG.warning("%s", error)
                return
            self.restarts += 1
        try:
            self.child.wait_until_ready()
        except ProcessFailedError as error:
            _LOG.warning("%s", error)
            self.child.stop()
