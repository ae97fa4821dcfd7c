"""While a step waits something is said over AMI, as an Asterisk may keep an event back until then."""

from __future__ import annotations

import pytest
from self_test.scenario.fakes import step
from self_test.scenario.stand import Playing, Stand

from callgate.ami.errors import AmiTimeoutError
from callgate.scenario.stirring import INTERVAL
from callgate.scenario.verdict import Outcome


class Quiet(Stand):
    """A stand whose Asterisk sends the event Go when it hears something."""

    def pings(self) -> int:
        return [name for name, _ in self.asterisk.fake_ami.actions].count("Ping")

    def pass_time(self, seconds: float) -> None:
        for _ in range(round(seconds / INTERVAL)):
            self.clock.advance(INTERVAL)


def waiting() -> tuple[Quiet, Playing]:
    stand = Quiet()
    return stand, stand.play(step("expect", {"ami": "Go"}))


def test_nothing_is_said_where_an_event_comes_soon() -> None:
    stand, playing = waiting()
    stand.clock.advance(INTERVAL / 2)
    stand.asterisk.ami_event("Go")
    assert playing.result().outcome is Outcome.PASSED
    stand.pass_time(2)
    assert stand.pings() == 0


def test_it_is_said_again_until_the_wait_is_over() -> None:
    stand, playing = waiting()
    stand.pass_time(1)
    assert stand.pings() == 4
    stand.asterisk.ami_event("Go")
    assert playing.done
    stand.pass_time(1)
    assert stand.pings() == 4
    assert not stand.clock.getDelayedCalls()


@pytest.mark.parametrize("error", [AmiTimeoutError("no answer"), None])
def test_whether_it_is_answered_is_nothing_to_the_wait(error: Exception | None) -> None:
    stand, playing = waiting()
    stand.asterisk.fake_ami.error = error
    stand.pass_time(1)
    stand.asterisk.ami_event("Go")
    assert playing.result().outcome is Outcome.PASSED
