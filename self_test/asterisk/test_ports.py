"""A reserved port is nobody else's, and still open to the server that it is reserved for."""

from __future__ import annotations

import errno
import socket
import struct

import pytest

from callgate.asterisk.ports import ReservedPort
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
