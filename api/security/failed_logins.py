"""Who has to wait before it may try to log in again: guessing secrets is made slow, logging in is not.

Only failures count, in this process's memory: against the client id, against the address, and against the two together,
each draining by the limit a minute. A client that has logged in from an address before is measured by what the two have
done together: it does not suffer from those who guess at its id elsewhere, or who share its address.
"""

import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass, field
from ipaddress import IPv6Address, ip_address, ip_network
from typing import NamedTuple, TypeVar

REMEMBERED = 10_000
"""Entries of each kind; the one that was longest not touched is forgotten first."""
MINUTE = 60.0

Value = TypeVar("Value")


class _Attempt(NamedTuple):
    client_id: str | None
    network: str | None


@dataclass(frozen=True)
class FailedLogins:
    """The failures of the last while, and who has logged in from where."""

    clock: Callable[[], float] = time.monotonic
    _failures: "OrderedDict[_Attempt, tuple[float, float]]" = field(default_factory=OrderedDict)
    """How many stand against an attempt, and at which instant they did."""
    _welcome: "OrderedDict[_Attempt, None]" = field(default_factory=OrderedDict)

    def seconds_to_wait(self, client_id: str, address: str, limit: int) -> float:
        """How long this client has to wait at this address; 0: not at all. `limit` is failures a minute."""
        together = _Attempt(client_id, _network(address))
        counting = [together] if together in self._welcome else _parts(together)
        excess = max(self._standing(attempt, limit) for attempt in counting) - (limit - 1)
        return max(0.0, excess) * MINUTE / limit

    def note_failure(self, client_id: str, address: str, limit: int) -> None:
        """Count it."""
        together = _Attempt(client_id, _network(address))
        for attempt in (together, *_parts(together)):
            _keep(self._failures, attempt, (min(self._standing(attempt, limit) + 1, limit), self.clock()))

    def note_success(self, client_id: str, address: str) -> None:
        """From now on the client is measured by itself at this address."""
        _keep(self._welcome, _Attempt(client_id, _network(address)), None)

    def _standing(self, attempt: _Attempt, limit: int) -> float:
        count, at = self._failures.get(attempt, (0.0, 0.0))
        return max(0.0, count - (self.clock() - at) * limit / MINUTE)


def _parts(together: _Attempt) -> list[_Attempt]:
    return [_Attempt(together.client_id, None), _Attempt(None, together.network)]


def _network(address: str) -> str:
    """The address; of IPv6 its /64, which one subscriber has all of."""
    try:
        parsed = ip_address(address)
    except ValueError:
        return address
    return str(ip_network((parsed, 64), strict=False)) if isinstance(parsed, IPv6Address) else address


def _keep(entries: "OrderedDict[_Attempt, Value]", attempt: _Attempt, value: Value) -> None:
    entries[attempt] = value
    entries.move_to_end(attempt)
    if len(entries) > REMEMBERED:
        entries.popitem(last=False)
