"""The reactor's poll is timed, and what is on then is known."""

from __future__ import annotations

import time
from types import SimpleNamespace
from typing import Any

from bench.accounting import BOOT, EVENT, STOP, UNEXPLAINED
from bench.played import Poller, Report, Told, Watch, conclude

from callgate.report.listener import Listener
from callgate.scenario.journal import Journal, Source
from callgate.scenario.verdict import Outcome, Verdict


class Waiting:
    """A poll that takes a time."""

    closed = False

    def poll(self, timeout: float, _most: int) -> list[Any]:
        time.sleep(timeout)
        return [timeout]


def test_stretches_go_to_what_is_on() -> None:
    watch, report = Watch(), Report()
    poller, told = Poller(Waiting(), watch), Told(watch, report, Listener())
    journal = Journal(time.monotonic)
    watch.recorder = SimpleNamespace(journal=None)
    told.booting("tests/t")
    assert poller.poll(0.02, 1) == [0.02]
    told.playing("tests/t::A")
    watch.recorder.journal = journal
    journal.append(Source.STEP, "expect: {ami: X}")
    poller.poll(0.01, 1)
    watch.recorder.journal = None
    told.verdict(Verdict("tests/t::A", Outcome.PASSED, 0.01))
    poller.poll(0.03, 1)
    told.finished(None, 0.0)
    conclude(watch, report)
    [scenario] = report.scenarios
    [(kind, about, seconds)] = scenario.waits
    assert (kind, about, scenario.outcome, report.boots) == (EVENT, "expect X", "passed", 1)
    assert seconds >= 0.01
    assert report.waits[BOOT] >= 0.02
    assert report.waits[STOP] >= 0.03
    assert report.waits[UNEXPLAINED] == 0.0
    assert set(report.busy) == {BOOT, STOP, "scenarios"}
    assert poller.closed is False


def test_a_skip_is_no_stop() -> None:
    watch, report = Watch(), Report()
    told = Told(watch, report, Listener())
    told.booting("tests/t")
    told.verdict(Verdict("tests/t::A", Outcome.SKIPPED, 0.0, reason="why"))
    assert watch.phase == BOOT
