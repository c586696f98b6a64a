"""A file that somebody attaches to an invoice: what it really is, and a name that is safe to keep.

A file is taken when its content is of a known type and its name does not say otherwise. The content decides, because
a name is only a claim; the name must agree, because people and their computers go by it.
"""

import io
import json
import lzma
import re
import struct
import unicodedata
import zipfile
import zlib
from collections.abc import Callable, Mapping
from pathlib import PurePosixPath

from invoicing.frozen import Frozen

LONGEST_NAME = 180
"""Bytes of UTF-8; file systems take 255."""
OFFICE = "application/vnd.openxmlformats-officedocument."
OPEN_DOCUMENT = "application/vnd.oasis.opendocument."

SUFFIXES: Mapping[str, tuple[str, ...]] = {
    "application/pdf": (".pdf",),
    "image/png": (".png",),
    "image/jpeg": (".jpg", ".jpeg"),
    "image/gif": (".gif",),
    "image/webp": (".webp",),
    f"{OFFICE}wordprocessingml.document": (".docx",),
    f"{OFFICE}spreadsheetml.sheet": (".xlsx",),
    f"{OFFICE}presentationml.presentation": (".pptx",),
    f"{OPEN_DOCUMENT}text": (".odt",),
    f"{OPEN_DOCUMENT}spreadsheet": (".ods",),
    f"{OPEN_DOCUMENT}presentation": (".odp",),
    "application/zip": (".zip",),
    "application/json": (".json",),
    "application/xml": (".xml",),
    "text/csv": (".csv",),
    "text/plain": (".txt",),
}
"""The types that are taken, with the endings that their names may have; the first one is theirs by default."""

_SIGNATURES: tuple[tuple[re.Pattern[bytes], str], ...] = (
    (re.compile(rb"%PDF-\d"), "application/pdf"),
    (re.compile(rb"\x89PNG\r\n\x1a\n"), "image/png"),
    (re.compile(rb"\xff\xd8\xff"), "image/jpeg"),
    (re.compile(rb"GIF8[79]a"), "image/gif"),
    (re.compile(rb"RIFF.{4}WEBP", re.DOTALL), "image/webp"),
)
_OFFICE_FOLDERS = {
    "word/": f"{OFFICE}wordprocessingml.document",
    "xl/": f"{OFFICE}spreadsheetml.sheet",
    "ppt/": f"{OFFICE}presentationml.presentation",
}
DAMAGED = (
    zipfile.BadZipFile,
    zlib.error,
    lzma.LZMAError,
    struct.error,
    OSError,
    ValueError,
    NotImplementedError,
    EOFError,
    RuntimeError,
)
"""What reading an archive from memory raises, by how it was packed (`OSError`: by bzip2)."""
_LONGEST_MEDIA_TYPE = 100
_NO_TEXT = re.compile(r"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
"""Control characters that no text has, whatever its encoding; binary files nearly always do."""


class FileRefused(ValueError):
    """The file is not taken; the message says why, in words for a person."""


class AttachedFile(Frozen):
    """A file as it is kept."""

    name: str
    media_type: str
    suffix: str
    """With its dot."""


def examine(name: str, content: bytes) -> AttachedFile:
    """The file under a clean name, its type read from its content.

    Raises:
        FileRefused: it is empty, of no type that is taken, or its name claims another type.
    """
    clean = clean_name(name)
    if not content:
        raise FileRefused(f"{clean} is empty")
    suffix = PurePosixPath(clean).suffix.lower()
    media_type = media_type_of(content, suffix)
    if media_type is None:
        raise FileRefused(f"{clean} is no file of a type that can be attached: {', '.join(_all_suffixes())}")
    known = SUFFIXES[media_type]
    if suffix and suffix not in known:
        raise FileRefused(f"{clean} holds {media_type}: its name should end in {' or '.join(known)}")
    return AttachedFile(name=clean if suffix else clean + known[0], media_type=media_type, suffix=known[0])


def media_type_of(content: bytes, suffix: str) -> str | None:
    """What the content is, None for anything that is not taken. Among texts the ending of the name decides."""
    for signature, media_type in _SIGNATURES:
        if signature.match(content):
            return media_type
    if content.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _archive_type(content)
    text = _text(content)
    if text is None:
        return None
    return next((kind for kind, is_of in _TEXTS if suffix in SUFFIXES[kind] and is_of(text)), _plain(suffix))


def clean_name(name: str) -> str:
    r"""The last part of a path, without what could end a header, hide an ending or climb a folder.

    >>> clean_name("C:\\Users\\ada\\..\\receipt?.pdf")
    'receipt_.pdf'
    """
    last = re.split(r"[/\\]", unicodedata.normalize("NFC", name))[-1]
    # Control, format (which turn the reading direction), surrogate and private characters.
    printable = "".join(" " if c.isspace() else c for c in last if c.isspace() or unicodedata.category(c)[0] != "C")
    safe = re.sub(r'[<>:"|?*]', "_", re.sub(r"\s+", " ", printable)).strip(". ")
    return _shortened(safe or "attachment")


def _shortened(name: str) -> str:
    stem, suffix = PurePosixPath(name).stem, PurePosixPath(name).suffix
    room = LONGEST_NAME - len(suffix.encode())
    if len(name.encode()) <= LONGEST_NAME:
        return name
    if room <= 0:
        return name.encode()[:LONGEST_NAME].decode(errors="ignore")
    return stem.encode()[:room].decode(errors="ignore").rstrip(". ") + suffix


def _archive_type(content: bytes) -> str | None:
    """An office document or any other ZIP archive; its directory is read, nothing is unpacked."""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            names = archive.namelist()
            if names[:1] == ["mimetype"]:
                return _open_document_type(archive)
    except DAMAGED:
        return None
    if "[Content_Types].xml" in names:
        kinds = [kind for folder, kind in _OFFICE_FOLDERS.items() if any(name.startswith(folder) for name in names)]
        return kinds[0] if kinds else "application/zip"
    return "application/zip"


def _open_document_type(archive: zipfile.ZipFile) -> str:
    with archive.open("mimetype") as entry:
        stated = entry.read(_LONGEST_MEDIA_TYPE).decode("ascii", errors="replace")
    return stated if stated in SUFFIXES else "application/zip"


def _text(content: bytes) -> str | None:
    """The content as text: UTF-8, UTF-16 with its mark, or Windows-1252 as spreadsheets still write it."""
    encodings = ("utf-16",) if content.startswith((b"\xff\xfe", b"\xfe\xff")) else ("utf-8-sig", "cp1252")
    for encoding in encodings:
        try:
            text = content.decode(encoding)
        except UnicodeDecodeError:
            continue
        return None if _NO_TEXT.search(text) else text
    return None


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _is_xml(text: str) -> bool:
    """Not parsed: an XML parser is a target, and nobody here reads the file."""
    return re.match(r"\s*<[?!A-Za-z_]", text) is not None


def _is_any(_text: str) -> bool:
    return True


def _plain(suffix: str) -> str | None:
    """Text that its name calls by none of the types of text: plain text, if the name calls it nothing at all."""
    return None if suffix else "text/plain"


def _all_suffixes() -> list[str]:
    return [suffix for suffixes in SUFFIXES.values() for suffix in suffixes]


_TEXTS: tuple[tuple[str, Callable[[str], bool]], ...] = (
    ("application/json", _is_json),
    ("application/xml", _is_xml),
    ("text/csv", _is_any),
    ("text/plain", _is_any),
)
