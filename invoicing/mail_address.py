"""Mail addresses as we accept them: a bare `name@domain`, one line, nothing around it."""

import re

MAX_LENGTH = 254
"""RFC 5321 section 4.5.3.1.3, less the angle brackets."""

ATOMS = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(?:\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*"
LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
ADDRESS = re.compile(rf"(?=.{{1,64}}@){ATOMS}@{LABEL}(?:\.{LABEL})*")
"""RFC 5321 section 4.1.2 without quoted names and address literals; `localhost` is a domain."""


def is_mail_address(text: str) -> bool:
    """Can mail be sent from and to it.

    >>> is_mail_address("shop@example.com"), is_mail_address("Shop <shop@example.com>")
    (True, False)
    """
    return len(text) <= MAX_LENGTH and ADDRESS.fullmatch(text) is not None
