"""Header fields of a mail that carry somebody's words: subject, names beside addresses, file names (RFC 5322 2.2).

The library's own header classes take a text for one that is encoded already: `=?utf-8?q?=0d=0aBcc:...?=` became a
header of its own, and a name that was folded lost its quotes, so that what stands in it became addresses. Here words
are only ever written, never read.
"""

import re
from collections.abc import Iterable
from email.charset import BASE64, Charset
from email.header import Header
from email.headerregistry import Address
from urllib.parse import quote

_LINE = 76
"""Characters of a header line that holds an encoded word (RFC 2047 2)."""
_BREAK = "\r\n "
_LONGEST_NAME = "Reply-To"
_LONGEST_QUOTED = 60
_ENCODED_WORD = "=?"
_RFC_2231 = "utf-8''"
_FILE_NAME_PIECE = re.compile(r"(?:%..|[^%]){1,16}")
_PLAIN_FILE_NAME = re.compile(rf"[ !#-\[\]-~]{{1,{_LONGEST_QUOTED}}}")
_UTF8 = Charset("utf-8")
_UTF8.header_encoding = BASE64


def unstructured(name: str, value: str) -> bytes:
    """A field of running text, such as the subject. The text holds no control characters."""
    is_plain = value.isascii() and _ENCODED_WORD not in value and max(map(len, value.split()), default=0) < _LINE
    return f"{name}: {_folded(name, value, None if is_plain else _UTF8)}\r\n".encode("ascii")


def addresses(name: str, listed: Iterable[Address]) -> bytes:
    """A field of addresses, each on a line of its own; a part before the @ beyond ASCII stays as it is (RFC 6532)."""
    return f"{name}: {(',' + _BREAK).join(map(_mailbox, listed))}\r\n".encode()


def disposition(file_name: str) -> bytes:
    """What to save an attachment as (RFC 2183 2.3, RFC 2231)."""
    if _PLAIN_FILE_NAME.fullmatch(file_name) and _ENCODED_WORD not in file_name:
        parameters = [f'filename="{file_name}"']
    else:
        pieces = _FILE_NAME_PIECE.findall(quote(file_name, safe=""))
        parameters = [f"filename*{n}*={'' if n else _RFC_2231}{piece}" for n, piece in enumerate(pieces)]
    return f"Content-Disposition: {(';' + _BREAK).join(['attachment', *parameters])}\r\n".encode("ascii")


def _mailbox(address: Address) -> str:
    if not address.display_name:
        return address.addr_spec
    return f"{_phrase(address.display_name)} <{address.addr_spec}>"


def _phrase(text: str) -> str:
    """Words before an address: in quotes, which keep commas and angle brackets in them from ending it, or encoded.

    Encoded ones leave room for the longest name that stands before them.
    """
    if text.isascii() and _ENCODED_WORD not in text and len(text) <= _LONGEST_QUOTED:
        return '"' + re.sub(r'(["\\])', r"\\\1", text) + '"'
    return _folded(_LONGEST_NAME, text, _UTF8) + "\r\n"


def _folded(name: str, text: str, charset: Charset | None) -> str:
    return Header(text, charset, maxlinelen=_LINE, header_name=name).encode(linesep="\r\n")
