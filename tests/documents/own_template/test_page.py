"""A tenant's page: judged before it is set, told by its lines, and as good as ours where it says the same."""

import subprocess
import sys
from io import BytesIO
from typing import Any

import pytest
from pypdf import PageObject, PdfReader
from pypdf._text_extraction import mult

from documents.own_template import OwnTemplateFailed, own_page_html
from documents.page import page_of
from documents.pdf import render
from documents.request import OwnTemplate, PrintRequest
from documents.sample_documents import sample_of, samples
from documents.starting_point import page_starting_point
from documents.templates import page_html
from invoicing.document_forms import DocumentForm
from invoicing.invoice import Invoice, InvoiceKind
from invoicing.look import Layout, Look
from tests.documents.own_template.pages import AROUND, faults, faults_of_page, filled, sample_page

LOGO = "picture:1"


def pdf_of(invoice: Invoice, template: OwnTemplate, *, is_draft: bool = False) -> bytes:
    request = PrintRequest(invoice=invoice, template=template, is_draft=is_draft)
    return render(request, {})[DocumentForm.PDF]


def words_of(pdf: bytes) -> str:
    return " ".join(" ".join(page.extract_text().split()) for page in PdfReader(BytesIO(pdf)).pages)


@pytest.mark.parametrize("layout", Layout)
def test_our_own_template_is_a_page_that_a_tenant_could_have_written(layout: Layout) -> None:
    """It says exactly what ours says, of every sample, with a logo and without."""
    look = Look(layout=layout)
    template = OwnTemplate.model_validate(page_starting_point(look))
    for invoice in samples():
        page = page_of(invoice.model_copy(update={"look": look}))
        for logo_url in (None, LOGO):
            assert own_page_html(template, page, logo_url, {}) == page_html(page, logo_url, {})


def test_our_own_template_sets_the_same_page_as_a_tenants() -> None:
    invoice = sample_of(InvoiceKind.INVOICE)
    own = pdf_of(invoice, OwnTemplate.model_validate(page_starting_point(invoice.look)))
    assert own == render(PrintRequest(invoice=invoice), {})[DocumentForm.PDF]


def test_the_lines_images_are_shown_where_they_can_be_printed() -> None:
    html = AROUND.format("{% for row in page.rows %}<img src='{{ picture_urls[row.name] }}' alt=''/>{% endfor %}")
    template, page = OwnTemplate(html=html, css=""), sample_page()
    urls = {row.name: f"picture:{place}" for place, row in enumerate(page.rows)}
    assert "src='picture:2'" in own_page_html(template, page, None, urls)


@pytest.mark.parametrize(
    "css",
    [
        "@page { @left-middle { content: none !important } } * { display: none !important }",
        "@page { margin: 56mm 0 0 60mm; size: 148mm 210mm } html, body { background: white; z-index: 99 }",
        "@page :first { margin: 0 } div { position: absolute; inset: 0; background: black; z-index: 99999 }",
        "@page { size: 210mm 297mm; @top-center { content: 'x'; width: 1mm; visibility: hidden; font-size: 0 } }",
    ],
)
def test_a_draft_bears_the_word_for_it_across_the_sheet_whatever_its_style_says(css: str) -> None:
    template = OwnTemplate(html=AROUND.format("<div><p>{{ page.number }}</p></div>"), css=css)
    invoice = sample_of(InvoiceKind.INVOICE).model_copy(update={"language": "de", "locale": "de_DE"})
    draft = pdf_of(invoice, template, is_draft=True)
    word = page_of(invoice, is_draft=True).draft
    assert word not in words_of(pdf_of(invoice, template))
    for page in PdfReader(BytesIO(draft)).pages:
        places = [at for text, at in drawn(page) if word in text]
        assert len(places) == 1
        assert 0 < places[0][0] < float(page.mediabox.width) * 0.6
        assert 0 < places[0][1] < float(page.mediabox.height) * 0.6
    assert drawn(PdfReader(BytesIO(draft)).pages[0])[-1][0] == word  # over everything else


