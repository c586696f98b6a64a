"""A tenant's style sheet, judged: what cannot be read, and what would load something."""

from collections.abc import Iterable, Iterator
from functools import lru_cache

import tinycss2  # type: ignore[import-untyped]
from tinycss2.ast import (  # type: ignore[import-untyped]
    AtRule,
    Declaration,
    FunctionBlock,
    Node,
    ParseError,
    QualifiedRule,
    StringToken,
    URLToken,
)

from invoicing.document.template_fault import TemplateFault

LONGEST = 128 * 1024
EMBEDDED = ("data:image/png;base64,", "data:image/jpeg;base64,")
MAY_STAND = frozenset({"page", "media", "counter-style"})
MARGIN_BOXES = ("top-", "bottom-", "left-", "right-")
LOADS = "this names something outside: a page loads nothing, and sets type in the fonts that are there"


@lru_cache(64)
def faults_in_style(css: str) -> tuple[TemplateFault, ...]:
    """Everything wrong with a style sheet. What CSS does not know is left out when a page is set, as browsers do."""
    if len(css) > LONGEST:
        return (TemplateFault(part="css", line=1, message=f"it has more than {LONGEST} characters"),)
    try:
        return tuple(_faults(tinycss2.parse_stylesheet(css, skip_comments=True, skip_whitespace=True)))
    except RecursionError:
        return (TemplateFault(part="css", line=1, message="it nests too deep"),)


def loads_something(declarations: str) -> bool:
    """Whether the declarations of a `style` attribute name something outside."""
    return any(map(_is_load, _all_tokens(tinycss2.parse_component_value_list(declarations))))


def _faults(rules: Iterable[Node]) -> Iterator[TemplateFault]:
    for rule in rules:
        if isinstance(rule, ParseError):
            yield _fault(rule, f"it cannot be read: {rule.message}")
        elif isinstance(rule, AtRule):
            yield from _faults_of_at_rule(rule)
        elif isinstance(rule, QualifiedRule):
            yield from _faults_of_block(rule.content)


def _faults_of_at_rule(rule: AtRule) -> Iterator[TemplateFault]:
    name = rule.lower_at_keyword
    if name not in MAY_STAND:
        yield _fault(rule, f"@{_printable(name)} cannot be used here")
    elif name == "media":
        yield from _faults(tinycss2.parse_rule_list(rule.content or [], skip_comments=True, skip_whitespace=True))
    else:
        yield from _faults_of_block(rule.content or [])


def _faults_of_block(tokens: Iterable[Node]) -> Iterator[TemplateFault]:
    tokens = list(tokens)
    for part in tinycss2.parse_blocks_contents(tokens, skip_comments=True, skip_whitespace=True):
        if isinstance(part, ParseError):
            yield _fault(part, f"it cannot be read: {part.message}")
        elif isinstance(part, AtRule) and not part.lower_at_keyword.startswith(MARGIN_BOXES):
            yield _fault(part, f"@{_printable(part.lower_at_keyword)} cannot be used here")
        elif isinstance(part, AtRule):
            yield from _faults_of_block(part.content or [])
        elif isinstance(part, Declaration):
            yield from (_fault(token, LOADS) for token in _all_tokens(part.value) if _is_load(token))


def _all_tokens(tokens: Iterable[Node]) -> Iterator[Node]:
    for token in tokens:
        yield token
        yield from _all_tokens(getattr(token, "arguments", None) or getattr(token, "content", None) or [])


def _is_load(token: Node) -> bool:
    if isinstance(token, URLToken):
        return not token.value.startswith(EMBEDDED)
    if isinstance(token, FunctionBlock) and token.lower_name in {"url", "src", "image"}:
        texts = [argument.value for argument in token.arguments if isinstance(argument, StringToken)]
        return not all(text.startswith(EMBEDDED) for text in texts)
    return False


def _printable(name: str) -> str:
    r"""A name as it can be told: an escape in CSS may stand for a line break, or for half a character.

    >>> _printable("im\ud800port")
    'im\ufffdport'
    """
    return "".join(char if char.isprintable() else "\ufffd" for char in name)


def _fault(node: Node, message: str) -> TemplateFault:
    return TemplateFault(part="css", line=node.source_line, message=message)
