import socket
from pathlib import Path

from demo.embedded.ports import LOOPBACK
from demo.known_ports import KnownPorts, is_free


def test_a_port_is_the_same_in_the_next_run(tmp_path: Path) -> None:
    first = KnownPorts(tmp_path / "ports.json").take("api")
    assert KnownPorts(tmp_path / "ports.json").take("api") == first


def test_every_name_has_ports_of_its_own(tmp_path: Path) -> None:
    ports = KnownPorts(tmp_path / "ports.json")
    assert len({*ports.take("Temporal", 4), *ports.take("api")}) == 5


def test_a_port_that_somebody_else_took_is_replaced_for_good(tmp_path: Path) -> None:
    ports = KnownPorts(tmp_path / "ports.json")
    [lost] = ports.take("api")
    with socket.socket() as somebody:
        somebody.bind((LOOPBACK, lost))
        somebody.listen()
        [found] = ports.take("api")
        assert found != lost
    assert ports.take("api") == [found]


def test_a_server_that_has_just_ended_leaves_its_port_free() -> None:
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind((LOOPBACK, 0))
        server.listen()
        port = server.getsockname()[1]
        with socket.create_connection((LOOPBACK, port)) as client:
            connection, _ = server.accept()
            connection.close()
            client.recv(1)
    assert is_free(port)


def test_a_damaged_file_is_as_good_as_none(tmp_path: Path) -> None:
    for damage in ('{"api": ["x"]}', "[1]", '{"api": [70000]}', "{"):
        (tmp_path / "ports.json").write_text(damage)
        [port] = KnownPorts(tmp_path / "ports.json").take("api")
        assert 0 < port <= 65535


def test_another_count_of_ports_is_chosen_anew(tmp_path: Path) -> None:
    ports = KnownPorts(tmp_path / "ports.json")
    ports.take("Temporal", 2)
    assert len(ports.take("Temporal", 4)) == 4
