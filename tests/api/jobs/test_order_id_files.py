"""Reading order ids from NDJSON and CSV: which ids are on which lines, and which line is at fault."""

import io
import re

import pytest

from api.jobs.order_id_files import CSV, LONGEST_LINE, NDJSON, BadLine, read_order_ids

Read = list[tuple[int, str]]

NDJSON_FILES: list[tuple[bytes, Read]] = [
    (b"", []),
    (b'"A"', [(1, "A")]),
    (b'"A"\n"B"\n', [(1, "A"), (2, "B")]),
    (b'"A"\r\n\r\n  \n"B"\r\n', [(1, "A"), (4, "B")]),
    (b'{"orderId":"A"}\n"B"\n { "total": {"a":[1]}, "orderId" : "C" } \n', [(1, "A"), (2, "B"), (3, "C")]),
    (b'\xef\xbb\xbf"A"\n', [(1, "A")]),
    ('"Größe-漢字"\n"\\u00e4\\ud83d\\ude00"\n"A/1\\\\"'.encode(), [(1, "Größe-漢字"), (2, "ä😀"), (3, "A/1\\")]),
]

CSV_FILES: list[tuple[bytes, Read]] = [
    (b"", []),
    (b"\n\n", []),
    (b"A\nB\n", [(1, "A"), (2, "B")]),
    (b"A\r\n\r\nB", [(1, "A"), (3, "B")]),
    (b"orderId\nA\nB\n", [(2, "A"), (3, "B")]),
    (b"orderId\n", []),
    (b'name,"Order ID",total\n"Smith, John",A,1\nx,B,2\n', [(2, "A"), (3, "B")]),
    (b"name;order_id\nx;A\n", [(2, "A")]),
    (b"\xef\xbb\xbforderId\nA\n", [(2, "A")]),
    (b"A,first\nB,second,more\nC\n", [(1, "A"), (2, "B"), (3, "C")]),
    (b"A;first\nB;second\n", [(1, "A"), (2, "B")]),
    (b'"A,1"\n"B""2"\n', [(1, "A,1"), (2, 'B"2')]),
    # A record of two lines; its number is that of its last one.
    (b'note,orderId\n"two\nlines",A\nx,B\n', [(3, "A"), (4, "B")]),
]


@pytest.mark.parametrize(("body", "ids"), NDJSON_FILES)
def test_ndjson_names_an_order_a_line(body: bytes, ids: Read) -> None:
    assert list(read_order_ids(io.BytesIO(body), NDJSON)) == ids


@pytest.mark.parametrize(("body", "ids"), CSV_FILES)
def test_csv_names_orders_in_one_column(body: bytes, ids: Read) -> None:
    assert list(read_order_ids(io.BytesIO(body), CSV)) == ids


SHAPE = 'must be "an order id" or {"orderId": "an order id"}'
SPACES = "must hold no spaces and no characters that cannot be seen"
BAD: list[tuple[str, bytes, int, str]] = [
    (NDJSON, b'"A"\nB\n', 2, SHAPE),
    (NDJSON, b'"A"\n\n["B"]\n', 3, SHAPE),
    (NDJSON, b"7", 1, SHAPE),
    (NDJSON, b"null", 1, SHAPE),
    (NDJSON, b'{"orderId":7}', 1, SHAPE),
    (NDJSON, b'{"order_id":"A"}', 1, SHAPE),
    (NDJSON, b'{"orderId":null}', 1, SHAPE),
    (NDJSON, b'"A" "B"', 1, SHAPE),
    (NDJSON, b'"A', 1, SHAPE),
    (NDJSON, b'{"x":' + b"[" * 30_000 + b"]" * 30_000 + b',"orderId":"A"}', 1, SHAPE),
    (NDJSON, b'"A"\n""\n', 2, "at least 1 character"),
    (NDJSON, b'"' + b"x" * 201 + b'"', 1, "at most 200 characters"),
    (NDJSON, b'"a b"', 1, SPACES),
    (NDJSON, b'"a\\u0000"', 1, SPACES),
    (NDJSON, b'"a\\u200b"', 1, SPACES),
    (NDJSON, b'"A"\n"\xff"\n', 2, "is not UTF-8"),
    (NDJSON, b'"A"\n' + b" " * (LONGEST_LINE + 1), 2, f"is longer than {LONGEST_LINE} bytes"),
    (CSV, b"A\nB C\n", 2, SPACES),
    (CSV, b"A\n B\n", 2, SPACES),
    (CSV, b"name,orderId\nx,A\ny\n", 3, "has too few columns"),
    (CSV, b"name,orderId\nx,\n", 2, "at least 1 character"),
    (CSV, b'A\n"B\n', 2, "is no CSV: "),
    (CSV, b'A\n"B"x\n', 2, "is no CSV: "),
    # A quote that is never closed is given up after 131,072 characters: line 2 has two, the next ones two each.
    (CSV, b'A\n"' + b"x\n" * 200_000, 65_538, "is no CSV: "),
    (CSV, b"A\n\xc3\n", 2, "is not UTF-8"),
    (CSV, b"A\nB\x00\n", 2, SPACES),
]


@pytest.mark.parametrize(("media_type", "body", "number", "words"), BAD)
def test_a_line_that_names_no_order_is_told_by_its_number(
    media_type: str, body: bytes, number: int, words: str
) -> None:
    with pytest.raises(BadLine, match=re.escape(words)) as refusal:
        list(read_order_ids(io.BytesIO(body), media_type))
    assert refusal.value.number == number


def test_lines_are_read_as_they_are_wanted() -> None:
    """Not one more: a fault far down is not met by who stops before."""
    ids = read_order_ids(io.BytesIO(b'"A"\n"B"\nnonsense\n'), NDJSON)
    assert [next(ids), next(ids)] == [(1, "A"), (2, "B")]
    with pytest.raises(BadLine):
        next(ids)
