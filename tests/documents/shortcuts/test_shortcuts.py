"""What is replaced in WeasyPrint makes documents faster, and nothing else of them."""

from hashlib import sha256

import pytest
import weasyprint  # type: ignore[import-untyped]

import documents.shortcuts
from documents.pdf import render
from documents.request import PrintRequest
from invoicing.document_forms import DocumentForm
from invoicing.look import Layout, Look, Paper, Typeface
from tests.documents.any_page import ANY_PAGE
from tests.documents.invoices import AMERICAN_BUYER, AMERICAN_SELLER, Item, items, make_invoice
from tests.documents.other_process import told_by
from tests.documents.sales_invoices import credit_note, everything
from tests.documents.shortcuts.drawn_page import DRAWN_PAGE
from tests.documents.shortcuts.wordy import SPILLING_PAGE, WORDY, WORDY_PAGE

LACKING = (("Tea 1", "\U0001f600 1"), ("\U0001f601", "\U0001f600 1"))
"""Words with letters that no font has: each document counts them in their order."""
FORMS = (DocumentForm.PDF, DocumentForm.CII)
REQUESTS = [
    *(PrintRequest(invoice=make_invoice(items(40), look=Look(layout=layout)), forms=FORMS) for layout in Layout),
    PrintRequest(invoice=make_invoice(items(3), seller=AMERICAN_SELLER, buyer=AMERICAN_BUYER), is_draft=True),
    PrintRequest(invoice=make_invoice(items(9), look=Look(second_language="fr", typeface=Typeface.SERIF))),
    PrintRequest(invoice=make_invoice(items(9), look=Look(paper=Paper.LETTER), language="ar", locale="ar_EG")),
    *(
        PrintRequest(invoice=make_invoice(items(20), language=language, locale=locale))
        for language, locale in (("fr", "fr_FR"), ("he", "he_IL"), ("ja", "ja_JP"), ("de", "de_CH"))
    ),
    PrintRequest(invoice=everything()),
    PrintRequest(invoice=credit_note()),
    PrintRequest(invoice=make_invoice(), template=DRAWN_PAGE),
    PrintRequest(invoice=make_invoice(), template=ANY_PAGE),
    *(PrintRequest(invoice=make_invoice(WORDY, look=Look(layout=layout))) for layout in Layout),
    PrintRequest(invoice=make_invoice(), template=WORDY_PAGE),
    PrintRequest(invoice=make_invoice(), template=SPILLING_PAGE),
    *(PrintRequest(invoice=make_invoice([Item(name=name) for name in names])) for names in LACKING),
]
WITHOUT = """
import json, sys
from hashlib import sha256
from weasyprint.draw import border
from weasyprint.pdf import tags
import documents.shortcuts
documents.shortcuts.VERSION = "none"
documents.shortcuts._replace(border.draw_border, documents.shortcuts.draw_border)
documents.shortcuts._replace(tags.add_tags, documents.shortcuts.add_tags)
from documents.pdf import render
from documents.request import PrintRequest
for request in json.load(sys.stdin):
    made = render(PrintRequest.model_validate_json(request), {})
    print(sha256(made["PDF"]).hexdigest())
"""


def test_documents_are_the_same_with_shortcuts_and_without() -> None:
    told = told_by(WITHOUT, REQUESTS)
    for _ in range(2):  # what is kept of the first must not show in the second
        here = [sha256(render(request, {})[DocumentForm.PDF]).hexdigest() for request in REQUESTS]
        assert told.split() == here


def test_they_are_of_the_version_that_is_installed() -> None:
    assert weasyprint.__version__ == documents.shortcuts.VERSION


def test_another_version_does_as_it_always_does(monkeypatch: pytest.MonkeyPatch) -> None:
    replaced: list[object] = []
    monkeypatch.setattr(documents.shortcuts, "_replace", lambda *functions: replaced.append(functions))
    monkeypatch.setattr(weasyprint, "__version__", "71.0")
    documents.shortcuts.take_shortcuts()
    assert replaced == []
