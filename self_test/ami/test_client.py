"""The AMI client over a transport of strings and a clock that is moved by hand, on each driver."""

from __future__ import annotations

import hashlib

import pytest
from self_test.ami.peer import Outcome, Peer
from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.error import ConnectionLost
from twisted.python.failure import Failure

from callgate.ami.codec import Message
from callgate.ami.driver import AmiDriver, DriverName, Response
from callgate.ami.errors import AmiLostError, AmiRefusedError, AmiTimeoutError, LocalProtocolError
from callgate.errors import AsteriskCrashedError, MachineError, UsageError


@pytest.fixture
def peer(driver: DriverName) -> Peer:
    return Peer(driver)


def test_the_client_is_a_driver(peer: Peer) -> None:
    driver: AmiDriver = peer.client
    assert not driver.lost
    assert peer.transport.no_delay


def test_login_by_challenge(peer: Peer) -> None:
    login = Outcome(peer.client.login("callgate", "s3cret", timeout=5))
    challenge = peer.sent()[0]
    assert (challenge.get("Action"), challenge.get("AuthType")) == ("Challenge", "MD5")
    peer.say("Response: Success", f"ActionID: {peer.last_id}", "Challenge: 123")
    sent = peer.sent()[1]
    assert (sent.get("Action"), sent.get("AuthType"), sent.get("Username")) == ("Login", "MD5", "callgate")
    assert sent.get("Key") == hashlib.md5(b"123s3cret").hexdigest()
    peer.say("Response: Success", f"ActionID: {peer.last_id}", "Message: Authentication accepted")
    assert login.value is None
    assert b"s3cret" not in peer.transport.written


def test_no_secret_reaches_the_observer(peer: Peer) -> None:
    Outcome(peer.client.login("callgate", "s3cret", timeout=5))
    peer.say("Response: Success", f"ActionID: {peer.last_id}", "Challenge: 123")
    Outcome(peer.client.action("Login", [("username", "u"), ("SECRET", "s3cret")], timeout=5))
    headers = [headers for _, headers, _ in peer.journal.actions]
    assert headers[1] == (("AuthType", "MD5"), ("Username", "callgate"), ("Key", "***"))
    assert headers[2] == (("username", "u"), ("SECRET", "***"))


def test_wrong_secret(peer: Peer) -> None:
    login = Outcome(peer.client.login("callgate", "wrong", timeout=5))
    peer.say("Response: Success", f"ActionID: {peer.last_id}", "Challenge: 123")
    peer.say("Response: Error", f"ActionID: {peer.last_id}", "Message: Authentication failed")
    assert isinstance(login.error, AmiRefusedError)
    assert isinstance(login.error, MachineError)
    assert str(login.error) == "AMI at pbx:5038 refused the login of 'callgate': Authentication failed"
    assert peer.transport.disconnecting
    peer.hang_up()
    assert not any(line.startswith("lost") for line in peer.journal.lines)


def test_login_without_challenge(peer: Peer) -> None:
    login = Outcome(peer.client.login("callgate", "s", timeout=5))
    peer.say("Response: Error", f"ActionID: {peer.last_id}", "Message: Must specify AuthType")
    assert "Must specify AuthType" in str(login.error)


def test_the_deadline_of_a_login_covers_both_steps(peer: Peer) -> None:
    login = Outcome(peer.client.login("callgate", "s", timeout=5))
    peer.clock.advance(4)
    peer.say("Response: Success", f"ActionID: {peer.last_id}", "Challenge: 123")
    peer.clock.advance(1)
    assert isinstance(login.error, AmiTimeoutError)


def test_answers_find_their_actions_in_any_order(peer: Peer) -> None:
    first = Outcome(peer.client.action("Ping", timeout=5))
    first_id = peer.last_id
    second = Outcome(peer.client.action("Getvar", [("Variable", "X")], timeout=5))
    assert peer.last_id != first_id
    peer.say("Response: Error", f"ActionID: {peer.last_id}", "Message: No such channel")
    assert first.pending
    assert isinstance(second.value, Response)
    assert not second.value.success
    assert second.value.message.get("Message") == "No such channel"
    peer.say("Response: Success", f"ActionID: {first_id}", "Ping: Pong")
    assert first.value.success
    assert first.value.events == ()
    assert peer.clock.getDelayedCalls() == []


