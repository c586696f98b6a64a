"""What a reader's voice goes by: which words are a head, which belong to a cell."""

import json
from io import BytesIO
from types import SimpleNamespace
from typing import Any

import pikepdf
import pydyf  # type: ignore[import-untyped]
import pytest

from documents.pdf import render
from documents.request import OwnTemplate, PrintRequest
from documents.tagging import add_tags
from invoicing.document_forms import DocumentForm
from invoicing.look import Layout, Look
from tests.documents.any_page import ANY_PAGE, PNG
from tests.documents.invoices import Item, items, make_invoice
from tests.documents.other_process import told_by
from tests.documents.printed import render_pdf
from tests.documents.sales_invoices import credit_note, everything
from tests.documents.tagged import pieces_that_lead_elsewhere, tags_of

INVOICE = make_invoice([Item(name="Teekanne"), Item(name="Tasse")])
REQUESTS = [
    PrintRequest(invoice=INVOICE, template=ANY_PAGE),
    PrintRequest(invoice=INVOICE, template=ANY_PAGE, is_draft=True),
    PrintRequest(invoice=make_invoice(items(60), look=Look(layout=Layout.COMPACT, second_language="fr"))),
    PrintRequest(invoice=make_invoice(items(3), look=Look(layout=Layout.LETTER), language="ar", locale="ar_EG")),
    PrintRequest(invoice=everything()),
    PrintRequest(invoice=credit_note()),
]
BY_THE_LIBRARY = """
import json, sys
import documents.shortcuts
documents.shortcuts.VERSION = "none"
from documents.pdf import render
from documents.request import PrintRequest
from tests.documents.tagged import tags_of
requests = map(PrintRequest.model_validate_json, json.load(sys.stdin))
print(json.dumps([tags_of(render(request, {})["PDF"], are_runs_wrapped=True) for request in requests]))
"""


@pytest.fixture(scope="module")
def file() -> pikepdf.Pdf:
    return pikepdf.open(BytesIO(render_pdf(INVOICE)))


def own_page(body: str, css: str = "") -> bytes:
    template = OwnTemplate(html=f'<html lang="en"><head><title>x</title></head><body>{body}</body></html>', css=css)
    return render(PrintRequest(invoice=INVOICE, template=template), {})[DocumentForm.PDF]


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


def test_each_document_has_the_tags_that_weasyprint_gives_it() -> None:
    """Save for spans around runs of words, and for how cells find their heads."""
    told = told_by(BY_THE_LIBRARY, REQUESTS)
    here = [tags_of(render(request, {})[DocumentForm.PDF]) for request in REQUESTS]
    assert here == json.loads(told)


@pytest.mark.parametrize("request_", REQUESTS)
def test_every_piece_of_content_leads_back_to_its_element(request_: PrintRequest) -> None:
    """ISO 32000-1, 14.7.4.4: the parent tree."""
    assert pieces_that_lead_elsewhere(render(request_, {})[DocumentForm.PDF]) == []


def test_a_head_is_what_its_template_says_wherever_it_stands() -> None:
    page = own_page(
        "<table><tr><th scope='col'>down</th><th scope='colgroup'>down</th></tr>"
        "<tr><th scope='row'>along</th><th scope='rowgroup'>along</th><th scope=''>along</th></tr></table>"
        "<table><thead><tr><th scope=''>down</th></tr></thead></table>"
    )
    with pikepdf.open(BytesIO(page)) as file:
        scopes = [str(head.A.Scope) for head in elements(file.Root.StructTreeRoot, "/TH")]
    assert scopes == ["/Column"] * 2 + ["/Row"] * 3 + ["/Column"]


def test_words_in_another_language_say_so() -> None:
    bilingual = render_pdf(make_invoice(items(1), look=Look(second_language="fr")))
    with pikepdf.open(BytesIO(bilingual)) as file:
        languages = {str(span.get("/Lang", "")) for span in elements(file.Root.StructTreeRoot, "/Span")}
        assert languages == {"", "fr"}
        assert str(file.Root.Lang) == "de"


def test_a_picture_says_where_it_is_on_the_page() -> None:
    """In points from the lower left: 20 mm and 267 mm to 50 mm and 282 mm, of 297."""
    css = "@page { size: A4; margin: 0 } img { position: absolute; left: 20mm; top: 15mm; width: 30mm; height: 15mm }"
    with pikepdf.open(BytesIO(own_page(f'<img src="{PNG}" alt="A (point)"/>', css))) as file:
        (picture,) = elements(file.Root.StructTreeRoot, "/Figure")
        assert str(picture.Alt) == "A (point)"
        expected = [56.6929, 756.8504, 141.7323, 799.3701]
        assert [float(side) for side in picture.A.BBox] == pytest.approx(expected, abs=0.001)


def test_what_is_not_drawn_has_no_place_in_the_tags() -> None:
    page = own_page("<p>here</p><p class='gone'>gone</p>", ".gone { transform: scale(0) }")
    assert tags_of(page) == [["/P", "", 1, 1, [[0, 0]]], ["/P", "", 1, 1, []]]


def test_content_of_no_box_is_not_passed_over() -> None:
    pdf = pydyf.PDF()
    pdf.add_page(pydyf.Dictionary())
    page = SimpleNamespace(height=1, _page_box=SimpleNamespace(element=None, link_annotation=None, children=()))
    with pytest.raises(LookupError, match="in none of its boxes"):
        add_tags(pdf, SimpleNamespace(pages=[page]), "1.7", [SimpleNamespace(_tags={"words": {"mcid": 0}})])
