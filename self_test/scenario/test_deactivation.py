"""When an application is gone: the log says it, or an Asterisk whose log is not here is asked for its sessions."""

from __future__ import annotations

import pytest
from self_test.scenario.fakes import planned, response, step
from self_test.scenario.stand import RUN, Awaited, Stand

from callgate.ami.codec import Message
from callgate.ami.errors import AmiRefusedError
from callgate.errors import MachineError
from callgate.scenario.context import Context
from callgate.scenario.deactivation import deactivated
from callgate.scenario.grace import AT_ONCE

HEADING = "Application      Session"


def seen(stand: Stand, *, calls: int, ended: str = "") -> Awaited:
    """What becomes of an application that says in the log that it is inactive, and that ARI knows no more."""
    stand.asterisk.fake_ari.on("GET", "/applications/a", response(404, "Not Found", {"message": "gone"}))
    stand.asterisk.recorder.journal = stand.journal
    for number in range(calls):
        channel = {"id": f"c{number}"}
        stand.asterisk.recorder.ari_event("a", {"type": "StasisStart", "application": "a", "channel": channel})
    if ended == "StasisEnd":
        stand.asterisk.recorder.ari_event("a", {"type": "StasisEnd", "application": "a", "channel": {"id": "c0"}})
    elif ended:
        stand.asterisk.recorder.ami_event(Message((("Event", ended), ("Uniqueid", "c0"))))
    stand.asterisk.log("VERBOSE", "Deactivating Stasis app 'a'")
    context = Context(stand.clock, stand.journal, {"ast1": stand.asterisk}, prefix="p", predefined=RUN,
                      step_timeout=5.0)
    return Awaited(deactivated(context, "a", since=0, timeout=1.0))


@pytest.mark.parametrize(("calls", "ended", "waits"), [
    (0, "", True), (1, "", False), (1, "Hangup", True), (1, "StasisEnd", True), (2, "Hangup", False)])
def test_an_application_with_calls_is_not_destroyed_before_them(calls: int, ended: str, waits: bool) -> None:
    stand = Stand()
    waiting = seen(stand, calls=calls, ended=ended)
    assert waiting.done is not waits
    stand.clock.advance(0.5)
    assert waiting.result() is True


def test_an_application_without_calls_is_waited_for_until_it_is_destroyed() -> None:
    stand = Stand()
    waiting = seen(stand, calls=0)
    stand.asterisk.log("VERBOSE", "Destroying Stasis app a")
    assert waiting.result() is True


def asking(stand: Stand, app: str = "a") -> Awaited:
    stand.asterisk.has_log = False
    context = Context(stand.clock, stand.journal, {"ast1": stand.asterisk}, prefix="p", predefined=RUN,
                      step_timeout=5.0)
    return Awaited(deactivated(context, app, since=0, timeout=1.0))


def test_an_application_that_is_not_listed_is_gone() -> None:
    stand = Stand()
    stand.asterisk.fake_ami.lines = [(HEADING, "ab               1", "xa,b             2")]
    assert asking(stand).result() is True
    assert stand.asterisk.fake_ami.commands == ["ari show websocket sessions"]


def test_it_is_asked_again_until_it_says_so() -> None:
    stand = Stand()
    stand.asterisk.fake_ami.lines = [("a   1",), ("x  b,a  1",), (HEADING,)]
    waiting = asking(stand)
    stand.clock.advance(0.05)
    assert not waiting.done
    stand.clock.advance(0.05)
    assert waiting.result() is True


def test_it_is_not_asked_for_ever() -> None:
    stand = Stand()
    stand.asterisk.fake_ami.lines = [("a   1",)] * 100
    waiting = asking(stand)
    stand.clock.pump([0.05] * 19)
    assert not waiting.done
    stand.clock.pump([0.05] * 2)
    assert waiting.result() is False
    assert stand.clock.getDelayedCalls() == []


def test_a_build_that_cannot_tell_is_no_place_to_judge() -> None:
    stand = Stand()
    stand.asterisk.fake_ami.error = AmiRefusedError("No such command 'ari show websocket sessions'")
    with pytest.raises(MachineError, match="this Asterisk cannot tell when an application is inactive"):
        asking(stand).result()


@pytest.mark.parametrize("playing", [True, False])
def test_asterisk_is_reminded_of_an_application_that_it_keeps_for_nothing_unless_a_step_plays(playing: bool) -> None:
    stand = Stand()
    stand.asterisk.fake_ari.on("GET", "/applications/a", response(200, "OK", {"channel_ids": []}))
    stand.asterisk.log("VERBOSE", "Deactivating Stasis app 'a'")
    context = Context(stand.clock, stand.journal, {"ast1": stand.asterisk}, prefix="p", predefined=RUN,
                      step_timeout=5.0)
    context.playing = planned([step("disconnect", "a")])[0] if playing else None
    waiting = Awaited(deactivated(context, "a", since=0, timeout=1.0))
    stand.clock.advance(AT_ONCE)
    assert [socket.is_closed for socket in stand.ari.sockets] == ([] if playing else [True])
    stand.asterisk.log("VERBOSE", "Destroying Stasis app a")
    assert waiting.result() is True
