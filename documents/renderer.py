"""Documents off the event loop: a few warm processes make them; one that dies or swells is replaced."""

import asyncio
import logging
import os

from documents.failures import RendererDied, RenderTimedOut, TemplateFailed
from documents.render_child import RenderChild
from documents.request import Pictures, PrintRequest
from invoicing.document_forms import DocumentForm

log = logging.getLogger(__name__)


class PdfRenderer:
    """Sets invoices in parallel, as many at once as it has processes; further calls wait their turn."""

    def __init__(
        self,
        processes: int = 0,
        *,
        timeout_seconds: float = 60.0,
        documents_each: int = 2_000,
        memory_mib: int = 400,
    ) -> None:
        """Nothing is started yet.

        Args:
            processes: how many to keep warm; 0 is one a core.
            timeout_seconds: for one document, without the wait for a free process.
            documents_each: a process is replaced after so many documents,
            memory_mib: or once it has held so much memory.
        """
        self._processes = processes or _cores()
        self._timeout_seconds = timeout_seconds
        self._documents_each = documents_each
        self._memory = memory_mib * 1024 * 1024
        self._idle: asyncio.LifoQueue[RenderChild | None] = asyncio.LifoQueue()
        """One entry for every process that is not at work; None where it is still to be started."""
        self._children: set[RenderChild] = set()
        self._replacements: set[asyncio.Task[None]] = set()
        self._running = False

    async def start(self) -> None:
        """Start and warm up all processes.

        Raises:
            RendererDied: one did not start; the message says why.
        """
        self._running = True
        ready: list[RenderChild] = []
        try:
            ready = await self._start_children()
        finally:
            if not ready:
                await self.close()
        for child in ready:
            self._idle.put_nowait(child)

    async def render(
        self, request: PrintRequest, pictures: Pictures, timeout_seconds: float | None = None
    ) -> dict[DocumentForm, bytes]:
        """A document in the forms that are asked for. `timeout_seconds` is for this one, None as for all.

        Raises:
            TemplateFailed: it cannot be made, or by a tenant's own template not in time; trying again is of no use.
                Of a structured form's fault, `StructuredInvoiceInvalid`.
            RendererDied: the process ended, took too long (`RenderTimedOut`), or the renderer is closed; try again.
        """
        self._check_running()
        child = await self._idle.get()
        try:
            if child is None or not child.usable:
                child = await self._instead_of(child)
            return await child.render(request, pictures, timeout_seconds or self._timeout_seconds)
        except RenderTimedOut as late:
            if request.template is not None:
                raise TemplateFailed(f"the tenant's own template is too slow: {late}") from None
            raise
        finally:
            self._give_back(child)

    async def close(self) -> None:
        """End all processes; renders still under way fail with `RendererDied`."""
        self._running = False
        for task in self._replacements:
            task.cancel()
        await asyncio.gather(*self._replacements, return_exceptions=True)
        await asyncio.gather(*(child.stop() for child in self._children))
        self._children.clear()

    def _check_running(self) -> None:
        if not self._running:
            raise RendererDied("the renderer is not running")

    async def _start_children(self) -> list[RenderChild]:
        started = await asyncio.gather(*(self._start_child() for _ in range(self._processes)), return_exceptions=True)
        for child in started:
            if isinstance(child, BaseException):
                raise child
        return [child for child in started if isinstance(child, RenderChild)]

    async def _start_child(self) -> RenderChild:
        self._check_running()
        child = await RenderChild.start()
        if not self._running:  # closed meanwhile
            await child.stop()
        self._check_running()
        self._children.add(child)
        return child

    async def _instead_of(self, child: RenderChild | None) -> RenderChild:
        if child is not None:
            await (child.stop() if child.usable else child.kill())
            self._children.discard(child)
        return await self._start_child()

    def _give_back(self, child: RenderChild | None) -> None:
        if child is None or not self._running or self._fit(child):
            self._idle.put_nowait(child)
            return
        task = asyncio.create_task(self._replace(child))
        self._replacements.add(task)
        task.add_done_callback(self._replacements.discard)

    def _fit(self, child: RenderChild) -> bool:
        return child.usable and child.documents < self._documents_each and child.peak_memory < self._memory

    async def _replace(self, child: RenderChild) -> None:
        fresh = None
        try:
            fresh = await self._instead_of(child)
        except RendererDied as failure:
            log.warning("a render process could not be replaced yet: %s", failure)
        finally:
            self._idle.put_nowait(fresh)  # None: the next render tries again


def _cores() -> int:
    """Cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1
