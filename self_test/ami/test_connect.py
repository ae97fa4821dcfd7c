"""Connecting: what is at the other end need not be Asterisk. Real sockets on 127.0.0.1, no Asterisk; on each driver."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from self_test.ami.peer import Journal, wire_or_skip
from twisted.internet.interfaces import IReactorTCP
from twisted.internet.protocol import Protocol, ServerFactory

from callgate.ami.client import AmiClient
from callgate.ami.driver import DriverName
from callgate.ami.errors import AmiConnectError, AmiLostError


@pytest.fixture
def closed_port() -> Iterator[int]:
    """A port that is taken, so that nobody else gets it, and on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield taken.getsockname()[1]


class Greeter(Protocol):
    """Says one thing to whoever connects."""

    def __init__(self, greeting: bytes, hang_up: bool) -> None:
        self.greeting = greeting
        self.hang_up = hang_up

    def connectionMade(self) -> None:  # noqa: N802 - Twisted's name
        assert self.transport is not None
        self.transport.write(self.greeting)
        if self.hang_up:
            self.transport.loseConnection()


async def connect(reactor: IReactorTCP, port: int, driver: DriverName, *, within: float = 10.0) -> AmiClient:
    return await AmiClient.connect(reactor, "127.0.0.1", port, Journal(), timeout=within, wire=wire_or_skip(driver))


async def meet(greeting: bytes, driver: DriverName, *, hang_up: bool = False, within: float = 10.0) -> AmiClient:
    """Connect to somebody who says `greeting`; that somebody is gone afterwards."""
    from twisted.internet import reactor

    factory: Any = ServerFactory.forProtocol(lambda: Greeter(greeting, hang_up))
    listening: Any = reactor.listenTCP(0, factory, interface="127.0.0.1")
    try:
        return await connect(reactor, listening.getHost().port, driver, within=within)
    finally:
        await listening.stopListening()


def test_nobody_listens(in_reactor: Callable[..., Any], driver: DriverName, closed_port: int) -> None:
    from twisted.internet import reactor

    with pytest.raises(AmiConnectError, match=rf"no connection to AMI at 127.0.0.1:{closed_port}: .*refused"):
        in_reactor(connect(reactor, closed_port, driver))


def test_somebody_who_says_nothing(in_reactor: Callable[..., Any], driver: DriverName) -> None:
    with pytest.raises(AmiConnectError, match=r"did not answer within 50 ms"):
        in_reactor(meet(b"Asterisk Call Man", driver, within=0.05))


def test_another_service(in_reactor: Callable[..., Any], driver: DriverName) -> None:
    with pytest.raises(AmiLostError, match=r"no Asterisk manager interface; it says 'SSH-2\.0-OpenSSH'"):
        in_reactor(meet(b"SSH-2.0-OpenSSH\r\n", driver))


def test_somebody_who_hangs_up_before_the_banner(in_reactor: Callable[..., Any], driver: DriverName) -> None:
    with pytest.raises(AmiLostError, match=r"Asterisk closed the connection$"):
        in_reactor(meet(b"", driver, hang_up=True))


def test_asterisk(in_reactor: Callable[..., Any], driver: DriverName) -> None:
    async def scene() -> None:
        client = await meet(b"Asterisk Call Manager/11.0.0\r\n", driver)
        assert not client.lost
        await client.close(timeout=0.05)
        assert client.lost

    in_reactor(scene())
