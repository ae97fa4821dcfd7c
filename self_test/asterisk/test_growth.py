"""A file that grows is told of, by a descriptor of the reactor."""

from __future__ import annotations

import select
from pathlib import Path

import pytest
from self_test.asterisk.test_log import Still

from callgate.asterisk.growth import Growth

#: The descriptors of this process.
OPEN = Path("/proc/self/fd")


def readable(growth: Growth) -> bool:
    return bool(select.select([growth.fileno()], [], [], 0)[0])


def test_what_is_written_is_told_once_however_often_it_was_written(tmp_path: Path) -> None:
    path, told, reactor = tmp_path / "log", [], Still()
    path.touch()
    growth = Growth(reactor, path, lambda: told.append(path.stat().st_size))
    assert reactor.readers == [growth]
    assert not readable(growth)
    with path.open("ab", buffering=0) as file:
        file.write(b"one")
        file.write(b"two")
    assert readable(growth)
    growth.doRead()
    assert told == [6]
    assert not readable(growth)
    growth.close()
    growth.close()
    assert reactor.readers == []
    assert growth.fileno() == -1


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    before = len(list(OPEN.iterdir()))
    with pytest.raises(FileNotFoundError):
        Growth(Still(), tmp_path / "nothing", lambda: None)
    assert len(list(OPEN.iterdir())) == before
