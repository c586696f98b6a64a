"""Ports that stay the same from one run to the next, so that links in invoices and browser tabs keep working."""

import json
import socket
from collections.abc import Sequence
from pathlib import Path

from demo.embedded.ports import LOOPBACK, free_ports

HIGHEST_PORT = 65535


class KnownPorts:
    """Remembers ports by name in a file; one that somebody else has taken meanwhile is replaced."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def take(self, name: str, count: int = 1) -> list[int]:
        """The ports of that name, all of them free now."""
        known = self._read()
        ports = known.get(name, [])
        if len(ports) == count and all(map(is_free, ports)):
            return ports
        known[name] = free_ports(count)
        self._write(known)
        return known[name]

    def _read(self) -> dict[str, list[int]]:
        """What is remembered; a damaged file is as good as none."""
        try:
            content = json.loads(self._file.read_text())
        except (OSError, ValueError):
            return {}
        entries = content.items() if isinstance(content, dict) else ()
        return {name: ports for name, ports in entries if _are_ports(ports)}

    def _write(self, known: dict[str, list[int]]) -> None:
        fresh = self._file.with_name(f"{self._file.name}.new")
        fresh.write_text(json.dumps(known, indent=2) + "\n")
        fresh.replace(self._file)


def is_free(port: int) -> bool:
    """Whether nobody listens there; connections of a server that has just ended do not count."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


def _are_ports(value: object) -> bool:
    return isinstance(value, Sequence) and all(isinstance(port, int) and 0 < port <= HIGHEST_PORT for port in value)
