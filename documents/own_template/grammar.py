"""Reading a template: what may stand in it, and what is added so that its work can be counted and its lines found.

Jinja2's sandbox keeps strangers from Python; it does not keep them from being slow, from being large, or from loading
other templates. So a template is taken apart, judged statement by statement, and put together again.
"""

from collections.abc import Iterator, Mapping

from jinja2 import Environment, TemplateSyntaxError, nodes

from documents.own_template.shapes import unknown_members
from invoicing.document.template_fault import TemplateFault

LONGEST = 256 * 1024
"""Characters of a source."""
TOO_DEEP = "it nests too deep"
DEEPEST, DEEPEST_BLOCKS = 100, 12
"""How deep a source may nest: in all, and statements in statements. What goes over a tree takes each node's time once
for all that it lies in, and Jinja2 looks through a loop once for each loop around it."""
MARK = "\ue000{}\ue001"
"""Stands before what a line of the template writes; private characters, which nothing that is printed may have."""
EACH, JOINED, SPENT = "_each", "_joined", "_spent"
COUNTED, WEIGHED, SEARCHED = "_counted", "_weighed", "_searched"
"""Our own filters. A template cannot call them: they are put in after it was judged."""

MAY_STAND = frozenset(
    {
        nodes.Template,
        nodes.Output,
        nodes.TemplateData,
        nodes.Name,
        nodes.For,
        nodes.If,
        nodes.Macro,
        nodes.Assign,
        nodes.AssignBlock,
        nodes.With,
        nodes.Scope,
        nodes.Const,
        nodes.Tuple,
        nodes.List,
        nodes.Keyword,
        nodes.CondExpr,
        nodes.Filter,
        nodes.Test,
        nodes.Call,
        nodes.Getattr,
        nodes.Getitem,
        nodes.Slice,
        nodes.Concat,
        nodes.Add,
        nodes.Sub,
        nodes.Mul,
        nodes.FloorDiv,
        nodes.Mod,
        nodes.Compare,
        nodes.Operand,
        nodes.And,
        nodes.Or,
        nodes.Not,
        nodes.Neg,
        nodes.Pos,
    }
)
BLOCKS = (nodes.For, nodes.If, nodes.Macro, nodes.AssignBlock, nodes.With)
CALLED = {
    nodes.Include: "include",
    nodes.Import: "import",
    nodes.FromImport: "import",
    nodes.Extends: "extends",
    nodes.Block: "block",
    nodes.FilterBlock: "filter",
    nodes.CallBlock: "call",
    nodes.ScopedEvalContextModifier: "autoescape",
    nodes.EvalContextModifier: "autoescape",
    nodes.Div: "/",
    nodes.Pow: "**",
    nodes.Dict: "a dictionary",
    nodes.NSRef: "a namespace",
}
"""What refused statements are called by those who write them."""
RESERVED = frozenset({"self", "caller", "varargs", "kwargs", "super"})


class Unreadable(Exception):
    """It is no template; `line` and the message say why."""

    def __init__(self, line: int, message: str) -> None:
        super().__init__(message)
        self.line = line


def read(environment: Environment, source: str) -> nodes.Template:
    """The statements of a template.

    Raises:
        Unreadable: it cannot be read.
    """
    if len(source) > LONGEST:
        raise Unreadable(1, f"it has more than {LONGEST} characters")
    try:
        tree = environment.parse(source)
    except TemplateSyntaxError as error:
        raise Unreadable(error.lineno, error.message or "it cannot be read") from None
    except (RecursionError, MemoryError, ValueError) as error:
        raise Unreadable(1, f"it cannot be read: {type(error).__name__}") from None
    _refuse_depth(tree)
    return tree


def _refuse_depth(tree: nodes.Template) -> None:
    """Before anything else goes over it.

    Raises:
        Unreadable: it nests deeper than anybody can read.
    """
    waiting: list[tuple[nodes.Node, int, int]] = [(tree, 0, 0)]
    while waiting:
        node, depth, blocks = waiting.pop()
        if depth > DEEPEST or blocks > DEEPEST_BLOCKS:
            raise Unreadable(node.lineno or 1, TOO_DEEP)
        inner = blocks + isinstance(node, BLOCKS)
        waiting += [(child, depth + 1, inner) for child in node.iter_child_nodes()]


def faults_of(
    part: str, tree: nodes.Template, environment: Environment, seen: Mapping[str, object]
) -> Iterator[TemplateFault]:
    """Everything in it that may not be, or that nobody knows.

    Args:
        part: what the template is called.
        tree: its statements.
        environment: its filters, tests and functions are all there are.
        seen: what it is shown, and the types thereof.
    """
    for line, message in _refused(tree, environment, 1):
        yield TemplateFault(part=part, line=line, message=message)
    known = {*seen, *environment.globals, *RESERVED, "loop", *_assigned(tree)}
    for name in tree.find_all(nodes.Name):
        if name.name not in known:
            yield TemplateFault(part=part, line=name.lineno, message=f"there is no {name.name!r}")
    for line, member in unknown_members(tree, seen):
        yield TemplateFault(part=part, line=line, message=f"there is no member {member!r}")


