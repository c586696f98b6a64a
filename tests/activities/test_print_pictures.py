"""Pictures that are printed are kept; those of what is only looked at are not."""

import asyncio
from pathlib import Path

import pytest

from activities.print_pictures import PrintPictures
from integrations.document_store import ObjectDocumentStore
from integrations.logo import LogoImage
from tests.activities.fakes import LogosFake
from tests.documents.invoices import GERMAN_SELLER, make_invoice

LOGO_URL = "https://shop.example/logo.png"


@pytest.mark.parametrize("keeps", [True, False])
async def test_pictures_are_kept_unless_the_document_is_only_looked_at(tmp_path: Path, *, keeps: bool) -> None:
    invoice = make_invoice(seller=GERMAN_SELLER.model_copy(update={"logo_url": LOGO_URL}))
    source = LogosFake(LogoImage(content=b"png", media_type="image/png"))
    store = ObjectDocumentStore(tmp_path.as_uri())
    fetched = await PrintPictures(store, source, keeps=keeps).fetched(invoice)
    assert fetched.pictures[LOGO_URL].content == b"png"
    assert (fetched.keys.keys() == {LOGO_URL}) is keeps
    stored = await asyncio.to_thread(lambda: [path for path in tmp_path.rglob("*") if path.is_file()])
    assert bool(stored) is keeps
