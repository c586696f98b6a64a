"""Blocks of several runs of words in one line, as a name with the small print behind it.

Every step here is a step of `weasyprint.layout.inline.split_inline_box` that does something for words that all fit.
"""

from weasyprint.formatting_structure.boxes import InlineBox, LineBox, TextBox  # type: ignore[import-untyped]
from weasyprint.layout import inline  # type: ignore[import-untyped]

from documents.shortcuts.lengths import lengths_of
from documents.shortcuts.untyped import Untyped
from documents.shortcuts.words import MOST, is_inner, is_plain, next_words


def holds_runs(box: Untyped) -> bool:
    """Whether a box holds words, some of them in elements of their own, and nothing else, from left to right."""
    if len(box.children) != 1 or type(box.children[0]) is not LineBox or not box.children[0].children:
        return False
    (line,) = box.children
    runs = [run.children[0] if type(run) is InlineBox and len(run.children) == 1 else run for run in line.children]
    return (
        not any(run.is_leader for run in line.children)
        and all(type(run) is TextBox and not run.justification_spacing and run.text for run in runs)
        and not (runs[0].text[0] == " " or runs[-1].text[-1] == " " or any("\n" in run.text for run in runs))
        and box.first_letter_style is None
        and box.first_line_style is None
        and is_plain(box.style)
        and is_inner(line.style)
        and all(is_inner(run.style) for run in (*line.children, *runs))
    )


def line_of(context: Untyped, box: Untyped, x: float, y: float) -> Untyped:
    """The line of a box that holds runs, at `x` and `y`; None where they need more than one."""
    (line,) = box.children
    available = x + box.width - x
    furthest = (x + available) * MOST
    made: list[Untyped] = []
    end = x
    for run in line.children:
        placed = _placed(context, run, end, furthest, is_line_start=not made)
        if placed is None:
            return None
        end = placed.position_x + placed.width
        if end > furthest:
            return None
        made.append(placed)
    line = line.copy_with_children(made)
    line.__dict__.update(lengths_of(line.style), position_x=x, width=end - x, resume_at=None)
    inline._adjust_line_height(line)  # noqa: SLF001 - what this is instead of calls it
    offset = inline.text_align(context, line, available, last=True)
    bottom, top = inline.line_box_verticality(line)
    line.baseline, line.position_y, line.height = -top, top, bottom - top
    line.margin_top = line.margin_bottom = 0
    line.translate(offset, y - top)
    line.position_y = y  # top and the way from it do not sum to y exactly
    return line


def _placed(context: Untyped, run: Untyped, x: float, furthest: float, *, is_line_start: bool) -> Untyped:
    """A run with its words; None where they are broken."""
    if type(run) is TextBox:
        words, resume_index = next_words(context, run, 0, x, furthest - x, is_line_start=is_line_start)
        return words if resume_index is None else None
    words, resume_index = next_words(context, run.children[0], 0, x, furthest * MOST - x, is_line_start=is_line_start)
    if words is None or resume_index is not None:
        return None
    run = run.copy_with_children([words])
    run.__dict__.update(lengths_of(run.style), position_x=x, position_y=0, width=x + words.width - x)
    inline._adjust_line_height(run)  # noqa: SLF001 - what this is instead of calls it
    return run
