"""The `q` grammar of the commerce API (Emporix A.5): what is not in the grammar is refused, never guessed.

status:(CREATED,CONFIRMED) mixins.generalAttributes.extendedOrderStatus:70
metadata.version:>=2 created:(>="2026-02-01" AND <="2026-02-28T12:00:00Z") mixins.invoice.invoiceNo:missing
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from operator import ge, gt, le, lt

from demo.shop.scalars import SCALAR, Path, Scalar, scalar, values_at

Test = Callable[[list[object]], bool]
"""Says whether the values found at a path (none, one, or several below an array) satisfy a term."""

FIELD = re.compile(r"(?P<path>[A-Za-z_][\w-]*(?:\.[\w-]+)*):")
PRESENCE = re.compile(r"(?P<word>null|exists|missing)(?=\s|$)")
COMPARISON = re.compile(rf"(?P<operator>>=|<=|>|<)(?P<scalar>{SCALAR})(?=\s|$)")
RANGE = re.compile(rf"\((?P<low_operator>>=?)(?P<low>{SCALAR}) AND (?P<high_operator><=?)(?P<high>{SCALAR})\)(?=\s|$)")
ANY_OF = re.compile(rf"\((?P<scalars>(?:{SCALAR})(?:,(?:{SCALAR}))*)\)(?=\s|$)")
PATTERN = re.compile(r"(?:~(?P<word>[^\s()]+)|\(~(?P<words>[^()]+)\))(?=\s|$)")
EQUAL = re.compile(rf"(?P<scalar>{SCALAR})(?=\s|$)")
OPERATORS: dict[str, Callable[[int, int], bool]] = {">=": ge, "<=": le, ">": gt, "<": lt}


class BadQuery(ValueError):
    """The text is not in the grammar."""


@dataclass(frozen=True)
class Term:
    """One `field:value`; `wanted` holds the texts that an equality or any-of asks for."""

    path: Path
    test: Test
    wanted: frozenset[str] | None = None


@dataclass(frozen=True)
class Query:
    """Terms that must all hold."""

    terms: tuple[Term, ...]

    def matches(self, document: object) -> bool:
        """Whether every term holds for the document."""
        return all(term.test(list(values_at(document, term.path))) for term in self.terms)

    def wanted(self, *path: str) -> frozenset[str] | None:
        """The texts of which the member at `path` must be one, so that a store can narrow down; None: any."""
        sets = [term.wanted for term in self.terms if term.path == path and term.wanted is not None]
        return frozenset.intersection(*sets) if sets else None


def parse_query(text: str) -> Query:
    """Read a whole query; an empty one matches everything.

    Raises:
        BadQuery: some of it is not in the grammar; the message quotes where.
    """
    terms: list[Term] = []
    rest = text.strip()
    while rest:
        field = FIELD.match(rest)
        if not field:
            raise BadQuery(f"a field and a colon are expected at '{rest}'")
        term, rest = parse_term(tuple(field["path"].split(".")), rest[field.end() :])
        terms.append(term)
    return Query(tuple(terms))


def parse_term(path: Path, rest: str) -> tuple[Term, str]:
    """The term that `rest` begins with, and what follows it."""
    for form, build in FORMS:
        if match := form.match(rest):
            return build(path, match), rest[match.end() :].lstrip()
    raise BadQuery(f"no value of a known form at '{rest}'")


def presence(path: Path, match: re.Match[str]) -> Term:
    """`:null` (there, and null), `:exists` (there at all), `:missing`."""
    tests: dict[str, Test] = {
        "null": lambda values: any(value is None for value in values),
        "exists": bool,
        "missing": lambda values: not values,
    }
    return Term(path, tests[match["word"]])


def comparison(path: Path, match: re.Match[str]) -> Term:
    """`:>x` and its like."""
    return Term(path, bound(match["operator"], match["scalar"]))


def between(path: Path, match: re.Match[str]) -> Term:
    """`:(>=a AND <=b)`, both for the same value."""
    low, high = bound(match["low_operator"], match["low"]), bound(match["high_operator"], match["high"])
    return Term(path, lambda values: any(low([value]) and high([value]) for value in values))


def any_of(path: Path, match: re.Match[str]) -> Term:
    """`:(a,b)`."""
    return equality(path, [scalar(text) for text in re.findall(SCALAR, match["scalars"])])


def equal(path: Path, match: re.Match[str]) -> Term:
    """`:value`."""
    return equality(path, [scalar(match["scalar"])])


def pattern(path: Path, match: re.Match[str]) -> Term:
    """`:~x` and `:(~a b)`: a regular expression found anywhere in the text."""
    try:
        expression = re.compile(match["word"] or match["words"])
    except re.error as error:
        raise BadQuery(f"'{match[0]}' is no regular expression: {error}") from error
    return Term(path, lambda values: any(isinstance(value, str) and bool(expression.search(value)) for value in values))


FORMS: tuple[tuple[re.Pattern[str], Callable[[Path, re.Match[str]], Term]], ...] = (
    (PRESENCE, presence),
    (COMPARISON, comparison),
    (RANGE, between),
    (ANY_OF, any_of),
    (PATTERN, pattern),
    (EQUAL, equal),
)


def equality(path: Path, scalars: list[Scalar]) -> Term:
    """Any value at the path equals any of the scalars."""
    return Term(
        path,
        lambda values: any(one.equals(value) for one in scalars for value in values),
        frozenset(one.text for one in scalars),
    )


def bound(operator: str, text: str) -> Test:
    """Any value at the path is on the right side of the scalar."""
    limit, holds = scalar(text), OPERATORS[operator]

    def test(values: list[object]) -> bool:
        signs = (limit.compare(value) for value in values)
        return any(sign is not None and holds(sign, 0) for sign in signs)

    return test
