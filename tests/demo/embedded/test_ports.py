import socket
from pathlib import Path

import pytest

from demo.embedded import ports
from demo.embedded.ports import LOOPBACK, free_ports

LENT_BY_LINUX = Path("/proc/sys/net/ipv4/ip_local_port_range")


def test_ports_are_distinct_and_can_be_listened_on() -> None:
    found = free_ports(20)
    assert len(set(found)) == 20
    for port in found:
        with socket.socket() as server:
            server.bind((LOOPBACK, port))
            server.listen()


@pytest.mark.skipif(not LENT_BY_LINUX.exists(), reason="only Linux says which ports it lends")
def test_no_outgoing_connection_can_take_one_before_its_server_does() -> None:
    lowest, highest = map(int, LENT_BY_LINUX.read_text().split())
    if lowest < ports.CANDIDATES.stop:
        pytest.skip(f"this machine lends all ports from {lowest}")
    assert not [port for port in free_ports(100) if lowest <= port <= highest]


def test_ports_that_are_taken_are_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    [taken] = free_ports(1)
    with socket.socket() as somebody:
        somebody.bind((LOOPBACK, taken))
        monkeypatch.setattr(ports, "CANDIDATES", range(taken, taken + 1))
        assert free_ports(1) != [taken]