def drawn(page: PageObject) -> list[tuple[str, tuple[float, float]]]:
    """Texts and where each begins, in points from the lower left, in the order in which they are drawn."""
    found = []

    def visit(text: str, outer: Any, inner: Any, *_others: Any) -> None:
        if text.strip():
            matrix = mult(inner, outer)
            found.append((text.strip(), (float(matrix[4]), float(matrix[5]))))

    page.extract_text(visitor_text=visit)
    return found


FAULTS = [
    ("<p>a\n<b>\n</p>", [(3, "not well-formed: mismatched tag")]),
    ("{% for row in page.rows %}\n<p>\n{% endfor %}\n", [(5, "not well-formed: mismatched tag")]),
    ("\n<p>&nosuch;</p>", [(2, "not well-formed: undefined entity")]),
    ("\n\n{{ page.title | shout }}", [(3, "there is no filter 'shout' here")]),
    (
        "\n{% if 1 %}\n{{ page.titel }}\n{% endif %}{{ foo }}",
        [(3, "there is no member 'titel'"), (4, "there is no 'foo'")],
    ),
    ("{% if false %}\n{{ page.titel }}\n{% endif %}", [(2, "there is no member 'titel'")]),
    ("{% for row in page.rows %}\n{{ row.price }}\n{% endfor %}", [(2, "there is no member 'price'")]),
    (
        "{% set rows = page.rows %}\n{% for row in rows %}{{ row.price }}{% endfor %}",
        [(2, "there is no member 'price'")],
    ),
    ("{{ page.rows[0].name }}\n{{ page.rows[0].price }}", [(2, "there is no member 'price'")]),
    ("{{ page.kind.third }}", [(1, "there is no member 'third'")]),
    ("\n{{ page.words.nosuch }}", [(2, "there is no member 'nosuch'")]),
    ("\n{{ page.rows[99].name }}", [(2, "the list has no such place")]),
    ("\n{{ page.title + 1 }}", [(2, "+ is for whole numbers; texts are joined by ~")]),
    ("\n{{ 1 // 0 }}", [(2, "division by zero")]),
    ("\n{% for char in page.title %}{% endfor %}", [(2, "a loop is for a list")]),
    ("\n{{ page.rows }}", [(2, "only texts and numbers can be printed")]),
    (
        "<table><tr><th>a</th></tr></table>\n<img src='data:image/png;base64,AA'/>",
        [(1, "th needs scope"), (2, "img needs alt")],
    ),
    ("<p>\n<script>x</script></p>", [(2, "<script> cannot be used here")]),
    ("<p onclick='x'>a</p>", [(1, "onclick cannot be used here")]),
    ("\n<a href='javascript:x'>a</a>", [(2, "a link begins with one of https: http: mailto: tel: #")]),
    (
        "<p>{{ page.number }}\n{% for i in range(2) %}\n<img src='https://x.example/a.png' alt=''/>\n{% endfor %}</p>",
        [(3, "src names something that is not there: a page loads nothing from outside")],
    ),
    (
        "<p style='background: url(https://x.example/a.png)'>a</p>",
        [(1, "style names something that is not there: a page loads nothing from outside")],
    ),
    ("{% if 1 %}\n", [(2, "Unexpected end of template.")]),
]


@pytest.mark.parametrize(("body", "told"), FAULTS)
def test_each_fault_is_told_by_the_line_of_the_template(body: str, told: list[tuple[int, str]]) -> None:
    found = faults(body)
    assert [line for line, _ in found] == [line for line, _ in told]
    for (_, message), (_, words) in zip(found, told, strict=True):
        assert message.startswith(words)


def test_what_a_page_must_have_is_asked_for() -> None:
    assert faults_of_page("<p>a</p>") == [(1, "the page is one html element")]
    assert faults_of_page("<html>\n<head><title> </title></head><body/></html>") == [
        (1, "html needs lang, {{ page.language }}"),
        (1, "the head needs a title"),
    ]
    entity = '<!DOCTYPE html [<!ENTITY a "b">]>\n<html lang="en"><head><title>&a;</title></head></html>'
    assert faults_of_page(entity) == [(1, "the document type is written <!DOCTYPE html>")]
    split = "<!DOC{{ '' }}TYPE html [<!ENTITY a 'b'>]><html lang='en'><head><title>a</title></head></html>"
    assert faults_of_page(split) == [(1, "the document type is written <!DOCTYPE html>")]


