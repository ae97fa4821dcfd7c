"""A log is followed as it grows: lines, however they are cut, and the last words."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from self_test.conftest import InReactor
from twisted.internet.defer import Deferred
from twisted.internet.interfaces import IReactorFDSet
from zope.interface import implementer

from callgate.asterisk.log import LogFollower, LogLine, parse
from callgate.errors import MachineError

WARNING = "[2026-11-23 08:15:00.123] WARNING[77][C-0000000a] res_stasis.c: no such app"


@implementer(IReactorFDSet)
class Still:
    """A reactor that reports nothing: what is read is read by drain()."""

    def __init__(self) -> None:
        self.readers: list[Any] = []

    def addReader(self, reader: Any) -> None:  # noqa: N802 - IReactorFDSet's name
        self.readers.append(reader)

    def removeReader(self, reader: Any) -> None:  # noqa: N802 - IReactorFDSet's name
        if reader in self.readers:  # as real reactors do, a second time is nothing
            self.readers.remove(reader)

    def addWriter(self, writer: Any) -> None:  # noqa: N802 - IReactorFDSet's name
        """Nothing is written."""

    def removeWriter(self, writer: Any) -> None:  # noqa: N802 - IReactorFDSet's name
        """Nothing to remove."""

    def removeAll(self) -> list[Any]:  # noqa: N802 - IReactorFDSet's name
        return []

    def getReaders(self) -> list[Any]:  # noqa: N802 - IReactorFDSet's name
        return self.readers

    def getWriters(self) -> list[Any]:  # noqa: N802 - IReactorFDSet's name
        return []


class Following:
    """A follower of an empty log."""

    def __init__(self, path: Path) -> None:
        path.touch()
        self.lines: list[LogLine] = []
        self.reactor = Still()
        self.follower = LogFollower(self.reactor, path, self.lines.append)
        self._file = path.open("ab", buffering=0)

    def write(self, data: bytes) -> None:
        self._file.write(data)
        self.follower.drain()

    def close(self) -> None:
        self._file.close()
        self.follower.close()


@pytest.mark.parametrize(("raw", "level", "text"), [
    (WARNING, "WARNING", "res_stasis.c: no such app"),
    ("[2026-11-23 08:15:00.123] NOTICE[77] loader.c: 35 modules", "NOTICE", "loader.c: 35 modules"),
    ("[Nov 23 08:15:00] VERBOSE[77][C-00000001] pbx.c: Executing [x@y:1] Answer", "VERBOSE",
     "pbx.c: Executing [x@y:1] Answer"),
    ("[Nov 23 08:15:00] ERROR[77]: file.c: text", "ERROR", "file.c: text"),
    ("Asterisk Ready.", "", "Asterisk Ready."),
    ("  continued", "", "  continued"),
    ("[x] WARNING of a kind", "", "[x] WARNING of a kind"),
    ("", "", ""),
])
def test_a_line(raw: str, level: str, text: str) -> None:
    assert parse(raw) == LogLine(level, text, raw)


@pytest.mark.parametrize(("level", "telling"), [("WARNING", True), ("ERROR", True), ("NOTICE", True), ("", False)])
def test_what_is_telling(level: str, telling: bool) -> None:
    assert LogLine(level, "", "").telling is telling


LINES = st.lists(st.text(st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=20), max_size=6)


@given(lines=LINES, cuts=st.lists(st.integers(0, 200)))
def test_lines_are_whole_however_they_are_cut(tmp_path_factory: pytest.TempPathFactory, lines: list[str],
                                              cuts: list[int]) -> None:
    following = Following(tmp_path_factory.mktemp("log") / "full")
    data = "".join(f"{line}\n" for line in lines).encode()
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    for begin, end in itertools.pairwise(edges):
        following.write(data[begin:end])
    assert [line.raw for line in following.lines] == lines
    following.close()


def test_half_a_line_waits_for_its_other_half(tmp_path: Path) -> None:
    following = Following(tmp_path / "full")
    following.write(WARNING.encode()[:40])
    assert following.lines == []
    following.write(WARNING.encode()[40:] + b"\n  continued\nnext")
    assert [(line.level, line.text) for line in following.lines] == [
        ("WARNING", "res_stasis.c: no such app"), ("", "  continued")]
    following.close()


def test_bytes_that_are_no_utf_8_are_shown(tmp_path: Path) -> None:
    following = Following(tmp_path / "full")
    following.write(b"caf\xe9\n")
    assert following.lines[0].text == "caf\N{REPLACEMENT CHARACTER}"
    following.close()


def test_the_last_lines_are_kept_for_an_explanation(tmp_path: Path) -> None:
    following = Following(tmp_path / "full")
    following.write(b"".join(b"%d\n" % number for number in range(LogFollower.KEPT + 5)))
    assert following.follower.tail(2) == ("203", "204")
    assert len(following.follower.tail(1000)) == LogFollower.KEPT
    following.close()


def test_closing_reads_the_last_words_and_a_second_time_does_nothing(tmp_path: Path) -> None:
    following = Following(tmp_path / "full")
    with (tmp_path / "full").open("ab") as file:
        file.write(b"last words\n")
    following.close()
    following.close()
    following.follower.drain()
    assert [line.text for line in following.lines] == ["last words"]
    assert following.reactor.readers == []


def test_who_rests_reads_nothing_by_itself_and_all_of_it_when_asked(tmp_path: Path) -> None:
    following = Following(tmp_path / "full")
    following.follower.rest()
    assert following.reactor.readers == []
    with (tmp_path / "full").open("ab") as file:
        file.write(b"one\ntwo\n")
    assert following.lines == []
    assert following.follower.tail(1) == ("two",)
    assert [line.text for line in following.lines] == ["one", "two"]
    following.close()


def test_growth_is_an_event_of_the_reactor(tmp_path: Path, in_reactor: InReactor) -> None:
    from twisted.internet import reactor

    calls: Any = reactor
    path = tmp_path / "full"
    path.touch()

    async def follow() -> list[str]:
        texts: list[str] = []
        both: Deferred[None] = Deferred()

        def take(line: LogLine) -> None:
            texts.append(line.text)
            if len(texts) == 2:
                both.callback(None)

        follower = LogFollower(reactor, path, take)
        with path.open("a") as file:
            file.write("first\nsec")
            file.flush()
            calls.callLater(0, file.write, "ond\n")
            calls.callLater(0, file.flush)
            await both
        follower.close()
        return texts

    assert in_reactor(follow(), timeout=30) == ["first", "second"]


def test_a_machine_without_inotify_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class NoMore:
        """A libc that gives no more instances of inotify."""

        def __getattr__(self, _name: str) -> Callable[..., int]:
            return lambda *_: -1

    monkeypatch.setattr("callgate.asterisk.growth._libc", NoMore())
    path = tmp_path / "full"
    path.touch()
    with pytest.raises(MachineError, match=r"cannot watch .*full"):
        LogFollower(Still(), path, lambda line: None)


def test_a_log_that_is_not_there(tmp_path: Path) -> None:
    reactor = Still()
    with pytest.raises(MachineError, match="nothing"):
        LogFollower(reactor, tmp_path / "nothing", lambda line: None)
    assert reactor.readers == []
