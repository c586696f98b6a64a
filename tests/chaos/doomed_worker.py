"""A worker that kills itself, for a process of its own. Nothing of this is known to the service.

It dies at the first call of a coroutine function or method that a step calls, at once, as after `kill -9`: before the
call, after it has done its work, or `UNCOMMITTED`: after it, and in an open transaction of its first argument; where
there is none, the process ends with another status.
"""

import asyncio
import functools
import os
import pkgutil
import signal
import sys
from collections.abc import Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession
from temporalio import activity

import worker
from contracts.temporal_client import connect
from documents.renderer import PdfRenderer
from documents.request import Pictures, PrintRequest
from invoicing.document_forms import DocumentForm
from settings import Settings
from worker import temporal_target, working

SOON = timedelta(seconds=1)
"""How long others leave its workflows to it once it is dead: the cases would wait for nothing else."""
BEFORE, AFTER, UNCOMMITTED = "before", "after", "uncommitted"
REGULAR, ANY = "regular", "any"


def doom(place: str, moment: str, kind: str) -> None:
    """Wrap the function of that full name, in this process; kind `REGULAR` spares local activities."""
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

    async def render(
        self, request: PrintRequest, pictures: Pictures, timeout_seconds: float | None = None
    ) -> dict[DocumentForm, bytes]:
        if not self._running:
            await self.start()
        return await super().render(request, pictures)


async def work(settings: Settings) -> None:
    """The worker's own parts, until the end."""
    async with working(settings, await connect(temporal_target(settings)), LateRenderer(1)):
        await asyncio.Event().wait()


def run(settings: Settings, place: str, moment: str, kind: str, log: Path) -> None:
    """What the process does; what it says goes into `log`."""
    with log.open("ab") as said:
        os.dup2(said.fileno(), sys.stdout.fileno())
        os.dup2(said.fileno(), sys.stderr.fileno())
    worker.STICKY = SOON
    doom(place, moment, kind)
    asyncio.run(work(settings))
