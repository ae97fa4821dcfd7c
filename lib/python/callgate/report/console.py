"""What a person reads while a run goes on: lively in a terminal, plain lines in a CI log."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from typing import Literal, TextIO

from callgate import __version__
from callgate.durations import duration
from callgate.report.explain import explain, headline, labelled
from callgate.report.listener import Listener
from callgate.report.output import Output
from callgate.report.results import HARMLESS, is_scenario, split_id
from callgate.report.text import Piece, Row, Style, cells, count, one_line, row, visible
from callgate.scenario.verdict import Outcome, Tally, Verdict

#: With more verdicts than this, a failure may have left the screen: they are listed again at the end.
_ONE_SCREEN = 10
#: Stands where a scenario's name would, for a verdict on a test's Asterisk as a whole.
_WHOLE = "(Asterisk)"
#: A name longer than this is not waited for when names are put in a column.
_LONGEST_COLUMN = 32

_STYLES = dict.fromkeys(Outcome, Style.WARNING) | {
    Outcome.PASSED: Style.GOOD, Outcome.FAILED: Style.BAD, Outcome.CRASHED: Style.BAD}


class Console(Listener):
    """Says each thing once it is known; the caller tells it in the order of the methods below."""

    def __init__(self, stream: TextIO, *, terminal: bool, color: bool, verbose: bool = False,
                 columns: Callable[[], int] = lambda: 80) -> None:
        self._out = Output(stream, terminal=terminal, color=color, columns=columns)
        self._verbose = verbose
        self._run_directory = ""
        self._selected = 0
        self._verdicts = 0
        self._judged = 0
        self._heading = ""
        self._booted = ""
        self._name_width = 0
        self._bad: list[Verdict] = []

    def started(self, *, build: str, version: str, selected: int, run_directory: str) -> None:
        """Begin a run; paths of journals are shown below `run_directory` as it is given here."""
        self._selected = selected
        self._run_directory = run_directory
        dot = self._out.symbols.dot
        title = f" {dot} {_build(build, version)} {dot} {count(selected, 'scenario')}"
        self._out.rows([(Piece(f"callgate {__version__}", Style.STRONG), Piece(title))])
        if self._verbose:
            self._out.rows([labelled("results", run_directory)])

    def booting(self, test_id: str, scenarios: Sequence[str] = ()) -> None:
        """Begin a test with the boot of its Asterisk; its scenarios' names give the width of their column."""
        widths = [cells(visible(name)) for name in scenarios]
        if test_id == self._booted:  # again, after a crash: the names that are left share the column
            widths.append(self._name_width)
        self._booted = test_id
        self._name_width = max((width for width in widths if width <= _LONGEST_COLUMN), default=0)
        self._show(f"{test_id}: booting Asterisk")

    def playing(self, scenario_id: str) -> None:
        """Begin a scenario."""
        self._show(scenario_id)

    def verdict(self, verdict: Verdict) -> None:
        """Print a verdict, with all that explains it."""
        self._verdicts += 1
        self._judged += is_scenario(verdict.id)
        test, _ = split_id(verdict.id)
        rows: list[Row] = []
        if test != self._heading:
            self._heading = test
            rows += [(), row(test, Style.STRONG)]
        rows.append(self._verdict_row(verdict))
        rows += self._details(verdict)
        self._out.rows(rows)
        if verdict.outcome not in HARMLESS:
            self._bad.append(verdict)

    def finished(self, tally: Tally, seconds: float, *, asterisk_seconds: float | None = None,
                 interrupted: bool = False) -> None:
        """End the run: count every outcome that occurred, and what has no verdict."""
        rows: list[Row] = [()]
        if self._bad and self._verdicts > _ONE_SCREEN:
            rows += [row("not passed:", Style.STRONG), *map(self._reminder, self._bad), ()]
        if interrupted or tally.counts[Outcome.INTERRUPTED]:
            rows.append(row("Interrupted: the run was ended by you.", Style.WARNING))
        took = f" in {duration(seconds)}"
        if asterisk_seconds is not None:
            took += f" (Asterisk: {duration(asterisk_seconds)})"
        rows.append((*self._counts(tally), Piece(took, Style.FAINT)))
        self._out.rows(rows)

    def clear(self) -> None:
        """Leave no transient line behind, whatever ended the run."""
        self._out.clear()

    def _show(self, text: str) -> None:
        self._out.transient(f"  {self._judged}/{self._selected} {self._out.symbols.dot} {text}")

    def _verdict_row(self, verdict: Verdict) -> Row:
        mark = self._out.symbols.marks[verdict.outcome]
        style = _STYLES[verdict.outcome]
        test, scenario = split_id(verdict.id)
        name = visible(scenario or _WHOLE)
        gap = " " * ((self._name_width if test == self._booted else 0) - cells(name))
        timed = verdict.outcome in (Outcome.PASSED, Outcome.FAILED)
        took = duration(verdict.seconds) if timed else str(verdict.outcome)
        return (Piece("  "), Piece(mark, style), Piece(f" {name}{gap}"),
                Piece(f"  {took:>7}", Style.FAINT if timed else style), Piece(f"  {_remark(verdict)}"))

    def _details(self, verdict: Verdict) -> list[Row]:
        """Give the block below a verdict; one that was ended by the user has nothing to explain."""
        quiet = verdict.outcome in HARMLESS or (verdict.outcome == Outcome.INTERRUPTED
                                                and verdict.explanation is None)
        if quiet and not self._verbose:
            return []
        rows = explain(verdict, run_directory=self._run_directory)
        if self._verbose and verdict.build:
            rows.append(labelled("build", _build(verdict.build, verdict.version)))
        indented: list[Row] = [(Piece("    "), *pieces) for pieces in rows]
        return indented if quiet else [(), *indented, ()]

    def _reminder(self, verdict: Verdict) -> Row:
        mark = self._out.symbols.marks[verdict.outcome]
        kind = "" if verdict.outcome == Outcome.FAILED else f"  {verdict.outcome}"
        return (Piece("  "), Piece(mark, _STYLES[verdict.outcome]), Piece(f" {verdict.id}{kind}"))

    def _counts(self, tally: Tally) -> Row:
        parts = [(f"{number} {_called(outcome, number)}", _STYLES[outcome])
                 for outcome, number in tally.counts.items() if number]
        if self._selected > self._judged:
            parts.append((f"{self._selected - self._judged} not run", Style.WARNING))
        if not parts:
            parts.append(("no scenario ran", Style.WARNING))
        pieces: list[Piece] = []
        for text, style in parts:
            pieces += [Piece(", ")] * bool(pieces) + [Piece(text, style)]
        return tuple(pieces)


