from __future__ import annotations

from pathlib import Path

import pytest
from self_test.asterisk import trees

from callgate.asterisk.version import ask_version, upstream_version
from callgate.errors import MachineError


@pytest.mark.parametrize(("output", "version"), [
    ("Asterisk 22.10.1+dfsg+~cs6.17.60671434-1\n", "22.10.1"),
    ("Asterisk 22.11.0-rc2+dfsg+~cs6.17.60671434-1\n", "22.11.0-rc2"),
    ("Asterisk 16.28.0~dfsg-0+deb11u10\n", "16.28.0"),
    ("Asterisk 23.0.0~rc1~dfsg-1\n", "23.0.0-rc1"),
    ("Asterisk 22.5.0", "22.5.0"),
    ("Asterisk certified-20.7-cert4\n", "certified-20.7-cert4"),
    ("Asterisk GIT-22-abcdef0\n", "GIT-22-abcdef0"),
    ("Usage: asterisk [OPTIONS]\n", None),
    ("", None),
])
def test_upstream_version(output: str, version: str | None) -> None:
    assert upstream_version(output) == version


def test_asking(tmp_path: Path) -> None:
    program = trees.script(tmp_path / "asterisk", 'test "$1" = -V && echo "Asterisk $NUMBER"')
    assert ask_version([str(program), "-V"], {"NUMBER": "22.1.0"}) == "22.1.0"


@pytest.mark.parametrize(("body", "why"), [
    ("echo libssl.so.3: not found >&2; echo more >&2; exit 127", "libssl.so.3: not found"),
    ("exit 3", "exit code 3"),
    ("echo hello", "hello"),
    ("kill -SEGV $$", "exit code -11"),
])
def test_a_program_that_does_not_run(tmp_path: Path, body: str, why: str) -> None:
    program = trees.script(tmp_path / "asterisk", body)
    with pytest.raises(MachineError) as caught:
        ask_version([str(program), "-V"], {})
    assert str(caught.value) == f"{program} does not run: {why}"


def test_a_program_for_another_machine(tmp_path: Path) -> None:
    program = trees.write(tmp_path / "asterisk", "\x7fELF", mode=0o755)
    with pytest.raises(MachineError, match="does not run: Exec format error"):
        ask_version([str(program), "-V"], {})