def test_ids_differ_between_clients(driver: DriverName) -> None:
    one, two = Peer(driver), Peer(driver)
    Outcome(one.client.action("Ping", timeout=5))
    Outcome(two.client.action("Ping", timeout=5))
    assert one.last_id != two.last_id


@pytest.mark.parametrize(
    ("word", "good"),
    [("Success", True), ("Goodbye", True), ("Follows", True), ("Pong", True), ("Error", False), ("?", False)],
)
def test_only_a_known_yes_is_a_success(word: str, good: bool) -> None:
    assert Response(Message((("Response", word),))).success is good


def test_a_list_is_collected_until_it_is_complete(peer: Peer) -> None:
    channels = Outcome(peer.client.action("CoreShowChannels", timeout=5))
    mine = f"ActionID: {peer.last_id}"
    peer.say("Response: Success", mine, "EventList: start", "Message: Channels will follow")
    peer.say("Event: CoreShowChannel", mine, "Channel: A")
    peer.say("Event: Newchannel", "Channel: C")
    peer.say("Event: CoreShowChannel", "ActionID: another", "Channel: D")
    peer.say("Event: CoreShowChannel", mine, "Channel: B")
    assert channels.pending
    peer.say("Event: CoreShowChannelsComplete", mine, "EventList: Complete", "ListItems: 2")
    assert [event.get("Channel") for event in channels.value.events] == ["A", "B"]
    assert channels.value.message.get("Message") == "Channels will follow"
    assert peer.journal.lines == [
        "action CoreShowChannels",
        "response Success",
        "event CoreShowChannel",
        "event Newchannel",
        "event CoreShowChannel",
        "event CoreShowChannel",
        "event CoreShowChannelsComplete",
    ]


def test_a_refused_list_ends_with_its_answer(peer: Peer) -> None:
    status = Outcome(peer.client.action("Status", [("Channel", "X")], timeout=5))
    peer.say("Response: Error", f"ActionID: {peer.last_id}", "Message: No such channel")
    assert not status.value.success


def test_a_list_that_does_not_end(peer: Peer) -> None:
    channels = Outcome(peer.client.action("CoreShowChannels", timeout=5))
    peer.say("Response: Success", f"ActionID: {peer.last_id}", "EventList: start")
    peer.clock.advance(5)
    assert str(channels.error) == "AMI at pbx:5038 did not end the list of 'CoreShowChannels' within 5.0 s"


def test_an_event_with_a_response_header_answers_nothing(peer: Peer) -> None:
    originate = Outcome(peer.client.action("Originate", [("Async", "true")], timeout=5))
    peer.say("Event: OriginateResponse", f"ActionID: {peer.last_id}", "Response: Failure")
    assert originate.pending
    peer.say("Response: Success", f"ActionID: {peer.last_id}", "Message: Originate successfully queued")
    assert originate.value.success


def test_several_at_once_go_in_one_write_and_are_answered_in_their_order(driver: DriverName, peer: Peer) -> None:
    several = Outcome(peer.client.at_once([("Ping", ()), ("Getvar", [("Variable", "X")])], timeout=5))
    assert [sent.event or sent.get("Action") for sent in peer.sent()] == ["Ping", "Getvar"]
    assert peer.transport.writes == (1 if driver == "builtin" else 2)  # StarPy has nothing for it
    first, second = (sent.action_id for sent in peer.sent())
    peer.say("Response: Success", f"ActionID: {second}", "Value: 2")
    assert several.pending
    peer.say("Response: Error", f"ActionID: {first}")
    assert [answer.message.get("Value") for answer in several.value] == [None, "2"]
    assert peer.clock.getDelayedCalls() == []


def test_of_several_at_once_nothing_is_sent_if_one_of_them_cannot_be(peer: Peer) -> None:
    several = Outcome(peer.client.at_once([("Ping", ()), ("Getvar", [("Variable", "a\nb")])], timeout=5))
    assert isinstance(several.error, LocalProtocolError)
    assert peer.transport.written == b""
    assert peer.journal.lines == []


def test_none_at_once_are_answered_at_once(peer: Peer) -> None:
    assert Outcome(peer.client.at_once([], timeout=5)).value == ()
    peer.hang_up()
    assert Outcome(peer.client.at_once([], timeout=5)).value == ()


