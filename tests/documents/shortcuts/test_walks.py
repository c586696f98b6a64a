import pytest
from weasyprint.formatting_structure.boxes import Box, LineBox, TextBox  # type: ignore[import-untyped]

from tests.documents.shortcuts.laid_out import page_of

HTML = """<h1 id="top">Head</h1><p class="named">named</p><p>plain</p>
<table><tr><td>1</td><td><a href="#top">to</a></td></tr></table><p class="out">out <b id="in">in</b></p>"""
CSS = """.named { string-set: name content() } .out { position: absolute }
a::after { content: target-counter(attr(href), page) }"""


def test_a_page_tells_of_the_boxes_that_something_is_done_with() -> None:
    told = page_of(HTML, CSS).descendants(placeholders=True)
    assert [(box.element_tag, box.element.get("id")) for box in told if box.element is not None] == [
        ("h1", "top"), ("p", None), ("a::after", None), ("b", "in"),
    ]  # fmt: skip


def test_what_is_taken_out_of_the_flow_is_entered_only_where_its_place_is_asked_for() -> None:
    told = page_of(HTML, CSS).descendants()
    assert "in" not in [box.element.get("id") for box in told if box.element is not None]


def test_other_boxes_tell_of_all_that_is_inside() -> None:
    (root, *_) = page_of("<p>words</p>").children
    assert {LineBox, TextBox} <= {type(box) for box in root.descendants()}


@pytest.mark.parametrize(
    "position", ["static", "relative", "absolute", "fixed", ("running()", "head"), ("note()", "n")]
)
@pytest.mark.parametrize("float_", ["none", "left", "right", "inline-start", "inline-end", "footnote"])
def test_a_box_is_in_the_flow_unless_it_floats_or_is_placed(float_: str, position: str | tuple[str, str]) -> None:
    page_of("")
    box = Box("p", {"float": float_, "position": position}, None)
    assert box.is_in_normal_flow() == (float_ == "none" and position in {"static", "relative"})
