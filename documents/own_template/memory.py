"""How much memory setting a tenant's page may take: a page that swells fails, and takes nobody else with it."""

import resource
from pathlib import Path
from types import TracebackType

from documents.failures import TemplateFailed

MOST_MORE = 1024 * 1024 * 1024
"""Bytes of address space beside those that the process has already."""
PAGES = Path("/proc/self/statm")


class BoundedMemory:
    """`with BoundedMemory():` inside, this process gets so much more memory and no more.

    Elsewhere than on Linux there is no bound. Leaving the block by a `MemoryError` raises `TemplateFailed`. (No
    generator: what it takes to throw into one is not there any more by then.)
    """

    def __enter__(self) -> None:
        self._before = resource.getrlimit(resource.RLIMIT_AS)
        if PAGES.exists():
            _, hard = self._before
            limit = int(PAGES.read_text(encoding="ascii").split()[0]) * resource.getpagesize() + MOST_MORE
            resource.setrlimit(
                resource.RLIMIT_AS, (limit if hard == resource.RLIM_INFINITY else min(limit, hard), hard)
            )

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        """Take the bound away."""
        resource.setrlimit(resource.RLIMIT_AS, self._before)
        if kind is not None and issubclass(kind, MemoryError):
            raise TemplateFailed("the page takes too much memory") from None
