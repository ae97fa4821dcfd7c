"""The WebSocket server on 127.0.0.1, with our own client in the place of Asterisk."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from self_test.ari.peers import Notes
from self_test.conftest import the_reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint, connectProtocol
from twisted.internet.protocol import Protocol, connectionDone
from twisted.python.failure import Failure

from callgate.ari.address import AriAddress
from callgate.ari.errors import AriAccessError, AriConnectionError, AriRegistrationError, AriTimeoutError
from callgate.ari.reception import Manner, Reception
from callgate.ari.server import Server
from callgate.ari.websocket import EventSocket, open_event_socket
from callgate.asterisk.ports import ReservedPort
from callgate.errors import MachineError

InReactor = Callable[..., Any]


class Site:
    """A server on a port that is reserved for it, and what it said."""

    def __init__(self, port: int, reception: Reception) -> None:
        self.notes = Notes()
        self.taken: list[EventSocket] = []
        self.server = Server(the_reactor(), "srv", port, reception, self.notes, self.taken.append)


@asynccontextmanager
async def site(**reception: Any) -> AsyncIterator[Site]:
    """One that listens; in the end it is stopped, and what it took is closed."""
    port = ReservedPort()
    made = Site(port.number, Reception(**reception))
    made.server.listen()
    try:
        yield made
    finally:
        await made.server.stop()
        for socket in made.taken:
            socket.abort()
            await socket.closed()
        port.release()


async def come(port: int, password: str = "bunny", *, timeout: float = 10) -> EventSocket:
    """Ask for a WebSocket, as Asterisk would."""
    address = AriAddress("127.0.0.1", port, "bugs", password)
    return await open_event_socket(the_reactor(), address, ["a"], name="asterisk", observer=Notes(), timeout=timeout)


class Caller(Protocol):
    """A connection that says something, or nothing; and what became of it."""

    def __init__(self, says: bytes = b"") -> None:
        self.says = says
        self.lost: Deferred[str] = Deferred()

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        assert self.transport is not None
        self.transport.write(self.says)

    def connectionLost(self, reason: Failure = connectionDone) -> None:  # noqa: N802 - Twisted's name
        self.lost.callback(type(reason.value).__name__)


async def call(port: int, says: bytes = b"") -> Caller:
    """Connect with TCP alone."""
    endpoint = TCP4ClientEndpoint(the_reactor(), "127.0.0.1", port)
    caller = Caller(says)
    await connectProtocol(endpoint, caller)
    return caller


def test_one_websocket_is_taken_and_no_more(in_reactor: InReactor) -> None:
    async def scenario() -> None:
        async with site(credentials=("bugs", "bunny")) as made:
            assert made.server.listens
            visitor = await come(made.server.port)
            await made.server.met()
            assert (made.server.has_met, made.server.problem, made.server.listens) == (True, "", False)
            assert made.notes.sockets == [("srv", "opened")]
            [taken] = made.taken
            requesting = Deferred.fromCoroutine(visitor.exchange(1, '{"type": "A"}'))
            assert await made.notes.event(lambda event: True) == {"type": "A"}
            assert (await taken.close(the_reactor(), 10)).clean
            with pytest.raises(AriConnectionError):
                await requesting
            await made.server.stop()
            with pytest.raises(AriConnectionError, match="connection refused"):
                await come(made.server.port)

    in_reactor(scenario())


def test_who_can_t_be_accepted_is_told_so_and_may_come_again(in_reactor: InReactor) -> None:
    async def scenario() -> None:
        async with site(credentials=("bugs", "bunny")) as made:
            with pytest.raises(AriAccessError, match="refused it: 401"):
                await come(made.server.port, "carrots")
            await made.server.met()
            assert (made.server.has_met, made.server.problem) == (False, "it sends other credentials")
            await come(made.server.port)
            assert (made.server.has_met, made.server.problem) == (True, "")

    in_reactor(scenario())


def test_what_asks_for_no_websocket(in_reactor: InReactor) -> None:
    async def scenario() -> None:
        async with site() as made:
            caller = await call(made.server.port, b"HELO\r\n\r\n")
            await made.server.met()
            assert not made.server.has_met
            assert "malformed request for a WebSocket" in made.server.problem
            await caller.lost

    in_reactor(scenario())


def test_refusals_have_their_status_and_do_not_end(in_reactor: InReactor) -> None:
    async def scenario() -> None:
        async with site(manner=Manner.REFUSE, status=503) as made:
            for _ in range(2):
                with pytest.raises(AriRegistrationError, match="refused it: 503"):
                    await come(made.server.port)
            await made.server.met()
            assert made.server.has_met
            assert made.server.listens
            assert made.taken == []

    in_reactor(scenario())


def test_silence_lasts_until_the_end(in_reactor: InReactor) -> None:
    async def scenario() -> None:
        async with site(manner=Manner.SILENT) as made:
            with pytest.raises(AriTimeoutError):
                await come(made.server.port, timeout=0.05)
            caller = await call(made.server.port)
            await made.server.met()
            assert ("srv", "left without an answer") in made.notes.sockets
            assert not caller.lost.called
            assert await made.server.stop() == 1
            assert await caller.lost == "ConnectionLost"

    in_reactor(scenario())


def test_a_drop_is_a_reset(in_reactor: InReactor) -> None:
    async def scenario() -> None:
        async with site(manner=Manner.DROP) as made:
            caller = await call(made.server.port)
            assert await caller.lost == "ConnectionLost"
            assert made.server.has_met
            assert made.notes.sockets == [("srv", "dropped")]

    in_reactor(scenario())


def test_a_port_that_somebody_listens_on(in_reactor: InReactor) -> None:
    async def scenario() -> None:
        async with site() as made:
            other = Site(made.server.port, Reception())
            with pytest.raises(MachineError, match=rf"cannot listen on port {made.server.port} of 127.0.0.1"):
                other.server.listen()
            await made.server.stop()
            other.server.listen()
            await other.server.stop()

    in_reactor(scenario())
