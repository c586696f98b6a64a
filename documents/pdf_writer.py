"""The file that a PDF's objects are written into (ISO 32000-1, 7.5): streams, then one object stream, then the index.

pydyf turns every object into bytes twice, the second time for the file's identifier, compresses at the highest level
both times, and asks each value for its type in turn. Here each is written once.
"""

import zlib
from collections.abc import Callable
from hashlib import md5
from itertools import accumulate
from struct import Struct
from typing import Any

import pydyf  # type: ignore[import-untyped]

HEADER = b"%PDF-1.7\n%\xf0\x9f\x96\xa4\n"
LEVEL = 5
"""Of zlib: level 9 takes more than twice as long for two hundredths less."""
FREE, PLACED, PACKED = 0, 1, 2
ENTRY = Struct(">BIH")
"""Where an object is: its kind of place, its offset or its object stream, and its position in that."""
MOST_PACKED = 65_536
ZEROTH = ENTRY.pack(FREE, 0, 65535)
"""The object that there is not."""


class _File:
    """A file as it grows: every object has the number after the one before it."""

    def __init__(self, count: int) -> None:
        """Of so many objects, the zeroth among them."""
        self.parts = [HEADER]
        self.size = len(HEADER)
        self.entries = [ZEROTH]
        self._packing = count
        self._packed: list[bytes] = []

    def place(self, body: bytes) -> None:
        part = b"%d 0 obj\n%b\nendobj\n" % (len(self.entries), body)
        self.entries.append(ENTRY.pack(PLACED, self.size, 0))
        self.parts.append(part)
        self.size += len(part)

    @property
    def has_room(self) -> bool:
        """Whether the object stream can hold another object: its number there has two bytes."""
        return len(self._packed) < MOST_PACKED

    def pack(self, body: bytes) -> None:
        self.entries.append(ENTRY.pack(PACKED, self._packing, len(self._packed)))
        self._packed.append(body)

    def place_packed(self) -> None:
        """The object stream, after everything that is packed into it (ISO 32000-1, 7.5.7)."""
        numbers = [number for number, entry in enumerate(self.entries) if entry[0] == PACKED]
        offsets = accumulate((len(body) + 1 for body in self._packed), initial=0)
        index = b" ".join([b"%d %d" % pair for pair in zip(numbers, offsets, strict=False)]) + b"\n"
        about = {"Type": "/ObjStm", "N": len(numbers), "First": len(index)}
        self.place(_compressed(index + b"\n".join(self._packed), about))


def written(pdf: pydyf.PDF) -> bytes:
    """The bytes of a PDF; the same objects give the same bytes."""
    if pdf.info:
        pdf.add_object(pdf.info)
    file = _File(len(pdf.objects))
    for item in pdf.objects[1:]:
        if isinstance(item, pydyf.Stream):
            file.place(_stream(item))
        elif file.has_room:
            file.pack(as_bytes(item))
        else:
            file.place(as_bytes(item))
    file.place_packed()
    identifier = b"(%b)" % md5(b"".join(file.parts), usedforsecurity=False).hexdigest().encode()
    trailer = {
        "Type": "/XRef",
        "W": [1, 4, 2],
        "Size": len(file.entries) + 1,
        "Root": pdf.catalog.reference,
        "ID": [identifier, identifier],
    }
    if pdf.info:
        trailer["Info"] = pdf.info.reference
    start = file.size
    file.place(_compressed(b"".join([*file.entries, ENTRY.pack(PLACED, start, 0)]), trailer))
    return b"".join([*file.parts, b"startxref\n%d\n%%%%EOF\n" % start])


def _stream(stream: pydyf.Stream) -> bytes:
    content = b"\n".join([part if type(part) is bytes else as_bytes(part) for part in stream.stream])
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
