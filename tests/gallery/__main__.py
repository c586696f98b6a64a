"""Every kind of document, rendered, judged and hung up: `python -m tests.gallery --out var/gallery`."""

import sys
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import click

from documents.pdf import render
from invoicing.document_forms import DocumentForm
from tests.gallery.exhibit import Exhibit
from tests.gallery.hanging import Hung, hang, pictures_of
from tests.gallery.index_page import index_page
from tests.gallery.rooms import EXHIBITS
from tests.gallery.verdict import faults
from tests.judges.verapdf import JudgeMissing

HELPERS = 2
"""Documents that are judged and pictured, each by programs of their own, while the next ones are rendered."""


@click.command()
@click.option("--out", default="var/gallery", show_default=True, type=click.Path(file_okay=False, path_type=Path))
@click.option("--only", multiple=True, help="Only documents whose name contains this; may be given several times.")
@click.option("--judges/--no-judges", default=True, show_default=True, help="Have them judged.")
def main(out: Path, only: tuple[str, ...], *, judges: bool) -> None:
    """Show every kind of document. Exit status 1 where a judge finds a fault."""
    wanted = [one for one in EXHIBITS if not only or any(part in one.name for part in only)]
    if not wanted:
        raise click.ClickException("no document is called that; leave --only out to see all names")
    hung = show(wanted, out, judges=judges)
    page = out / "index.html"
    page.write_text(index_page(hung, out), encoding="utf-8")
    click.echo(f"{len(hung)} documents: {page.absolute().as_uri()}")
    if any(one.faults for one in hung):
        sys.exit(1)


def show(wanted: Sequence[Exhibit], out: Path, *, judges: bool) -> list[Hung]:
    """Render documents, and say of each what the judges say."""
    with ThreadPoolExecutor(HELPERS) as helpers:
        hung = []
        for exhibit in wanted:
            made = render(exhibit.request, exhibit.pictures)
            hung.append((hang(exhibit, made, out), made))
        for one in helpers.map(lambda pair: _look_at(*pair, judges=judges), hung):
            click.echo(_line(one))
    return [one for one, _ in hung]


def _look_at(one: Hung, made: dict[DocumentForm, bytes], *, judges: bool) -> Hung:
    one.pages = pictures_of(one.files[DocumentForm.PDF])
    if judges:
        try:
            one.faults = faults(made)
        except JudgeMissing as missing:
            raise click.ClickException(f"{missing}; or give --no-judges") from missing
    return one


def _line(one: Hung) -> str:
    said = "not judged" if one.faults is None else f"{len(one.faults)} faults" if one.faults else "no fault"
    forms = ", ".join(one.files)
    told = "".join(f"\n    {fault}" for fault in one.faults or ())
    return f"{one.exhibit.name:24} {len(one.pages):3} pages  {forms:24} {said}{told}"


if __name__ == "__main__":
    main()