def test_names_of_html_stand_for_their_characters() -> None:
    assert filled("5&nbsp;&euro; &amp; &lt;") == "5&#160;&#8364; &amp; &lt;"


CSS_FAULTS = [
    ("p { color: red }\n@import url(x.css);", [(2, "@import cannot be used here")]),
    ("@\\d800 x {}\n@\\a x {}", [(1, "@\ufffdx cannot be used here"), (2, "@\ufffdx cannot be used here")]),
    ("p { @\\dfff; }", [(1, "@\ufffd cannot be used here")]),
    ("@font-face { font-family: x; src: url(x.ttf) }", [(1, "@font-face cannot be used here")]),
    ("p {\n  background: url(https://x.example/a.png) }", [(2, "this names something outside")]),
    ('p { background: url("file:///etc/passwd") }', [(1, "this names something outside")]),
    ("@page {\n@top-left {\ncontent: url(x) } }", [(3, "this names something outside")]),
    ("@media print {\np { background: image-set(url(x) 1x) } }", [(2, "this names something outside")]),
    ("@page { @import 'x'; }", [(1, "@import cannot be used here")]),
    ("p { color red }", [(1, "it cannot be read")]),
    (
        "p { background: url(data:image/png;base64,AA) }\n@page :first { margin: 1cm }\n@media print { p { top: 0 } }",
        [],
    ),
    ("/* " + "x" * 200_000 + " */", [(1, "it has more than")]),
]


@pytest.mark.parametrize(("css", "told"), CSS_FAULTS, ids=range(len(CSS_FAULTS)))
def test_a_style_that_loads_or_cannot_be_read_is_told(css: str, told: list[tuple[int, str]]) -> None:
    found = faults("<p>a</p>", css)
    assert [line for line, _ in found] == [line for line, _ in told]
    for (_, message), (_, words) in zip(found, told, strict=True):
        assert message.startswith(words)


def test_no_fault_quotes_the_document() -> None:
    """Faults end in logs and in Temporal."""
    bodies = [body for body, _ in FAULTS] + [
        "{{ page[page.number] }}",
        "{{ page.words[page.seller] }}",
        "{{ page.number() }}",
    ]
    page = sample_page()
    for body in bodies:
        with pytest.raises(OwnTemplateFailed) as failed:
            own_page_html(OwnTemplate(html=AROUND.format(body), css=""), page, None, {})
        for told in (page.number, page.seller, *page.recipient):
            assert told not in str(failed.value), body


SWELLING = """
from documents.failures import TemplateFailed
from documents.own_template import memory
from documents.pdf import render
from documents.request import OwnTemplate, PrintRequest
from documents.sample_documents import sample_of
from invoicing.document_forms import DocumentForm
from invoicing.invoice import InvoiceKind
from tests.documents.own_template.pages import AROUND

body = "{% for i in range(400) %}<p>" + "<b>x</b>" * 20 + "</p>{% endfor %}"
invoice = sample_of(InvoiceKind.INVOICE)
memory.MOST_MORE = 4 * 1024 * 1024
try:
    render(PrintRequest(invoice=invoice, template=OwnTemplate(html=AROUND.format(body), css="")), {})
except TemplateFailed as failed:
    print(failed)
print(render(PrintRequest(invoice=invoice), {})[DocumentForm.PDF][:5].decode())
"""


def test_a_page_that_swells_fails_alone() -> None:
    """The process has so much memory for it and no more, and goes on. One of its own: others have memory to spare."""
    ended = subprocess.run([sys.executable, "-c", SWELLING], capture_output=True, text=True, timeout=60, check=True)
    failed, printed = ended.stdout.splitlines()
    assert "too much memory" in failed
    assert printed == "%PDF-"
