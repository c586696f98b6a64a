"""The tags of a PDF, as plain values that can be compared."""

from io import BytesIO
from typing import Any

import pikepdf


def tags_of(pdf: bytes, *, are_runs_wrapped: bool = False) -> list[Any]:
    """All that is in a PDF's tree: tags by kind, alternative words, rows and columns that they span, and their kids.

    Kids are tags, pages with numbers of pieces of content on them, and what links say. Where every run of words is
    wrapped in a `Span` of its own, that counts as the run.
    """
    with pikepdf.open(BytesIO(pdf)) as file:
        pages = _numbers_of_pages(file)
        return _kids(file.Root.StructTreeRoot.K[0], pages, are_runs_wrapped)


def pieces_that_lead_elsewhere(pdf: bytes) -> list[str]:
    """Content and links that the parent tree gives to another tag than the one that has them (14.7.4.4)."""
    with pikepdf.open(BytesIO(pdf)) as file:
        numbers = iter(file.Root.StructTreeRoot.ParentTree.Nums.as_list())
        owners: dict[int, Any] = {int(number): owner for number, owner in zip(numbers, numbers, strict=True)}
        pages = _numbers_of_pages(file)
        wrong: list[str] = []

        def look(tag: Any) -> None:
            for kid in tag.K:
                if isinstance(kid, int):
                    owner = owners[pages[tag.Pg.objgen]][kid]
                elif "/Obj" in kid:
                    owner = owners[int(kid.Obj.StructParent)]
                else:
                    if kid.P.objgen != tag.objgen:
                        wrong.append(f"{kid.S} in {tag.S}")
                    look(kid)
                    continue
                if owner.objgen != tag.objgen:
                    wrong.append(f"{kid} of {tag.S}")

        look(file.Root.StructTreeRoot.K[0])
        wrong += [f"nobody's on page {page}" for page in pages.values() for owner in owners[page] if owner is None]
        return wrong


def _numbers_of_pages(file: pikepdf.Pdf) -> dict[tuple[int, int], int]:
    return {page.obj.objgen: int(page.StructParents) for page in file.pages}


def _kids(tag: Any, pages: dict[tuple[int, int], int], are_runs_wrapped: bool) -> list[Any]:
    return [_kid(kid, tag, pages, are_runs_wrapped) for kid in tag.K]


def _kid(kid: Any, tag: Any, pages: dict[tuple[int, int], int], are_runs_wrapped: bool) -> Any:
    if isinstance(kid, int):
        return [pages[tag.Pg.objgen], kid]
    if "/Obj" in kid:
        return str(kid.Obj.Contents)
    kids = _kids(kid, pages, are_runs_wrapped)
    if are_runs_wrapped and kid.S == "/Span" and len(kid.K) == 1 and isinstance(kid.K[0], int):
        return kids[0]
    about = kid.get("/A", {})
    return [str(kid.S), str(kid.get("/Alt", "")), int(about.get("/RowSpan", 1)), int(about.get("/ColSpan", 1)), kids]
