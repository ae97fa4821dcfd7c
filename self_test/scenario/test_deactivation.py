"""When an application is gone, on an Asterisk whose log is not here: it is asked for its sessions."""

from __future__ import annotations

import pytest
from self_test.scenario.stand import RUN, Awaited, Stand

from callgate.ami.errors import AmiRefusedError
from callgate.errors import MachineError
from callgate.scenario.context import Context
from callgate.scenario.deactivation import deactivated

HEADING = "Application      Session"


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
