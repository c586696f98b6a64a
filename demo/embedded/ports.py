"""Free TCP ports on the loopback interface."""

import random
import socket
from contextlib import ExitStack

LOOPBACK = "127.0.0.1"
CANDIDATES = range(20_000, 32_768)
"""Below those that Linux (from 32768) and macOS (from 49152) lend to outgoing connections, which come at any moment."""
ATTEMPTS = 200


def free_ports(count: int) -> list[int]:
    """Distinct ports that nobody listens on now.

    They are free again when this returns, so somebody else may be faster: `launch` then tries with others.

    Raises:
        OSError: hardly any port is free.
    """
    with ExitStack() as held:
        return [_bind_any(held.enter_context(socket.socket())) for _ in range(count)]


def _bind_any(unbound: socket.socket) -> int:
    for _ in range(ATTEMPTS - 1):
        port = random.choice(CANDIDATES)
        try:
            unbound.bind((LOOPBACK, port))
        except OSError:
            continue
        return port
    unbound.bind((LOOPBACK, 0))
    return int(unbound.getsockname()[1])
