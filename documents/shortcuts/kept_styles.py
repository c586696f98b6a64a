"""Computed styles, kept from one document to the next.

WeasyPrint matches every rule against every element and computes every style anew for each document, a fifth of a
page's time ([decision 22](../../docs/decisions/0022-where-a-pages-time-goes.md)). In our own templates an element's
style follows from its tag and attributes and those of its ancestors; nothing looks at siblings or at what is inside.
So one way down from the root, told by tags and attributes, has one style: it is computed once, and then looked up.

Not for a tenant's own template, which may look at siblings, or use footnotes and viewport units.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator
from functools import cached_property
from math import inf
from xml.etree.ElementTree import Element

from weasyprint import css  # type: ignore[import-untyped]
from weasyprint.css import ComputedStyle, InitialStyle, StyleFor  # type: ignore[import-untyped]

from documents.shortcuts.untyped import Untyped

Sheets = list[tuple[Untyped, str, Untyped]]
"""Sheet, origin, and the specificity of all its rules where it has one."""
Styles = list[tuple[str | None, Untyped]]
"""An element's computed styles: its own under None, and those of its pseudo-elements."""

ONLY_PRESENT = frozenset({"alt", "content", "href", "src"})
"""Attributes whose value no rule looks at; nor that of any `data-` attribute."""
UNUSED = frozenset({"footnote-call", "footnote-marker", "note-call", "note-marker", "note-callback"})
"""Pseudo-elements that WeasyPrint's own sheet gives to every element."""
MOST_STYLES = 2_000
"""Of one set of sheets: columns of another width are other styles."""
MOST_SETS = 8
"""Sets of sheets: one for each layout, colour and direction. Each holds some MiB."""


class _Place:
    """A way down from the root, with the styles of what is found there."""

    __slots__ = ("inside", "styles")

    def __init__(self) -> None:
        self.styles: Styles = []
        self.inside: dict[object, _Place] = {}


class _Kept:
    """The styles of one set of sheets."""

    def __init__(self, sheets: tuple[object, ...]) -> None:
        self.sheets = sheets  # held, so that no other sheet gets their identity
        self.sizes: dict[str, object] = {"box": None, "area": None}
        self.top = _Place()
        self.pages: dict[object, Styles] = {}
        self.count = 0


_sets: OrderedDict[tuple[int, ...], _Kept] = OrderedDict()


def _kept_of(sheets: Sheets) -> _Kept:
    held = tuple(sheet for sheet, _, _ in sheets)
    key = tuple(map(id, held))
    kept = _sets.pop(key, None)
    if kept is None or kept.count > MOST_STYLES:
        kept = _Kept(held)
    _sets[key] = kept
    if len(_sets) > MOST_SETS:
        _sets.popitem(last=False)
    return kept


def style_for(html: Untyped, sheets: Sheets, hints: Untyped, font_config: Untyped, targets: Untyped) -> StyleFor:
    """In place of the class `weasyprint.css.StyleFor`."""
    if getattr(html, "keeps_styles", False):
        return KeptStyles(html, sheets, font_config, targets)
    return StyleFor(html, sheets, hints, font_config, targets)


