"""Plays tests as `runtests.py` does, on a reactor that notes when it is idle: `python -m bench.played BUILD BEGUN …`.

Callgate does what it always does. The reactor is Twisted's own with a poll that looks at the clock, installed
before anybody asks for it; the journals are read through the recorders that the session hands to whoever makes its
places; these, and signals, tell when Asterisk boots and ends. `BEGUN` is what time.monotonic() said when the process
was started. Prints one JSON object (`Report`).
"""

from __future__ import annotations

import functools
import gc
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from signal import SIGTERM
from typing import TYPE_CHECKING, Any

from bench.accounting import BOOT, STOP, UNEXPLAINED, Name, Spent, Stretch, Wait, account
from callgate.asterisk.instance import READY
from callgate.report.listener import Listener
from callgate.scenario.verdict import Verdict

if TYPE_CHECKING:
    from callgate.asterisk.log import LogLine
    from callgate.run.places import Home, Place, Places
    from callgate.scenario.journal import Journal
    from callgate.scenario.model import Test
    from callgate.scenario.recorder import Recorder

ROOT = Path(__file__).resolve().parent.parent
TESTS = "tests"
#: The time between one phase of the process and the next.
Clock = Callable[[str], None]


@dataclass(slots=True)
class Scenario:
    """What one scenario took."""

    id: str
    outcome: str
    #: By the runner's own account.
    seconds: float
    #: Each wait: what for, about what, how long.
    waits: list[tuple[str, str, float]] = field(default_factory=list)
    #: Where it stands.
    path: str = ""
    line: int = 0


@dataclass(slots=True)
class Report:
    """What a run took, in seconds."""

    build: str = ""
    #: The wall time of what the process does before the first boot and after the last stop.
    phases: dict[str, float] = field(default_factory=dict)
    #: What boots, scenarios and stops have the reactor do.
    busy: dict[str, Spent] = field(default_factory=dict)
    #: The parts of it that cost no time, as Asterisk was at what was waited for then.
    hidden: dict[str, Spent] = field(default_factory=dict)
    #: Idle time outside of scenarios, by name.
    waits: dict[str, float] = field(default_factory=dict)
    boots: int = 0
    scenarios: list[Scenario] = field(default_factory=list)
    #: Of a processor, for all of it.
    processor: float = 0.0
    #: What the bench took meanwhile to work this out; `processor` is without it.
    accounts: Spent = field(default_factory=Spent)


