"""What a person reads, compared with golden files that were read by persons.

`UPDATE_GOLDEN=1 pytest self_test/report` writes the files anew; read the difference before it is kept.
"""

from __future__ import annotations

import io
import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Literal

import pytest
from self_test.report.samples import (
    BABS,
    BUGS,
    BUSTER,
    CRASHED,
    HOSTILE_VERDICT,
    INTERRUPTED,
    MIXED,
    RUN_DIRECTORY,
    TEST,
)

from callgate.report.console import Console, console_for
from callgate.scenario.verdict import Outcome, Tally, Verdict

GOLDEN = Path(__file__).parent / "golden"


class Screen(io.StringIO):
    """A stream with an encoding of our choice, which may be a terminal."""

    def __init__(self, *, terminal: bool = False, encoding: str = "utf-8") -> None:
        super().__init__()
        self._terminal = terminal
        self._encoding = encoding

    @property
    def encoding(self) -> str:  # type: ignore[override]  # the stub has it writable
        return self._encoding

    def isatty(self) -> bool:
        return self._terminal

    def shown(self) -> list[str]:
        """Say what a terminal shows in the end: carriage returns and 'erase line' are carried out."""
        text = self.getvalue().replace("\x1b[?7l", "").replace("\x1b[?7h", "")
        return [line.rpartition("\r\x1b[2K")[2] for line in text.split("\n")]


def tally_of(verdicts: Sequence[Verdict]) -> Tally:
    tally = Tally()
    for verdict in verdicts:
        tally.add(verdict.outcome)
    return tally


def play(console: Console, verdicts: Sequence[Verdict], *, selected: int | None = None,
         interrupted: bool = False) -> None:
    """Tell the console of a run as the scheduler does."""
    console.started(build="debian:sid", version="22.10.1", run_directory=RUN_DIRECTORY,
                    selected=len(verdicts) if selected is None else selected)
    test = ""
    for verdict in verdicts:
        if (here := verdict.id.partition("::")[0]) != test:
            test = here
            names = [other.id.partition("::")[2] for other in verdicts if other.id.startswith(f"{here}::")]
            console.booting(here, names)
        console.playing(verdict.id)
        console.verdict(verdict)
    console.finished(tally_of(verdicts), 1.31, asterisk_seconds=1.12, interrupted=interrupted)


def printed(verdicts: Sequence[Verdict], *, color: bool = False, verbose: bool = False, encoding: str = "utf-8",
            selected: int | None = None, interrupted: bool = False) -> str:
    screen = Screen(encoding=encoding)
    play(Console(screen, terminal=False, color=color, verbose=verbose), verdicts,
         selected=selected, interrupted=interrupted)
    return screen.getvalue()


MANY = [replace(BABS, id=f"tests/many::Call-{number}") for number in range(1, 12)] + [BUSTER, CRASHED]

SCENES: dict[str, Callable[[], str]] = {
    "passed": lambda: printed([BABS, BUGS]),
    "failed": lambda: printed([BABS, BUGS, BUSTER]),
    "color": lambda: printed([BABS, BUGS, BUSTER], color=True),
    "every-outcome": lambda: printed(MIXED, selected=6),
    "every-outcome-color": lambda: printed(MIXED, selected=6, color=True),
    "ascii": lambda: printed(MIXED, selected=6, encoding="ascii"),
    "verbose": lambda: printed([BABS, replace(BUGS, journal=f"{TEST}/Bugs.jsonl"), BUSTER], verbose=True),
    "many": lambda: printed(MANY, selected=12),
    "interrupted": lambda: printed([BABS, replace(INTERRUPTED, id=f"{TEST}::Bugs")], selected=3, interrupted=True),
    "interrupted-between": lambda: printed([BABS], selected=3, interrupted=True),
    "nothing": lambda: printed([]),
    "hostile": lambda: printed([HOSTILE_VERDICT, replace(BABS, id=f"{TEST}::Ba\x1b[2Jbs")]),
}


@pytest.mark.parametrize("scene", SCENES)
def test_the_output_is_the_golden_one(scene: str) -> None:
    path = GOLDEN / f"{scene}.txt"
    text = SCENES[scene]().replace("\x1b", "␛")  # a golden file is plain text, for every editor and diff
    if os.environ.get("UPDATE_GOLDEN"):
        path.write_text(text, encoding="utf-8")
    assert text == path.read_text(encoding="utf-8")


def test_every_golden_file_has_its_scene() -> None:
    assert {path.stem for path in GOLDEN.glob("*.txt")} == set(SCENES)


