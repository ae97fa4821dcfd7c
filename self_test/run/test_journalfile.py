"""A scenario's journal on a disk, and a disk that is full."""

from __future__ import annotations

from pathlib import Path

import pytest

from callgate.errors import MachineError
from callgate.run.journalfile import JournalFile


def unexpected(error: MachineError) -> None:
    raise error


def test_each_line_is_in_the_file_before_write_returns(tmp_path: Path) -> None:
    path = tmp_path / "more" / "S" / "journal.jsonl"
    file = JournalFile(path, unexpected)
    file.write(b'{"n":0}\n')
    assert path.read_text() == '{"n":0}\n'
    file.write(b'{"n":1}\n')
    file.close()
    assert path.read_text() == '{"n":0}\n{"n":1}\n'


def test_it_is_private(tmp_path: Path) -> None:
    path = tmp_path / "S" / "journal.jsonl"
    JournalFile(path, unexpected).close()
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_a_full_disk_is_told_once() -> None:
    told: list[MachineError] = []
    file = JournalFile(Path("/dev/full"), told.append)
    file.write(b"one\n")
    file.write(b"two\n")
    file.close()
    assert [str(error) for error in told] == ["cannot write /dev/full: No space left on device"]


def test_a_file_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "S").write_text("in the way")
    with pytest.raises(MachineError, match=r"cannot write .*journal\.jsonl: Not a directory"):
        JournalFile(tmp_path / "S" / "journal.jsonl", unexpected)
