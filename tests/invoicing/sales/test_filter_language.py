"""The filter language: what it can say, and what it refuses to guess."""

import pytest

from invoicing.sales.filter_language import Condition, FilterSyntax, parse_filter


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("status=OPEN", [("status", ("OPEN",))]),
        ("status=OPEN,status=DRAFT", [("status", ("OPEN", "DRAFT"))]),
        ("status=OPEN,contactCode=C-1", [("status", ("OPEN",)), ("contactCode", ("C-1",))]),
        ("documentSequenceCode!null", [("documentSequenceCode", ())]),
        ("memo=a,memo!null", [("memo", ("a",)), ("memo", ())]),
        (" status = OPEN , memo!null ", [("status", ("OPEN",)), ("memo", ())]),
        ("memo=", [("memo", ("",))]),
        ("memo=a=b", [("memo", ("a=b",))]),
        ("memo=!null", [("memo", ("!null",))]),
        (r"memo=tea\, black,status=OPEN", [("memo", ("tea, black",)), ("status", ("OPEN",))]),
        (r"memo=C:\\x", [("memo", (r"C:\x",))]),
        ("memo=two\nlines", [("memo", ("two\nlines",))]),
        ("", []),
        (" , ,", []),
    ],
)
def test_a_filter_is_read(text: str, expected: list[tuple[str, tuple[str, ...]]]) -> None:
    assert parse_filter(text) == tuple(Condition(field=field, values=values) for field, values in expected)


@pytest.mark.parametrize(
    "text",
    ["OPEN", "status", "status=OPEN,DRAFT", "=OPEN", "status!OPEN", "status>1", "!null", "status!nullable", "\\"],
)
def test_what_is_no_condition_is_refused_and_named(text: str) -> None:
    with pytest.raises(FilterSyntax, match="is neither field=value nor field!null"):
        parse_filter(text)


def test_the_refusal_names_the_part() -> None:
    with pytest.raises(FilterSyntax, match="'DRAFT'"):
        parse_filter("status=OPEN,DRAFT")
