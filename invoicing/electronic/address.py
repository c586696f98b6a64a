"""Electronic addresses (EN 16931 BT-34, BT-49): `scheme:identifier`, as Peppol writes them."""

import re

LONGEST_IDENTIFIER = 135
"""Peppol's policy for participant identifiers, POLICY 1."""

_ADDRESS = re.compile(rf"(?:\d{{4}}|AN|AQ|AS|AU|EM):[^\s\x00-\x1f\x7f]{{1,{LONGEST_IDENTIFIER}}}")


def is_electronic_address(text: str) -> bool:
    """Whether `text` is a scheme of the form that the EAS code list knows, a colon, and an identifier without spaces.

    That the scheme is on today's list and the identifier one of its own is for the access point to say.

    >>> is_electronic_address("0195:SGUEN201912345K"), is_electronic_address("201912345K")
    (True, False)
    """
    return _ADDRESS.fullmatch(text) is not None
