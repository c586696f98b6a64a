"""The pictures that a document prints: the seller's logo, the lines' images, fetched once and kept as they were."""

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Self

from documents.request import Picture
from integrations.document_store import DocumentStore
from integrations.logo import LogoSource, LogoUnusable
from invoicing.invoice import Invoice

logger = logging.getLogger(__name__)

MOST_PICTURES = 200
"""Further ones of a long document are not printed."""
AT_ONCE = 6
MOST_BYTES = 24 * 1024 * 1024
"""Of all pictures of a document together."""
MOST_SECONDS = 45.0
"""For all of them: a step has three minutes, and must leave most of them to the printing."""
KNOWN = 512
"""Pictures of which this process knows that they are in the store."""
SUFFIXES = {
    "image/png": ".png",
    "image/jpeg": ".jpg",
    "image/gif": ".gif",
    "image/webp": ".webp",
    "image/svg+xml": ".svg",
}
DRAWING = "image/svg+xml"
MEDIA_TYPES = {suffix: media_type for media_type, suffix in SUFFIXES.items()}
"""By the end of a kept picture's key."""


@dataclass(frozen=True)
class KeptPictures:
    """Pictures by the URL that the document names, and where each is kept in the document store."""

    pictures: Mapping[str, Picture] = field(default_factory=dict)
    keys: Mapping[str, str] = field(default_factory=dict)

    def without_drawings(self) -> Self:
        """Those that are no SVG: the others take as long as their pixels are many, which is not long."""
        kept = {url: picture for url, picture in self.pictures.items() if picture.media_type != DRAWING}
        return replace(self, pictures=kept, keys={url: key for url, key in self.keys.items() if url in kept})


@dataclass(frozen=True)
class PrintPictures:
    """Fetches pictures and keeps what is printed of them: their source may change or go, the document must not."""

    store: DocumentStore
    source: LogoSource
    keeps: bool = True
    """False for what is only looked at: nothing is stored then, and `keys` is empty."""
    _known: OrderedDict[tuple[str, bytes, str], str] = field(default_factory=OrderedDict)

    async def fetched(self, invoice: Invoice) -> KeptPictures:
        """What can be had now. An unusable picture is left out: an invoice without it is still an invoice.

        Raises:
            TransientFault: one cannot be kept now.
        """
        found: dict[str, Picture] = {}
        places = asyncio.Semaphore(AT_ONCE)
        with suppress(TimeoutError):
            async with asyncio.timeout(MOST_SECONDS), asyncio.TaskGroup() as tasks:
                for url in _urls(invoice):
                    tasks.create_task(self._fetch(invoice, url, found, places))
        pictures = {url: found[url] for url in _urls(invoice) if url in found}
        keys = {url: await self._keep(invoice.tenant, picture) for url, picture in pictures.items() if self.keeps}
        return KeptPictures(pictures, keys)

    async def _fetch(self, invoice: Invoice, url: str, found: dict[str, Picture], places: asyncio.Semaphore) -> None:
        async with places:
            try:
                image = await self.source.fetch(url)
            except LogoUnusable as error:
                what = "logo" if url == invoice.seller.logo_url else "picture of a line"
                logger.warning("invoice %s is printed without its %s: %s", invoice.number, what, error)
                return
        size = len(image.content) + sum(len(picture.content) for picture in found.values())
        if size <= MOST_BYTES and image.media_type in SUFFIXES:
            found[url] = Picture(content=image.content, media_type=image.media_type)

    async def _keep(self, tenant: str, picture: Picture) -> str:
        known = tenant, sha256(picture.content).digest(), picture.media_type
        if known not in self._known:
            stored = await self.store.put(tenant, picture.content, picture.media_type, SUFFIXES[picture.media_type])
            self._known[known] = stored.key
        self._known.move_to_end(known)
        while len(self._known) > KNOWN:
            self._known.popitem(last=False)
        return self._known[known]


def _urls(invoice: Invoice) -> Iterable[str]:
    """The logo first; each once."""
    named = (invoice.seller.logo_url, *(line.image_url for line in invoice.lines))
    return list(dict.fromkeys(url for url in named if url))[:MOST_PICTURES]
