"""A WebSocket to no Asterisk: it notes what is sent, and ends when a test says so."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from callgate.ari.errors import AriConnectionError
from callgate.ari.websocket import SocketEnd

if TYPE_CHECKING:
    from self_test.scenario.fakes import FakeAsterisk


class FakeSocket:
    """A WebSocket that closes when told to."""

    def __init__(self, asterisk: FakeAsterisk, name: str, apps: tuple[str, ...], *, subscribe_all: bool) -> None:
        self._asterisk = asterisk
        self.name = name
        self.apps = apps
        self.subscribe_all = subscribe_all
        self.is_closed = False
        self.aborted = False
        self.reading = True
        self.sent: list[bytes] = []
        #: What the Close frame has that answers ours.
        self.code = 1000
        self.address = "127.0.0.1:1"
        #: Whether it is sent what is to come last.
        self.hears = True
        #: What `close` raises, if anything.
        self.error: Exception | None = None
        #: Whether Asterisk deactivates the applications as soon as this is closed.
        self.deactivates = True
        #: What Asterisk logs then, if it opened this one.
        self.obituary: tuple[str, ...] = ()

    async def send_raw(self, data: bytes) -> None:
        """As `EventSocket.send_raw`."""
        if self.is_closed:
            raise AriConnectionError(f"{self.name} has ended")
        self.sent.append(data)
        self._asterisk.recorder.ari_frame(self.name, "sent", data)

    def end(self, what: str) -> None:
        """Asterisk ends it, and deactivates its applications."""
        self._asterisk.recorder.ari_socket(self.name, what)
        self._ended()

    async def close(self, reactor: Any, timeout: float) -> SocketEnd:
        """As `EventSocket.close`."""
        self.is_closed = True
        if self.error is not None:
            raise self.error
        self._asterisk.recorder.ari_socket(self.name, f"closed: {self.code}")
        self._ended()
        return SocketEnd(clean=True, code=self.code, what=f"closed: {self.code}")

    def abort(self) -> None:
        """As `EventSocket.abort`."""
        self.aborted = self.is_closed = True
        self._asterisk.recorder.ari_socket(self.name, "aborted")
        self._ended()

    def _ended(self) -> None:
        for app in self.apps if self.deactivates else ():
            self._asterisk.log("VERBOSE", f"Deactivating Stasis app '{app}'")
            self._asterisk.log("VERBOSE", f"stasis/app.c: Destroying Stasis app {app}")
        for text in self.obituary:
            self._asterisk.log("WARNING", text)

    def kill(self) -> None:
        """As `EventSocket.kill`."""
        self.is_closed = True
        self._asterisk.recorder.ari_socket(self.name, "killed")
        self._ended()

    async def closed(self) -> SocketEnd:
        """As `EventSocket.closed`, for one that was aborted."""
        return SocketEnd(clean=False, code=1006, what="aborted")

    def pause(self) -> None:
        """As `EventSocket.pause`."""
        self.reading = False

    def resume(self) -> None:
        """As `EventSocket.resume`."""
        self.reading = True

    def break_off(self) -> None:
        """End without having been asked to."""
        self._asterisk.recorder.ari_socket(self.name, "lost: the connection was reset")
