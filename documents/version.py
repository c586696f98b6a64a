"""Which template a PDF was made with: the same invoice, logo and version give the same bytes."""

from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHAPING = (
    "invoicing/**/*.py",
    "documents/*.py",
    "documents/*/__init__.py",
    "documents/einvoice/*.py",
    "documents/own_template/*.py",
    "documents/shortcuts/*.py",
    "documents/templates/invoice.html",
    "documents/templates/*.css",
    "documents/texts/*.po*",
    "documents/fonts/*.?tf",
    "documents/fonts/fonts.conf",
)
"""What decides how a page looks and what the XML says, save for"""
BESIDE_THE_PAGE = frozenset(
    {
        "failures.py",
        "frames.py",
        "mail.py",
        "mail_logo.py",
        "render_child.py",
        "render_process.py",
        "renderer.py",
        "sample.py",
        "sample_documents.py",
        "starting_point.py",
    }
)
LIBRARIES = (
    "weasyprint",
    "pydyf",
    "fonttools",
    "babel",
    "jinja2",
    "pillow",
    "segno",
    "factur-x",
    "lxml",
    "python-stdnum",
)


def shaping_files() -> list[Path]:
    """The files that `TEMPLATE_VERSION` stands for."""
    found = {path for pattern in SHAPING for path in ROOT.glob(pattern)}
    return sorted(path for path in found if path.parent.name != "documents" or path.name not in BESIDE_THE_PAGE)


def _template_version() -> str:
    digest = sha256()
    for library in LIBRARIES:
        digest.update(f"{library}={version(library)}\n".encode())
    for file in shaping_files():
        digest.update(f"{file.relative_to(ROOT).as_posix()}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


TEMPLATE_VERSION = _template_version()
