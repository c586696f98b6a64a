"""Mail addresses: what we take for one, and how it goes into envelope and header."""

import re
from email.headerregistry import Address

import idna

LONGEST_ADDRESS_OCTETS = 254
LONGEST_LOCAL_PART_OCTETS = 64

# RFC 5322 3.2.3 dot-atom, with RFC 6531's letters beyond ASCII.
_ATOM = r"(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]|[^\x00-\xa0\s\u2028\u2029\ud800-\udfff\ufeff])+"
_LOCAL_PART = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
_NAMED = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>\s*")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


class NotAMailAddress(ValueError):
    """The text is no mail address that we could send to."""


def is_mail_address(text: str) -> bool:
    """Whether `text` is a bare address that a mail server could take: a sanity check, no promise that it exists.

    International domains and local parts are fine, and so is a host without a dot. Quoted local parts and addresses
    of bare IP numbers are not.

    >>> is_mail_address("jörg@bücher.example"), is_mail_address("nobody"), is_mail_address("a b@example.com")
    (True, False, False)
    """
    try:
        _split(text)
    except NotAMailAddress:
        return False
    return True


def mailbox(text: str) -> Address:
    """`address` or `Display Name <address>` as a mailbox for headers; the domain becomes its ASCII form (RFC 5891).

    Raises:
        NotAMailAddress: there is no usable address in it.
    """
    named = _NAMED.fullmatch(text.strip())
    if named is None:
        local, domain = _split(text.strip())
        return Address("", local, domain)
    local, domain = _split(named["address"].strip())
    return Address(one_line(named["name"]).strip('"'), local, domain)


def one_line(text: str) -> str:
    """`text` without anything that could end a header line: control characters become spaces."""
    return _CONTROLS.sub(" ", encodable(text)).strip()


def encodable(text: str) -> str:
    """`text` with a question mark for every half of a surrogate pair, so that it has a UTF-8 form."""
    return text.encode("utf-8", "replace").decode("utf-8")


def _split(address: str) -> tuple[str, str]:
    local, at, domain = address.rpartition("@")
    if not at or not _LOCAL_PART.fullmatch(local) or len(local.encode()) > LONGEST_LOCAL_PART_OCTETS:
        raise NotAMailAddress("no usable part before the @")
    try:
        ascii_domain = idna.encode(domain, uts46=True, std3_rules=True).decode()
    except UnicodeError:
        raise NotAMailAddress("no usable domain after the @") from None
    if ascii_domain.endswith(".") or ascii_domain.rpartition(".")[2].isdigit():
        raise NotAMailAddress("no usable domain after the @")
    if len(local.encode()) + 1 + len(ascii_domain) > LONGEST_ADDRESS_OCTETS:
        raise NotAMailAddress("too long an address")
    return local, ascii_domain