def console_for(stream: TextIO, environ: Mapping[str, str], *, verbose: bool = False,
                color: Literal["auto", "always", "never"] = "auto") -> Console:
    """Make the console that suits a stream: lively only on a terminal that can move its cursor.

    `color` is what the command line asks for, and wins over NO_COLOR (https://no-color.org).
    """
    terminal = stream.isatty() and environ.get("TERM", "dumb") != "dumb"
    wanted = terminal and not environ.get("NO_COLOR") if color == "auto" else color == "always"

    def columns() -> int:
        try:
            return os.get_terminal_size(stream.fileno()).columns or 80
        except OSError:
            return 80

    return Console(stream, terminal=terminal, color=wanted, verbose=verbose, columns=columns)


def _build(build: str, version: str) -> str:
    return f"{build} (Asterisk {version})" if version else build


def _remark(verdict: Verdict) -> str:
    """Say beside the name why it was not played or what is known to be wrong, else what it is about."""
    if verdict.outcome == Outcome.SKIPPED:
        return headline(verdict)
    if verdict.outcome == Outcome.EXPECTED_FAILURE:
        return one_line(verdict.reason)
    if verdict.outcome == Outcome.INTERRUPTED:
        return verdict.reason or "ended by you"
    return one_line(verdict.summary or verdict.reason)


def _called(outcome: Outcome, number: int) -> str:
    if outcome == Outcome.ENVIRONMENT:
        return "environment error" if number == 1 else "environment errors"
    return str(outcome)
