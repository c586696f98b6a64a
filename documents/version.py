"""Which template a PDF was made with: the same invoice, logo and version give the same bytes."""

from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

FOLDER = Path(__file__).parent
SHAPING = (
    "*.py",
    "*/__init__.py",
    "einvoice/*.py",
    "own_template/*.py",
    "shortcuts/*.py",
    "templates/invoice.html",
    "templates/*.css",
    "texts/*.po*",
    "fonts/*.?tf",
    "fonts/fonts.conf",
)
"""What decides how a page looks, save for"""
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
LIBRARIES = ("weasyprint", "pydyf", "fonttools", "babel", "jinja2", "pillow", "segno", "factur-x")


def _template_version() -> str:
    digest = sha256()
    for library in LIBRARIES:
        digest.update(f"{library}={version(library)}\n".encode())
    for file in sorted(
        path for pattern in SHAPING for path in FOLDER.glob(pattern) if path.name not in BESIDE_THE_PAGE
    ):
        digest.update(f"{file.relative_to(FOLDER).as_posix()}\n".encode())
        digest.update(file.read_bytes())
    return digest.hexdigest()[:16]


TEMPLATE_VERSION = _template_version()
