"""What is sent is with the kernel when `send` returns, unless the transport is about to close."""

from __future__ import annotations

from typing import Any

import pytest
from self_test.ari.peers import Peers, serving
from self_test.conftest import the_reactor
from twisted.internet.defer import Deferred
from twisted.internet.endpoints import TCP4ClientEndpoint
from twisted.internet.protocol import Factory, Protocol
from twisted.internet.testing import StringTransport

from callgate.sending import send


class Transport:
    """Notes what is done with it."""

    def __init__(self, *, disconnecting: bool) -> None:
        self.disconnecting = disconnecting
        self.done: list[Any] = []

    def write(self, data: bytes) -> None:
        self.done.append(data)

    def doWrite(self) -> None:  # noqa: N802 - Twisted's name
        self.done.append("at once")


@pytest.mark.parametrize(("disconnecting", "done"), [(False, [b"a", "at once"]), (True, [b"a"])])
def test_a_transport_that_closes_when_all_is_written_is_left_to_the_reactor(disconnecting: bool,
                                                                            done: list[Any]) -> None:
    transport = Transport(disconnecting=disconnecting)
    send(transport, b"a")
    assert transport.done == done


def test_what_is_no_socket_is_written_to() -> None:
    transport = StringTransport()
    send(transport, b"a")
    assert transport.value() == b"a"


def test_order_is_kept_and_what_the_kernel_does_not_take_follows(in_reactor: Any) -> None:
    sent = [b"a" * 10, b"b" * (32 << 20), b"c" * 10]
    came, all_came = bytearray(), Deferred[None]()

    def script(_peer: Any, data: bytes) -> None:
        came.extend(data)
        if len(came) == sum(map(len, sent)):
            all_came.callback(None)

    async def scenario() -> None:
        async with serving(Peers(script)) as port:
            connecting = TCP4ClientEndpoint(the_reactor(), "127.0.0.1", port).connect(Factory.forProtocol(Protocol))
            protocol: Any = await connecting
            for data in sent:
                send(protocol.transport, data)
            await all_came
            protocol.transport.loseConnection()

    in_reactor(scenario())
    assert came == b"".join(sent)
