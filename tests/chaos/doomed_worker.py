"""A worker that kills itself: `python -m tests.chaos.doomed_worker PLACE MOMENT KIND`, set up by its environment.

PLACE is the full name of a coroutine function or method that a step calls. At the first call the process is gone at
once, as after `kill -9`: `before` the call, or `after` it has done its work. KIND `regular` spares local activities,
`any` spares none. Nothing of this is known to the service: the function is wrapped here, in this process.
"""

import asyncio
import functools
import os
import pkgutil
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from typing import Any

from temporalio import activity

import worker
from contracts.temporal_client import connect
from documents.logo import Logo
from documents.renderer import PdfRenderer
from invoicing.invoice import Invoice
from settings import Settings
from worker import temporal_target, working

SOON = timedelta(seconds=1)
"""How long others leave its workflows to it once it is dead: the cases would wait for nothing else."""
BEFORE, AFTER = "before", "after"
REGULAR, ANY = "regular", "any"


def doom(place: str, moment: str, kind: str) -> None:
    """Let this process die at the first call."""
    owner_name, _, name = place.rpartition(".")
    owner = pkgutil.resolve_name(owner_name)
    original: Callable[..., Awaitable[Any]] = getattr(owner, name)

    @functools.wraps(original)
    async def fatal(*arguments: object, **named: object) -> Any:
        if kind == REGULAR and activity.info().is_local:
            return await original(*arguments, **named)
        if moment == AFTER:
            await original(*arguments, **named)
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("killed")

    setattr(owner, name, fatal)


class LateRenderer(PdfRenderer):
    """Starts its process with the first PDF: most of these workers die before they need one."""

    async def render(self, invoice: Invoice, logo: Logo | None) -> bytes:
        if not self._running:
            await self.start()
        return await super().render(invoice, logo)


async def work() -> None:
    """The worker's own parts, until the end."""
    settings = Settings()
    async with working(settings, await connect(temporal_target(settings)), LateRenderer(1)):
        await asyncio.Event().wait()


if __name__ == "__main__":
    worker.STICKY = SOON
    doom(*sys.argv[1:])
    asyncio.run(work())
