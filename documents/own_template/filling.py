"""A template filled in: from its source and what it is shown to text, or to what is wrong with it."""

from collections.abc import Mapping
from functools import lru_cache
from traceback import walk_tb

from jinja2 import Template, TemplateRuntimeError, UndefinedError, nodes

from documents.own_template.budget import budget_of
from documents.own_template.failure import OwnTemplateFailed
from documents.own_template.grammar import TOO_DEEP, Unreadable, counted, faults_of, marked, read
from documents.own_template.sandbox import Sandbox
from invoicing.document.template_fault import TemplateFault

KEPT_TEMPLATES = 64

Shapes = tuple[tuple[str, object], ...]
"""What a template is shown: names, and the types of what they stand for."""


class Filling:
    """One source, ready to be filled in."""

    def __init__(self, part: str, source: str, shapes: Shapes, *, is_html: bool) -> None:
        """Read and judge it.

        Args:
            part: what it is called where its faults are told.
            source: Jinja2.
            shapes: what it is shown, by types.
            is_html: what it prints is escaped.

        Raises:
            OwnTemplateFailed: it cannot be read, or something in it may not be; every such fault is told.
        """
        self.part = part
        self._source = source
        self._sandbox = _HTML if is_html else _TEXT
        try:
            tree = read(self._sandbox, source)
        except Unreadable as error:
            raise OwnTemplateFailed([self._fault(error.line, str(error))]) from None
        try:
            faults = [*faults_of(part, tree, self._sandbox, dict(shapes))]
            tree = counted(tree)
        except RecursionError:
            raise OwnTemplateFailed([self._fault(1, TOO_DEEP)]) from None
        if faults:
            raise OwnTemplateFailed(faults)
        self._template = self._compiled(tree)

    def filled(self, values: Mapping[str, object], budget: int) -> str:
        """The text.

        Raises:
            OwnTemplateFailed: it does something that it may not, or too much of it.
        """
        return self._written(self._template, values, budget)

    def filled_and_marked(self, values: Mapping[str, object], budget: int) -> str:
        """As `filled`, with a mark (`grammar.MARK`) of the line that each piece comes from before it."""
        return self._written(self._compiled(marked(counted(read(self._sandbox, self._source)))), values, budget)

    def _compiled(self, tree: nodes.Template) -> Template:
        try:
            code = self._sandbox.compile(tree, filename=self.part)
        except (RecursionError, MemoryError, SyntaxError, ValueError):
            raise OwnTemplateFailed([self._fault(1, TOO_DEEP)]) from None
        return Template.from_code(self._sandbox, code, self._sandbox.make_globals(None))

    def _written(self, template: Template, values: Mapping[str, object], budget: int) -> str:
        try:
            with budget_of(budget):
                return "".join(template.root_render_func(template.new_context(dict(values))))
        except Exception as error:  # noqa: BLE001 -- whatever a stranger's template does is the template's fault
            raise OwnTemplateFailed([self._fault(_line_of(error, template), _words(error))]) from None

    def _fault(self, line: int, message: str) -> TemplateFault:
        return TemplateFault(part=self.part, line=line, message=message)


def filling(part: str, source: str, shapes: Shapes, *, is_html: bool) -> Filling:
    """The source ready to be filled in; one that was used lately is ready already.

    Raises:
        OwnTemplateFailed: as `Filling`.
    """
    return _kept(part, source, shapes, is_html)


@lru_cache(KEPT_TEMPLATES)
def _kept(part: str, source: str, shapes: Shapes, is_html: bool) -> Filling:  # noqa: FBT001
    return Filling(part, source, shapes, is_html=is_html)


def _line_of(error: BaseException, template: Template) -> int:
    """The innermost line of the template that the error passed."""
    lines = [
        template.get_corresponding_lineno(line)
        for frame, line in walk_tb(error.__traceback__)
        if frame.f_globals.get("__jinja_template__") is template
    ]
    return lines[-1] if lines else 1


def _words(error: Exception) -> str:
    """What went wrong. Only messages of ours, and of names that the template chose, are passed on."""
    if isinstance(error, RecursionError | MemoryError):
        return TOO_DEEP
    if isinstance(error, TemplateRuntimeError | UndefinedError):
        return str(error).partition("\n")[0]
    return f"this cannot be computed ({type(error).__name__})"


_HTML, _TEXT = Sandbox(is_html=True), Sandbox(is_html=False)
