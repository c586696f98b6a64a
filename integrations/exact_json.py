"""JSON text as it was sent: checked and cut apart without reading, and so without losing a digit."""

import json
import re

_WHITESPACE = re.compile(r"[ \t\r\n]*")
# Numbers stay text: reading them here could only cost digits or fail.
_DECODER = json.JSONDecoder(parse_float=str, parse_int=str)


class NotJson(ValueError):
    """The text is cut off, something else, or nested too deeply to be read."""


def check_object(text: str) -> None:
    """Nothing, if `text` is one complete JSON object.

    Raises:
        NotJson: it is not.
    """
    _, end = _object_at(text, _skip_whitespace(text, 0))
    _expect_end(text, end)


def split_array(text: str) -> list[tuple[str, dict[str, object]]]:
    """The objects of a JSON array: each as it was sent, and decoded with its numbers as text.

    Raises:
        NotJson: `text` is no complete JSON array of objects.

    >>> split_array('[{"a": 1.10}, {}]')
    [('{"a": 1.10}', {'a': '1.10'}), ('{}', {})]
    """
    position = _expect(text, 0, "[")
    elements: list[tuple[str, dict[str, object]]] = []
    while elements or text[position : position + 1] != "]":
        decoded, end = _object_at(text, position)
        elements.append((text[position:end], decoded))
        position = _skip_whitespace(text, end)
        if text[position : position + 1] != ",":
            break
        position = _skip_whitespace(text, position + 1)
    _expect_end(text, _expect(text, position, "]"))
    return elements


def _object_at(text: str, position: int) -> tuple[dict[str, object], int]:
    try:
        decoded, end = _DECODER.raw_decode(text, position)
    except (ValueError, RecursionError) as error:
        raise NotJson(f"no JSON at {position}") from error
    if not isinstance(decoded, dict):
        raise NotJson(f"no object at {position}")
    return decoded, end


def _skip_whitespace(text: str, position: int) -> int:
    match = _WHITESPACE.match(text, position)
    return match.end() if match else position


def _expect(text: str, position: int, character: str) -> int:
    position = _skip_whitespace(text, position)
    if text[position : position + 1] != character:
        raise NotJson(f"no {character} at {position}")
    return _skip_whitespace(text, position + 1)


def _expect_end(text: str, position: int) -> None:
    if _skip_whitespace(text, position) != len(text):
        raise NotJson(f"more text at {position}")
