"""How fast the same invoices could be printed if nothing else had to be done: the bound of every whole path."""

import asyncio
import os
import time
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from bench.whole_path.processes import children_of, process_table, seconds
from demo.embedded.ports import LOOPBACK
from documents.renderer import PdfRenderer
from documents.request import Picture, Pictures, PrintRequest
from integrations.logo import HttpLogoSource
from invoicing.document_forms import DocumentForm, Electronic
from invoicing.invoice import Invoice

PRELIMINARY = 4
"""PDFs that each process makes before the clock starts."""


@dataclass(frozen=True)
class Ceiling:
    """Bare rendering.

    Attributes:
        per_second: PDFs of all processes together.
        cpu_seconds_each: of the render processes, for one PDF.
        sample: how many PDFs that was measured with.
    """

    per_second: float
    cpu_seconds_each: float
    sample: int


async def measure_ceiling(invoices: Sequence[Invoice], processes: int) -> Ceiling:
    """Set invoices with so many warm processes, as fast as they can."""
    logos = await _logos(invoices)
    shuffled = list(invoices)
    Random(1).shuffle(shuffled)  # long ones at the end would leave a process without work
    others = _children()
    renderer = PdfRenderer(processes)
    await renderer.start()
    try:
        await _render_all(renderer, shuffled[: PRELIMINARY * processes], logos, processes)
        renderers = _children() - others
        cpu_before, began = _cpu_seconds(renderers), time.perf_counter()
        await _render_all(renderer, shuffled, logos, processes)
        took, cpu = time.perf_counter() - began, _cpu_seconds(renderers) - cpu_before
    finally:
        await renderer.close()
    return Ceiling(len(shuffled) / took, cpu / len(shuffled), len(shuffled))


async def _logos(invoices: Sequence[Invoice]) -> dict[str, Picture]:
    source = HttpLogoSource([LOOPBACK])
    try:
        urls = {invoice.seller.logo_url for invoice in invoices}
        images = {url: await source.fetch(url) for url in urls if url is not None}
    finally:
        await source.aclose()
    return {url: Picture(content=image.content, media_type=image.media_type) for url, image in images.items()}


async def _render_all(renderer: PdfRenderer, invoices: Sequence[Invoice], logos: Pictures, processes: int) -> None:
    """Two calls a process, so that none waits for its next invoice."""
    waiting = iter(invoices)

    async def render_next() -> None:
        for invoice in waiting:
            forms = (DocumentForm.PDF, *(invoice.electronic or Electronic()).forms)
            await renderer.render(PrintRequest(invoice=invoice, forms=forms), logos)

    await asyncio.gather(*(render_next() for _ in range(2 * processes)))


def _children() -> set[int]:
    return set(children_of(process_table()).get(os.getpid(), ()))


def _cpu_seconds(pids: set[int]) -> float:
    table = process_table()
    return seconds(sum(table[pid].own for pid in pids if pid in table))
