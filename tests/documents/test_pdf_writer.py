import zlib
from io import BytesIO

import pikepdf
import pydyf  # type: ignore[import-untyped]
import pytest

from documents.pdf_writer import as_bytes, written


def a_file(stream: bytes = b"q 1 0 0 1 0 0 cm Q") -> bytes:
    pdf = pydyf.PDF()
    content = pydyf.Stream([stream], compress=True)
    pdf.add_object(content)
    pdf.add_page(
        pydyf.Dictionary(
            {
                "Type": "/Page",
                "Parent": pdf.pages.reference,
                "MediaBox": pydyf.Array([0, 0, 595, 842.5]),
                "Contents": content.reference,
                "Resources": pydyf.Dictionary(),
            }
        )
    )
    pdf.info["Title"] = pydyf.String("Rechnung (\u20ac)")
    return written(pdf)


def test_what_is_written_can_be_read_without_repair() -> None:
    with pikepdf.open(BytesIO(a_file()), attempt_recovery=False) as file:
        (page,) = file.pages
        assert [str(side) for side in page.MediaBox] == ["0", "0", "595", "842.5"]
        assert page.Contents.read_bytes() == b"q 1 0 0 1 0 0 cm Q"
        assert str(file.docinfo["/Title"]) == "Rechnung (\u20ac)"
        assert file.get_warnings() == []


def test_only_streams_stand_by_themselves() -> None:
    """The rest is packed into one of them, which is a fifth of the size."""
    content = a_file()
    assert content.count(b" obj\n") == content.count(b"endstream") == 3


def test_each_of_many_objects_is_found_by_its_number() -> None:
    """Packed and unpacked ones in turns, texts of other lengths in each."""
    pdf = pydyf.PDF()
    for number in range(300):
        content = b"x" * number
        pdf.add_object(pydyf.Stream([content]) if number % 3 else pydyf.Dictionary({"Text": pydyf.String(content)}))
    with pikepdf.open(BytesIO(written(pdf)), attempt_recovery=False) as file:
        objects = [file.get_object(number, 0) for number in range(3, 303)]  # after pages and catalogue
        found = [one.read_bytes() if isinstance(one, pikepdf.Stream) else bytes(one.Text) for one in objects]
        assert found == [b"x" * number for number in range(300)]
        assert file.get_warnings() == []


def test_a_file_is_known_by_what_is_in_it() -> None:
    def identifier(content: bytes) -> object:
        with pikepdf.open(BytesIO(content)) as file:
            return bytes(file.trailer.ID[0])

    assert identifier(a_file()) == identifier(a_file())
    assert identifier(a_file()) != identifier(a_file(b"n"))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (7, b"7"),
        (7.0, b"7"),
        (0.5, b"0.5"),
        (-0.1234567, b"-0.123457"),
        (True, b"True"),
        ("/Name", b"/Name"),
        (b"1 0 R", b"1 0 R"),
        ([1, "R", [0.25]], b"[1 R [0.25]]"),
        ({"Type": "/Page", "K": {"N": 1}}, b"<</Type /Page/K <</N 1>>>>"),
        (pydyf.String("(a)"), rb"(\(a\))"),
    ],
)
def test_values_are_written_as_readers_expect_them(value: object, expected: bytes) -> None:
    assert as_bytes(value) == expected


def test_streams_are_compressed() -> None:
    content = a_file(b"0 0 m " * 1000)
    assert len(content) < 1500
    assert zlib.decompress(content.split(b"stream\n", 1)[1].split(b"\nendstream")[0]) == b"0 0 m " * 1000


def test_more_objects_than_one_object_stream_can_hold_are_all_there() -> None:
    """As the tags of an invoice of some thousands of lines are."""
    pdf = pydyf.PDF()
    for number in range(66_000):
        pdf.add_object(pydyf.Dictionary({"Number": number}))
    first, last = pdf.objects[-66_000].number, pdf.objects[-1].number
    read = pikepdf.open(BytesIO(written(pdf)))
    assert [int(read.get_object(number, 0).Number) for number in (first, last)] == [0, 65_999]
