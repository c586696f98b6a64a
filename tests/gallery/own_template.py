"""A page of the tenant's own: its template and its style sheet."""

from pathlib import Path

from documents.request import OwnTemplate
from invoicing.invoice import Invoice
from tests.gallery.drawings import logo_url
from tests.gallery.exhibit import Room
from tests.gallery.houses import FRENCH
from tests.gallery.invoices import invoice, lines_of, with_logo

ROOM = Room("Tenants' own templates")
FOLDER = Path(__file__).parent
STUDIO = OwnTemplate(html=(FOLDER / "studio.html").read_text(), css=(FOLDER / "studio.css").read_text())


@ROOM.shows("A studio's own page", template=STUDIO)
def studio_page() -> Invoice:
    return with_logo(invoice(house=FRENCH), logo_url("png"))


@ROOM.shows("The same, longer, as a draft: nothing in a template takes the word away", template=STUDIO, is_draft=True)
def studio_draft() -> Invoice:
    return invoice(lines_of(FRENCH, 30), house=FRENCH, number="DRAFT-0000013")
