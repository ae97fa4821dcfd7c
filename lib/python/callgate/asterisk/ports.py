"""Two programs never get the same TCP port of 127.0.0.1.

A port is reserved by binding a socket to it and not listening. Once SO_REUSEADDR is set on it, Linux lets another
socket that sets this too, as Asterisk's servers do (main/tcptls.c), bind and listen there, while neither bind(0) nor
connect() of any other program is given that port as long as the reservation is open.
"""

from __future__ import annotations

import contextlib
import secrets
import socket
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from callgate.errors import MachineError

_LOCALHOST = "127.0.0.1"
#: Where Linux says from which ports it chooses itself (ip(7)).
_CHOSEN_BY_LINUX = Path("/proc/sys/net/ipv4/ip_local_port_range")
#: With fewer ports than this outside of that range, it is not worth looking there.
_ENOUGH = 500
#: How often a number is looked for that nobody uses.
_TRIES = 200


class ReservedPort:
    """A TCP port of 127.0.0.1, ours until `release()`."""

    def __init__(self, number: int = 0) -> None:
        """Reserve this port, or with 0 one that is free. Raises MachineError if it can't be had."""
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            # Without SO_REUSEADDR until it is ours: with it, two that do not listen may both have the same port.
            self._socket.bind((_LOCALHOST, number))
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        except OSError as error:
            self._socket.close()
            what = f"TCP port {number} of {_LOCALHOST} is not free" if number else f"no free TCP port on {_LOCALHOST}"
            raise MachineError(f"{what}: {error.strerror}") from error
        self.number: int = self._socket.getsockname()[1]

    def release(self) -> None:
        """Give the port back."""
        self._socket.close()


def reserve_for_both() -> ReservedPort:
    """A port that is free for TCP and for UDP; for a server of either kind.

    The TCP port is ours, as ever. The UDP port was free a moment ago, and no more can be promised: a UDP socket that
    were to keep it could not share it with Asterisk without taking packets from it. But it lies above those from which
    Linux chooses, where it can, and above those of Asterisk's RTP (5000 to 31000 by default), so that nobody is given
    it who does not ask for that very number; and another Callgate can't, as the TCP port of that number is taken.

    Raises MachineError where there is none.
    """
    numbers = _above_those_of_linux()
    unlucky: list[ReservedPort] = []
    try:
        for _ in range(_TRIES):
            with contextlib.suppress(MachineError):
                port = ReservedPort(secrets.choice(numbers) if numbers else 0)
                if _is_free_for_udp(port.number):
                    return port
                unlucky.append(port)  # kept for now, so that it is not given again
    finally:
        for port in unlucky:
            port.release()
    raise MachineError(f"no port on {_LOCALHOST} is free for both TCP and UDP")


@contextlib.contextmanager
def reserved(names: Iterable[str]) -> Iterator[Mapping[str, ReservedPort]]:
    """Reserve a port for TCP and UDP under each name, for as long as the context lasts."""
    with contextlib.ExitStack() as stack:
        ports: dict[str, ReservedPort] = {}
        for name in names:
            ports[name] = reserve_for_both()
            stack.callback(ports[name].release)
        yield ports


def _above_those_of_linux() -> range:
    """The ports from which Linux chooses none by itself; empty if these are too few, or unknown."""
    try:
        _, last = map(int, _CHOSEN_BY_LINUX.read_text().split())
    except (OSError, ValueError):
        return range(0)
    above = range(last + 1, 1 << 16)
    return above if len(above) >= _ENOUGH else range(0)


def _is_free_for_udp(number: int) -> bool:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.bind((_LOCALHOST, number))
        except OSError:
            return False
    return True