class Watch:
    """Notes each stretch in which the reactor is idle, and what is on then."""

    def __init__(self) -> None:
        #: What is on: `BOOT`, a scenario's id, `STOP`, or '' for anything else.
        self.phase = ""
        #: Where the journal of what is on is to be found.
        self.recorder: Any = None
        #: What each phase took in all, but for scenarios, and how long the reactor was idle in it.
        self.whole: dict[str, Spent] = {}
        self.idle: dict[str, float] = {}
        #: What was spent on accounts, which are the bench's.
        self.accounts = Spent()
        #: What was spent on whatever there is to do while Asterisk boots or ends, which both take as long without it.
        self.meanwhile = {BOOT: Spent(), STOP: Spent()}
        #: Since when it does, and nothing else was waited for; None while it does not.
        self._meanwhile: Spent | None = None
        #: The journal of the scenario that is on, the whole of it where there are several Asterisks.
        self._journal: Journal | None = None
        #: Of each poll: where the journal stood, when it began by both clocks, when it ended, and when something was
        #: sent last before it, if since the poll before.
        self._polls: list[tuple[int, float, float, float, Spent | None]] = []
        self._sent: Spent | None = None
        self._since = Spent.now()

    def around(self, places: Places) -> Places:
        """Places of which the recorders are known here."""
        def place(test: Test, homes: Mapping[str, Home]) -> Place:
            self.recorder = next(iter(homes.values())).recorder
            for home in homes.values():
                self._listen(home.recorder)
            return places(test, homes)

        return place

    def _listen(self, recorder: Recorder) -> None:
        """Note when Asterisk has been started, when it is ready, and when it has ended, or one of several is or has."""
        process, log_line = recorder.process, recorder.log_line

        def told(what: str) -> None:
            self._meanwhile = Spent.now() if self.phase == BOOT and what.startswith("started") else None
            process(what)

        def logged(line: LogLine) -> None:
            if line.text.endswith(READY):
                self._meanwhile = None
            log_line(line)

        vars(recorder).update(process=told, log_line=logged)

    def signal(self, number: int) -> None:
        """Note that Asterisk has been told to end: now only its end is waited for."""
        self._meanwhile = Spent.now() if self.phase == STOP and number == SIGTERM else None

    def sent(self) -> None:
        """Note that Asterisk has just been given something to do: bytes, a connection, the end of one, a signal."""
        self._sent = Spent.now()

    def poll(self, poll: Callable[..., Any], *arguments: Any) -> Any:
        """Poll, and note it."""
        if self._journal is None and self.recorder is not None and self.recorder.journal is not None:
            self._journal = self.recorder.journal.of("")
        journal = self._journal
        mark = 0 if journal is None else journal.mark()
        processor, begun = time.thread_time(), time.monotonic()
        if self._meanwhile is not None:
            self.meanwhile[self.phase] += Spent(begun, processor) - self._meanwhile
        try:
            return poll(*arguments)
        finally:
            ended = time.monotonic()
            self._polls.append((mark, begun, processor, ended, self._sent))
            self._sent = None
            if self._meanwhile is not None:
                self._meanwhile = Spent(ended, processor)

    def enter(self, phase: str) -> tuple[Spent, list[Wait]]:
        """Something else is on from now. Gives what the reactor was busy with until now, and what it waited for."""
        now = Spent.now()
        stretches = list(self._stretches())
        idle = sum(one.seconds for one in stretches)
        whole = now - self._since
        self.whole[self.phase] = self.whole.get(self.phase, Spent()) + whole
        self.idle[self.phase] = self.idle.get(self.phase, 0.0) + idle
        waits = account(list(self._journal.since()), stretches) if self._journal is not None else []
        self.phase, self._journal, self._polls, self._meanwhile, self._sent = phase, None, [], None, None
        self._since = Spent.now()
        self.accounts += self._since - now
        return whole - Spent(idle), waits

    def _stretches(self) -> Iterator[Stretch]:
        busy = self._since
        for mark, begun, processor, ended, sent in self._polls:
            now = Spent(begun, processor)
            yield Stretch(ended - begun, mark, now - busy, None if sent is None else now - sent)
            busy = Spent(ended, processor)


class Poller:
    """A poll object of which a watch is told how long it was asked for nothing."""

    def __init__(self, poller: Any, watch: Watch) -> None:
        self._poller = poller
        self._watch = watch

    def poll(self, *arguments: Any) -> Any:
        """Poll."""
        return self._watch.poll(self._poller.poll, *arguments)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._poller, name)


class Told(Listener):
    """Knows what is on, and passes everything on to the console of `runtests.py`."""

    def __init__(self, watch: Watch, report: Report, console: Listener) -> None:
        self._watch = watch
        self._report = report
        self._console = console

    def booting(self, test_id: str, scenarios: Sequence[str] = ()) -> None:
        """A boot."""
        self._watch.enter(BOOT)
        self._report.boots += 1
        self._console.booting(test_id, scenarios)

    def playing(self, scenario_id: str) -> None:
        """A scenario."""
        self._watch.enter(scenario_id)
        self._console.playing(scenario_id)

    def verdict(self, verdict: Verdict) -> None:
        """Its end; if no other begins now, the Asterisk is stopped."""
        scenario = Scenario(verdict.id, str(verdict.outcome), verdict.seconds)
        self._report.scenarios.append(scenario)
        if self._watch.phase == verdict.id:
            self._conclude(scenario, *self._watch.enter(STOP))
        elif self._watch.phase != BOOT:
            self._watch.enter(STOP)
        self._console.verdict(verdict)

    def _conclude(self, scenario: Scenario, busy: Spent, waits: Sequence[Wait]) -> None:
        self._report.busy["scenarios"] = self._report.busy.get("scenarios", Spent()) + busy
        kinds: dict[Name, float] = {}
        for wait in waits:
            kinds[wait.name] = kinds.get(wait.name, 0.0) + wait.seconds
            self._report.hidden["scenarios"] = self._report.hidden.get("scenarios", Spent()) + wait.hidden
        scenario.waits = [(*name, seconds) for name, seconds in kinds.items()]

    def finished(self, *arguments: Any, **named: Any) -> None:
        """The end."""
        self._watch.enter("")
        self._console.finished(*arguments, **named)


