"""Lengths of boxes: where a style has none in percent, the same for all its boxes, and looked up."""

from weasyprint.layout import percent  # type: ignore[import-untyped]

from documents.shortcuts.untyped import Untyped

LENGTHS = (
    *(f"{kind}_{side}" for kind in ("margin", "padding") for side in ("left", "right", "top", "bottom")),
    *(f"{bound}{way}" for bound in ("", "min_", "max_") for way in ("width", "height")),
)
BORDERS = ("border_top_width", "border_right_width", "border_bottom_width", "border_left_width")

in_general = percent.resolve_percentages


def resolve_percentages(box: Untyped, containing_block: Untyped) -> None:
    """In place of `weasyprint.layout.percent.resolve_percentages`."""
    lengths = lengths_of(box.style)
    if lengths is None:
        in_general(box, containing_block)
    else:
        box.__dict__.update(lengths)


def lengths_of(style: Untyped) -> dict[str, Untyped] | None:
    """The lengths of all boxes of a style; None where they depend on the box around."""
    known = style.__dict__
    if "lengths" not in known:
        known["lengths"] = _lengths(style)
    return known["lengths"]  # type: ignore[no-any-return]


def _lengths(style: Untyped) -> dict[str, Untyped] | None:
    if style["box_sizing"] != "content-box" or style["border_collapse"] == "collapse":
        return None
    lengths = {}
    for name in LENGTHS:
        value = style[name]
        if value == "auto":
            lengths[name] = 0 if name.startswith("min_") else value
        elif getattr(value, "unit", None) == "px":
            lengths[name] = value.value
        else:
            return None
    return lengths | {name: style[name] for name in BORDERS}
