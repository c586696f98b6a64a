"""Mail addresses as they go into envelope and header."""

import re
from email.headerregistry import Address

from invoicing.mail_address import split_address

_NAMED = re.compile(r"(?P<name>[^<>]*)<(?P<address>[^<>]*)>\s*")
_CONTROLS = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")


def mailbox(text: str) -> Address:
    """`address` or `Display Name <address>` as a mailbox for headers; the domain becomes its ASCII form (RFC 5891).

    Raises:
        NotAMailAddress: there is no usable address in it.
    """
    named = _NAMED.fullmatch(text.strip())
    if named is None:
        local, domain = split_address(text.strip())
        return Address("", local, domain)
    local, domain = split_address(named["address"].strip())
    return Address(one_line(named["name"]).strip('"'), local, domain)


def one_line(text: str) -> str:
    """`text` without anything that could end a header line: control characters become spaces."""
    return _CONTROLS.sub(" ", encodable(text)).strip()


def encodable(text: str) -> str:
    """`text` with a question mark for every half of a surrogate pair, so that it has a UTF-8 form."""
    return text.encode("utf-8", "replace").decode("utf-8")