def _noting(method: Callable[..., Any], note: Callable[[], None]) -> Callable[..., Any]:
    """The method, of which it is noted when it has been called."""
    @functools.wraps(method)
    def noted(*arguments: Any) -> Any:
        try:
            return method(*arguments)
        finally:
            note()

    return noted


def install(watch: Watch) -> None:
    """Make the reactor one that notes when it is idle; and note what is sent, signals to processes among it."""
    from twisted.internet import epollreactor, tcp
    from twisted.internet.main import installReactor

    from callgate.asterisk.process import Process

    send_signal = Process.send_signal

    def told(process: Process, number: int) -> None:
        watch.signal(number)
        send_signal(process, number)
        watch.sent()

    Process.send_signal = told  # type: ignore[method-assign,assignment]
    for kind, method in ((tcp.BaseClient, "doConnect"), (tcp.Connection, "writeSomeData"),
                         (tcp.Connection, "_closeWriteConnection"), (tcp.Connection, "_closeSocket")):
        setattr(kind, method, _noting(getattr(kind, method), watch.sent))
    reactor: Any = epollreactor.EPollReactor()
    reactor._poller = Poller(reactor._poller, watch)  # Twisted has no other door to it
    installReactor(reactor)


def play(spec: str, selectors: Sequence[str], watch: Watch, report: Report, clock: Clock) -> None:
    """Play everything, as `callgate.cli.run` does, and watched."""
    from callgate.asterisk.build import Build
    from callgate.asterisk.catalog import resolve
    from callgate.asterisk.progress import LazyProgress
    from callgate.asterisk.settings import BuildSettings
    from callgate.report.console import console_for
    from callgate.run import drive
    from callgate.run.foresight import insist_on_known_events
    from callgate.run.options import RunOptions
    from callgate.run.rundir import RunDirectory
    from callgate.scenario.steps import STEPS
    from callgate.suite.load import load_suite

    clock("Python, and its imports")
    suite = load_suite(ROOT, selectors, None, STEPS)
    clock("the files of the suite")
    build = resolve(spec, BuildSettings(os.environ), LazyProgress(sys.stderr))
    insist_on_known_events(suite.tests, build)
    clock("the build, and what events it knows")
    report.build = f"{build.spec} (Asterisk {build.version})" if isinstance(build, Build) else build.spec
    with tempfile.TemporaryDirectory(prefix="callgate-bench-") as scratch, Path(os.devnull).open("w") as nowhere:
        runs = Path(scratch)
        options = RunOptions(root=ROOT, runs=runs, **suite.settings.defaults.model_dump())
        directory = RunDirectory.create(runs, now=datetime.now(UTC), pid=os.getpid())
        told = Told(watch, report, console_for(nowhere, os.environ))
        watch.enter("")
        clock("the run directory")
        drive.run_session(suite.tests, build, options, told, directory, watch.around)
        clock("")
        directory.close()
    clock("the end of the run")
    places = {scenario.id: scenario.place for test in suite.tests for scenario in test.scenarios}
    for one in report.scenarios:
        if one.id in places:
            one.path, one.line = places[one.id].path, places[one.id].line


def conclude(watch: Watch, report: Report) -> None:
    """Put what was noted of boots and stops, and between runs and tests, into the report."""
    for phase in (BOOT, STOP):
        if phase in watch.whole:
            report.waits[phase] = watch.idle[phase]
            report.busy[phase] = watch.whole[phase] - Spent(watch.idle[phase])
    report.waits[UNEXPLAINED] = watch.idle.get("", 0.0)
    report.hidden.update(watch.meanwhile)
    report.accounts = watch.accounts


def main() -> None:
    """Play, and print."""
    spec, begun, *selectors = sys.argv[1:]
    watch, report, last = Watch(), Report(), float(begun)

    def clock(phase: str) -> None:
        nonlocal last
        now = time.monotonic()
        if phase:
            report.phases[phase] = now - last
        last = now

    gc.disable()  # as the command line does
    install(watch)
    play(spec, selectors or [TESTS], watch, report, clock)
    report.processor = sum(os.times()[:2]) - watch.accounts.processor
    conclude(watch, report)
    sys.stdout.write(json.dumps(asdict(report)))


if __name__ == "__main__":
    main()