@pytest.mark.parametrize("scene", sorted(set(SCENES) - {"color", "every-outcome-color"}))
def test_a_log_holds_plain_lines_alone(scene: str) -> None:
    text = SCENES[scene]()
    assert all(char == "\n" or char.isprintable() for char in text)
    assert all(line == line.rstrip() for line in text.split("\n"))
    assert "\n\n\n" not in text


def test_an_encoding_without_our_marks_gets_ascii() -> None:
    assert printed([*MIXED, HOSTILE_VERDICT, replace(BABS, summary="Grüße ✓")], encoding="ascii").isascii()


@pytest.mark.parametrize("encoding", ["ascii", "latin-1", "cp1252", "utf-8", "utf-16"])
def test_no_encoding_stops_the_report(encoding: str) -> None:
    assert r"Gr\u4e2d" in printed([replace(BABS, summary="Gr中")], encoding=encoding) or "utf" in encoding


def test_a_terminal_shows_what_is_running_and_keeps_nothing_of_it() -> None:
    screen = Screen(terminal=True)
    play(Console(screen, terminal=True, color=False), MIXED, selected=6)
    assert f"  0/6 · {TEST}: booting Asterisk" in screen.getvalue()
    assert f"  1/6 · {TEST}::Bugs" in screen.getvalue()
    assert "\n".join(screen.shown()) == printed(MIXED, selected=6)


def test_a_transient_line_never_wraps() -> None:
    screen = Screen(terminal=True)
    console = Console(screen, terminal=True, color=False, columns=lambda: 20)
    console.playing("tests/中文中文中文/with/a/long/name::Scenario")
    assert screen.getvalue() == "\x1b[?7l  0/0 · tests/中文…\x1b[?7h"


def test_a_transient_line_cannot_be_hijacked() -> None:
    screen = Screen(terminal=True)
    Console(screen, terminal=True, color=False).playing("tests/\x1b[2J\n::S")
    assert r"tests/\x1b[2J\n::S" in screen.getvalue()


def test_clear_leaves_nothing_of_a_run_that_broke_off() -> None:
    screen = Screen(terminal=True)
    console = Console(screen, terminal=True, color=False)
    console.playing("tests/t::S")
    console.clear()
    assert screen.shown() == [""]
    before = screen.getvalue()
    console.clear()
    assert screen.getvalue() == before


def test_a_test_that_boots_again_keeps_its_column() -> None:
    screen = Screen()
    console = Console(screen, terminal=False, color=False)
    for waiting in (["Babs", "Longest"], ["Babs"]):
        console.booting(TEST, waiting)
        console.verdict(BABS)
    first, second = (line for line in screen.getvalue().split("\n") if "Babs" in line)
    assert first == second
    assert "Babs       " in first


@pytest.mark.parametrize("outcome", list(Outcome))
def test_the_summary_names_every_outcome_that_occurred(outcome: Outcome) -> None:
    verdict = Verdict(id="tests/t::S", outcome=outcome, seconds=0.1, reason="for a reason")
    last = printed([verdict]).rstrip("\n").split("\n")[-1]
    assert last.startswith(f"1 {outcome}")
    assert "passed" not in last or outcome is Outcome.PASSED


def test_a_failure_without_an_explanation_still_says_how_to_run_it_again() -> None:
    assert "again:     ./runtests.py x" in printed([replace(BUSTER, explanation=None, rerun="./runtests.py x")])


@pytest.mark.parametrize(("terminal", "environ", "color", "lively", "colored"), [
    (True, {"TERM": "xterm"}, "auto", True, True),
    (True, {"TERM": "xterm", "NO_COLOR": "1"}, "auto", True, False),
    (True, {"TERM": "xterm", "NO_COLOR": ""}, "auto", True, True),
    (True, {"TERM": "xterm", "NO_COLOR": "1"}, "always", True, True),
    (True, {"TERM": "xterm"}, "never", True, False),
    (True, {"TERM": "dumb"}, "auto", False, False),
    (True, {}, "auto", False, False),
    (False, {"TERM": "xterm"}, "auto", False, False),
    (False, {"TERM": "xterm"}, "always", False, True),
])
def test_the_console_suits_its_stream(terminal: bool, environ: dict[str, str],
                                      color: Literal["auto", "always", "never"], lively: bool, colored: bool) -> None:
    screen = Screen(terminal=terminal)
    play(console_for(screen, environ, color=color), [BABS])
    assert ("\r\x1b[2K" in screen.getvalue()) == lively
    assert ("\x1b[32m" in screen.getvalue()) == colored
