"""Backgrounds of boxes: most have none, which their style knows."""

from weasyprint.formatting_structure.boxes import Box, LineBox, TableBox  # type: ignore[import-untyped]
from weasyprint.layout import background  # type: ignore[import-untyped]
from weasyprint.layout.absolute import AbsolutePlaceholder  # type: ignore[import-untyped]

from documents.shortcuts.quiet import holds_words_alone
from documents.shortcuts.untyped import Untyped

CORNERS = ("top_left", "top_right", "bottom_right", "bottom_left")
SQUARE = tuple(f"border_{corner}_radius" for corner in CORNERS)
IMAGES = ("border_image_source", "mask_border_source")

in_general = background.layout_box_backgrounds


def have_none_by_default() -> None:
    """Boxes are bare and square unless they are told otherwise."""
    Box.background = None
    for name in SQUARE:
        setattr(Box, name, (0, 0))


def layout_box_backgrounds(
    page: Untyped, box: Untyped, get_image_from_uri: Untyped, *further: Untyped, **named: Untyped
) -> None:
    """In place of `weasyprint.layout.background.layout_box_backgrounds`."""
    if isinstance(box, AbsolutePlaceholder):
        box = box._box  # noqa: SLF001 - what it stands for
    if box is page or further or named or not is_bare(box.style):
        in_general(page, box, get_image_from_uri, *further, **named)
        return
    for child in box.all_children():
        if child.children:
            is_passed_over = type(child) is LineBox and holds_words_alone(child)
        else:
            is_passed_over = not isinstance(child, TableBox)  # its columns are not among its children
        if not (is_passed_over and is_bare(child.style)):
            layout_box_backgrounds(page, child, get_image_from_uri)


def is_bare(style: Untyped) -> bool:
    """Whether boxes of a style have no background, no shadow, no round corners and no picture as a border."""
    known = style.__dict__
    if "bare" not in known:
        colour = style["background_color"]
        known["bare"] = (
            style["visibility"] == "visible"
            and all(style[name][0] == "none" for name in IMAGES)
            and all(kind == "none" for kind, _image in style["background_image"])
            and (style["color"] if colour == "currentcolor" else colour).alpha == 0
            and not style["box_shadow"]
            and all((0, "px") in style[name] for name in SQUARE)
        )
    return bool(known["bare"])
