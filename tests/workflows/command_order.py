"""In which order workflow code issues its commands, read from its source: a few lines a function, for people and `diff`.

Of each function only what commands depend on is kept: the commands, the calls that lead to some, and the conditions,
loops, handlers and jumps around them.
"""

import ast
from collections.abc import Iterator, Sequence
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
INDENT = "    "


@dataclass(frozen=True)
class Source:
    """A module of workflow code."""

    name: str
    tree: ast.Module

    @property
    def constants(self) -> dict[str, str]:
        """Its texts, by their names: the ids of patches are among them."""
        found: dict[str, str] = {}
        for statement in self.tree.body:
            match statement:
                case ast.Assign(targets=[ast.Name(name)], value=ast.Constant(value=str(text))):
                    found[name] = text
        return found

    def functions(self) -> Iterator[tuple[str, Function]]:
        """With their full names, in their order."""
        yield from _functions(self.tree.body, "")


def _functions(body: Sequence[ast.stmt], prefix: str) -> Iterator[tuple[str, Function]]:
    for statement in body:
        if isinstance(statement, Function):
            yield f"{prefix}{statement.name}", statement
        elif isinstance(statement, ast.ClassDef):
            yield from _functions(statement.body, f"{prefix}{statement.name}.")


def sources(folder: Path) -> list[Source]:
    """The modules of a folder."""
    return [Source(path.name, ast.parse(path.read_text())) for path in sorted(folder.glob("*.py"))]


def command_order(modules: Sequence[Source]) -> str:
    """The whole text, a paragraph a function that issues commands, or that Temporal calls by its name."""
    leading = _leading_to_commands(modules)
    return "\n".join(_paragraphs(modules, leading))


def _paragraphs(modules: Sequence[Source], leading: frozenset[str]) -> Iterator[str]:
    for module in modules:
        for name, function in module.functions():
            lines = list(_Reading(leading, module.constants).block(function.body))
            called_as = [ast.unparse(decorator) for decorator in function.decorator_list]
            called_as = [decorator for decorator in called_as if decorator.startswith("workflow.")]
            if called_as or function.name in leading:
                head = f"{module.name} {name}" + "".join(f" @{decorator}" for decorator in called_as)
                yield "\n".join([head, *(INDENT + line for line in lines), ""])


def _leading_to_commands(modules: Sequence[Source]) -> frozenset[str]:
    """The names of the functions that issue commands, themselves or through one another."""
    functions = [function for module in modules for _, function in module.functions()]
    leading: frozenset[str] = frozenset()
    while True:
        reading = _Reading(leading, {})
        found = frozenset(
            function.name
            for function in functions
            if any(not line.startswith(_Reading.JUMP) for line in reading.commands(*function.body))
        )
        if found == leading:
            return leading
        leading = found


@dataclass(frozen=True)
class _Reading:
    leading: frozenset[str]
    constants: dict[str, str]

    JUMP = "> "

    def block(self, body: Sequence[ast.stmt]) -> Iterator[str]:
        for statement in body:
            yield from self._statement(statement)

    def _statement(self, statement: ast.stmt) -> Iterator[str]:
        match statement:
            case ast.If(test=test, body=body, orelse=otherwise):
                yield from self._governed(test, f"if {ast.unparse(test)}", body, otherwise)
            case ast.While(test=test, body=body, orelse=otherwise):
                yield from self._governed(test, f"while {ast.unparse(test)}", body, otherwise)
            case ast.For(iter=items, body=body, orelse=otherwise) | ast.AsyncFor(
                iter=items, body=body, orelse=otherwise
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
                yield self.JUMP + type(statement).__name__.lower()
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                return
            case _:
                yield from self.commands(statement)

    def _governed(
        self, governor: ast.expr, title: str, body: Sequence[ast.stmt], otherwise: Sequence[ast.stmt]
    ) -> Iterator[str]:
        """What is asked first, then what depends on it; nothing where nothing does."""
        yield from self.commands(governor)
        inner, other = list(self.block(body)), list(self.block(otherwise))
        if inner or other:
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
                if lines or title.startswith("except"):
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
            case [(ast.Attribute() | ast.Constant()) as subject, *_]:
                return ast.unparse(subject)
        return ""

    def _named(self, node: ast.AST) -> str | None:
        """A function of ours that leads to commands, called or handed on."""
        match node:
            case ast.Name(name) | ast.Attribute(attr=name) if name in self.leading and name != "run":
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