def test_several_at_once_share_their_time(peer: Peer) -> None:
    several = Outcome(peer.client.at_once([("Ping", ()), ("CoreShowChannels", ())], timeout=5))
    first, second = (sent.action_id for sent in peer.sent())
    peer.clock.advance(4)
    peer.say("Response: Success", f"ActionID: {first}")
    peer.say("Response: Success", f"ActionID: {second}", "EventList: start")
    peer.clock.advance(1)
    assert str(several.error) == "AMI at pbx:5038 did not end the list of 'CoreShowChannels' within 5.0 s"


def test_several_at_once_and_the_connection_is_lost(peer: Peer) -> None:
    several = Outcome(peer.client.at_once([("Ping", ()), ("Getvar", ())], timeout=5))
    peer.hang_up()
    assert str(several.error) == "AMI at pbx:5038: Asterisk closed the connection; 'Ping' was not answered"
    assert peer.clock.getDelayedCalls() == []
    booted = Outcome(peer.client.fully_booted(timeout=5))  # all others are told, too
    assert isinstance(booted.error, AmiLostError)


def test_several_at_once_of_which_nobody_waits_for_the_answers(peer: Peer) -> None:
    ended: list[object] = []
    waiting = Deferred.fromCoroutine(peer.client.at_once([("Ping", ()), ("Getvar", ())], timeout=5))
    waiting.addBoth(ended.append)
    waiting.cancel()
    assert isinstance(ended[0], Failure)
    assert ended[0].check(CancelledError)
    assert peer.client._pending == {}
    for sent in peer.sent():
        peer.say("Response: Success", f"ActionID: {sent.action_id}")
    assert peer.clock.getDelayedCalls() == []


def test_timeout_and_the_answer_that_comes_too_late(peer: Peer) -> None:
    ping = Outcome(peer.client.action("Ping", timeout=2.5))
    late_id = peer.last_id
    peer.clock.advance(2.5)
    assert isinstance(ping.error, AmiTimeoutError)
    assert isinstance(ping.error, AsteriskCrashedError)
    assert str(ping.error) == "AMI at pbx:5038 did not answer 'Ping' within 2.5 s"
    again = Outcome(peer.client.action("Ping", timeout=5))
    peer.say("Response: Success", f"ActionID: {late_id}")
    assert again.pending
    peer.say("Response: Success", f"ActionID: {peer.last_id}")
    assert again.value.success
    assert peer.journal.lines == ["action Ping", "action Ping", "response Success", "response Success"]


@pytest.mark.parametrize(
    "lines",
    [
        ("Response: Success", "ActionID: nobody"),
        ("Response: Error", "Message: Missing action in request"),
        ("Event: X", "ActionID: nobody", "EventList: Complete"),
        ("no colon in sight",),
        ("Response:",),
    ],
)
def test_what_belongs_to_nothing_is_only_shown(peer: Peer, lines: tuple[str, ...]) -> None:
    ping = Outcome(peer.client.action("Ping", timeout=5))
    peer.say(*lines)
    assert ping.pending
    assert len(peer.journal.lines) == 2
    peer.say("Response: Success", f"ActionID: {peer.last_id}")
    assert ping.value.success


def test_a_second_answer_to_the_same_action_is_only_shown(peer: Peer) -> None:
    channels = Outcome(peer.client.action("CoreShowChannels", timeout=5))
    mine = f"ActionID: {peer.last_id}"
    peer.say("Response: Success", mine, "EventList: start")
    peer.say("Response: Error", mine)
    peer.say("Event: CoreShowChannelsComplete", mine, "EventList: Complete")
    assert channels.value.success


def test_a_lost_connection_fails_everything_at_once(peer: Peer) -> None:
    actions = [Outcome(peer.client.action(name, timeout=60)) for name in ("Ping", "Originate")]
    booted = Outcome(peer.client.fully_booted(timeout=60))
    peer.hang_up()
    assert peer.client.lost
    assert [type(each.error) for each in [*actions, booted]] == [AmiLostError] * 3
    assert isinstance(actions[1].error, AsteriskCrashedError)
    assert str(actions[1].error) == (
        "AMI at pbx:5038: Asterisk closed the connection; 'Originate' was not answered"
    )
    assert peer.journal.lines[2:] == ["lost Asterisk closed the connection"]
    assert peer.clock.getDelayedCalls() == []