def _refused(node: nodes.Node, environment: Environment, line: int) -> Iterator[tuple[int, str]]:
    """Lines and faults of what may not stand there; what is inside of that is not worth telling."""
    here = node.lineno or line
    if message := _fault_of(node, environment):
        yield here, message
        return
    for child in node.iter_child_nodes():
        yield from _refused(child, environment, here)


def _assigned(tree: nodes.Template) -> Iterator[str]:
    """Names that the template gives, wherever."""
    yield from (name.name for name in tree.find_all(nodes.Name) if name.ctx != "load")
    yield from (macro.name for macro in tree.find_all(nodes.Macro))


def _fault_of(node: nodes.Node, environment: Environment) -> str | None:
    message = None
    match node:
        case _ if type(node) not in MAY_STAND:
            message = f"{CALLED.get(type(node), type(node).__name__.lower())} cannot be used here"
        case nodes.For(recursive=True):
            message = "a loop cannot be recursive here"
        case nodes.Filter(name=name) if name.startswith("_") or name not in environment.filters:
            message = f"there is no filter {name!r} here"
        case nodes.Test(name=name) if name not in environment.tests:
            message = f"there is no test {name!r} here"
        case nodes.Name(name=name) if name in RESERVED:
            message = f"{name!r} cannot be used here"
        case nodes.Call() if node.dyn_args or node.dyn_kwargs:
            message = "* and ** cannot be used here"
    return message


def counted(tree: nodes.Template) -> nodes.Template:
    """The same template, counting: each turn of a loop and each call of a macro costs what it writes and says.

    A condition costs a step, and what is compared its length: a loop over nothing but conditions would never end.
    """
    loops, macros = list(tree.find_all(nodes.For)), list(tree.find_all(nodes.Macro))
    bodies: list[tuple[nodes.Node, list[nodes.Node]]] = [(node, node.body) for node in loops]
    bodies += [(node, node.body) for node in macros]
    for node, body in bodies:
        own = sum(len(each.data) if isinstance(each, nodes.TemplateData) else 1 for each in _own_nodes(node))
        body.insert(0, _output(_filter(nodes.Const(own, lineno=node.lineno), SPENT)))
    for loop in loops:
        loop.iter = _filter(loop.iter, EACH)
    for parent in tree.find_all(nodes.Node):
        for name, value in parent.iter_fields():
            setattr(parent, name, _joining(value))
    for comparison in list(tree.find_all(nodes.Compare)):
        comparison.expr = _filter(comparison.expr, WEIGHED)
        for operand in comparison.ops:
            operand.expr = _filter(operand.expr, SEARCHED if operand.op in {"in", "notin"} else WEIGHED)
    asking: list[nodes.If | nodes.CondExpr] = [*tree.find_all(nodes.If), *tree.find_all(nodes.CondExpr)]
    for node in asking:
        node.test = _filter(node.test, COUNTED)
    return tree


def marked(tree: nodes.Template) -> nodes.Template:
    """The same template, writing before all it writes which line that comes from."""
    for output in list(tree.find_all(nodes.Output)):
        children: list[nodes.Expr] = []
        for child in output.nodes:
            if isinstance(child, nodes.TemplateData):
                children.append(_marked_data(child))
            else:
                children += [nodes.TemplateData(MARK.format(child.lineno), lineno=child.lineno), child]
        output.nodes = children
    return tree


def _marked_data(data: nodes.TemplateData) -> nodes.TemplateData:
    lines = data.data.split("\n")
    text = "\n".join(MARK.format(data.lineno + place) + line for place, line in enumerate(lines))
    return nodes.TemplateData(text, lineno=data.lineno)


def _own_nodes(node: nodes.Node) -> Iterator[nodes.Node]:
    """What a loop or a macro writes and does itself; loops and macros in it have their own."""
    for child in node.iter_child_nodes():
        if not isinstance(child, nodes.For | nodes.Macro):
            yield child
            yield from _own_nodes(child)


def _joining(value: object) -> object:
    """`~` as a filter of ours, wherever it stands."""
    if isinstance(value, nodes.Concat):
        return _filter(nodes.List(value.nodes, lineno=value.lineno), JOINED)
    return [_joining(each) for each in value] if isinstance(value, list) else value


def _filter(value: nodes.Node, name: str) -> nodes.Filter:
    return nodes.Filter(value, name, [], [], None, None, lineno=value.lineno)


def _output(value: nodes.Expr) -> nodes.Output:
    return nodes.Output([value], lineno=value.lineno)
