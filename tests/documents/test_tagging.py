"""What a reader's voice goes by: which words are a head, which belong to a cell."""

from io import BytesIO
from typing import Any

import pikepdf
import pytest

from tests.documents.invoices import Item, make_invoice
from tests.documents.printed import render_pdf


@pytest.fixture(scope="module")
def file() -> pikepdf.Pdf:
    return pikepdf.open(BytesIO(render_pdf(make_invoice([Item(name="Teekanne"), Item(name="Tasse")]))))


def elements(around: Any, kind: str) -> list[Any]:
    """All structure elements of a kind, in reading order."""
    kids = around.get("/K", [])
    found = []
    for kid in kids if isinstance(kids, pikepdf.Array) else [kids]:
        if isinstance(kid, pikepdf.Dictionary):
            found += ([kid] if kid.get("/S") == kind else []) + elements(kid, kind)
    return found


def test_every_head_says_what_it_is_the_head_of(file: pikepdf.Pdf) -> None:
    lines, *sums = elements(file.Root.StructTreeRoot, "/Table")
    assert {str(head.A.Scope) for head in elements(lines, "/TH")} == {"/Column"}
    rows = [head for table in sums for body in elements(table, "/TBody") for head in elements(body, "/TH")]
    assert {str(head.A.Scope) for head in rows} == {"/Row"}


def test_words_belong_to_the_cell_that_they_stand_in(file: pikepdf.Pdf) -> None:
    body = elements(file.Root.StructTreeRoot, "/TBody")[0]
    assert elements(body, "/Span") == []
    for cell in elements(body, "/TD"):
        inside = [cell, *elements(cell, "/NonStruct")]
        assert any(not isinstance(kid, pikepdf.Object) for element in inside for kid in element.K)


def test_every_piece_of_content_leads_back_to_its_element(file: pikepdf.Pdf) -> None:
    """ISO 32000-1, 14.7.4.4: the parent tree."""
    (owners,) = [owners for owners in file.Root.StructTreeRoot.ParentTree.Nums if isinstance(owners, pikepdf.Array)]
    for number, owner in enumerate(owners):
        assert number in [kid for kid in owner.K if not isinstance(kid, pikepdf.Object)]
