"""The file that a PDF's objects are written into (ISO 32000-1, 7.5): streams, then one object stream, then the index.

pydyf turns every object into bytes twice, the second time for the file's identifier, compresses at the highest level
both times, and asks each value for its type in turn. Here each is written once.
"""

import zlib
from collections.abc import Iterator
from hashlib import md5
from typing import TypeAlias

import pydyf  # type: ignore[import-untyped]

HEADER = b"%PDF-1.7\n%\xf0\x9f\x96\xa4\n"
LEVEL = 6
"""Of zlib: level 9 takes three times as long for a hundredth less."""
FREE = bytes(5) + b"\xff\xff"
"""The index's entry for object 0."""
PACKED, PLACED = b"\x02", b"\x01"

Entry: TypeAlias = tuple[bytes, int, int]
"""Where an object is: its kind of place, the object stream or the offset, and its position in the object stream."""


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
    rows = [FREE, *(b"%b%b%b" % (kind, a.to_bytes(4), b.to_bytes(2)) for kind, a, b in _in_order(file.places))]
    file.add(index, _compressed(b"".join(rows), trailer))
    return b"".join([*file.parts, b"startxref\n%d\n%%%%EOF\n" % start])


def _in_order(places: dict[int, Entry]) -> Iterator[Entry]:
    return (place for _, place in sorted(places.items()))


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
    if kind is bytes:
        return value  # type: ignore[return-value]
    if kind is float:
        return _number(value)  # type: ignore[arg-type]
    if isinstance(value, dict):
        return b"<<%b>>" % b"".join([b"/%b %b" % (as_bytes(key), as_bytes(of)) for key, of in value.items()])
    if isinstance(value, list):
        return b"[%b]" % b" ".join([as_bytes(each) for each in value])
    if isinstance(value, pydyf.Object):
        return value.data  # type: ignore[no-any-return]
    return str(value).encode("ascii")


def _number(value: float) -> bytes:
    return b"%d" % value if value.is_integer() else (b"%f" % value).rstrip(b"0")
