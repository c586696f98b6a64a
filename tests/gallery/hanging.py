"""Documents as files in a folder each, with pictures of their pages."""

import shutil
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from invoicing.document_forms import DocumentForm
from tests.gallery.exhibit import Exhibit

DOTS_PER_INCH = 80
PICTURE_SECONDS = 60


@dataclass
class Hung:
    """An exhibit on the wall: its files, and what the judges say of it."""

    exhibit: Exhibit
    files: dict[DocumentForm, Path]
    pages: list[Path] = field(default_factory=list)
    """A picture of each page; none where pdftoppm is missing."""
    faults: list[str] | None = None
    """None: nobody has judged it."""


def hang(exhibit: Exhibit, made: Mapping[DocumentForm, bytes], out: Path) -> Hung:
    """Write a document's files; what hung there before is taken down."""
    folder = out / exhibit.name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    files = {form: folder / _file_name(form) for form in made}
    for form, file in files.items():
        file.write_bytes(made[form])
    return Hung(exhibit, files)


def _file_name(form: DocumentForm) -> str:
    return "invoice.pdf" if form is DocumentForm.PDF else f"{form.lower()}.xml"


def pictures_of(pdf: Path) -> list[Path]:
    """A PNG of each page beside the file, in their order; none where pdftoppm is not installed."""
    program = shutil.which("pdftoppm")
    if program is None:
        return []
    command = [program, "-r", str(DOTS_PER_INCH), "-png", str(pdf), str(pdf.with_name("page"))]
    subprocess.run(command, check=True, timeout=PICTURE_SECONDS)
    return sorted(pdf.parent.glob("page-*.png"))  # pdftoppm pads its numbers with zeros
