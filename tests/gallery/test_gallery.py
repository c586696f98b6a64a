"""Every document of the gallery is what it claims to be: archivable, accessible, and valid where machines read it."""

from dataclasses import replace
from functools import cache
from io import BytesIO
from pathlib import Path

import pikepdf
import pytest
from click.testing import CliRunner
from pypdf import PdfReader

from documents.pdf import render
from invoicing.document_forms import DocumentForm
from invoicing.electronic.needs import missing_terms
from invoicing.invoice import InvoiceKind, TaxCategory
from invoicing.look import Layout, Paper
from tests.gallery import __main__ as command
from tests.gallery.exhibit import Exhibit
from tests.gallery.hanging import Hung, hang, pictures_of
from tests.gallery.index_page import index_page
from tests.gallery.rooms import EXHIBITS
from tests.gallery.verdict import faults

PDF, CII, UBL, XRECHNUNG = DocumentForm
BY_NAME = {one.name: one for one in EXHIBITS}
LANGUAGES = {"en", "de", "fr", "es", "it", "nl", "pl", "pt", "ja", "zh", "ar", "he"}


@cache
def rendered(name: str) -> dict[DocumentForm, bytes]:
    return render(BY_NAME[name].request, BY_NAME[name].pictures)


@pytest.mark.timeout(600)  # 500 lines take a while beside other tests
@pytest.mark.parametrize("name", BY_NAME)
def test_no_judge_finds_a_fault(name: str) -> None:
    assert faults(rendered(name)) == []


@pytest.mark.parametrize("exhibit", EXHIBITS, ids=lambda one: one.name)
def test_there_is_a_structured_invoice_unless_the_standard_cannot_say_it(exhibit: Exhibit) -> None:
    if exhibit.has_cii and not exhibit.is_draft:
        assert missing_terms(exhibit.request.invoice, CII) == ()
    else:
        assert exhibit.request.forms == (PDF,)


class TestVariety:
    """The gallery shows what it is for."""

    def test_there_are_some_forty_documents_with_names_of_their_own(self) -> None:
        assert len(EXHIBITS) == len(BY_NAME) >= 40

    def test_every_layout_on_every_paper(self) -> None:
        shown = {(one.request.invoice.look.layout, one.request.invoice.look.paper) for one in EXHIBITS}
        assert shown >= {(layout, paper) for layout in Layout for paper in Paper}

    def test_every_language_and_two_at_once(self) -> None:
        looks = [(one.request.invoice.language, one.request.invoice.look.second_language) for one in EXHIBITS]
        assert {language for language, _ in looks} == LANGUAGES
        assert {second for _, second in looks} > {None}

    @pytest.mark.parametrize("form", [CII, UBL])
    @pytest.mark.parametrize("category", TaxCategory)
    def test_every_tax_category_in_both_syntaxes(self, category: TaxCategory, form: DocumentForm) -> None:
        assert any(
            group.tax_category is category
            for one in EXHIBITS
            if form in one.request.forms
            for group in one.request.invoice.tax_groups
        )

    @pytest.mark.parametrize("form", [CII, UBL])
    def test_credit_notes_in_both_syntaxes(self, form: DocumentForm) -> None:
        notes = [one for one in EXHIBITS if one.request.invoice.kind is InvoiceKind.CREDIT_NOTE]
        assert any(form in one.request.forms for one in notes)

    def test_one_for_a_peppol_buyer_and_one_for_a_german_office(self) -> None:
        assert UBL in BY_NAME["peppol-buyer"].request.forms
        assert XRECHNUNG in BY_NAME["public-office"].request.forms

    def test_the_longest_has_500_lines(self) -> None:
        assert max(len(one.request.invoice.lines) for one in EXHIBITS) == 500

    def test_every_picture_that_an_invoice_names_is_there(self) -> None:
        for one in EXHIBITS:
            invoice = one.request.invoice
            named = {invoice.seller.logo_url, *(line.image_url for line in invoice.lines)} - {None}
            assert set(one.pictures) == named, one.name


