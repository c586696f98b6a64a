"""The two ways in which the outside world fails: waiting may mend it, or it does not.

Messages are sentences for a person. They hold no secret, no token, no customer's name and no e-mail address, because
they end in job answers, logs and Temporal histories.
"""

import math
import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

LONGEST_QUOTE = 300
LONGEST_RETRY_AFTER_SECONDS = 3600.0

_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff\s]+")
_MAIL_ADDRESS = re.compile(r"[^\s<>\"',;:]+@[^\s<>\"',;:]+")


class TransientFault(Exception):
    """Waiting may mend it: a timeout, a refused or cut connection, 5xx, 429, half a body, SMTP 4xx.

    Credentials that an operator has to put right belong here too: the work waits for the operator.

    Attributes:
        retry_after_seconds: how long the other side asked us to wait, at most an hour; None when it did not say.
    """

    def __init__(self, message: str, *, retry_after_seconds: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_seconds = retry_after_seconds


class PermanentFault(Exception):
    """Waiting mends nothing: the same request would be refused tomorrow."""


def retry_after(header: str | None) -> float | None:
    """Seconds to wait by a `Retry-After` header (RFC 9110 10.2.3: seconds or a date), cut to an hour.

    >>> retry_after("7"), retry_after("soon"), retry_after(None)
    (7.0, None, None)
    """
    if header is None:
        return None
    try:
        seconds = float(header)
    except ValueError:
        seconds = _seconds_until(header)
    if math.isnan(seconds):
        return None
    return min(max(seconds, 0.0), LONGEST_RETRY_AFTER_SECONDS)


def _seconds_until(http_date: str) -> float:
    try:
        then = parsedate_to_datetime(http_date)
    except ValueError:
        return math.nan
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return (then - datetime.now(UTC)).total_seconds()


def quoted(text: str) -> str:
    r"""Another system's words, fit to be quoted in ours: one short line without e-mail addresses.

    >>> quoted("5.1.1 <max@example.com>:\n  no such user")
    '5.1.1 <...>: no such user'
    """
    line = _UNPRINTABLE.sub(" ", text).strip()
    line = _MAIL_ADDRESS.sub("...", line)
    return line if len(line) <= LONGEST_QUOTE else f"{line[: LONGEST_QUOTE - 3]}..."
