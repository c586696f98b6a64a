"""What the mail server's refusals and silences mean (RFC 5321 4.2.1: 4xx for now, 5xx for good)."""

import re
import ssl
from collections.abc import Sequence

import aiosmtplib

from integrations.faults import PermanentFault, TransientFault, quoted

# RFC 4954 6 and RFC 3207 4: the server wants another login or TLS, which an operator has to see to.
LOGIN_CODES = frozenset({530, 534, 535, 538})


_STATUS = re.compile(r"\s*([245]\.\d{1,3}\.\d{1,3})(?![\d.])")


class MailRefused(PermanentFault):
    """The mail server will never take this mail."""

    def __init__(self, message: str, *, recipient: str | None = None, status: str | None = None) -> None:
        """See `MailDeferred`."""
        super().__init__(message)
        self.recipient = recipient
        self.status = status


class MailDeferred(TransientFault):
    """The mail server does not take this mail now.

    Attributes:
        recipient: of the envelope, where it is one of them that is not taken; None: the mail as a whole is not.
        status: the server's status code (RFC 3463), None where it gave none.
    """

    def __init__(self, message: str, *, recipient: str | None = None, status: str | None = None) -> None:
        super().__init__(message)
        self.recipient = recipient
        self.status = status


def fault_of(error: Exception, local_parts: Sequence[str]) -> TransientFault | MailRefused:
    """The fault that an exception of the mail library or of the connection stands for.

    Args:
        error: what was raised.
        local_parts: of the recipients' addresses; taken out of what the server said.
    """
    match error:
        case aiosmtplib.SMTPRecipientRefused():
            return _refusal("the recipient", error, local_parts)
        case aiosmtplib.SMTPSenderRefused():
            return _refusal("the sender", error, local_parts)
        case aiosmtplib.SMTPDataError():
            return _refusal("the mail", error, local_parts)
        case aiosmtplib.SMTPAuthenticationError():
            return _not_logged_in(error.code)
        case aiosmtplib.SMTPNotSupported():
            return MailRefused("The mail server takes no address with letters beyond ASCII.")
    return TransientFault(_what_went_wrong(error))


def _refusal(
    what: str, error: aiosmtplib.SMTPResponseException, local_parts: Sequence[str]
) -> TransientFault | MailRefused:
    if error.code in LOGIN_CODES:
        return _not_logged_in(error.code)
    names = "|".join(re.escape(name) for name in sorted(local_parts, key=len, reverse=True))
    said = re.sub(rf"(?<!\w)(?:{names})(?!\w)", "...", quoted(error.message), flags=re.IGNORECASE)
    sentence = f"The mail server refused {what} ({error.code} {said})."
    fault = MailRefused if error.code // 100 == 5 else MailDeferred  # noqa: PLR2004
    recipient = error.recipient if isinstance(error, aiosmtplib.SMTPRecipientRefused) else None
    status = _STATUS.match(error.message)
    return fault(sentence, recipient=recipient, status=status[1] if status else None)


def _not_logged_in(code: int) -> TransientFault:
    return TransientFault(f"The mail server does not accept our login ({code}): check INVOICES_SMTP_URL.")


def _what_went_wrong(error: Exception) -> str:
    match error:
        case aiosmtplib.SMTPResponseException():
            return f"The mail server does not talk to us now ({error.code} {quoted(error.message)})."
        case ssl.SSLError() | aiosmtplib.SMTPConnectError(__cause__=ssl.SSLError()):
            return "The mail server's TLS certificate is not trusted: mend it, or name its authority in SSL_CERT_FILE."
        case TimeoutError():
            return "The mail server did not answer in time."
        case aiosmtplib.SMTPConnectError():
            return "The mail server cannot be reached."
        case aiosmtplib.SMTPException() if not isinstance(error, ConnectionError):
            return f"The mail server does not offer what INVOICES_SMTP_URL asks for ({quoted(error.message)})."
    return "The mail server ended the connection."