class TestBroken:
    """What was good a moment ago, and one thing wrong: the judges are awake."""

    def test_a_wrong_sum_is_refused(self) -> None:
        made = rendered("one-line")
        right, wrong = b"<ram:GrandTotalAmount>", b"<ram:GrandTotalAmount>9"
        assert right in made[CII]
        told = faults({CII: made[CII].replace(right, wrong)})
        assert any(fault.startswith("CII schematron: ") and "BR-CO-15" in fault for fault in told)

    def test_a_wrong_sum_is_refused_in_ubl(self) -> None:
        made = rendered("peppol-buyer")
        told = faults(
            {UBL: made[UBL].replace(b'<cbc:PayableAmount currencyID="EUR">', b'<cbc:PayableAmount currencyID="EUR">9')}
        )
        assert any(fault.startswith("UBL schematron: ") and "BR-CO-16" in fault for fault in told)

    @pytest.mark.parametrize(("name", "form"), [("one-line", CII), ("peppol-buyer", UBL)])
    def test_what_no_schema_knows_is_refused(self, name: str, form: DocumentForm) -> None:
        broken = (
            rendered(name)[form].replace(b"TaxTotal", b"TaxTotally").replace(b"CategoryTradeTax", b"CategoryTradeTaxes")
        )
        assert any(fault.startswith(f"{form} XSD: ") for fault in faults({form: broken}))

    def test_another_xml_than_the_attached_one_is_noticed(self) -> None:
        made = rendered("one-line")
        told = faults({PDF: made[PDF], CII: made[CII] + b" "})
        assert "Factur-X in PDF: the file is not the CII" in told

    def test_a_file_without_its_tags_is_refused(self) -> None:
        made, without = rendered("one-line"), BytesIO()
        with pikepdf.open(BytesIO(made[PDF])) as pdf:
            del pdf.Root.StructTreeRoot
            pdf.save(without)
        told = faults({PDF: without.getvalue(), CII: made[CII]})
        assert {"veraPDF 3a", "veraPDF ua1"} <= {fault.split(": ")[0] for fault in told}


class TestOnTheWall:
    def test_files_and_pictures_of_all_pages_hang_in_a_folder(self, tmp_path: Path) -> None:
        exhibit, made = BY_NAME["forty-lines"], rendered("forty-lines")
        (tmp_path / exhibit.name).mkdir()
        (tmp_path / exhibit.name / "page-9.png").touch()

        hung = hang(exhibit, made, tmp_path)

        assert {form: file.read_bytes() for form, file in hung.files.items()} == made
        pages = pictures_of(hung.files[PDF])
        assert len(pages) in {0, len(PdfReader(BytesIO(made[PDF])).pages)}  # 0: pdftoppm is not here

    def test_the_index_shows_every_document_and_what_was_said(self, tmp_path: Path) -> None:
        one, other = BY_NAME["one-line"], BY_NAME["draft"]
        picture, pdf, cii = (tmp_path / one.name / name for name in ("page-1.png", "invoice.pdf", "cii.xml"))
        good = Hung(one, {PDF: pdf, CII: cii}, [picture], [])
        bad = Hung(replace(other, caption="<b>&"), {PDF: tmp_path / "draft/invoice.pdf"}, [], ["veraPDF 3a: <broken>"])

        page = index_page([good, bad], tmp_path)

        for piece in (
            'href="one-line/invoice.pdf"', 'href="one-line/cii.xml"', 'src="one-line/page-1.png"',
            'href="draft/invoice.pdf"', "&lt;b&gt;&amp;", "veraPDF 3a: &lt;broken&gt;", "2 documents",
        ):  # fmt: skip
            assert piece in page
        assert "http" not in page  # it works without a network

    def test_the_command_shows_judges_and_says_so(self, tmp_path: Path) -> None:
        result = CliRunner().invoke(command.main, ["--out", str(tmp_path), "--only", "one-line"])
        assert result.exit_code == 0, result.output
        assert "no fault" in result.output
        assert (tmp_path / "index.html").read_text().count("<article") == 1

    def test_a_fault_ends_the_command_with_status_1(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(command, "faults", lambda _: ["veraPDF 3a: broken"])
        result = CliRunner().invoke(command.main, ["--out", str(tmp_path), "--only", "one-line"])
        assert (result.exit_code, "veraPDF 3a: broken" in result.output) == (1, True)

    def test_a_name_that_nothing_has_is_told(self) -> None:
        result = CliRunner().invoke(command.main, ["--only", "nothing-like-it"])
        assert (result.exit_code, "no document is called that" in result.output) == (1, True)
