"""A file that grows is told of, by a descriptor of the reactor."""

from __future__ import annotations

import os
import select
from collections.abc import Callable
from pathlib import Path

import pytest
from self_test.asterisk.test_log import Still
from self_test.conftest import InReactor, the_reactor
from twisted.internet.defer import Deferred
from twisted.internet.task import deferLater
from twisted.python.failure import Failure

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


class Other:
    """A pipe that the reactor reads, and what is to be done when something comes."""

    def __init__(self, come: Callable[[], None]) -> None:
        self._come = come
        self._reader, self._writer = os.pipe()

    def fileno(self) -> int:
        return self._reader

    def doRead(self) -> None:  # noqa: N802 - Twisted's name
        os.read(self._reader, 1)
        self._come()

    def connectionLost(self, reason: Failure) -> None:  # noqa: N802 - Twisted's name
        raise AssertionError(reason)

    def logPrefix(self) -> str:  # noqa: N802 - Twisted's name
        return "other"

    def knock(self) -> None:
        os.write(self._writer, b"x")

    def close(self) -> None:
        os.close(self._reader)
        os.close(self._writer)


def test_what_was_meant_for_one_that_was_closed_ends_no_other(tmp_path: Path, in_reactor: InReactor) -> None:
    """A turn of the reactor that closes one and opens another gives both the same number."""
    old, new, told = tmp_path / "old", tmp_path / "new", Deferred[int]()
    old.touch()
    new.touch()
    numbers: list[int] = []

    async def scene() -> int:
        reactor = the_reactor()
        growth = [Growth(reactor, old, lambda: None)]

        def renew() -> None:
            numbers.append(growth[0].fileno())
            growth.pop().close()
            growth.append(Growth(reactor, new, grown))
            numbers.append(growth[0].fileno())

        def grown() -> None:
            if new.stat().st_size and not told.called:
                told.callback(new.stat().st_size)

        other = Other(renew)
        reactor.addReader(other)
        other.knock()
        old.write_bytes(b"of the old one")
        await deferLater(reactor, 0)
        await deferLater(reactor, 0)
        new.write_bytes(b"new")
        try:
            return await told
        finally:
            reactor.removeReader(other)
            other.close()
            growth[0].close()

    assert in_reactor(scene(), timeout=10.0) == len(b"new")
    assert numbers[0] == numbers[1]
