"""Which members a template may name, by the types of what it is shown: said before any document is filled in."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import is_dataclass
from types import UnionType
from typing import Any, Union, get_args, get_origin, get_type_hints

from jinja2 import nodes

from documents.label import Label
from documents.own_template.values import member_names

Scope = Mapping[str, object]
"""Types by the names that stand for their values; None where nobody knows."""
Unknown = tuple[int, str]
"""A line, and the member that is not there."""


def members_of(shape: object) -> Mapping[str, object] | None:
    """The members of a type that a template is shown, each with its own type; None: nothing is known of it."""
    shape = _present(shape)
    if shape is Label:
        return {"second": str}
    if isinstance(shape, type) and is_dataclass(shape):
        hints = get_type_hints(shape)
        return {name: hints[name] for name in member_names(shape)}
    return {} if shape in {str, int, float} else None


def element_of(shape: object) -> object:
    """What a list of that type holds; None: nobody knows."""
    shape = _present(shape)
    origin, arguments = get_origin(shape), get_args(shape)
    is_list = isinstance(origin, type) and issubclass(origin, Sequence)
    return arguments[0] if is_list and arguments else None


def unknown_members(tree: nodes.Node, scope: Scope) -> Iterator[Unknown]:
    """The members that a template names and that are not there, as far as types tell."""
    yield from _Reading(dict(scope)).unknown(tree)


class _Reading:
    def __init__(self, scope: dict[str, object]) -> None:
        self._scope = scope

    def unknown(self, node: nodes.Node) -> Iterator[Unknown]:
        if isinstance(node, nodes.Getattr):
            known = members_of(self._shape(node.node))
            if known is not None and node.attr not in known:
                yield node.lineno, node.attr
        if isinstance(node, nodes.For):
            yield from self._loop(node)
            return
        if isinstance(node, nodes.Macro):
            arguments = dict.fromkeys(argument.name for argument in node.args)
            yield from self._within({**arguments}, node.iter_child_nodes())
            return
        for child in node.iter_child_nodes():
            yield from self.unknown(child)
        if isinstance(node, nodes.Assign):
            self._assign(node)

    def _loop(self, node: nodes.For) -> Iterator[Unknown]:
        yield from self.unknown(node.iter)
        names = [target.name for target in node.find_all(nodes.Name) if target.ctx == "store"]
        shapes: dict[str, object] = {**dict.fromkeys(names), "loop": None}
        if isinstance(node.target, nodes.Name):
            shapes[node.target.name] = element_of(self._shape(node.iter))
        yield from self._within(shapes, [*node.body, *node.else_, *([node.test] if node.test else [])])

    def _within(self, names: Mapping[str, object], children: Any) -> Iterator[Unknown]:  # noqa: ANN401 -- nodes, lazily
        inner = _Reading({**self._scope, **names})
        for child in children:
            yield from inner.unknown(child)

    def _assign(self, node: nodes.Assign) -> None:
        targets, values = _targets(node.target), _targets(node.node)
        shapes = [self._shape(value) for value in values] if len(values) == len(targets) else [None] * len(targets)
        for target, shape in zip(targets, shapes, strict=True):
            if isinstance(target, nodes.Name):
                # Assigned twice, it may be either.
                self._scope[target.name] = None if target.name in self._scope else shape

    def _shape(self, node: nodes.Node) -> object:
        if isinstance(node, nodes.Name):
            return self._scope.get(node.name)
        if isinstance(node, nodes.Getattr):
            return (members_of(self._shape(node.node)) or {}).get(node.attr)
        if isinstance(node, nodes.Getitem) and isinstance(node.arg, nodes.Const):
            return element_of(self._shape(node.node))
        return None


def _targets(node: nodes.Node) -> list[nodes.Expr | nodes.Node]:
    return list(node.items) if isinstance(node, nodes.Tuple) else [node]


def _present(shape: object) -> object:
    """The type of what is there, of something that may be absent."""
    if get_origin(shape) not in {Union, UnionType}:
        return shape
    others = [each for each in get_args(shape) if each is not type(None)]
    return others[0] if len(others) == 1 else None
