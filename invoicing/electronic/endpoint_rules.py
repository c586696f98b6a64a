"""Whether an identifier is one of its scheme: what Peppol checks of electronic addresses and registration numbers."""

import re
from collections.abc import Callable
from typing import NamedTuple

from stdnum import luhn
from stdnum.au import abn
from stdnum.no import orgnr

BELGIAN_MODULUS = 97


class SchemeRule(NamedTuple):
    """The identifiers of a scheme (EAS and ICD agree on these codes)."""

    rule: str
    name: str
    fits: Callable[[str], bool]


def _is_gln(text: str) -> bool:
    """GS1's check digit: weights 3, 1, 3, ... from the right; of any length, as the rule has it.

    >>> _is_gln("7300010000001"), _is_gln("7300010000002")
    (True, False)
    """
    if not re.fullmatch(r"[0-9]{2,}", text):
        return False
    weighted = sum(int(digit) * (3 if place % 2 == 0 else 1) for place, digit in enumerate(reversed(text[:-1])))
    return (10 - weighted % 10) % 10 == int(text[-1])


def _is_belgian(text: str) -> bool:
    """Ten digits, the last two of them 97 less the rest of the others modulo 97.

    >>> _is_belgian("0202239951"), _is_belgian("0202239950")
    (True, False)
    """
    return bool(re.fullmatch(r"[0-9]{10}", text)) and int(text[8:]) == BELGIAN_MODULUS - int(text[:8]) % BELGIAN_MODULUS


def _is_norwegian(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{9}", text)) and orgnr.is_valid(text)


def _is_danish(text: str) -> bool:
    return bool(re.fullmatch(r"DK[0-9]{8}", text))


def _is_swedish(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{10}", text)) and luhn.is_valid(text)


def _is_australian(text: str) -> bool:
    return bool(re.fullmatch(r"[0-9]{11}", text)) and abn.is_valid(text)


SCHEME_RULES = {
    "0088": SchemeRule("PEPPOL-COMMON-R040", "GLN", _is_gln),
    "0192": SchemeRule("PEPPOL-COMMON-R041", "Norwegian organisation number", _is_norwegian),
    "0184": SchemeRule("PEPPOL-COMMON-R042", "Danish CVR number (DK and eight digits)", _is_danish),
    "0208": SchemeRule("PEPPOL-COMMON-R043", "Belgian enterprise number", _is_belgian),
    "0007": SchemeRule("PEPPOL-COMMON-R049", "Swedish organisation number", _is_swedish),
    "0151": SchemeRule("PEPPOL-COMMON-R050", "Australian Business Number", _is_australian),
}
"""By the scheme's code; of the Italian ones Peppol only warns."""


def broken_rule(scheme: str, identifier: str) -> SchemeRule | None:
    """The rule that the identifier breaks, if its scheme has one.

    >>> broken_rule("0184", "12345678").rule
    'PEPPOL-COMMON-R042'
    """
    rule = SCHEME_RULES.get(scheme)
    return rule if rule is not None and not rule.fits(identifier) else None
