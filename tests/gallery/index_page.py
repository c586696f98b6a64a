"""The page that shows all documents: opened from the disk, it needs nothing from elsewhere."""

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from tests.gallery.hanging import Hung

TEMPLATES = Environment(loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined)


def index_page(hung: Iterable[Hung], out: Path) -> str:
    """The page as HTML; the files are named as seen from the folder `out`.

    Args:
        hung: the documents, those of a room one after the other.
        out: the folder that all of them are in.
    """
    shown = list(hung)
    rooms = [(title, list(members)) for title, members in groupby(shown, key=lambda one: one.exhibit.room)]
    TEMPLATES.filters["link"] = lambda file: file.relative_to(out).as_posix()
    return TEMPLATES.get_template("index.html").render(
        rooms=rooms,
        count=len(shown),
        pages=sum(len(one.pages) for one in shown),
        judged=[one for one in shown if one.faults is not None],
        faulty=[one for one in shown if one.faults],
    )
