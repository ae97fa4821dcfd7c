"""The helpers of the live tests turn red when they should."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from self_test.live.runner import Command, Watched, running_in
from self_test.live.suites import Suite

pytestmark = pytest.mark.live


@pytest.fixture
def straggler(tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A process that is at work in a directory and does not end."""
    (tmp_path / "below").mkdir()
    with subprocess.Popen(["tail", "-f", "/dev/null"], cwd=tmp_path / "below") as process:
        yield process
        process.kill()


def test_what_runs_in_a_directory_is_found(tmp_path: Path, straggler: subprocess.Popen[bytes]) -> None:
    assert running_in(tmp_path) == [straggler.pid]
    assert running_in(tmp_path / "elsewhere") == []


def test_also_when_the_directory_is_gone(tmp_path: Path, straggler: subprocess.Popen[bytes]) -> None:
    (tmp_path / "below").rmdir()
    assert running_in(tmp_path) == [straggler.pid]


def test_what_is_left_is_ended_and_told(tmp_path: Path, straggler: subprocess.Popen[bytes]) -> None:
    watched = Watched(straggler.pid)
    assert not watched.gone_within(0)
    assert Command(tmp_path).end() == [straggler.pid]
    assert watched.gone_within(10.0)
    watched.close()


def test_waiting_ends_with_the_run(command: Command, suite: Suite) -> None:
    runner = command.start("tests/nowhere", root=suite.root)
    with pytest.raises(pytest.fail.Exception, match="the run ended without a line with 'never said'"):
        runner.wait_for_line("never said")


def test_waiting_for_the_end_has_a_deadline(command: Command, suite: Suite) -> None:
    runner = command.start(root=suite.root, prefix=("sh", "-c", "exec tail -f /dev/null", "sh"))
    with pytest.raises(pytest.fail.Exception, match=r"the run did not end within 0\.1 s"):
        runner.finish(0.1)
