"""veraPDF lets pass what is as it should be, and nothing else."""

from io import BytesIO
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from documents.fonts import use_own_fonts
from tests.judges import verapdf
from tests.judges.verapdf import FLAVOURS, PDF_A, PDF_UA, JudgeMissing, verapdf_faults

PAGE = """<html lang="en"><head><title>A page</title></head><body><h1>Heading</h1>
<table><tr><th scope="col">What</th></tr><tr><td>That</td></tr></table></body></html>"""


def written(**options: Any) -> bytes:
    use_own_fonts()
    from weasyprint import HTML  # type: ignore[import-untyped]  # noqa: PLC0415 - after the fonts are chosen

    pdf: bytes = HTML(string=PAGE).write_pdf(**options)
    return pdf


@pytest.fixture(scope="module")
def archivable() -> bytes:
    return written(pdf_variant="pdf/a-3a")


def test_an_archivable_file_passes(archivable: bytes) -> None:
    assert verapdf_faults(archivable, PDF_A) == []


def test_an_accessible_file_passes() -> None:
    assert verapdf_faults(written(pdf_variant="pdf/ua-1"), PDF_UA) == []


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_a_plain_file_fails(flavour: str) -> None:
    assert verapdf_faults(written(), flavour)


def test_a_fault_names_standard_rule_and_place() -> None:
    colours = [fault for fault in verapdf_faults(written(), PDF_A) if "ISO 19005-3:2012 6.2.4.3-2 (" in fault]

    assert len(colours) == 1
    assert "DeviceRGB" in colours[0]
    assert "operators[" in colours[0]


def test_an_archivable_file_that_does_not_claim_to_be_accessible_is_not(archivable: bytes) -> None:
    told = verapdf_faults(archivable, PDF_UA)
    assert told[0].startswith("ISO 14289-1:2014 5-1 (")


def test_a_file_that_was_made_worse_afterwards_fails(archivable: bytes) -> None:
    worse = BytesIO()
    with pikepdf.open(BytesIO(archivable)) as pdf:
        del pdf.Root.MarkInfo
        pdf.save(worse)

    assert any("MarkInfo" in fault for fault in verapdf_faults(worse.getvalue(), PDF_A))


def test_what_is_no_pdf_fails() -> None:
    assert verapdf_faults(b"no PDF", PDF_A)[0].startswith("not judged: ")


def test_a_file_may_be_named(archivable: bytes, tmp_path: Path) -> None:
    file = tmp_path / "größe mit leerzeichen.pdf"
    file.write_bytes(archivable)

    assert verapdf_faults(file, PDF_A) == []


class TestWithoutJava:
    @pytest.fixture(autouse=True)
    def no_java(self, monkeypatch: pytest.MonkeyPatch) -> Any:
        kept = verapdf._judge
        monkeypatch.setattr(verapdf, "_judge", kept.__wrapped__)
        monkeypatch.setenv("PATH", "")

    def test_tests_are_skipped(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.delenv("CI", raising=False)

        with pytest.raises(JudgeMissing, match="make judges"):
            verapdf_faults(b"", PDF_A)

    def test_tests_fail_where_all_must_run(self, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setenv("CI", "true")

        with pytest.raises(RuntimeError, match="make judges"):
            verapdf_faults(b"", PDF_A)
