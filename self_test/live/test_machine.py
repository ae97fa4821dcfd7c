"""What the machine or the build cannot do: one clear line or an `environment` verdict, exit code 3, nothing left."""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from self_test.live.prefixes import without_modules
from self_test.live.runner import Command
from self_test.live.suites import Suite

from callgate.asterisk.build import Build
from callgate.asterisk.cache import Slot

pytestmark = pytest.mark.live

#: Goes round for ever, an event each time: its journal and Asterisk's log grow until there is no space.
ENDLESS = """\
testinfo:
  summary: Talks too much.
scenarios:
  Endless:
    summary: Waits for an event that never comes, and is told many others.
    steps:
      - originate: {endpoint: Local/x@Endless, extension: x, context: Endless, as: call}
      - expect: {ami: UserEvent, within: 25s}
"""
ENDLESS_DIALPLAN = "[Endless]\nexten => x,1,Answer()\n same => n(again),NoOp()\n same => n,Goto(again)\n"


@pytest.fixture
def deaf_port() -> Iterator[int]:
    """A port that is taken, and that nobody listens on."""
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        yield deaf.getsockname()[1]


def test_no_network_on_the_first_fetch(command: Command, tmp_path: Path, deaf_port: int) -> None:
    cache = tmp_path / "cache"
    result = command.run("--mirror", f"http://127.0.0.1:{deaf_port}/debian",
                         environment={"CALLGATE_CACHE": str(cache), "no_proxy": "127.0.0.1"})
    assert (result.code, result.out) == (3, "")
    last = result.err.splitlines()[-1]  # after what it was about to do
    assert last.startswith("callgate: debian:sid: the mirror cannot be reached")
    assert f"127.0.0.1:{deaf_port}" in last
    assert "Traceback" not in result.err
    assert Slot(cache, "debian:sid").build() is None
    assert not result.runs.exists()


def small_disk(where: Path, size: str) -> tuple[str, ...]:
    """A prefix for a command that sees a disk of this size there; nobody else sees it. Skips where that can't be."""
    where.mkdir()
    script = f'mount -t tmpfs -o size={size} none "{where}" && exec "$@"'
    prefix = ("unshare", "--mount", "sh", "-c", script, "sh")
    skip_unless_it_works(prefix, "no small disk to be had without the right to mount one")
    return prefix


def skip_unless_it_works(prefix: Sequence[str], reason: str) -> None:
    """Skip the test where a command with this prefix can't be run."""
    tried = subprocess.run([*prefix, "true"], capture_output=True, text=True, check=False)
    if tried.returncode != 0:
        pytest.skip(f"{reason}: {tried.stderr.strip()}")


@pytest.mark.parametrize("size", ["4k", "16k", "64k"])
def test_full_disk(command: Command, suite: Suite, tmp_path: Path, size: str) -> None:
    """No room for the run directory itself, for Asterisk's configuration, for its log and database."""
    suite.settings("defaults: {boot-timeout: 5s}\n")
    suite.add_waiting()
    disk = tmp_path / "disk"
    result = command.run("--run-dir", str(disk / "runs"), root=suite.root, prefix=small_disk(disk, size))
    assert result.code == 3, result.out + result.err
    assert "No space left on device" in result.out + result.err
    assert "crashed" not in result.out, "Asterisk is blamed for what the disk did"
    assert "Traceback" not in result.err


def test_disk_that_fills_up_while_a_scenario_plays(command: Command, suite: Suite, tmp_path: Path) -> None:
    suite.add("tests/endless", ENDLESS, {"extensions.conf": ENDLESS_DIALPLAN})
    disk = tmp_path / "disk"
    result = command.run("--run-dir", str(disk / "runs"), root=suite.root, prefix=small_disk(disk, "1m"))
    assert result.code == 3, result.out + result.err
    assert "No space left on device" in result.out + result.err
    assert "Traceback" not in result.err


