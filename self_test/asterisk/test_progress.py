from __future__ import annotations

import io

import pytest

from callgate.asterisk.progress import BarProgress, LazyProgress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_plain_lines_where_there_is_no_terminal() -> None:
    log = io.StringIO()
    progress = LazyProgress(log)
    with progress.task("downloading") as advance:
        advance(0.5)
    progress.say("done")
    assert log.getvalue() == "downloading\ndone\n"


def test_plain_lines_on_a_terminal_that_cannot_move_its_cursor(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "dumb")
    terminal = Terminal()
    with LazyProgress(terminal).task("downloading") as advance:
        advance(0.5)
    assert terminal.getvalue() == "downloading\n"


def test_a_bar_on_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    progress = LazyProgress(terminal)
    with progress.task("[sid] downloading") as advance:
        advance(0.5)
    progress.say("[sid] done")
    assert "[sid] downloading" in terminal.getvalue()
    assert terminal.getvalue().endswith("[sid] done\n")


def test_a_bar_shows_how_far_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TERM", "xterm")
    terminal = Terminal()
    with BarProgress(terminal).task("downloading") as advance:
        advance(1.0)
    assert "100%" in terminal.getvalue()
