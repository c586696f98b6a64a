"""Electronic addresses: `scheme:identifier` (EN 16931 BT-49)."""

import pytest

from invoicing.electronic.address import is_electronic_address


@pytest.mark.parametrize(
    "text", ["0088:4000001000005", "0195:SGUEN201912345K", "9930:DE123456789", "EM:ap@example.com", "0002:a:b"]
)
def test_a_scheme_and_an_identifier_are_an_address(text: str) -> None:
    assert is_electronic_address(text)


@pytest.mark.parametrize(
    "text", ["", "0088", "0088:", ":4000001000005", "88:1", "00888:1", "XX:1", "0088:1 2", "0088:1\n", " 0088:1"]
)
def test_anything_else_is_none(text: str) -> None:
    assert not is_electronic_address(text)


def test_an_identifier_ends_at_135_characters() -> None:
    assert is_electronic_address("0088:" + "1" * 135)
    assert not is_electronic_address("0088:" + "1" * 136)
