"""The tags of a PDF (ISO 32000-1, 14.7 and 14.8), in fewer objects than WeasyPrint makes of them.

It wraps every run of words in a `Span`, which says nothing, and writes to every cell which heads belong to it. Here
words belong to the element that they stand in, and heads say what they are heads of, as HTML's `scope` does. That is
half of what would be written for a page of figures. Forms have no tags: tenants' templates may have no forms either.
"""

from collections.abc import Iterable, Sequence
from typing import Any, TypeAlias

import pydyf  # type: ignore[import-untyped]
from weasyprint.formatting_structure.boxes import (  # type: ignore[import-untyped]
    LineBox,
    MarginBox,
    PageBox,
    ReplacedBox,
    TextBox,
)
from weasyprint.layout.absolute import AbsolutePlaceholder  # type: ignore[import-untyped]

from documents.pdf_writer import as_bytes

SVG = "{http://www.w3.org/2000/svg}"
KINDS = {
    "a": "Link",
    "article": "Art",
    "blockquote": "BlockQuote",
    "caption": "Caption",
    "dd": "LI",
    "div": "Div",
    "dl": "L",
    "dt": "LI",
    "figcaption": "Caption",
    "h1": "H1",
    "h2": "H2",
    "h3": "H3",
    "h4": "H4",
    "h5": "H5",
    "h6": "H6",
    "img": "Figure",
    "li": "LI",
    "li::marker": "Lbl",
    "main": "Part",
    "ol": "L",
    "p": "P",
    "section": "Sect",
    "span": "Span",
    "table": "Table",
    "tbody": "TBody",
    "td": "TD",
    "tfoot": "TFoot",
    "th": "TH",
    "thead": "THead",
    "tr": "TR",
    "ul": "L",
    f"{SVG}svg": "Figure",
}
"""What elements of HTML are among the standard structure types (ISO 32000-1, 14.8.4)."""
OTHERS = "NonStruct"
WHOLE = ("html", "body")
"""Of which the document itself is the element."""
TERMS = ("dt", "dd")
LISTS = ("ul", "ol")
SPECIAL = ("Figure", "TH", "TD")
CELLS = ("TD", "TH")
SCOPES = {"col": "Column", "colgroup": "Column", "row": "Row", "rowgroup": "Row"}
POINTS = 0.75
"""A CSS pixel."""
Untyped: TypeAlias = Any
"""WeasyPrint has no types."""


class Element(pydyf.Object):  # type: ignore[misc]
    """A structure element (ISO 32000-1, 14.7.2), one of a PDF's objects."""

    free, generation, offset = "n", 0, 0
    page = b""
    """Which page its own words stand on, where it has any."""
    further = b""
    """Attributes and texts."""
    reference = b""

    def __init__(self, pdf: pydyf.PDF, kind: str, parent: "pydyf.Object | Element") -> None:
        self.number = len(pdf.objects)
        self.reference = b"%d 0 R" % self.number
        self.kind = kind
        self.parent = parent
        self.kids: list[bytes] = []
        pdf.objects.append(self)

    @property
    def data(self) -> bytes:
        """As it is written."""
        return b"<</Type/StructElem/S/%b/P %b%b%b/K[%b]>>" % (
            self.kind.encode(),
            self.parent.reference,
            self.page,
            self.further,
            b" ".join(self.kids),
        )


def add_tags(pdf: pydyf.PDF, document: Untyped, _version: object, page_streams: Sequence[Untyped]) -> None:
    """In place of `weasyprint.pdf.tags.add_tags`: all elements, and the way back to them from each piece of content."""
    owners = pydyf.Dictionary({"Nums": pydyf.Array()})
    root = pydyf.Dictionary({"Type": "/StructTreeRoot"})
    pdf.add_object(owners)
    pdf.add_object(root)
    whole = Element(pdf, "Document", root)
    root.update({"ParentTree": owners.reference, "K": pydyf.Array([whole.reference])})
    links: list[tuple[bytes, pydyf.Dictionary]] = []
    pages = zip(document.pages, page_streams, pdf.page_references, strict=True)
    for number, (page, stream, reference) in enumerate(pages):
        tags = _Page(pdf, page, reference, stream._tags)  # noqa: SLF001 - kept for this
        whole.kids += tags.elements_of(page._page_box, whole)  # noqa: SLF001 - as above
        if stream._tags:  # noqa: SLF001 - as above
            raise LookupError("the page has content that is in none of its boxes")
        owners["Nums"] += [number, b"[%b]" % b" ".join(tags.owners)]
        links += tags.links
    for number, (owner, annotation) in enumerate(links, len(document.pages)):
        owners["Nums"] += [number, owner]
        annotation["StructParent"] = number
    pdf.catalog["StructTreeRoot"] = root.reference
    pdf.catalog["ViewerPreferences"] = pydyf.Dictionary({"DisplayDocTitle": "true"})
    pdf.catalog["MarkInfo"] = pydyf.Dictionary({"Marked": "true"})
    if "Lang" not in pdf.catalog:
        pdf.catalog["Lang"] = pydyf.String()


