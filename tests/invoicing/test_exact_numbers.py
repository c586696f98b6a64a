"""Money never goes through a float: no annotation, literal or conversion in the domain does."""

import ast
from pathlib import Path

import pytest

import invoicing

SOURCES = sorted(Path(invoicing.__file__).parent.glob("**/*.py"))


def floats_in(tree: ast.AST) -> list[int]:
    """The lines that name the type or hold a literal of it. `isinstance(x, float)` is how one is refused: let be."""
    refusals = {
        id(name)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id == "isinstance"
        for name in ast.walk(call)
    }
    return [
        node.lineno
        for node in ast.walk(tree)
        if id(node) not in refusals
        and (
            (isinstance(node, ast.Name) and node.id == "float")
            or (isinstance(node, ast.Constant) and isinstance(node.value, float))
        )
    ]


@pytest.mark.parametrize("source", SOURCES, ids=lambda path: path.name)
def test_the_domain_has_no_float(source: Path) -> None:
    assert floats_in(ast.parse(source.read_text())) == []


@pytest.mark.parametrize(
    "code", ["x: float = y", "def f(a: float | None): ...", "x = 0.5", "x = float(y)", "x = list[float]", "x = 1e3"]
)
def test_a_float_would_be_found(code: str) -> None:
    assert floats_in(ast.parse(code)) == [1]
