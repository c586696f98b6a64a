"""Backgrounds of boxes: most have none, which their style knows."""

from weasyprint.layout import background  # type: ignore[import-untyped]
from weasyprint.layout.absolute import AbsolutePlaceholder  # type: ignore[import-untyped]

from documents.shortcuts.untyped import Untyped

CORNERS = ("top_left", "top_right", "bottom_right", "bottom_left")
SQUARE = {f"border_{corner}_radius": (0, 0) for corner in CORNERS}
IMAGES = ("border_image_source", "mask_border_source")

in_general = background.layout_box_backgrounds


def layout_box_backgrounds(
    page: Untyped, box: Untyped, get_image_from_uri: Untyped, *further: Untyped, **named: Untyped
) -> None:
    """In place of `weasyprint.layout.background.layout_box_backgrounds`."""
    if isinstance(box, AbsolutePlaceholder):
        box = box._box  # noqa: SLF001 - what it stands for
    known = box.style.__dict__
    if "bare" not in known:
        known["bare"] = _is_bare(box.style)
    if not known["bare"] or box is page or further or named:
        in_general(page, box, get_image_from_uri, *further, **named)
        return
    box.__dict__.update(SQUARE)
    box.background = None
    for child in box.all_children():
        layout_box_backgrounds(page, child, get_image_from_uri)


def _is_bare(style: Untyped) -> bool:
    colour = style["background_color"]
    return (
        style["visibility"] == "visible"
        and all(style[name][0] == "none" for name in IMAGES)
        and all(kind == "none" for kind, _image in style["background_image"])
        and (style["color"] if colour == "currentcolor" else colour).alpha == 0
        and not style["box_shadow"]
        and all((0, "px") in style[name] for name in SQUARE)
    )
