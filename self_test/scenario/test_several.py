"""A scenario that plays on two Asterisks: each step asks one of them, and sees nothing of the other."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from self_test.scenario.fakes import FakeAsterisk, planned, scenario, step
from self_test.scenario.stand import RUN, Playing, Stand, why

from callgate.errors import AsteriskDiedError
from callgate.scenario.engine import Player
from callgate.scenario.knownbug import KnownBug
from callgate.scenario.recorder import Recorder
from callgate.scenario.steps.base import Step
from callgate.scenario.verdict import Outcome

GO = step("expect", {"ami": "Go"})
NEVER = step("never", {"ami": "Go"})
THERE = step("originate", {"endpoint": "PJSIP/a", "app": "a", "as": "there"})
REGISTER = step("register", "babs")


class Pair(Stand):
    """A stand with a second Asterisk."""

    def __init__(self) -> None:
        super().__init__()
        self.recorder.journal = self.journal.of("ast1")
        self.other = FakeAsterisk(self.clock, Recorder())
        self.other.recorder.journal = self.journal.of("ast2")

    def play_on(self, *steps: tuple[str, Step], known_bug: KnownBug | None = None) -> Playing:
        """Begin to play these steps, each on the Asterisk of that name."""
        lines = planned([one for _, one in steps])
        played = tuple(line._replace(asterisk=name) for line, (name, _) in zip(lines, steps, strict=True))
        return Playing(Player(self.clock, replace(scenario(timeout=100), steps=played, known_bug=known_bug),
                              {"ast1": self.asterisk, "ast2": self.other}, self.journal, step_timeout=5.0,
                              timeout=30.0, predefined=RUN))


def test_an_event_of_the_other_is_not_the_one_that_is_expected() -> None:
    stand = Pair()
    playing = stand.play_on(("ast2", GO))
    stand.asterisk.ami_event("Go")
    assert not playing.done
    stand.other.ami_event("Go")
    assert playing.result().outcome is Outcome.PASSED


def test_one_that_comes_from_the_other_instead_is_hinted_at() -> None:
    stand = Pair()
    playing = stand.play_on(("ast2", GO))
    stand.asterisk.ami_event("Go")
    stand.clock.advance(5)
    assert why(playing).headline == "no Go by 5.0 s"
    assert why(playing).got == (("event", "(none)"),)
    assert why(playing).hint == "Go comes from ast1: write 'on: ast1' beside the step"
    assert why(playing).step == "expect: {ami: Go}\non: ast2"


def test_what_must_not_come_may_come_from_the_other() -> None:
    stand = Pair()
    playing = stand.play_on(("ast2", NEVER), ("ast1", GO))
    stand.asterisk.ami_event("Go")
    assert playing.result().outcome is Outcome.PASSED


def test_what_must_not_come_ends_what_the_other_plays() -> None:
    stand = Pair()
    playing = stand.play_on(("ast2", NEVER), ("ast1", GO))
    stand.other.ami_event("Go")
    assert playing.headline() == "Go came at 0 ms, and must not"
    assert why(playing).step == "never: {ami: Go}\non: ast2"
    assert why(playing).before[-1].split() == ["0", "ms", "ast2", "ami", "Go"]


def test_each_is_asked_to_settle_before_the_verdict() -> None:
    stand = Pair()
    stand.play_on(("ast1", NEVER), ("ast2", NEVER)).result()
    for asterisk in (stand.asterisk, stand.other):
        assert [name for name, _ in asterisk.fake_ami.actions] == ["Setvar"]


def test_what_is_left_is_cleaned_up_where_it_is() -> None:
    stand = Pair()
    playing = stand.play_on(("ast2", REGISTER), ("ast2", THERE))
    assert playing.result().outcome is Outcome.PASSED
    assert stand.ari.requests == []
    assert len(stand.other.fake_ari.asked("DELETE")) == 1
    assert stand.other.up == {}
    assert [socket.is_closed for socket in stand.other.fake_ari.sockets] == [True]


def test_its_log_is_its_own() -> None:
    stand = Pair()
    playing = stand.play_on(("ast2", step("log", "no such")))
    stand.asterisk.log("WARNING", "no such thing")
    assert not playing.done
    stand.other.log("WARNING", "no such thing")
    assert playing.result().outcome is Outcome.PASSED


def test_the_death_of_either_ends_the_scenario_with_its_name_and_log() -> None:
    stand = Pair()
    playing = stand.play_on(("ast1", GO))
    stand.other.obituary = AsteriskDiedError("ast2 died: signal 11 (SIGSEGV)", ("last", "words"))
    stand.other.recorder.ami_lost("the connection was closed")
    result = playing.result()
    assert (result.outcome, result.asterisk) == (Outcome.CRASHED, "ast2")
    assert (why(playing).headline, why(playing).log) == ("ast2 died: signal 11 (SIGSEGV)", ("last", "words"))


@pytest.mark.parametrize("another", ["died", "silent", ""])
def test_of_one_that_was_to_die_no_other_one_is_to_die_too(another: str) -> None:
    stand = Pair()
    playing = stand.play_on(("ast1", GO), known_bug=KnownBug("ASTERISK-2", ("SIGSEGV",), crash=True))
    stand.asterisk.obituary = AsteriskDiedError("ast1 died: signal 11 (SIGSEGV)")
    if another:
        stand.other.well = False
    if another == "died":
        stand.other.obituary = AsteriskDiedError("ast2 died: signal 11 (SIGSEGV)")
    stand.recorder.ami_lost("the connection was closed")
    result = playing.result()
    assert result.outcome is (Outcome.CRASHED if another else Outcome.EXPECTED_FAILURE)
    said = {"died": "ast2 died: signal 11 (SIGSEGV)", "silent": "ast2 does not answer"}
    assert playing.headline() == said.get(another, "ast1 died: signal 11 (SIGSEGV)")
    assert result.asterisk == ("ast2" if another else "ast1"), "whose log is shown"


def test_a_lost_connection_that_no_death_explains_is_told_with_the_name() -> None:
    stand = Pair()
    playing = stand.play_on(("ast1", GO))
    stand.other.recorder.ami_lost("the connection was closed")
    assert playing.headline() == "the AMI connection to ast2 was lost: the connection was closed"


def test_the_silence_of_either_is_found_out_when_an_event_is_missing() -> None:
    stand = Pair()
    stand.other.well, stand.other.condition = False, "stopped by a signal"
    playing = stand.play_on(("ast1", GO))
    stand.clock.advance(5)
    assert playing.result().asterisk == "ast2"
    assert playing.headline() == "ast2 does not answer: it is stopped by a signal (no Go by 5.0 s)"


def test_clients_of_two_asterisks_do_not_take_an_application_from_each_other() -> None:
    stand = Pair()
    one, two = (step("register", {"app": "babs", "as": name}) for name in ("one", "two"))
    playing = stand.play_on(("ast1", one), ("ast2", two), ("ast1", step("disconnect", "one")))
    assert playing.result().outcome is Outcome.PASSED


def test_the_journal_says_whose_each_entry_is() -> None:
    stand = Pair()
    stand.play_on(("ast2", THERE)).result()
    lines = [json.loads(line) for line in stand.lines]
    assert {line["source"] for line in lines if line.get("asterisk") == "ast2"} >= {"step", "ari-request", "ami"}
    assert not [line for line in lines if line.get("asterisk") == "ast1"]
