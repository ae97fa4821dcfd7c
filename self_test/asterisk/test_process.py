"""Real children: how they end, that their end is seen, and that none outlives its parent."""

from __future__ import annotations

import os
import select
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from self_test.conftest import InReactor

import callgate
from callgate.asterisk.process import Exit, Process
from callgate.errors import MachineError

Start = Callable[..., Process]
FOR_EVER = ("sleep", "1000")


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Start]:
    """Start a program in the test's directory; what still runs at the end is killed."""
    from twisted.internet import reactor

    started: list[Process] = []

    def begin(*argv: str, environment: dict[str, str] | None = None) -> Process:
        process = Process.start(reactor, argv, directory=tmp_path, output=tmp_path / "output",
                                environment=environment or dict(os.environ))
        started.append(process)
        return process

    yield begin
    for process in started:
        process.send_signal(signal.SIGKILL)
        process.reap()


@pytest.mark.parametrize(("argv", "ended", "text"), [
    (("true",), Exit(0, None), "exit code 0"),
    (("sh", "-c", "exit 3"), Exit(3, None), "exit code 3"),
    (("sh", "-c", "kill -SEGV $$"), Exit(None, 11), "signal 11 (SIGSEGV)"),
    (("sh", "-c", "kill -KILL $$"), Exit(None, 9), "signal 9 (SIGKILL)"),
])
def test_how_a_process_ends(start: Start, in_reactor: InReactor, argv: tuple[str, ...], ended: Exit,
                            text: str) -> None:
    process = start(*argv)
    assert in_reactor(process.wait(30.0)) == ended
    assert (process.exit, str(ended), ended.clean) == (ended, text, ended.code == 0)
    assert process.state() == ""


def test_a_signal_without_a_name() -> None:
    assert str(Exit(None, 99)) == "signal 99"


def test_waiting_has_an_end(start: Start, in_reactor: InReactor) -> None:
    process = start(*FOR_EVER)
    assert in_reactor(process.wait(0.01)) is None
    assert process.exit is None
    process.send_signal(signal.SIGTERM)
    assert in_reactor(process.wait(30.0)) == Exit(None, signal.SIGTERM)


def test_the_end_is_told_to_everybody_once(start: Start, in_reactor: InReactor) -> None:
    process = start(*FOR_EVER)
    told: list[Exit] = []
    process.on_exit(told.append)
    process.on_exit(told.append)
    process.send_signal(signal.SIGKILL)
    in_reactor(process.wait(30.0))
    process.reap()
    process.on_exit(told.append)
    assert told == [Exit(None, signal.SIGKILL)] * 3


def test_reap_waits_for_what_was_killed(start: Start) -> None:
    process = start(*FOR_EVER)
    process.send_signal(signal.SIGKILL)
    process.reap()
    assert process.exit == Exit(None, signal.SIGKILL)
    process.send_signal(signal.SIGKILL)


def test_one_that_lives_has_not_ended_whatever_the_reactor_says(start: Start) -> None:
    """It may mean one that was watched by the same number before."""
    process = start(*FOR_EVER)
    process.doRead()
    assert process.exit is None
    assert process.state() in ("R", "S", "D")


def test_a_stopped_process_says_so(start: Start) -> None:
    process = start(*FOR_EVER)
    process.send_signal(signal.SIGSTOP)
    os.waitid(os.P_PID, process.pid, os.WSTOPPED | os.WNOWAIT)
    assert process.state() == "T"


def test_what_it_prints_and_where_it_runs(start: Start, in_reactor: InReactor, tmp_path: Path) -> None:
    process = start("/bin/sh", "-c", "pwd; echo $ONE >&2; cat", environment={"ONE": "1"})
    assert in_reactor(process.wait(30.0)) == Exit(0, None)
    assert (tmp_path / "output").read_text() == f"{tmp_path}\n1\n"


def test_it_has_a_session_of_its_own(start: Start) -> None:
    process = start(*FOR_EVER)
    assert os.getsid(process.pid) == process.pid, "Ctrl-C at the terminal must not reach it"


def test_a_program_that_does_not_exist(start: Start) -> None:
    with pytest.raises(MachineError, match=r"cannot start /nowhere/asterisk: .*No such file or directory"):
        start("/nowhere/asterisk", "-f")


def test_a_program_that_cannot_be_executed(start: Start, tmp_path: Path) -> None:
    program = tmp_path / "asterisk"
    program.write_text("no program")
    with pytest.raises(MachineError, match="Permission denied"):
        start(str(program))


PARENT = """
import sys
from pathlib import Path
from twisted.internet import reactor
from callgate.asterisk.process import Process
here = Path(sys.argv[1])
child = Process.start(reactor, ["sleep", "1000"], directory=here, environment={}, output=here / "output")
print(child.pid, flush=True)
reactor.run()
"""


def test_a_child_dies_with_its_parent_however_that_dies(tmp_path: Path) -> None:
    environment = {**os.environ, "PYTHONPATH": str(Path(callgate.__file__).parents[1])}
    with subprocess.Popen([sys.executable, "-c", PARENT, str(tmp_path)], stdout=subprocess.PIPE, text=True,
                          env=environment) as parent:
        assert parent.stdout is not None
        try:
            grandchild = os.pidfd_open(int(parent.stdout.readline()))
        finally:
            parent.kill()
    try:
        ended, _, _ = select.select([grandchild], [], [], 30.0)
        assert ended, "it has outlived its parent"
    finally:
        if not _has_ended(grandchild):
            signal.pidfd_send_signal(grandchild, signal.SIGKILL)
        os.close(grandchild)


def _has_ended(pidfd: int) -> bool:
    return bool(select.select([pidfd], [], [], 0)[0])


def test_waiting_can_be_given_up(start: Start, in_reactor: InReactor) -> None:
    from twisted.internet import reactor
    from twisted.internet.defer import CancelledError, Deferred

    process = start(*FOR_EVER)
    calls: Any = reactor

    async def give_up() -> None:
        waiting = Deferred.fromCoroutine(process.wait(1000.0))
        waiting.cancel()
        await waiting

    before = calls.getDelayedCalls()
    with pytest.raises(CancelledError):
        in_reactor(give_up())
    assert [call for call in calls.getDelayedCalls() if call not in before] == []
