"""The whole catalogue on one build, in one run: how much of its wall time is Asterisk's, and how much ours.

The run is a process of its own (`bench.played`), from its start to its end. What is Asterisk's is what
`bench.accounting` can name: idle time in which Asterisk was waited for, and what was done before that since something
was sent last. Ours is all the rest of the wall time, not what is found to be ours: what nobody has thought of is in it.

Nothing fails for being slow: other programs on the machine make all of it slower, and Asterisk as well. So the share of
ours is said once more with what the runner itself computed in seconds of a processor, which those do not prolong.
"""

from __future__ import annotations

import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from bench.accounting import ASTERISKS, BOOT
from callgate.report.results import HARMLESS

ROOT = Path(__file__).resolve().parent.parent
#: The part of the wall time that may be ours.
PROMISED = 10.0
#: Seconds from which on a scenario has to say why.
LONG = 1.0
#: What each kind of wait is broken down to, if it has taken that much.
_TOLD = 0.05
_WIDTH = 78
#: In what a scenario says of itself: words that are about a time.
_TIME = re.compile(r"\b\d[\d.,]* ?(ms|s|m|milliseconds?|seconds?|minutes?)\b|\b(milli)?seconds?\b|\bminutes?\b")


def played(spec: str, paths: Sequence[str] = ()) -> tuple[float, dict[str, Any]]:
    """The wall time of a run, and what `bench.played` says of it."""
    begun = time.monotonic()
    done = subprocess.run([sys.executable, "-m", "bench.played", spec, str(begun), *paths], cwd=ROOT,
                          stdout=subprocess.PIPE, text=True, check=False)
    ended = time.monotonic()
    if done.returncode != 0:
        raise SystemExit("bench: the catalogue could not be played")
    report: dict[str, Any] = json.loads(done.stdout)
    return ended - begun - report["accounts"]["wall"], report


def told(wall: float, report: Mapping[str, Any], root: Path = ROOT) -> list[str]:
    """All that there is to say of a run, line by line."""
    scenarios = report["scenarios"]
    outcomes = Counter(one["outcome"] for one in scenarios)
    tests = {one["id"].partition("::")[0] for one in scenarios}
    return [
        f"{report['build']}: {len(scenarios)} scenarios of {len(tests)} tests in one run: "
        + ", ".join(f"{number} {outcome}" for outcome, number in outcomes.most_common()),
        *(f"{one['outcome']}: {one['id']}" for one in scenarios if one["outcome"] not in HARMLESS),
        _line("wall time", wall, wall),
        *_asterisks(report, wall), *_ours(report, wall),
        *_long(scenarios, root)]


def _asterisks(report: Mapping[str, Any], wall: float) -> Iterator[str]:
    waits = by_kind(report)
    hidden = sum(spent["wall"] for spent in report["hidden"].values())
    yield _line("Asterisk's", theirs(report), wall)
    for kind in sorted(ASTERISKS, key=lambda one: -waits.get(one, 0.0)):
        if waits.get(kind):
            times = f" ({report['boots']} times)" if kind == BOOT else ""
            yield _line(f"  {kind}{times}", waits[kind], wall)
            yield from (_line(f"    {what}, {test}", seconds) for what, test, seconds in _parts(report, kind))
    yield _line("  it was at it, too, while the runner read, wrote or tidied up", hidden, wall)


def _ours(report: Mapping[str, Any], wall: float) -> Iterator[str]:
    ours = wall - theirs(report)
    parts = {**report["phases"], **{f"busy while {_WHILE.get(name, name)}": spent["wall"]
                                    for name, spent in report["busy"].items()}}
    for name, spent in report["hidden"].items():
        parts[f"busy while {_WHILE[name]}"] -= spent["wall"]
    parts.update({kind: seconds for kind, seconds in by_kind(report).items() if kind not in ASTERISKS})
    yield _line(f"ours (promised: below {PROMISED:g} %)", ours, wall)
    for name, seconds in sorted(parts.items(), key=lambda one: -one[1]):
        yield _line(f"  {name}", seconds, wall)
    yield _line("  the process ends, and all that has no name", ours - sum(parts.values()), wall)
    hidden = {name: spent["processor"] for name, spent in report["hidden"].items()}
    computed = report["processor"] - sum(hidden.values())
    yield _line("  seconds of a processor, without those in which Asterisk was waited for", computed)
    for name, spent in report["busy"].items():
        yield _line(f"    while {_WHILE.get(name, name)}", spent["processor"] - hidden.get(name, 0.0))
    idle = sum(seconds for kind, seconds in by_kind(report).items() if kind not in ASTERISKS)
    yield _line("ours, if the runner had never to wait for a processor", computed + idle,
                theirs(report) + computed + idle)