def test_a_lost_connection_with_nobody_waiting(peer: Peer) -> None:
    peer.hang_up(ConnectionLost())
    ping = Outcome(peer.client.action("Ping", timeout=5))
    assert isinstance(ping.error, AmiLostError)
    assert peer.transport.written == b""
    assert isinstance(Outcome(peer.client.fully_booted(timeout=5)).error, AmiLostError)


def test_a_connection_that_ends_in_the_middle_of_a_message(peer: Peer) -> None:
    ping = Outcome(peer.client.action("Ping", timeout=5))
    peer.send(f"Response: Success\r\nActionID: {peer.last_id}\r\n".encode())
    peer.hang_up()
    assert "closed the connection in the middle of a message" in str(ping.error)


def test_garbage_ends_the_connection(peer: Peer) -> None:
    ping = Outcome(peer.client.action("Ping", timeout=5))
    peer.send(b"x" * (16 * 1024 * 1024 + 10))
    assert isinstance(ping.error, AmiLostError)
    assert "sent a message of more than" in str(ping.error)
    assert peer.client.lost
    assert len([line for line in peer.journal.lines if line.startswith("lost")]) == 1


def test_a_bug_keeps_its_traceback(peer: Peer) -> None:
    ping = Outcome(peer.client.action("Ping", timeout=5))
    bug = ZeroDivisionError("in the observer")
    peer.hang_up(bug)
    assert ping.error is bug


def test_nothing_is_sent_that_is_no_action(peer: Peer) -> None:
    bad = Outcome(peer.client.action("Originate", [("Channel", "Local/x\r\nAction: Logoff")], timeout=5))
    assert isinstance(bad.error, LocalProtocolError)
    assert isinstance(bad.error, UsageError)
    assert peer.transport.written == b""
    assert peer.journal.lines == []


def test_command(peer: Peer) -> None:
    command = Outcome(peer.client.command("core show version", timeout=5))
    assert peer.sent()[0].get("Command") == "core show version"
    peer.say("Response: Success", f"ActionID: {peer.last_id}", "Output: one", "Output: ", "Output:  two")
    assert command.value == ("one", "", " two")


def test_a_command_that_does_not_exist(peer: Peer) -> None:
    command = Outcome(peer.client.command("core fly", timeout=5))
    peer.say("Response: Error", f"ActionID: {peer.last_id}", "Output: No such command", "Output: 'core fly'")
    assert isinstance(command.error, AmiRefusedError)
    assert str(command.error) == (
        "Asterisk at pbx:5038 refused the command 'core fly': No such command 'core fly'"
    )


def test_fully_booted_before_and_after_asking(peer: Peer) -> None:
    before = Outcome(peer.client.fully_booted(timeout=5))
    assert before.pending
    peer.say("Event: FullyBooted", "Status: Fully Booted")
    assert before.value is None
    assert Outcome(peer.client.fully_booted(timeout=5)).value is None


def test_never_fully_booted(peer: Peer) -> None:
    booted = Outcome(peer.client.fully_booted(timeout=5))
    peer.clock.advance(5)
    assert isinstance(booted.error, AmiTimeoutError)
    peer.say("Event: FullyBooted")


def test_a_polite_end(peer: Peer) -> None:
    close = Outcome(peer.client.close(timeout=5))
    assert peer.sent()[-1].get("Action") == "Logoff"
    peer.say("Response: Goodbye", f"ActionID: {peer.last_id}", "Message: Thanks for all the fish.")
    assert peer.transport.disconnecting
    assert close.pending
    peer.hang_up()
    assert close.value is None
    assert peer.client.lost
    assert peer.journal.lines == ["action Logoff", "response Goodbye"]
    assert peer.clock.getDelayedCalls() == []


def test_closing_what_is_lost_already(peer: Peer) -> None:
    peer.hang_up()
    assert Outcome(peer.client.close(timeout=5)).value is None


def test_closing_while_it_gets_lost(peer: Peer) -> None:
    close = Outcome(peer.client.close(timeout=5))
    peer.hang_up(ConnectionLost())
    assert close.value is None


def test_closing_a_peer_that_is_silent_takes_no_longer_than_allowed(peer: Peer) -> None:
    ping = Outcome(peer.client.action("Ping", timeout=60))
    close = Outcome(peer.client.close(timeout=5))
    peer.clock.advance(5)
    peer.clock.advance(0)
    assert close.value is None
    assert str(ping.error) == "AMI at pbx:5038: the connection was closed; 'Ping' was not answered"
    assert peer.clock.getDelayedCalls() == []
