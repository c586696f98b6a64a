"""What is wrong with a template of a tenant's own, as its author is told: which part, which line, a sentence."""

import re
from collections.abc import Iterable

from invoicing.frozen import Frozen

WRITTEN = re.compile(r"(?P<part>\S+), line (?P<line>\d+): (?P<message>.+)")


class TemplateFault(Frozen):
    """One fault. It quotes what the author wrote, never what a document says."""

    part: str
    """`html`, `css`, of a mail `de.subject`."""
    line: int
    """From 1."""
    message: str

    def __str__(self) -> str:
        return f"{self.part}, line {self.line}: {self.message}"


def written(faults: Iterable[TemplateFault]) -> str:
    """Several faults as one text, a line each and each once, in the order of their lines."""
    told = sorted(set(faults), key=lambda fault: (fault.part, fault.line, fault.message))
    return "\n".join(map(str, told))


def read_faults(text: str) -> list[TemplateFault]:
    """The faults that `written` wrote; none of a text that says something else.

    >>> read_faults("css, line 3: this loads something")
    [TemplateFault(part='css', line=3, message='this loads something')]
    >>> read_faults("the document took too long")
    []
    """
    found = [WRITTEN.fullmatch(line) for line in text.splitlines()]
    return [
        TemplateFault(part=match["part"], line=int(match["line"]), message=match["message"]) for match in found if match
    ]
