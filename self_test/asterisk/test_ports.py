"""A reserved port is nobody else's, and still open to the server that it is reserved for."""

from __future__ import annotations

import errno
import secrets
import socket
import struct
from pathlib import Path

import pytest

from callgate.asterisk import ports
from callgate.asterisk.ports import ReservedPort, reserve_for_both, reserved
from callgate.errors import MachineError

#: linux/in.h: narrows what bind(0) of one socket chooses from to `low | high << 16` (Linux 6.3).
IP_LOCAL_PORT_RANGE = 51


def test_two_reservations_differ() -> None:
    ports = [ReservedPort() for _ in range(20)]
    assert len({port.number for port in ports}) == 20
    for port in ports:
        port.release()


def test_a_server_as_asterisks_can_listen_there_and_be_reached() -> None:
    port = ReservedPort()
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", port.number))
        server.listen()
        with socket.create_connection(("127.0.0.1", port.number), timeout=10):
            accepted, _ = server.accept()
            accepted.close()
    port.release()


@pytest.mark.parametrize("reuse", [0, 1])
def test_nobody_else_is_given_it(reuse: int) -> None:
    port = ReservedPort()
    with socket.socket() as other:
        other.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, reuse)
        try:
            only = struct.pack("I", port.number | port.number << 16)
            other.setsockopt(socket.IPPROTO_IP, IP_LOCAL_PORT_RANGE, only)
        except OSError:
            pytest.skip("this kernel cannot be told which port to try")
        with pytest.raises(OSError, match="Address already in use") as caught:
            other.bind(("127.0.0.1", 0))
        assert caught.value.errno == errno.EADDRINUSE
        port.release()
        other.bind(("127.0.0.1", 0))
        assert other.getsockname()[1] == port.number, "the way this is tested can give that port"


def test_it_can_be_given_back_twice() -> None:
    port = ReservedPort()
    port.release()
    port.release()


def test_a_machine_without_ports(monkeypatch: pytest.MonkeyPatch) -> None:
    class Full(socket.socket):
        def bind(self, address: object) -> None:
            raise OSError(errno.EADDRINUSE, "Address already in use")

    monkeypatch.setattr(socket, "socket", Full)
    with pytest.raises(MachineError, match=r"no free TCP port on 127\.0\.0\.1: Address already in use"):
        ReservedPort()


# A test's own ports: a server may come by TCP or by UDP.

def test_a_port_for_both_is_free_for_udp_and_reserved_for_tcp() -> None:
    port = reserve_for_both()
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", port.number))
    with socket.socket() as server:
        server.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        server.bind(("127.0.0.1", port.number))
        server.listen()
    port.release()


def test_the_same_number_is_not_reserved_twice() -> None:
    port = reserve_for_both()
    with pytest.raises(MachineError, match=rf"TCP port {port.number} of 127\.0\.0\.1 is not free"):
        ReservedPort(port.number)
    port.release()
    ReservedPort(port.number).release()


def test_a_number_that_udp_has_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as busy:
        busy.bind(("127.0.0.1", 0))
        taken = busy.getsockname()[1]
        numbers = iter([taken, 0])
        monkeypatch.setattr(ports, "_above_those_of_linux", lambda: range(1))
        monkeypatch.setattr(secrets, "choice", lambda _range: next(numbers))
        port = reserve_for_both()
        assert port.number != taken
    port.release()


def test_linux_gives_it_to_nobody_who_does_not_ask_for_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "ip_local_port_range"
    told.write_text("32768\t60000\n")
    monkeypatch.setattr(ports, "_CHOSEN_BY_LINUX", told)
    for _ in range(20):
        port = reserve_for_both()
        assert port.number > 60000
        port.release()


@pytest.mark.parametrize("text", ["1024 65535", "nonsense", None])
def test_where_linux_chooses_from_all_any_will_do(tmp_path: Path, text: str | None,
                                                  monkeypatch: pytest.MonkeyPatch) -> None:
    told = tmp_path / "ip_local_port_range"
    if text is not None:
        told.write_text(text)
    monkeypatch.setattr(ports, "_CHOSEN_BY_LINUX", told)
    reserve_for_both().release()


def test_ports_with_names_are_given_back_together() -> None:
    with reserved(["sip", "iax"]) as named:
        numbers = {name: port.number for name, port in named.items()}
    assert len(set(numbers.values())) == 2
    for number in numbers.values():
        ReservedPort(number).release()