class KeptStyles(StyleFor):  # type: ignore[misc]
    """As `StyleFor`, with what it would compute taken from the documents before."""

    def __init__(self, html: Untyped, sheets: Sheets, font_config: Untyped, target_collector: Untyped) -> None:
        self._html = html
        self._sheets = sheets
        self._kept = _kept_of(sheets)
        self._cascaded_styles: dict[object, Untyped] = {}
        self._computed_styles: dict[tuple[object, str | None], Untyped] = {}
        self._targets = target_collector
        self.initial_page_sizes = self._kept.sizes
        self.font_config = font_config
        self._set_below(html.etree_element, None, self._kept.top)

    def _set_below(self, element: Element, parent: Untyped, outside: _Place) -> None:
        name = (element.tag, *_telling(element))
        place = outside.inside.get(name)
        if place is None:
            place = outside.inside[name] = _Place()
            place.styles = self._styles_of(element, parent)
            self._kept.count += len(place.styles)
        for pseudo, style in place.styles:
            self._computed_styles[element, pseudo] = style
        own = place.styles[0][1]
        if anchor := element.get("id"):
            self._targets.collect_anchor(anchor)
        for child in element:
            self._set_below(child, own, place)

    def _styles_of(self, element: Element, parent: Untyped) -> Styles:
        rules = []
        for sheet, origin, sheet_specificity in self._sheets:
            for specificity, _order, pseudo, (declarations, layer) in sheet.matcher.match(self._wrapped[element]):
                if pseudo not in UNUSED:
                    place = inf if layer is None else sheet.layers.index(layer)
                    rules.append((origin, sheet_specificity or specificity, pseudo, declarations, place))
        return self._computed(parent, _declared(element), rules)

    @cached_property
    def _wrapped(self) -> dict[Element, Untyped]:
        """What selectors are matched against."""
        return {element.etree_element: element for element in self._html.wrapper_element.iter_subtree()}

    def add_page_declarations(self, page_type: object) -> None:
        """Style a page of that type and its margin boxes."""
        rules = [
            (origin, sheet_specificity or specificity, pseudo, declarations, None)
            for sheet, origin, sheet_specificity in self._sheets
            for _rule, selectors, declarations in sheet.page_rules
            for specificity, pseudo, selector in selectors
            if self._page_type_match(selector, page_type)
        ]
        root = self._computed_styles[self._html.etree_element, None]
        name = (id(root), *((id(declarations), pseudo) for _, _, pseudo, declarations, _ in rules))
        if name not in self._kept.pages:
            self._kept.pages[name] = self._computed(root, {}, rules)
        for pseudo, style in self._kept.pages[name]:
            self._computed_styles[page_type, pseudo] = style

    def set_computed_styles(self, *arguments: object, **named: object) -> None:
        """Nothing is left to do: pages and elements have got their styles."""

    def _computed(self, parent: Untyped, own: dict[str, Untyped], rules: Iterable[Untyped]) -> Styles:
        cascaded: dict[str | None, dict[str, Untyped]] = {None: own}
        for origin, specificity, pseudo, declarations, layer in rules:
            _cascade(cascaded.setdefault(pseudo, {}), declarations, (origin, layer, specificity))
        style = self._style(parent, cascaded.pop(None), None)
        # Pseudo-elements inherit from their element, and a margin box from its page.
        return [(None, style), *((pseudo, self._style(style, of, pseudo)) for pseudo, of in cascaded.items())]

    def _style(self, parent: Untyped, cascaded: dict[str, Untyped], pseudo: str | None) -> ComputedStyle:
        if parent is None:
            root = InitialStyle(self.font_config)
        else:
            root = parent if parent.parent_style is None else parent.root_style
        style = ComputedStyle(parent, cascaded, pseudo, root, None, self.font_config, self.initial_page_sizes)
        style["anchor"]  # `StyleFor` takes a style of which nothing is computed yet for none
        return style


def _telling(element: Element) -> Iterator[tuple[str, str | None]]:
    """The attributes that rules look at."""
    for name, value in element.items():
        yield name, None if name in ONLY_PRESENT or name.startswith("data-") else value


def _declared(element: Element) -> dict[str, Untyped]:
    """What the element's attributes declare."""
    cascaded: dict[str, Untyped] = {}
    alone = Element(element.tag, element.attrib)
    for specificity, _, declarations, base_url in css.find_style_attributes(alone, presentational_hints=False):
        _cascade(cascaded, css.preprocess_declarations(base_url, declarations), ("author", inf, specificity))
    return cascaded


def _cascade(
    style: dict[str, Untyped], declarations: Iterable[Untyped], weight_of: tuple[str, Untyped, Untyped]
) -> None:
    origin, layer, specificity = weight_of
    for name, values, importance in declarations:
        weight = (css.declaration_precedence(origin, importance), layer, specificity)
        if name not in style or style[name][1] <= weight:
            style[name] = values, weight
