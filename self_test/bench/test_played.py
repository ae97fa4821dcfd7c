"""The reactor's poll is timed, and what is on then is known."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path
from signal import SIGTERM
from types import SimpleNamespace
from typing import Any, cast

from bench.accounting import BOOT, EVENT, STOP, UNEXPLAINED
from bench.played import ROOT, Poller, Report, Told, Watch, _noting, conclude

from callgate.asterisk.log import LogLine
from callgate.report.listener import Listener
from callgate.run.places import Home
from callgate.scenario.journal import Journal, Source
from callgate.scenario.recorder import Recorder
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


def test_what_asterisk_logs_while_it_boots_is_read_in_its_time() -> None:
    watch, report = Watch(), Report()
    poller, told, recorder = Poller(Waiting(), watch), Told(watch, report, Listener()), Recorder()
    watch.around(lambda _test, _homes: cast("Any", None))(cast("Any", None), {"ast1": Home(Path(), recorder)})
    told.booting("tests/t")
    took = []
    for line in ("", "loading", "Asterisk Ready.", "more"):
        poller.poll(0.0, 1)
        begun = time.monotonic()
        if line:
            recorder.log_line(LogLine("", line, line))
        else:
            recorder.process("started as process 1")
        while time.monotonic() < begun + 0.01:
            pass
        took.append(time.monotonic() - begun)
    poller.poll(0.0, 1)
    told.playing("tests/t::A")
    conclude(watch, report)
    hidden = report.hidden[BOOT].wall
    assert sum(took[:2]) - 0.001 <= hidden < sum(took[:2]) + took[2], "from its start to its readiness"


def test_what_is_done_between_the_signal_to_end_and_the_end_takes_no_time_of_ours() -> None:
    watch, report = Watch(), Report()
    poller, told, recorder = Poller(Waiting(), watch), Told(watch, report, Listener()), Recorder()
    watch.around(lambda _test, _homes: cast("Any", None))(cast("Any", None), {"ast1": Home(Path(), recorder)})
    watch.enter(STOP)
    took = []
    for number in range(3):
        poller.poll(0.0, 1)
        begun = time.monotonic()
        if number == 0:
            watch.signal(SIGTERM)
        elif number == 2:
            recorder.process("ended with exit code 0")
        while time.monotonic() < begun + 0.01:
            pass
        took.append(time.monotonic() - begun)
    poller.poll(0.0, 1)
    told.finished(None, 0.0)
    conclude(watch, report)
    assert sum(took[:2]) - 0.001 <= report.hidden[STOP].wall < sum(took[:2]) + took[2]


def test_what_is_done_in_a_scenario_after_the_last_thing_sent_is_told_from_what_is_done_before() -> None:
    watch = Watch()
    poller = Poller(Waiting(), watch)
    sending = SimpleNamespace(send=lambda data: len(data))
    watch.enter("tests/t::A")
    journal = watch._journal = Journal(time.monotonic)
    journal.append(Source.STEP, "expect: {ami: X}")
    poller.poll(0.0, 1)
    took = [busy()]
    assert _noting(sending.send, watch.sent)(b"data") == 4
    took += [busy()]
    poller.poll(0.01, 1)
    spent, [_, wait] = watch.enter("")
    assert took[1] - 0.001 <= wait.hidden.wall < took[1] + took[0]
    assert spent.wall >= sum(took), "all of it was spent"


def test_what_is_sent_over_tcp_is_noted() -> None:
    """In a process of its own, as there is but one reactor."""
    code = textwrap.dedent("""
        from bench.played import Watch, install
        class Counting(Watch):
            count = 0
            def sent(self):
                self.count += 1
        watch = Counting()
        install(watch)
        from twisted.internet import reactor
        from twisted.internet.protocol import Factory, Protocol
        seen = []
        class Talks(Protocol):
            def connectionMade(self):
                seen.append(watch.count > 0)
                before = watch.count
                self.transport.write(b"x")
                self.transport.doWrite()
                seen.append(watch.count > before)
                self.before = watch.count
                self.transport.abortConnection()
            def connectionLost(self, reason):
                seen.append(watch.count > self.before)
                reactor.stop()
        listening = reactor.listenTCP(0, Factory.forProtocol(Protocol), interface="127.0.0.1")
        client = Factory.forProtocol(Talks)
        client.startedConnecting = client.clientConnectionFailed = client.clientConnectionLost = lambda *_: None
        reactor.connectTCP("127.0.0.1", listening.getHost().port, client)
        reactor.run()
        print(seen)
    """)
    paths = {"PYTHONPATH": f"{ROOT / 'lib' / 'python'}:{ROOT}"}
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=True,
                          env={**os.environ, **paths})
    assert done.stdout.strip() == "[True, True, True]", "connected, written, closed"


def busy() -> float:
    """Compute for a while; the seconds that it took."""
    begun = time.monotonic()
    while time.monotonic() < begun + 0.01:
        pass
    return time.monotonic() - begun


def test_a_skip_is_no_stop() -> None:
    watch, report = Watch(), Report()
    told = Told(watch, report, Listener())
    told.booting("tests/t")
    told.verdict(Verdict("tests/t::A", Outcome.SKIPPED, 0.0, reason="why"))
    assert watch.phase == BOOT
