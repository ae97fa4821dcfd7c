"""Two programs never get the same TCP port of 127.0.0.1.

A port is reserved by binding a socket to it with SO_REUSEADDR and not listening. On Linux another socket that
also sets SO_REUSEADDR, as Asterisk's servers do (main/tcptls.c), may then bind and listen there, while neither
bind(0) nor connect() of any other program is given that port as long as the reservation is open.
"""

from __future__ import annotations

import socket

from callgate.errors import MachineError


class ReservedPort:
    """A TCP port of 127.0.0.1, ours until `release()`."""

    def __init__(self) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        try:
            self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            self._socket.bind(("127.0.0.1", 0))
        except OSError as error:
            self._socket.close()
            raise MachineError(f"no free TCP port on 127.0.0.1: {error.strerror}") from error
        self.number: int = self._socket.getsockname()[1]

    def release(self) -> None:
        """Give the port back."""
        self._socket.close()
