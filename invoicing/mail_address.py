"""Mail addresses: what we take for one, wherever it comes from."""

import re

import idna

LONGEST_ADDRESS_OCTETS = 254
"""RFC 5321 4.5.3.1.3, less the angle brackets."""
LONGEST_LOCAL_PART_OCTETS = 64

# RFC 5322 3.2.3 dot-atom, with RFC 6531's letters beyond ASCII.
_ATOM = r"(?:[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]|[^\x00-\xa0\s\u2028\u2029\ud800-\udfff\ufeff])+"
_LOCAL_PART = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")


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
        split_address(text)
    except NotAMailAddress:
        return False
    return True


def comparable(address: str) -> str:
    """The address as it is compared: nearly every server takes the part before the @ in any case (RFC 5321 2.4).

    >>> comparable("Erika@B\u00dcCHER.example") == comparable("erika@xn--bcher-kva.example")
    True
    """
    try:
        local, domain = split_address(address)
    except NotAMailAddress:
        return address.casefold()
    return f"{local.casefold()}@{domain}"


def split_address(address: str) -> tuple[str, str]:
    """Local part, and domain in its ASCII form (RFC 5891).

    Raises:
        NotAMailAddress: it is none.
    """
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
