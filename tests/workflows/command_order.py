"""In which order workflow code issues its commands, read from its source: a few lines a function.

Of each function only what commands depend on is kept: the commands, the calls that lead to some, and the conditions,
loops, handlers and jumps around them.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

OF_THE_WORKFLOW = frozenset(
    {
        "continue_as_new",
        "deprecate_patch",
        "execute_activity",
        "execute_activity_class",
        "execute_activity_method",
        "execute_child_workflow",
        "execute_local_activity",
        "execute_local_activity_class",
        "execute_local_activity_method",
        "patched",
        "sleep",
        "start_activity",
        "start_activity_class",
        "start_activity_method",
        "start_child_workflow",
        "start_local_activity",
        "start_local_activity_class",
        "start_local_activity_method",
        "upsert_memo",
        "upsert_search_attributes",
        "wait",
        "wait_condition",
    }
)
OF_ASYNCIO = frozenset(
    {"as_completed", "create_task", "ensure_future", "gather", "shield", "sleep", "timeout", "wait", "wait_for"}
)
"""They set timers, or decide who goes on first."""
OF_ANY_OBJECT = frozenset({"cancel", "set_result", "signal"})
JUMPS = (ast.Return, ast.Raise, ast.Break, ast.Continue)
Function = ast.FunctionDef | ast.AsyncFunctionDef
INDENT, JUMP = "    ", "> "


@dataclass(frozen=True, eq=False)
class Routine:
    """A function or method of workflow code."""

    module: str
    owner: str | None
    """The class of a method."""
    function: Function
    constants: dict[str, str]
    """The texts of its module by their names: the ids of patches are among them."""

    @property
    def name(self) -> str:
        """In its module."""
        return f"{self.owner}.{self.function.name}" if self.owner else self.function.name

    @property
    def called_as(self) -> list[str]:
        """What Temporal knows it by, if it does: a run, a signal, an update, a query."""
        decorators = [ast.unparse(decorator) for decorator in self.function.decorator_list]
        return [decorator for decorator in decorators if decorator.startswith("workflow.")]


class Sources:
    """The modules of workflow code, by their names."""

    def __init__(self, texts: Mapping[str, str]) -> None:
        self.routines: list[Routine] = []
        self._bases: dict[str, list[str]] = {}
        for module, text in texts.items():
            self._read(module, ast.parse(text))

    def _read(self, module: str, tree: ast.Module) -> None:
        constants = _constants(tree)
        for statement in tree.body:
            if isinstance(statement, Function):
                self.routines.append(Routine(module, None, statement, constants))
            elif isinstance(statement, ast.ClassDef):
                self._bases[statement.name] = [ast.unparse(base) for base in statement.bases]
                methods = [member for member in statement.body if isinstance(member, Function)]
                self.routines += [Routine(module, statement.name, method, constants) for method in methods]

    def family(self, owner: str | None) -> frozenset[str | None]:
        """A class and those that it inherits from."""
        found: set[str | None] = set()
        waiting = [owner] if owner else []
        while waiting:
            name = waiting.pop()
            if name not in found:
                found.add(name)
                waiting += self._bases.get(name, [])
        return frozenset(found)


def _constants(tree: ast.Module) -> dict[str, str]:
    found: dict[str, str] = {}
    for statement in tree.body:
        match statement:
            case ast.Assign(targets=[ast.Name(name)], value=ast.Constant(value=str(text))):
                found[name] = text
    return found


def sources(folder: Path) -> Sources:
    """The modules of a folder."""
    return Sources({path.name: path.read_text() for path in sorted(folder.glob("*.py"))})


def command_order(code: Sources) -> str:
    """The whole text, a paragraph a function that issues commands, or that Temporal calls by its name."""
    leading = _leading_to_commands(code)
    return "\n".join(_paragraphs(code, leading))


def _paragraphs(code: Sources, leading: frozenset[Routine]) -> Iterator[str]:
    for routine in code.routines:
        if routine.called_as or routine in leading:
            head = f"{routine.module} {routine.name}" + "".join(f" @{name}" for name in routine.called_as)
            lines = _reading(code, routine, leading).block(routine.function.body) if routine in leading else ()
            yield "\n".join([head, *(INDENT + line for line in lines), ""])


def _leading_to_commands(code: Sources) -> frozenset[Routine]:
    """The functions that issue commands, themselves or through one another."""
    leading: frozenset[Routine] = frozenset()
    while True:
        found = frozenset(
            routine
            for routine in code.routines
            if any(_reading(code, routine, leading).commands(*routine.function.body))
        )
        if found == leading:
            return leading
        leading = found


def _reading(code: Sources, routine: Routine, leading: frozenset[Routine]) -> "_Reading":
    family = code.family(routine.owner)
    return _Reading(
        frozenset(one.function.name for one in leading if one.owner is None),
        frozenset(one.function.name for one in leading if one.owner in family and one.owner is not None),
        routine.constants,
    )


@dataclass(frozen=True)
class _Reading:
    functions: frozenset[str]
    methods: frozenset[str]
    constants: dict[str, str]

    def block(self, body: Sequence[ast.stmt]) -> Iterator[str]:
        for statement in body:
            yield from self._statement(statement)

    def _statement(self, statement: ast.stmt) -> Iterator[str]:
        match statement:
            case ast.If(test=test, body=body, orelse=otherwise):
                yield from self._governed(test, f"if {ast.unparse(test)}", body, otherwise)
            case ast.While(test=test, body=body, orelse=otherwise):
                yield from self._governed(test, f"while {ast.unparse(test)}", body, otherwise)
            case (
                ast.For(iter=items, body=body, orelse=otherwise) | ast.AsyncFor(iter=items, body=body, orelse=otherwise)
            ):
                yield from self._governed(items, f"for each of {ast.unparse(items)}", body, otherwise)
            case ast.With(items=items, body=body) | ast.AsyncWith(items=items, body=body):
                held = [item.context_expr for item in items]
                yield from self._governed(
                    ast.Tuple(held, ast.Load()), f"with {', '.join(map(ast.unparse, held))}", body, []
                )
            case ast.Try(body=body, handlers=handlers, orelse=otherwise, finalbody=finally_):
                yield from self._try(body, handlers, otherwise, finally_)
            case _ if isinstance(statement, JUMPS):
                yield from self.commands(statement)
                yield JUMP + type(statement).__name__.lower()
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return
            case _:
                yield from self.commands(statement)

    def _governed(
        self, governor: ast.expr, title: str, body: Sequence[ast.stmt], otherwise: Sequence[ast.stmt]
    ) -> Iterator[str]:
        """What is asked first, then what depends on it; nothing where nothing does."""
        asked, inner, other = list(self.commands(governor)), list(self.block(body)), list(self.block(otherwise))
        yield from asked
        if asked or inner or other:
            yield title
            yield from (INDENT + line for line in inner)
        if other:
            yield "else"
            yield from (INDENT + line for line in other)

    def _try(
        self,
        body: Sequence[ast.stmt],
        handlers: Sequence[ast.ExceptHandler],
        otherwise: Sequence[ast.stmt],
        finally_: Sequence[ast.stmt],
    ) -> Iterator[str]:
        parts = [("try", body)]
        parts += [
            (f"except {ast.unparse(handler.type) if handler.type else ''}".rstrip(), handler.body)
            for handler in handlers
        ]
        parts += [("else", otherwise), ("finally", finally_)]
        found = [(title, list(self.block(part))) for title, part in parts]
        if any(lines for _, lines in found):
            for title, lines in found:
                if lines or title.startswith(("try", "except")):
                    yield title
                    yield from (INDENT + line for line in lines)

    def commands(self, *nodes: ast.AST) -> Iterator[str]:
        """Inside expressions and statements, in the order in which they are evaluated."""
        for node in nodes:
            if isinstance(node, ast.Lambda | ast.ClassDef):
                continue
            if isinstance(node, ast.Call):
                yield from self._call(node)
                continue
            yield from self.commands(*ast.iter_child_nodes(node))
            if named := self._named(node):
                yield named

    def _call(self, call: ast.Call) -> Iterator[str]:
        yield from self.commands(*call.args, *(keyword.value for keyword in call.keywords))
        if (command := _primitive(call.func)) is not None:
            timed = " with a timeout" if any(keyword.arg == "timeout" for keyword in call.keywords) else ""
            yield f"{command}({self._subject(call)}){timed}"
        elif named := self._named(call.func):
            yield f"{named}({self._subject(call)})"
        else:
            yield from self.commands(call.func)

    def _subject(self, call: ast.Call) -> str:
        """The first argument where it names a step, a workflow or a patch."""
        match call.args:
            case [ast.Name(name), *_] if name in self.constants:
                return repr(self.constants[name])
            case [ast.Constant() as subject, *_]:
                return ast.unparse(subject)
            case [ast.Attribute(value=ast.Name(owner)) as subject, *_] if owner[0].isupper() or owner == "workflow":
                return ast.unparse(subject)
        return ""

    def _named(self, node: ast.AST) -> str | None:
        """A function of ours that leads to commands, called or handed on."""
        match node:
            case ast.Name(name) if name in self.functions:
                return name
            case ast.Attribute(value=ast.Name("self"), attr=name) if name in self.methods:
                return name
        return None


def _primitive(function: ast.expr) -> str | None:
    match function:
        case ast.Attribute(value=ast.Name("workflow"), attr=name) if name in OF_THE_WORKFLOW:
            return name
        case ast.Attribute(value=ast.Name("asyncio"), attr=name) if name in OF_ASYNCIO:
            return f"asyncio.{name}"
        case ast.Attribute(attr=name) if name in OF_ANY_OBJECT:
            return f".{name}"
    return None
