"""What a bounce says of a mail (RFC 3464): which mail it was, and what became of it for whom."""

from enum import StrEnum

from invoicing.frozen import Frozen


class Action(StrEnum):
    """What has become of the mail for one recipient (RFC 3464 2.3.3)."""

    FAILED = "failed"
    """It did not arrive and will not."""
    DELAYED = "delayed"
    """It has not arrived yet, and is still tried."""
    DELIVERED = "delivered"
    RELAYED = "relayed"
    """It was handed on to a server that sends no word of what follows."""
    EXPANDED = "expanded"
    """It went on to the members of a list."""


class RecipientReport(Frozen):
    """What became of the mail for one recipient."""

    addresses: tuple[str, ...] = ()
    """What the report calls the recipient: as the sender did, and as the last server did. Empty: it names nobody."""
    action: Action
    status: str | None = None
    """RFC 3463: `5.1.1`."""
    diagnostic: str | None = None
    """The last server's words, without addresses."""


class Bounce(Frozen):
    """A bounce, read."""

    message_ids: tuple[str, ...]
    """What may be the mail's Message-ID, with angle brackets, the likeliest first."""
    reports: tuple[RecipientReport, ...]
