"""The file that a PDF's objects are written into (ISO 32000-1, 7.5): streams, then one object stream, then the index.

pydyf turns every object into bytes twice, the second time for the file's identifier, compresses at the highest level
both times, and asks each value for its type in turn. Here each is written once.
"""

import zlib
from collections.abc import Callable
from hashlib import md5
from struct import Struct
from typing import Any, TypeAlias

import pydyf  # type: ignore[import-untyped]

HEADER = b"%PDF-1.7\n%\xf0\x9f\x96\xa4\n"
LEVEL = 5
"""Of zlib: level 9 takes more than twice as long for two hundredths less."""
FREE, PLACED, PACKED = 0, 1, 2
ENTRY = Struct(">BIH")
"""Where an object is: its kind of place, its offset or its object stream, and its position in that."""
UNUSED = (FREE, 0, 65535)

Entry: TypeAlias = tuple[int, int, int]


class _File:
    def __init__(self) -> None:
        self.parts = [HEADER]
        self.size = len(HEADER)
        self.places: dict[int, Entry] = {}

    def add(self, number: int, body: bytes) -> None:
        part = b"%d 0 obj\n%b\nendobj\n" % (number, body)
        self.places[number] = PLACED, self.size, 0
        self.parts.append(part)
        self.size += len(part)


def written(pdf: pydyf.PDF) -> bytes:
    """The bytes of a PDF; the same objects give the same bytes."""
    if pdf.info:
        pdf.add_object(pdf.info)
    file = _File()
    packed: list[tuple[int, bytes]] = []
    packing, index = len(pdf.objects), len(pdf.objects) + 1
    for item in pdf.objects[1:]:
        if item.free == "f":
            continue
        if isinstance(item, pydyf.Stream):
            file.add(item.number, _stream(item))
        else:
            file.places[item.number] = PACKED, packing, len(packed)
            packed.append((item.number, as_bytes(item)))
    file.add(packing, _object_stream(packed))
    identifier = b"(%b)" % md5(b"".join(file.parts), usedforsecurity=False).hexdigest().encode()
    trailer = {
        "Type": "/XRef",
        "W": [1, 4, 2],
        "Size": index + 1,
        "Root": pdf.catalog.reference,
        "ID": [identifier, identifier],
    }
    if pdf.info:
        trailer["Info"] = pdf.info.reference
    start = file.size
    file.places[index] = PLACED, start, 0
    rows = b"".join([ENTRY.pack(*file.places.get(number, UNUSED)) for number in range(index + 1)])
    file.add(index, _compressed(rows, trailer))
    return b"".join([*file.parts, b"startxref\n%d\n%%%%EOF\n" % start])


def _object_stream(packed: list[tuple[int, bytes]]) -> bytes:
    numbers, offset = [], 0
    for number, content in packed:
        numbers += [b"%d" % number, b"%d" % offset]
        offset += len(content) + 1
    index = b" ".join(numbers) + b"\n"
    content = index + b"\n".join(content for _, content in packed)
    return _compressed(content, {"Type": "/ObjStm", "N": len(packed), "First": len(index)})


def _stream(stream: pydyf.Stream) -> bytes:
    content = b"\n".join(map(as_bytes, stream.stream))
    if stream.compress:
        return _compressed(content, stream.extra)
    return _with_length(content, stream.extra)


def _compressed(content: bytes, extra: dict[str, object]) -> bytes:
    return _with_length(zlib.compress(content, LEVEL), extra | {"Filter": "/FlateDecode"})


def _with_length(content: bytes, extra: dict[str, object]) -> bytes:
    return b"%b\nstream\n%b\nendstream" % (as_bytes(dict(extra) | {"Length": len(content)}), content)


def as_bytes(value: object) -> bytes:
    """A value as a PDF writes it."""
    kind = type(value)
    write = _WRITERS.get(kind)
    if write is None:
        write = _WRITERS[kind] = next((_WRITERS[base] for base in _BASES if issubclass(kind, base)), _other)
    return write(value)


def _other(value: object) -> bytes:
    return str(value).encode("ascii")


def _number(value: float) -> bytes:
    return b"%d" % value if value.is_integer() else (b"%f" % value).rstrip(b"0")


def _dictionary(value: dict[object, object]) -> bytes:
    return b"<<%b>>" % b"".join([b"/%b %b" % (as_bytes(key), as_bytes(of)) for key, of in value.items()])


def _array(value: list[object]) -> bytes:
    return b"[%b]" % b" ".join(map(as_bytes, value))


_WRITERS: dict[type, Callable[[Any], bytes]] = {
    bytes: lambda value: value,
    str: lambda value: value.encode("ascii"),
    int: lambda value: b"%d" % value,
    bool: _other,
    float: _number,
    dict: _dictionary,
    list: _array,
    pydyf.Object: lambda value: value.data,
}
_BASES = (dict, list, float, pydyf.Object)
"""pydyf's own classes are found by these, once each."""
