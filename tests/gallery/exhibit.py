"""What the gallery shows: named documents, each a function that makes one."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property

from documents.request import OwnTemplate, Picture, PrintRequest
from invoicing.document_forms import STRUCTURED, DocumentForm
from invoicing.electronic.needs import missing_terms
from invoicing.invoice import Invoice
from tests.gallery.drawings import pictures


@dataclass(frozen=True)
class Exhibit:
    """One document, and what is worth looking at in it."""

    name: str
    room: str
    caption: str
    make: Callable[[], Invoice]
    template: OwnTemplate | None = None
    is_draft: bool = False
    has_cii: bool = True
    """False: EN 16931 cannot say what this document says."""

    @cached_property
    def request(self) -> PrintRequest:
        """The document in every form that it can have."""
        invoice = self.make()
        structured = [] if self.is_draft else [form for form in STRUCTURED if not missing_terms(invoice, form)]
        return PrintRequest(
            invoice=invoice,
            forms=(DocumentForm.PDF, *structured),
            template=self.template,
            is_draft=self.is_draft,
        )

    @property
    def pictures(self) -> dict[str, Picture]:
        """Those that the document names."""
        invoice = self.request.invoice
        named = {invoice.seller.logo_url, *(line.image_url for line in invoice.lines)}
        return {url: picture for url, picture in pictures().items() if url in named}


Maker = Callable[[], Invoice]


class Room:
    """Exhibits that belong together; a function becomes one by `@room.shows("caption")`."""

    def __init__(self, title: str) -> None:
        self.title = title
        self.exhibits: list[Exhibit] = []

    def shows(
        self, caption: str, *, template: OwnTemplate | None = None, is_draft: bool = False, has_cii: bool = True
    ) -> Callable[[Maker], Maker]:
        """Have the function's document shown, under the function's name."""

        def hang(make: Maker) -> Maker:
            self.add(make.__name__.replace("_", "-"), caption, make, template, is_draft=is_draft, has_cii=has_cii)
            return make

        return hang

    def add(
        self,
        name: str,
        caption: str,
        make: Maker,
        template: OwnTemplate | None = None,
        *,
        is_draft: bool = False,
        has_cii: bool = True,
    ) -> None:
        """Have a document shown that has no function of its own."""
        self.exhibits.append(Exhibit(name, self.title, caption, make, template, is_draft, has_cii))
