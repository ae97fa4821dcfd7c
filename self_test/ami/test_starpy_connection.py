"""What the StarPy driver adds to StarPy: nothing of a message is lost, and its faults stay its own."""

from __future__ import annotations

import gc
from collections.abc import Iterator
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from self_test.ami.peer import NO_STARPY, Outcome, Peer, wire_or_skip
from twisted.internet.error import ConnectionLost
from twisted.logger import ILogObserver, LogEvent, globalLogPublisher
from zope.interface import implementer

from callgate.ami.codec import Banner, Message
from callgate.ami.driver import DriverName
from callgate.ami.errors import AmiLostError, RemoteProtocolError

manager: Any = pytest.importorskip("starpy.manager", reason=NO_STARPY)

BANNER = b"Asterisk Call Manager/11.0.0\r\n"


@pytest.fixture
def peer() -> Peer:
    return Peer("starpy")


@pytest.fixture
def unhandled() -> Iterator[list[LogEvent]]:
    """What Twisted logs as a failure that nobody handled, also of what is collected at the end of the test."""
    seen: list[LogEvent] = []

    @implementer(ILogObserver)
    class Observer:
        def __call__(self, event: LogEvent) -> None:
            if "log_failure" in event:
                seen.append(event)

    look = Observer()
    globalLogPublisher.addObserver(look)
    yield seen
    gc.collect()
    globalLogPublisher.removeObserver(look)
    assert seen == []


class Reader:
    """What one driver makes of bytes."""

    def __init__(self, driver: DriverName) -> None:
        self.items: list[Banner | Message] = []
        self.lost: list[BaseException] = []
        wire: Any = wire_or_skip(driver)
        self.wire = wire(self.items.append, self.lost.append)
        self.wire.transport = self
        self.disconnecting = False

    def read(self, chunks: list[bytes]) -> tuple[list[Banner | Message], list[str], bool]:
        for chunk in chunks:
            self.wire.dataReceived(chunk)
        return self.items, [str(error) for error in self.lost], bool(self.lost) or self.wire.in_message


PIECES = st.sampled_from([
    b"\r\n", b"\r\n\r\n", b"Event: A\r\n", b"Response: Follows\r\n", b"ActionID: 1\r\n", b"ChanVariable: A=1\r\n",
    b"ChanVariable(IAX2/192.0.2.1:4569-7): B=2\r\n", b"a\nb\n--END COMMAND--\r\n", b": ", b"no colon\r\n", b" \t\r\n",
    b"\xe9: \xff\r\n", b"Asterisk Call Manager: no banner\r\n", b"\r", b"\n",
])


@given(st.lists(st.binary() | PIECES))
def test_both_drivers_read_the_same_in_whatever_comes(chunks: list[bytes]) -> None:
    assert Reader("starpy").read([BANNER, *chunks]) == Reader("builtin").read([BANNER, *chunks])


@given(st.binary(max_size=600))
def test_both_refuse_the_same_greetings(greeting: bytes) -> None:
    ours, starpys = Reader("builtin"), Reader("starpy")
    chunks = [greeting, b"\r\n", BANNER, b"Event: A\r\n\r\n"]  # of which nothing counts after a refusal
    assert starpys.read(chunks) == ours.read(chunks)
    assert [type(error) for error in starpys.lost] in ([], [RemoteProtocolError])


def test_repeated_headers_reach_the_client_and_not_starpys_dictionary(peer: Peer) -> None:
    dictionaries: list[dict[str, str]] = []
    connection: Any = peer.client.connection
    connection.registerEvent(None, lambda _, event: dictionaries.append(event))
    peer.say("Event: Hangup", "ChanVariable: STASISSTATUS=SUCCESS", "ChanVariable: FOO= two ")
    assert peer.journal.events[0].variables() == {"STASISSTATUS": "SUCCESS", "FOO": " two "}
    assert dictionaries == [{"event": "Hangup", "chanvariable": "FOO= two"}]


def test_repeated_headers_of_an_action_are_all_written(peer: Peer) -> None:
    Outcome(peer.client.action("Originate", [("Variable", "A=1"), ("Variable", "B= 2")], timeout=5))
    assert peer.sent()[0].get_all("Variable") == ("A=1", "B= 2")


def test_a_line_may_be_longer_than_twisted_takes_by_itself(peer: Peer) -> None:
    command = Outcome(peer.client.command("core show long", timeout=5))
    peer.say("Response: Success", f"ActionID: {peer.last_id}", f"Output: {'x' * 40000}")
    assert command.value == ("x" * 40000,)


def test_a_message_of_many_lines_has_a_limit_too(peer: Peer) -> None:
    ping = Outcome(peer.client.action("Ping", timeout=5))
    for _ in range(17):
        peer.send(b"Output: " + b"x" * 1024 * 1024 + b"\r\n")
    assert "sent a message of more than 16777216 bytes" in str(ping.error)


def test_nothing_is_said_on_the_terminal(peer: Peer, capfd: pytest.CaptureFixture[str]) -> None:
    peer.say("Event: A", "no colon in sight", " ", "\N{LATIN SMALL LETTER E WITH ACUTE}: b")
    peer.send(b"Event: B\r\nX: \xff\r\n\r\n")
    assert peer.journal.lines == ["event A", "event B"]
    assert capfd.readouterr() == ("", "")


def test_it_does_not_log_in_by_itself(peer: Peer) -> None:
    assert peer.transport.written == b""


def test_starpys_own_calls_work_beside_ours(peer: Peer, unhandled: list[LogEvent]) -> None:
    connection: Any = peer.client.connection
    theirs = Outcome(_waited_for(connection.sendDeferred({"Action": "Getvar", "Variable": "X"})))
    their_id = peer.last_id
    ours = Outcome(peer.client.action("Ping", timeout=5))
    peer.say("Response: Success", f"ActionID: {their_id}", "Value: 1")
    assert ours.pending
    assert theirs.value["value"] == "1"


def test_a_callback_of_starpys_that_raises_harms_nobody(peer: Peer) -> None:
    connection: Any = peer.client.connection
    connection.registerEvent("A", lambda *_: 1 / 0)
    ping = Outcome(peer.client.action("Ping", timeout=5))
    peer.say("Event: A")
    peer.say("Response: Success", f"ActionID: {peer.last_id}")
    assert ping.value.success


def test_a_lost_connection_ends_every_deferred_of_starpys(peer: Peer, unhandled: list[LogEvent]) -> None:
    connection: Any = peer.client.connection
    theirs = [Outcome(_waited_for(connection.sendDeferred({"Action": "Ping"}))) for _ in range(3)]
    ours = Outcome(peer.client.action("Ping", timeout=5))
    peer.hang_up(ConnectionLost())
    assert not any(each.pending for each in theirs)
    assert isinstance(ours.error, AmiLostError)


def test_without_this_starpy_would_leave_them_waiting() -> None:
    """The fault of release 1.1.1 that is contained; when it is mended, so is `StarPyConnection.connectionLost`."""
    protocol = manager.AMIProtocol()
    protocol.transport = SimpleNamespace(writeSequence=lambda _: None)
    waiting = [protocol.sendDeferred({"action": "Ping"}) for _ in range(2)]
    with pytest.raises(RuntimeError, match="changed size during iteration"):
        protocol.connectionLost(None)
    assert [each.called for each in waiting] == [True, False]


async def _waited_for(deferred: Any) -> Any:
    return await deferred