def test_no_inotify_to_be_had(command: Command, suite: Suite) -> None:
    """The kernel gives each user 128 of them: with many runs at once there may be none left (inotify(7))."""
    test = suite.add_waiting()
    limit = 'echo 0 >/proc/sys/user/max_inotify_instances && exec "$@"'
    prefix = ("unshare", "--user", "--map-root-user", "sh", "-c", limit, "sh")
    skip_unless_it_works(prefix, "no limit to be set without a user namespace")
    result = command.run(f"{test}::First", root=suite.root, prefix=prefix)
    assert "Traceback" not in result.err
    assert (result.code, result.outcomes) == (3, {"First": "environment"})
    assert "inotify" in result.why("First")


def test_report_that_cannot_be_written(command: Command, suite: Suite) -> None:
    test = suite.add_waiting()
    result = command.run("--junit-xml", "/dev/full", f"{test}::First", root=suite.root)
    assert (result.code, result.outcomes) == (3, {"First": "passed"})
    assert "/dev/full" in result.error_line()
    assert "No space left on device" in result.err


def test_output_that_cannot_be_written(suite: Suite, command: Command) -> None:
    test = suite.add_waiting()
    into_full = ("sh", "-c", 'exec "$@" >/dev/full', "sh")
    result = command.run(f"{test}::First", root=suite.root, prefix=into_full)
    assert result.code == 3
    assert "No space left on device" in result.error_line()


def test_run_directory_that_cannot_be_made(command: Command, suite: Suite, tmp_path: Path) -> None:
    test = suite.add_waiting()
    (tmp_path / "file").write_text("in the way")
    result = command.run("--run-dir", str(tmp_path / "file" / "runs"), test, root=suite.root)
    assert (result.code, result.out) == (3, "")
    assert result.error_line().startswith(f"callgate: cannot make a run directory in {tmp_path}/file/runs: ")


def test_run_directory_without_permission(command: Command, suite: Suite, tmp_path: Path) -> None:
    test = suite.add_waiting()
    locked = tmp_path / "locked"
    locked.mkdir(mode=0o500)
    # Root writes everywhere, unless it gives that capability up.
    prefix = ("setpriv", "--bounding-set", "-dac_override") if os.geteuid() == 0 else ()
    result = command.run("--run-dir", str(locked / "runs"), test, root=suite.root, prefix=prefix)
    assert (result.code, result.out) == (3, "")
    assert "Permission denied" in result.error_line()


@pytest.mark.parametrize("module", ["res_ari", "app_stasis", "res_http_websocket"])
def test_build_without_a_module(command: Command, suite: Suite, tmp_path: Path, live_build: Build, module: str) -> None:
    suite.add_stasisstatus()
    prefix = without_modules(tmp_path / "prefix", live_build, [module])
    result = command.run(root=suite.root, asterisk=prefix)
    assert (result.code, set(result.outcomes.values())) == (3, {"environment"})
    assert module in result.why("Babs")
    assert str(prefix) in result.why("Babs")
    assert module in result.out


def test_prefix_with_all_modules_is_fine(command: Command, suite: Suite, tmp_path: Path, live_build: Build) -> None:
    """It is not the prefix itself that the tests above see refused."""
    suite.add_stasisstatus()
    result = command.run(root=suite.root, asterisk=without_modules(tmp_path / "prefix", live_build, []))
    assert (result.code, set(result.outcomes.values())) == (0, {"passed"})


@pytest.mark.parametrize("build", ["debian:sid", "debian:bullseye"])
@pytest.mark.parametrize("variables", ["", "OTHER"])
@pytest.mark.parametrize(("file", "event"), [("manager.conf", "Hangup"), ("ari.conf", "ChannelDestroyed")])
def test_without_channelvars(command: Command, suite: Suite, file: str, event: str, variables: str,
                             build: str) -> None:
    """No variable in the event is a mistake in the configuration, and no news about Asterisk."""
    test = suite.add_stasisstatus({file: f"[general]\nchannelvars = {variables}\n"})
    result = command.run(f"{test}::Bugs", root=suite.root, asterisk=build)
    assert (result.code, result.outcomes) == (3, {"Bugs": "environment"})
    headline = result.verdicts["Bugs"].explanation
    assert headline is not None
    assert headline.headline.startswith(f"{event} of call does not report ")
    assert "'channelvars'" in headline.headline
    assert file in headline.headline
