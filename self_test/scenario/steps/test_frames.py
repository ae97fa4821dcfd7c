"""`frame`, `ended`: what is sent stands as it is, and the end that it provokes is nobody's crash."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from self_test.scenario.fakes import step
from self_test.scenario.stand import Playing, Stand, why

from callgate.scenario.verdict import Outcome

REGISTER = step("register", "a")
WAIT = step("expect", {"ami": "Go"})


def frame(**fields: Any) -> Any:
    return step("frame", {"client": "a", **fields})


def sent(**fields: Any) -> str:
    """The bytes that a step sends, in hexadecimal."""
    stand = Stand()
    assert stand.play(REGISTER, frame(**fields)).result().outcome is Outcome.PASSED
    return b"".join(stand.asterisk.socket("a").sent).hex()


@pytest.mark.parametrize(("fields", "data"), [
    ({"text": "Hello"}, "818537fa213d7f9f4d5158"),
    ({"text": "Hello", "mask": "none", "opcode": "binary", "fin": "false"}, "020548656c6c6f"),
    ({"hex": "c3 28", "mask": "none"}, "8102c328"),
    ({"text": "ab", "size": "5", "mask": "none"}, "81056162616261"),
    ({"text": "abc", "size": "2", "mask": "none"}, "81026162"),
    ({"size": "3", "opcode": "continuation", "rsv": "4", "mask": "none"}, "c003787878"),
    ({"opcode": "close", "code": "1002", "text": "no", "mask": "none"}, "880403ea6e6f"),
    ({"opcode": "11", "mask": "none"}, "8b00"),
    ({"length": "200", "text": "a", "mask": "none"}, "817e00c861"),
    ({"text": "Hello", "mask": "none", "cut": "4"}, "81054865"),
    ({"bytes": "81 FF 00"}, "81ff00"),
    ({"bytes": "81 FF 00", "cut": "1"}, "81")])
def test_what_is_sent(fields: dict[str, Any], data: str) -> None:
    assert sent(**fields) == data


@pytest.mark.parametrize(("fields", "said"), [
    ({"opcode": "16"}, "less than or equal to 15"),
    ({"opcode": "hello"}, "'text', 'binary', 'continuation'"),
    ({"hex": "c3 2"}, "'c3 2' is no list of bytes"),
    ({"bytes": "81", "opcode": "ping"}, "has 'bytes', which stand for a frame"),
    ({"hex": "81", "text": "a"}, "takes one of 'text' and 'hex'"),
    ({"code": "1000"}, "has a 'code', which goes with 'opcode: close'"),
    ({"pong": "true"}, "which answers a whole 'opcode: ping'"),
    ({"opcode": "ping", "cut": "1", "pong": "true"}, "which answers a whole 'opcode: ping'"),
    ({"every": "1s"}, "has 'every', which goes with 'pieces'"),
    ({"length": str(1 << 64)}, "less than"),
    ({"rsv": "8"}, "less than or equal to 7")])
def test_what_is_no_frame(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        frame(**fields)


def test_pieces_take_their_time() -> None:
    stand = Stand()
    playing = stand.play(REGISTER, frame(bytes="01 02 03", pieces="3", every="1s"))
    socket = stand.asterisk.socket("a")
    assert socket.sent == [b"\1"]
    stand.clock.advance(1)
    assert socket.sent == [b"\1", b"\2"]
    stand.clock.advance(1)
    assert socket.sent == [b"\1", b"\2", b"\3"]
    assert playing.result().outcome is Outcome.PASSED


def test_asterisk_may_have_had_enough_of_the_pieces() -> None:
    stand = Stand()
    playing = stand.play(REGISTER, frame(bytes="01 02 03", pieces="3"), step("ended", "a"))
    stand.asterisk.socket("a").end("closed: 1009")
    stand.clock.advance(0.01)
    assert stand.asterisk.socket("a").sent == [b"\1"]
    assert playing.result().outcome is Outcome.PASSED


# -- Pong

PING = {"opcode": "ping", "text": "oi", "pong": "true"}


def test_a_pong_with_another_payload_does_not_count() -> None:
    stand = Stand()
    playing = stand.play(REGISTER, frame(**PING))
    stand.recorder.ari_frame("a", "pong", b"io")
    assert not playing.done
    stand.recorder.ari_frame("a", "pong", b"oi")
    assert playing.result().outcome is Outcome.PASSED


def test_a_pong_that_does_not_come() -> None:
    stand = Stand()
    playing = stand.play(REGISTER, frame(**PING))
    stand.clock.advance(5)
    assert (playing.result().outcome, playing.headline()) == (Outcome.FAILED, "no Pong with this payload came to a")
    assert why(playing).expected == (("pong", "6f 69"),)


def test_a_websocket_that_ends_instead() -> None:
    stand = Stand()
    playing = stand.play(REGISTER, frame(**PING))
    stand.asterisk.socket("a").end("closed: 1002")
    assert playing.headline() == "no Pong with this payload came to a, and its WebSocket has ended: closed: 1002"


# -- ended

def ending(what: str, fields: Any, *, early: bool = False) -> Playing:
    """A WebSocket that Asterisk ends, before the step is reached or after."""
    stand = Stand()
    steps = [REGISTER, frame(opcode="3"), *([WAIT] if early else []), step("ended", fields)]
    playing = stand.play(*steps)
    stand.asterisk.socket("a").end(what)
    if early:
        assert not playing.done
        stand.asterisk.ami_event("Go")
    return playing


@pytest.mark.parametrize("early", [False, True])
@pytest.mark.parametrize(("what", "fields"), [
    ("closed: 1002 bad", {"client": "a", "code": "1002"}), ("lost: reset", {"client": "a", "code": "absent"}),
    ("closed: 1000", "a"), ("lost: reset", "a")])
def test_an_end_that_is_wanted(what: str, fields: Any, early: bool) -> None:
    playing = ending(what, fields, early=early)
    assert playing.result().outcome is Outcome.PASSED, playing.headline()


@pytest.mark.parametrize(("what", "code", "expected"), [
    ("closed: 1000", "1002", "closed: 1002"), ("lost: reset", "1002", "closed: 1002"),
    ("closed: 1000", "absent", "without a Close frame"), ("protocol error: x", "absent", "without a Close frame"),
    ("closed: 10020", "1002", "closed: 1002")])
def test_another_end(what: str, code: str, expected: str) -> None:
    playing = ending(what, {"client": "a", "code": code})
    assert (playing.result().outcome, playing.headline()) == (
        Outcome.FAILED, "Asterisk has ended the WebSocket of a in another way")
    assert (why(playing).expected, why(playing).got) == ((("end", expected),), (("end", what),))
    assert why(playing).also == ()


def test_no_end_at_all() -> None:
    stand = Stand()
    playing = stand.play(REGISTER, frame(opcode="3"), step("ended", {"client": "a", "within": "2s"}))
    stand.clock.advance(2)
    assert playing.headline() == "Asterisk has not ended the WebSocket of a within 2.0 s"
    assert stand.asterisk.socket("a").is_closed, "the clean-up does"


def test_an_end_that_deactivates_nothing() -> None:
    stand = Stand()
    playing = stand.play(REGISTER, frame(opcode="3"), step("ended", {"client": "a", "within": "2s"}))
    stand.asterisk.socket("a").deactivates = False
    stand.asterisk.socket("a").end("closed: 1003")
    stand.clock.advance(2)
    assert playing.headline() == "a is still active 2.0 s after its WebSocket was closed"


def test_an_end_of_a_client_that_was_sent_nothing() -> None:
    playing = Stand().play(REGISTER, step("ended", "a"))
    assert playing.headline().startswith("no 'frame' was sent over the WebSocket of a")


def test_an_end_without_a_frame_is_a_crash_as_ever() -> None:
    stand = Stand()
    playing = stand.play(REGISTER, WAIT)
    stand.asterisk.socket("a").end("closed: 1002")
    assert playing.result().outcome is Outcome.CRASHED


@pytest.mark.parametrize("last", [[], [step("disconnect", "a")]])
def test_an_end_that_nobody_has_asked_for(last: Any) -> None:
    stand = Stand()
    playing = stand.play(REGISTER, frame(opcode="3"), WAIT, *last)
    stand.asterisk.socket("a").end("closed: 1002")
    stand.asterisk.ami_event("Go")
    assert (playing.result().outcome, playing.headline()) == (
        Outcome.FAILED, "Asterisk had ended the WebSocket of a, and no 'ended' says so: closed: 1002")


def test_an_end_that_nobody_has_asked_for_and_that_is_seen_when_it_is_closed() -> None:
    stand = Stand()
    playing = stand.play(REGISTER, frame(opcode="3"), WAIT)
    stand.asterisk.socket("a").code = 1009
    stand.asterisk.ami_event("Go")
    assert playing.headline() == "Asterisk had ended the WebSocket of a, and no 'ended' says so: closed: 1009"


def test_a_frame_that_comes_too_late() -> None:
    stand = Stand()
    playing = stand.play(REGISTER, frame(opcode="3"), WAIT, frame(opcode="3"))
    stand.asterisk.socket("a").is_closed = True
    stand.asterisk.ami_event("Go")
    assert not playing.done
    stand.asterisk.socket("a").end("closed: 1009")
    assert playing.headline() == "the WebSocket of a has ended: closed: 1009"


def test_no_frame_goes_over_what_has_ended() -> None:
    stand = Stand()
    playing = stand.play(REGISTER, frame(opcode="3"), WAIT, frame(opcode="3"))
    stand.asterisk.socket("a").end("closed: 1002")
    stand.asterisk.ami_event("Go")
    assert playing.headline() == "the WebSocket of a has ended: closed: 1002"


def test_what_must_never_come_has_to_be_heard() -> None:
    stand = Stand()
    playing = stand.play(REGISTER, step("never", {"ari": "StasisEnd"}), frame(opcode="3"), step("ended", "a"))
    stand.asterisk.socket("a").end("closed: 1002")
    assert playing.result().outcome is Outcome.FAILED
    assert playing.headline().startswith("nothing is heard over any client from here on")


def test_what_they_need() -> None:
    assert frame().needs() == step("ended", "a").needs() == {"a"}
    assert (frame().awaits, frame(opcode="9", pong="true").awaits, step("ended", "a").awaits) == (False, True, True)
