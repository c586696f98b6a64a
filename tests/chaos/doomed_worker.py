"""A worker that kills itself: `python -m tests.chaos.doomed_worker PLACE MOMENT KIND`, set up by its environment.

PLACE is the full name of a coroutine function or method that a step calls. At the first call the process is gone at
once, as after `kill -9`. MOMENT is `before` the call, `after` it has done its work, or `uncommitted`: after it, and in
an open transaction of its first argument; where there is none, the process ends with another status. KIND `regular`
spares local activities, `any` spares none. Nothing of this is known to the service: the function is wrapped here.
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

from sqlalchemy.ext.asyncio import AsyncSession
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
BEFORE, AFTER, UNCOMMITTED = "before", "after", "uncommitted"
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
        if moment != BEFORE:
            await original(*arguments, **named)
        if moment == UNCOMMITTED:
            await require_transaction(arguments[0])
        os.kill(os.getpid(), signal.SIGKILL)
        raise AssertionError("killed")

    setattr(owner, name, fatal)


async def require_transaction(session: object) -> None:
    """What was written must be lost with this process; another status than a killed one's says that it is not."""
    if isinstance(session, AsyncSession) and session.in_transaction():
        connection = await session.connection()
        if await connection.get_isolation_level() != "AUTOCOMMIT":
            return
    sys.stderr.write("there is no open transaction here\n")
    sys.stderr.flush()
    os._exit(1)


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