class _Page:
    """The elements of one page, while they are found."""

    def __init__(
        self, pdf: pydyf.PDF, page: Untyped, reference: bytes, marks: dict[Untyped, dict[str, Untyped]]
    ) -> None:
        self.owners = [b"null"] * len(marks)
        """Which element each of its pieces of content belongs to, by their numbers."""
        self.links: list[tuple[bytes, pydyf.Dictionary]] = []
        self._pdf = pdf
        self._height = page.height
        self._reference = reference
        self._entry = b"/Pg " + reference
        self._marks = marks

    def elements_of(self, box: Untyped, parent: Element) -> Sequence[bytes]:
        """What a box and all that is in it come to, below an element: references to elements."""
        if isinstance(box, AbsolutePlaceholder):
            box = box._box  # noqa: SLF001 - what it stands for
        tag = None if box.element is None else box.element_tag
        if (tag in WHOLE or isinstance(box, PageBox)) and not isinstance(box, LineBox):
            return [reference for child in box.children for reference in self.elements_of(child, parent)]
        if isinstance(box, MarginBox):  # decoration, but its words too belong to something
            for child in box.children:
                self.elements_of(child, parent)
            return ()
        kind = _kind(tag, parent)
        if kind == "LI" and (tag in TERMS or not _has_bullet(box)):
            item = Element(self._pdf, "LI", parent)
            item.kids += self.elements_of(box, item)
            return (item.reference,)
        return (self._element(box, kind, parent).reference,)

    def _element(self, box: Untyped, kind: str, parent: Element) -> Element:
        element = Element(self._pdf, kind, parent)
        if kind in SPECIAL:
            element.further = self._special(box, element)
        if box.element is not None and (language := box.element.get("lang")):
            element.further += b"/Lang " + pydyf.String(language).data
        if box.link_annotation:
            self._link(element, box.link_annotation)
        self._fill(element, _with_captions(box) if kind == "Table" and box.is_table_wrapper else box.children)
        if isinstance(box, ReplacedBox):
            self._own(element, box)
        return element

    def _fill(self, element: Element, children: Iterable[Untyped]) -> None:
        for child in children:
            for part in child.children if isinstance(child, LineBox) else (child,):
                if isinstance(part, TextBox):
                    self._own(element, part)
                    continue
                # HTML has a list within a list in an item of that, a PDF beside the item
                around = element.parent if element.kind == "LI" and part.element_tag in LISTS else element
                place = len(around.kids)
                around.kids[place:place] = self.elements_of(part, around)

    def _own(self, element: Element, box: Untyped) -> None:
        """The element has what was drawn of a box."""
        mark = self._marks.pop(box, None)
        if mark is not None:
            number = mark["mcid"]
            self.owners[number] = element.reference
            element.kids.append(b"%d" % number)
            element.page = self._entry

    def _link(self, element: Element, annotation: pydyf.Dictionary) -> None:
        of_annotation = pydyf.Dictionary({"Type": "/OBJR", "Obj": annotation.reference, "Pg": self._reference})
        self._pdf.add_object(of_annotation)
        element.kids.append(of_annotation.reference)
        self.links.append((element.reference, annotation))

    def _special(self, box: Untyped, element: Element) -> bytes:
        """What cells and pictures say about themselves."""
        if element.kind == "Figure":
            left, bottom = box.content_box_x(), self._height - box.content_box_y() - box.height
            sides = (left, bottom, left + box.width, bottom + box.height)
            area = b" ".join(as_bytes(float(side * POINTS)) for side in sides)
            words = _words_for(box.element)
            return b"/A<</O/Layout/BBox[%b]>>" % area + (b"/Alt " + pydyf.String(words).data if words else b"")
        about = b"/Scope/" + _scope(box, element).encode() if element.kind == "TH" else b""
        if box.colspan != 1:
            about += b"/ColSpan %d" % box.colspan
        if box.rowspan != 1:
            about += b"/RowSpan %d" % box.rowspan
        return b"/A<</O/Table%b>>" % about if about else b""


def _kind(tag: str | None, parent: Element) -> str:
    """Which kind of element a box is: what is anonymous in a cell or an item has its tag once more."""
    kind = OTHERS if tag is None else KINDS.get(tag, OTHERS)
    if kind in CELLS:
        return OTHERS if parent.kind in CELLS else kind
    if kind == "LI":
        return {"LI": "LBody", "LBody": OTHERS}.get(parent.kind, kind)
    if kind is OTHERS and tag is not None and tag.startswith("a:"):  # what a sheet puts into a link
        return "Link"
    return kind


def _has_bullet(item: Untyped) -> bool:
    return "list-item" in item.style["display"] and item.style["list_style_type"] != "none"


def _scope(head: Untyped, element: Element) -> str:
    """As it is said, or by where it stands."""
    group = element.parent.parent
    by_place = "Column" if isinstance(group, Element) and group.kind == "THead" else "Row"
    return SCOPES.get(head.element.get("scope"), by_place)


def _words_for(picture: Untyped) -> str:
    if picture.tag == f"{SVG}svg":
        return picture.findtext(f"{SVG}title") or ""
    return picture.get("alt") or ""


def _with_captions(wrapper: Untyped) -> Iterable[Untyped]:
    """What is in a table, where its captions stand beside its rows."""
    table = wrapper.get_wrapped_table()
    for child in wrapper.children:
        yield from child.children if child is table else (child,)