#: What the reactor is busy with.
_WHILE = {BOOT: "Asterisk boots", "Asterisk stops": "Asterisk stops", "scenarios": "scenarios play"}


def by_kind(report: Mapping[str, Any]) -> Counter[str]:
    """The idle seconds of each kind of wait."""
    found: Counter[str] = Counter(report["waits"])
    for scenario in report["scenarios"]:
        for kind, _, seconds in scenario["waits"]:
            found[kind] += seconds
    return found


def theirs(report: Mapping[str, Any]) -> float:
    """Seconds of the wall time that are Asterisk's."""
    waits = by_kind(report)
    hidden: float = sum(spent["wall"] for spent in report["hidden"].values())
    return sum(waits[kind] for kind in ASTERISKS) + hidden


def _parts(report: Mapping[str, Any], kind: str) -> list[tuple[str, str, float]]:
    """What a kind of wait was about, and in which test, with its seconds: the longest ones."""
    found: Counter[tuple[str, str]] = Counter()
    for scenario in report["scenarios"]:
        for one, what, seconds in scenario["waits"]:
            if one == kind:
                found[what, scenario["id"].partition("::")[0].rpartition("/")[2]] += seconds
    return [(*name, seconds) for name, seconds in found.most_common() if seconds >= _TOLD]


def _long(scenarios: Iterable[Mapping[str, Any]], root: Path) -> Iterator[str]:
    long = sorted((one for one in scenarios if one["seconds"] > LONG), key=lambda one: -one["seconds"])
    yield f"scenarios of more than {LONG:g} s: {len(long) or 'none'}"
    for one in long:
        reason = reason_of(root / one["path"], one["line"]) if one["path"] else ""
        yield _line(f"  {one['id']}", one["seconds"])
        yield f"    {reason or 'NO REASON in its comments, its summary or the description of its test'}"
        kind, what, seconds = max(one["waits"], key=lambda wait: wait[2], default=("", "", 0.0))
        if kind:
            yield _line(f"    most of it: {kind}: {what}", seconds)


def reason_of(path: Path, line: int) -> str:
    """What a scenario says of its time, in comments in it or right above it, its summary or its test's description."""
    lines = path.read_text().splitlines()
    first = line - 1
    indent = _indent(lines[first])
    last = next((number for number in range(first + 1, len(lines))
                 if lines[number].strip() and not lines[number].lstrip().startswith("#")
                 and _indent(lines[number]) <= indent), len(lines))
    while not lines[last - 1].strip() or (_indent(lines[last - 1]) <= indent and last - 1 > first):
        last -= 1  # a comment that stands above the next one
    while first and lines[first - 1].lstrip().startswith("#"):
        first -= 1
    own = lines[first:last]
    comments = " ".join(text.partition("# ")[2].strip() for text in own if "# " in text)
    summary = next((text.partition("summary:")[2].strip() for text in own if "summary:" in text), "")
    above = lines[:next((number for number, text in enumerate(lines) if text.startswith("scenarios:")), 0)]
    description = " ".join(text.strip() for text in above if _indent(text) >= 4 and not text.lstrip().startswith("-"))
    return next((text for text in (*map(_about_time, (comments, summary, description)),) if text), "")


def _about_time(text: str) -> str:
    """The sentences that are about a time."""
    return " ".join(part for part in re.split(r"(?<=[.;]) ", text) if _TIME.search(part))


def _indent(text: str) -> int:
    return len(text) - len(text.lstrip())


def _line(name: str, seconds: float, whole: float | None = None) -> str:
    share = f" {100 * seconds / whole:6.1f} %" if whole else ""
    return f"{name:<{_WIDTH}} {seconds:8.2f} s{share}"
