"""What is made of apt-get's output: its progress, and one line for each kind of trouble."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from self_test.asterisk import trees

from callgate.asterisk.apt import Apt, explain
from callgate.errors import MachineError


def run(tmp_path: Path, body: str) -> list[float]:
    trees.script(tmp_path / "bin/apt-get", body)
    fractions: list[float] = []
    apt = Apt(tmp_path / "apt.conf", {"PATH": f"{tmp_path / 'bin'}:{os.environ['PATH']}"})
    apt.run("debian:sid", ["update"], fractions.append)
    return fractions


def test_progress(tmp_path: Path) -> None:
    lines = "dlstatus:1:20.5:Retrieving file 1 of 2\\ndlstatus:2:100:Retrieving file 2 of 2\\n"
    assert run(tmp_path, f"printf '{lines}'") == [0.205, 1.0]


def test_its_environment(tmp_path: Path) -> None:
    run(tmp_path, f'test "$APT_CONFIG" = "{tmp_path / "apt.conf"}" && test "$LC_ALL" = C')


def test_failure(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match=r"^debian:sid: apt-get ended with exit code 7$"):
        run(tmp_path, "exit 7")


def test_success_with_a_warning_that_is_none(tmp_path: Path) -> None:
    run(tmp_path, "echo 'W: the key is stored in a legacy keyring' >&2")


def test_a_failed_download_that_apt_takes_lightly(tmp_path: Path) -> None:
    """Unless told otherwise `apt-get update` then ends with 0, and with an old index or none."""
    with pytest.raises(MachineError, match="the mirror cannot be reached"):
        run(tmp_path, "echo 'W: Failed to fetch http://m/InRelease  Could not connect to m:80' >&2")


@pytest.mark.parametrize(("line", "meaning"), [
    ("E: Failed to fetch http://m/x  Temporary failure resolving 'm'", "the mirror cannot be reached"),
    ("E: Failed to fetch http://m/x  Could not connect to m:80 (192.0.2.1), connection timed out",
     "the mirror cannot be reached"),
    ("W: GPG error: http://m sid InRelease: The public key is not available: NO_PUBKEY 0123",
     "the mirror's files are not as Debian signed them"),
    ("E: The repository 'http://m sid InRelease' is not signed.", "the mirror's files are not as Debian signed them"),
    ("E: Failed to fetch copy:/m/x.deb  Hash Sum mismatch", "the mirror's files are not as Debian signed them"),
    ("E: Release file for http://m/InRelease is not valid yet (invalid for another 3h)",
     "the mirror's files are from the future; is the clock right?"),
    ("E: You don't have enough free space in /c/archives/.", "no space left to fetch it"),
    ("E: Unable to locate package asterisk", "the mirror has no Asterisk for this architecture"),
    ("E: Package 'asterisk' has no installation candidate", "the mirror has no Asterisk for this architecture"),
    ("E: The repository 'http://m sid Release' does not have a Release file.", "the mirror does not have it"),
    ("E: Failed to fetch http://m/x  404  Not Found [IP: 192.0.2.1 80]", "the mirror does not have it"),
    ("E: Unable to correct problems, you have held broken packages.", "its packages do not fit together just now"),
    ("E: Method http has died unexpectedly!", "apt-get failed"),
])
def test_meanings(line: str, meaning: str) -> None:
    text = explain(["Reading package lists...", line, "E: Some index files failed to download."], 100)
    assert text.startswith(f"{meaning} (apt: ")
    assert text.endswith(f"(apt: {line[3:]})")


def test_a_full_disk_explains_the_broken_signature() -> None:
    lines = ["W: GPG error: http://m sid InRelease: Clearsigned file isn't valid",
             "E: Write error - write (28: No space left on device)"]
    assert explain(lines, 100).startswith("no space left")
