"""The tags of a PDF (ISO 32000-1, 14.7 and 14.8), in fewer objects than WeasyPrint makes of them.

It wraps every run of words in a `Span`, which says nothing, and writes to every cell which heads belong to it. Here
words belong to the element that they stand in, and heads say what they are heads of, as HTML's `scope` does. That is
half of what would be written for a page of figures.
"""

from collections.abc import Iterable
from typing import Any, TypeAlias

import pydyf  # type: ignore[import-untyped]

Element: TypeAlias = Any
"""A structure element, a dictionary."""


def simplify(pdf: pydyf.PDF) -> None:
    """Take out spans and lists of heads."""
    elements = [item for item in pdf.objects if type(item) is pydyf.Dictionary and item.get("Type") == "/StructElem"]
    _give_scopes(pdf, elements)
    spans = {element.reference: element for element in elements if element["S"] == "/Span" and _is_one_run(element)}
    for span in spans.values():
        span.free = "f"
    for element in elements:
        element["K"][:] = [spans[kid]["K"][0] if kid in spans else kid for kid in element["K"]]
    for owners in _owners_of_pages(pdf):
        owners[:] = [spans[owner]["P"] if owner in spans else owner for owner in owners]


def _give_scopes(pdf: pydyf.PDF, elements: Iterable[Element]) -> None:
    for element in elements:
        if element["S"] == "/TD":
            element["A"].pop("Headers", None)
            if len(element["A"]) == 1:  # whose attributes they are, but there are none
                del element["A"]
        elif element["S"] == "/TH":
            group = _around(pdf, _around(pdf, element))
            element["A"]["Scope"] = "/Column" if group["S"] == "/THead" else "/Row"
            element.pop("ID", None)


def _around(pdf: pydyf.PDF, element: Element) -> Element:
    return pdf.objects[int(element["P"].split()[0])]


def _is_one_run(span: Element) -> bool:
    return len(span["K"]) == 1 and isinstance(span["K"][0], int)


def _owners_of_pages(pdf: pydyf.PDF) -> Iterable[list[bytes]]:
    """For each page, the elements that its pieces of content belong to (the parent tree)."""
    if "StructTreeRoot" in pdf.catalog:
        root = pdf.objects[int(pdf.catalog["StructTreeRoot"].split()[0])]
        tree = pdf.objects[int(root["ParentTree"].split()[0])]
        yield from (owners for owners in tree["Nums"][1::2] if isinstance(owners, list))
