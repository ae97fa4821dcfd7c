"""Fetches in processes of their own: two at once, interrupted, killed, and on a full disk."""

from __future__ import annotations

import os
import random
import select
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
from self_test.asterisk import trees
from self_test.asterisk.repository import Repository, Signer

from callgate.asterisk import debian
from callgate.asterisk.cache import Slot
from callgate.asterisk.progress import PlainProgress
from callgate.asterisk.settings import BuildSettings

SID = "debian:sid"
#: A fetch as the command line does it; arguments: mirror, directory of keyrings.
FETCH = """
import os, signal, sys
from pathlib import Path
from callgate.asterisk import debian
from callgate.asterisk.progress import LazyProgress
from callgate.asterisk.settings import BuildSettings
from callgate.errors import CallgateError
signal.signal(signal.SIGINT, signal.default_int_handler)  # a CI job in the background is started with it ignored
settings = BuildSettings(os.environ, mirror=sys.argv[1], keyrings=Path(sys.argv[2]))
try:
    print(debian.get("debian:sid", settings, LazyProgress(sys.stdout)).version)
except CallgateError as error:
    sys.exit(f"{type(error).__name__}: {error}")
"""
#: Seconds until a test gives up on an event that has to come.
DEADLINE = 30.0


def command(settings: BuildSettings) -> list[str]:
    return [sys.executable, "-c", FETCH, str(settings.mirror), str(settings.keyrings)]


def environment(settings: BuildSettings) -> dict[str, str]:
    return {**settings.environment, "PYTHONPATH": str(Path(debian.__file__).parents[2])}


@contextmanager
def fetching(settings: BuildSettings) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(command(settings), env=environment(settings), text=True, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT) as process:
        try:
            yield process
        finally:
            process.kill()


@pytest.fixture
def hanging(local: BuildSettings, tmp_path: Path) -> Iterator[tuple[BuildSettings, int]]:
    """Settings with an apt-get that says its pid on a FIFO and never ends, and the FIFO."""
    os.mkfifo(tmp_path / "started")
    os.mkfifo(tmp_path / "never")
    trees.script(tmp_path / "bin/apt-get",
                 f"echo $$ > '{tmp_path / 'started'}'; exec cat '{tmp_path / 'never'}'")
    path = f"{tmp_path / 'bin'}:{local.environment['PATH']}"
    started = os.open(tmp_path / "started", os.O_RDWR)
    yield replace(local, environment={**local.environment, "PATH": path}), started
    os.close(started)


def apt_has_started(started: int) -> int:
    """Wait for apt-get; gives a pidfd, which becomes readable when it ends."""
    assert select.select([started], [], [], DEADLINE)[0], "apt-get was not started"
    return os.pidfd_open(int(os.read(started, 20)))


def ends(pidfd: int) -> bool:
    try:
        return bool(select.select([pidfd], [], [], DEADLINE)[0])
    finally:
        os.close(pidfd)


def partials(settings: BuildSettings) -> list[Path]:
    return list((settings.cache / "builds").glob(".*.partial"))


def test_the_second_of_two_waits_and_uses_what_the_first_fetched(
        repository: Repository, local: BuildSettings, signer: Signer) -> None:
    repository.publish(signer)
    slot, idle = Slot(local.cache, SID), replace(local, mirror="http://127.0.0.1:1/unused")
    held = ExitStack()
    held.enter_context(slot.locked(lambda: pytest.fail("nobody else is here")))
    with held, fetching(idle) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "debian:sid: waiting for another run to fetch it\n"
        with slot.staging() as partial:
            fetched = debian._fetch(SID, partial, local, PlainProgress(lambda _text: None))
            slot.publish(partial, fetched.manifest)
        assert process.poll() is None
        held.close()
        assert process.stdout.read() == "22.99.1\n"
        assert process.wait(DEADLINE) == 0


def test_two_at_once(repository: Repository, local: BuildSettings, signer: Signer) -> None:
    repository.publish(signer)
    with fetching(local) as one, fetching(local) as other:
        outputs = [process.communicate(timeout=DEADLINE)[0].splitlines() for process in (one, other)]
    assert (one.returncode, other.returncode) == (0, 0)
    assert [lines[-1] for lines in outputs] == ["22.99.1", "22.99.1"]
    assert sum(any("MB fetched in" in line for line in lines) for lines in outputs) == 1
    assert partials(local) == []


def test_ctrl_c_ends_apt_and_leaves_nothing(hanging: tuple[BuildSettings, int]) -> None:
    settings, started = hanging
    with fetching(settings) as process:
        apt = apt_has_started(started)
        assert len(partials(settings)) == 1
        process.send_signal(signal.SIGINT)
        output = process.communicate(timeout=DEADLINE)[0]
    assert "KeyboardInterrupt" in output
    assert process.returncode == -signal.SIGINT
    assert ends(apt)
    assert partials(settings) == []


def test_a_killed_fetch_takes_apt_along_and_the_next_one_tidies_up(
        hanging: tuple[BuildSettings, int], repository: Repository, local: BuildSettings, signer: Signer) -> None:
    settings, started = hanging
    with fetching(settings) as process:
        apt = apt_has_started(started)
        process.kill()
        assert ends(apt)
    assert len(partials(settings)) == 1
    assert Slot(local.cache, SID).build() is None
    repository.publish(signer)
    assert debian.get(SID, local, PlainProgress(lambda _text: None)).version == "22.99.1"
    assert partials(local) == []


@pytest.mark.parametrize(("size", "ballast", "message"), [
    ("2m", random.Random(0).randbytes(3_000_000), "no space left to fetch it (apt: "),
    ("40m", bytes(60_000_000), "cannot write to the cache "),  # compresses well: only the tree is too large
], ids=["for the packages", "for the tree"])
def test_a_full_disk(
        tmp_path: Path, local: BuildSettings, signer: Signer, size: str, ballast: bytes, message: str) -> None:
    """The cache is on a small file system of its own."""
    own_mount = ["unshare", "--map-root-user", "--mount", "sh", "-c",
                 f'mount -t tmpfs -o size={size} tmpfs "$CALLGATE_CACHE" && exec "$@"', "sh"]
    local.cache.mkdir()
    if subprocess.run([*own_mount, "true"], env=environment(local), capture_output=True, check=False).returncode:
        pytest.skip("this user may not mount a small file system (unshare --map-root-user --mount)")
    repository = Repository(tmp_path / "debian", tmp_path / "work")
    repository.build(ballast)
    repository.publish(signer)
    then_list = ["sh", "-c", '"$@"; code=$?; ls -A "$CALLGATE_CACHE/builds"; exit $code', "sh"]
    done = subprocess.run([*own_mount, *then_list, *command(local)], env=environment(local), text=True,
                          capture_output=True, check=False, timeout=DEADLINE)
    assert done.returncode == 1
    assert done.stderr.startswith(f"MachineError: debian:sid: {message}")
    assert "no space left" in done.stderr
    assert len(done.stderr.splitlines()) == 1
    assert done.stdout.splitlines()[-1].endswith(".lock")
    assert ".partial" not in done.stdout
