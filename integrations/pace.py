"""How fast we call: every call to somebody downstream waits for its turn first."""

from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Protocol

from integrations.faults import TransientFault

Turn = Callable[[str], Awaitable[None]]
"""Waits until a call for this tenant may be made."""


class Downstream(StrEnum):
    """Whom we call."""

    ORDER_SERVICE = "order-service"
    PAYMENT_GATEWAY = "payment-gateway"
    MAIL_SERVER = "mail-server"


class HeldBack(TransientFault):
    """Our own limit on calls is reached: nothing was sent."""


class Pace(Protocol):
    """Who may call whom, and when."""

    def is_limited(self, downstream: Downstream, tenant: str) -> bool:
        """Whether there is anything to wait for."""

    async def wait(self, downstream: Downstream, tenant: str) -> None:
        """Wait for a turn, unless this task has taken one ahead.

        Raises:
            HeldBack: the turn is too far off to wait for; it says when to come back, where somebody will.
        """

    async def take_ahead(self, downstream: Downstream, tenant: str) -> None:
        """Wait for the turn of this task's next call, before it writes down that it makes one.

        Raises:
            HeldBack: as `wait`.
        """


class Unpaced:
    """No limits."""

    def is_limited(self, _downstream: Downstream, _tenant: str) -> bool:
        """See `Pace.is_limited`."""
        return False

    async def wait(self, _downstream: Downstream, _tenant: str) -> None:
        """See `Pace.wait`."""

    async def take_ahead(self, _downstream: Downstream, _tenant: str) -> None:
        """See `Pace.take_ahead`."""


UNPACED = Unpaced()


async def at_once(_tenant: str) -> None:
    """The turn of somebody who needs not wait."""
