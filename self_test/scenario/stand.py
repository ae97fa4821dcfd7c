"""A stage without real time: a clock that only `advance` moves, a journal, and a fake Asterisk.

    stand = Stand()
    stand.ari.on("POST", "/channels", response(400, "Bad Request", {"message": "no such endpoint"}))
    playing = stand.play(step("originate", {"endpoint": "Local/x@y", "app": "a", "as": "call"}))
    assert playing.result().outcome is Outcome.FAILED
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from self_test.scenario.fakes import FakeAri, FakeAsterisk, scenario, step
from twisted.internet.defer import Deferred
from twisted.internet.task import Clock
from twisted.python.failure import Failure

from callgate.scenario.engine import Player, Result
from callgate.scenario.journal import Entry, Journal, Source
from callgate.scenario.recorder import Recorder
from callgate.scenario.steps.base import Step
from callgate.scenario.verdict import Explanation

#: What `${run.…}` and `${port.…}` stand for.
RUN = {"run": {"id": "20261123-081500-77", "dir": "/runs/20261123-081500-77"},
       "port": {"calls": "4711", "other": "4712"}}


class Awaited:
    """A coroutine that has been started, and what has become of it so far."""

    def __init__(self, coroutine: Any) -> None:
        self._outcome: list[Any] = []
        self.deferred: Deferred[Any] = Deferred.fromCoroutine(coroutine)
        self.deferred.addBoth(self._outcome.append)

    @property
    def done(self) -> bool:
        """Whether it has ended."""
        return bool(self._outcome)

    def result(self) -> Any:
        """What it gave; raises what it raised."""
        assert self.done, "it still waits"
        outcome = self._outcome[0]
        if isinstance(outcome, Failure):
            outcome.raiseException()
        return outcome


class Playing(Awaited):
    """A scenario that is being played."""

    def __init__(self, player: Player) -> None:
        super().__init__(player.play())
        self.player = player

    def result(self) -> Result:
        """How it went."""
        result = super().result()
        assert isinstance(result, Result)
        return result

    def headline(self) -> str:
        """What is said first of what went wrong."""
        explanation = self.result().explanation
        return "" if explanation is None else explanation.headline


def why(playing: Playing) -> Explanation:
    """What is said of what went wrong, which something has to have."""
    explanation = playing.result().explanation
    assert explanation is not None
    return explanation


class Stand:
    """Everything that one scenario needs to be played."""

    def __init__(self) -> None:
        self.clock = Clock()
        self.recorder = Recorder()
        self.lines: list[bytes] = []
        self.journal = Journal(self.clock.seconds, self.lines.append)
        self.recorder.journal = self.journal
        self.asterisk = FakeAsterisk(self.clock, self.recorder)

    @property
    def ari(self) -> FakeAri:
        """Where rules for requests are laid down."""
        return self.asterisk.fake_ari

    def play(self, *steps: Step, last: Sequence[Step] = (), timeout: float | None = None,
             step_timeout: float = 5.0) -> Playing:
        """Begin to play; it has gone as far as it can without time or another event when this returns."""
        return Playing(Player(self.clock, scenario(*steps, last=last, timeout=timeout), {"ast1": self.asterisk},
                              self.journal, step_timeout=step_timeout, timeout=30.0, predefined=RUN))

    def entries(self, source: Source) -> list[Entry]:
        """What the journal has from a source."""
        return [entry for entry in self.journal.since() if entry.source is source]

    def names(self, source: Source) -> list[str]:
        """Their names."""
        return [entry.name for entry in self.entries(source)]


ORIGINATE = step("originate", {"endpoint": "PJSIP/alice", "app": "a", "as": "call"})
LOCAL = step("originate", {"endpoint": "Local/x@y", "app": "a", "as": "call"})
HANGUP = step("expect", {"ami": "Hangup", "channel": "call"})
