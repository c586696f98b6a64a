import pytest

from integrations.exact_json import NotJson, check_object, split_array

BOTTOMLESS = '{"a":' * 100_000


@pytest.mark.parametrize("text", ["{}", ' {"a": [1, {"b": NaN}]} \n', '{"a": ' + "9" * 5000 + ".10}"])
def test_a_whole_object_is_one(text: str) -> None:
    check_object(text)


@pytest.mark.parametrize("text", ["", " ", "[]", "1", '"{}"', '{"a": 1', "{} {}", "{}x", "<html>", BOTTOMLESS])
def test_anything_else_is_none(text: str) -> None:
    with pytest.raises(NotJson):
        check_object(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("[]", []),
        (" [ ] ", []),
        ('[{"a": 1.10}]', ['{"a": 1.10}']),
        ('\n[\n {"a":"],{"} ,\t{"b": 1e400}\r\n]', ['{"a":"],{"}', '{"b": 1e400}']),
    ],
)
def test_an_array_falls_apart_into_its_objects_as_they_were_sent(text: str, parts: list[str]) -> None:
    assert [part for part, _ in split_array(text)] == parts


def test_the_decoded_objects_stand_beside_their_text() -> None:
    assert [decoded for _, decoded in split_array('[{"id": "x", "n": 1.10}]')] == [{"id": "x", "n": "1.10"}]


@pytest.mark.parametrize(
    "text", ["", "{}", "[", "[{}", "[{},", "[{},]", "[,{}]", "[{} {}]", "[{}]]", "[1]", "[{}] x", f"[{BOTTOMLESS}"]
)
def test_what_is_no_whole_array_of_objects_is_refused(text: str) -> None:
    with pytest.raises(NotJson):
        split_array(text)
