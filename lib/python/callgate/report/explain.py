"""Why a verdict is what it is, as rows that every report shows: the console, JUnit XML."""

from __future__ import annotations

import textwrap

from callgate.durations import duration
from callgate.report.text import Piece, Row, Style, cells, quoted_if_needed, row, visible
from callgate.scenario.verdict import Explanation, Verdict

#: The labels of the last rows stand in a column of this width.
_LABEL = 11


def explain(verdict: Verdict, *, run_directory: str = "") -> list[Row]:
    """Show the step, what was expected and what came, the lines before it, and how to look closer."""
    rows: list[Row] = []
    if verdict.explanation is not None:
        rows += _explanation_rows(verdict.explanation)
    if verdict.journal:
        rows.append(labelled("timeline", _below(run_directory, verdict.journal)))
    if verdict.asterisk_log:
        rows.append(labelled("log", _below(run_directory, verdict.asterisk_log)))
    if verdict.rerun:
        rows.append(labelled("again", verdict.rerun))
    return rows


def as_text(verdict: Verdict, run_directory: str = "") -> str:
    """The same as plain text, which begins with the headline if there is nothing else to say."""
    lines = ["".join(visible(piece.text) for piece in row).rstrip()
             for row in explain(verdict, run_directory=run_directory)]
    return "\n".join(lines) or visible(headline(verdict))


def labelled(label: str, text: str) -> Row:
    """Make a row such as `timeline:  <text>`."""
    return (Piece(f"{label}:".ljust(_LABEL), Style.FAINT), Piece(text))


def headline(verdict: Verdict) -> str:
    """Say the verdict in one line, without the colon that leads over to the values."""
    text = verdict.reason if verdict.explanation is None else verdict.explanation.headline
    return text.rstrip(":") or str(verdict.outcome)


def _below(run_directory: str, path: str) -> str:
    return f"{run_directory}/{path}" if run_directory else path


def _explanation_rows(why: Explanation) -> list[Row]:
    rows: list[Row] = []
    if why.place:
        rows.append((Piece(why.place, Style.STRONG), *_moment(why)))
    rows += _indented((why.step,)) if why.step else []
    values = [*_values("expected", why.expected, Style.GOOD, why), *_values("got", why.got, Style.BAD, why)]
    lead = why.headline.rstrip(":") + (":" if values else "")
    rows += [(Piece(lead, Style.BAD), *(() if why.place else _moment(why)))]
    rows += values
    if why.hint:
        rows.append((Piece(f"  hint: {visible(why.hint)}", Style.STRONG),))
    blocks = (("in the test's own code", why.traceback), ("before", why.before), ("Asterisk logged", why.said),
              ("the end of Asterisk's log", why.log), ("afterwards", why.also))
    for title, lines in blocks:
        if lines:
            rows += [row(f"{title}:", Style.FAINT), *_indented(lines)]
    return rows


def _moment(why: Explanation) -> Row:
    return () if why.at is None else row(f"  (at {duration(why.at)})", Style.FAINT)


def _indented(lines: tuple[str, ...]) -> list[Row]:
    """Put lines below a title, without the margin that they have in common where they come from."""
    text = textwrap.dedent("\n".join(line.rstrip("\n") for line in lines))
    return [row(f"  {line}") for line in text.split("\n")]


def _values(label: str, pairs: tuple[tuple[str, str], ...], style: Style, why: Explanation) -> list[Row]:
    """Show `expected  <field>  <value>`, the fields of both sides in one column and the label once."""
    names = [visible(name) for name, _ in (*why.expected, *why.got)]
    width = max(map(cells, names), default=0)
    rows: list[Row] = []
    for name, value in pairs:
        shown = visible(name)
        field = shown + " " * (width - cells(shown))
        first = label if not rows else ""
        rows.append((Piece(f"  {first:<8}  {field}  "), Piece(quoted_if_needed(value), style)))
    return rows
