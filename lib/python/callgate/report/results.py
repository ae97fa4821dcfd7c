"""Reads `results.jsonl`: everything that a run has said, also one that was killed while it spoke.

The file holds one JSON object a line: a `run` record first, a `verdict` for each scenario that ended, and an
`end` record last. Without the last one the run did not end, and its verdicts are still good. A process that
dies while it writes leaves half a line at the end of the file; any other damage is an error (law 4).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from callgate.errors import MachineError
from callgate.scenario.verdict import Outcome, Tally, Verdict

#: The file's name in the run directory.
RESULTS_NAME = "results.jsonl"

#: Outcomes that turn nothing red.
HARMLESS = frozenset({Outcome.PASSED, Outcome.SKIPPED, Outcome.EXPECTED_FAILURE})


class DamagedResultsError(MachineError):
    """A line of `results.jsonl` is not what a run writes."""


@dataclass(frozen=True, slots=True)
class RunHeader:
    """The first line: what was asked for."""

    #: Version of Callgate.
    callgate: str
    #: When the run began, ISO 8601 with its offset from UTC.
    started: str
    argv: tuple[str, ...]
    #: The build as it was named, and the version that Asterisk gives itself: `debian:sid`, `22.10.1`.
    build: str
    version: str
    #: How many scenarios are to have a verdict.
    selected: int
    #: What read and wrote AMI.
    ami_driver: str = "builtin"

    def record(self) -> dict[str, Any]:
        """Give the JSON object that is written."""
        return {"type": "run", "callgate": self.callgate, "started": self.started, "argv": list(self.argv),
                "build": self.build, "version": self.version, "selected": self.selected,
                "ami_driver": self.ami_driver}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> RunHeader:
        """Give the header that `record()` was made of."""
        return cls(callgate=record["callgate"], started=record["started"], argv=tuple(record["argv"]),
                   build=record["build"], version=record["version"], selected=int(record["selected"]),
                   ami_driver=record.get("ami_driver", "builtin"))


@dataclass(frozen=True, slots=True)
class RunEnd:
    """The last line: how the run ended."""

    #: Wall time of the whole run, and the part of it that went into booting and stopping Asterisk.
    seconds: float
    asterisk_seconds: float
    #: What the process answered its caller with (see `ExitCode`).
    exit: int
    #: How many of each outcome; those that did not occur are left out.
    counts: Mapping[str, int]
    #: The most memory that the runner has had, in MiB; its Asterisks are not in it.
    peak_memory_mib: float = 0.0

    def record(self) -> dict[str, Any]:
        """Give the JSON object that is written."""
        return {"type": "end", "seconds": round(self.seconds, 3),
                "asterisk_seconds": round(self.asterisk_seconds, 3), "exit": self.exit,
                "peak_memory_mib": round(self.peak_memory_mib, 1),
                "counts": {str(outcome): number for outcome, number in self.counts.items() if number}}

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> RunEnd:
        """Give the end that `record()` was made of."""
        return cls(seconds=float(record["seconds"]), asterisk_seconds=float(record["asterisk_seconds"]),
                   exit=int(record["exit"]), counts=dict(record["counts"]),
                   peak_memory_mib=float(record.get("peak_memory_mib", 0.0)))


@dataclass(frozen=True, slots=True)
class RunResults:
    """What a run directory says of its run."""

    header: RunHeader
    verdicts: tuple[Verdict, ...] = ()
    #: None where the run was killed, or is still going on.
    end: RunEnd | None = None

    @classmethod
    def read(cls, directory: Path) -> RunResults:
        """Read the results in a run directory.

        Raises MachineError when the file cannot be read, DamagedResultsError when it is damaged.
        """
        path = directory / RESULTS_NAME
        try:
            content = path.read_bytes()
        except OSError as error:
            raise MachineError(f"cannot read {path}: {error.strerror}") from error
        return cls.parse(content, name=str(path))

    @classmethod
    def parse(cls, content: bytes, *, name: str = RESULTS_NAME) -> RunResults:
        """Read the results in the bytes of a file; `name` is what an error calls it."""
        reader = _Reader()
        for number, line in enumerate(_whole_lines(content), start=1):
            try:
                reader.take(json.loads(line))
            except (ValueError, KeyError, TypeError, AttributeError) as error:
                raise DamagedResultsError(f"{name}:{number}: damaged: {_reason(error)}") from error
        if reader.header is None:
            raise DamagedResultsError(f"{name}: holds no run: its first line is missing")
        return cls(reader.header, tuple(reader.verdicts), reader.end)

    @property
    def tally(self) -> Tally:
        """How many of each outcome, counted from the verdicts."""
        tally = Tally()
        for verdict in self.verdicts:
            tally.add(verdict.outcome)
        return tally

    def shortfall(self) -> str:
        """Say in one line what stands between this run and its verdicts; '' where nothing does.

        A run that was killed or interrupted may hold only passes. No report may look green then (law 4).
        """
        judged = sum(is_scenario(verdict.id) for verdict in self.verdicts)
        progress = f"{judged} of {self.header.selected} scenarios have a verdict"
        if self.end is None:
            return f"the run did not end: {progress}"
        if any(verdict.outcome not in HARMLESS for verdict in self.verdicts):
            return ""
        if self.end.exit != 0 or judged < self.header.selected:
            return f"the run ended with exit code {self.end.exit}: {progress}"
        return ""


def split_id(verdict_id: str) -> tuple[str, str]:
    """Give the test's directory and the scenario's name, '' for what concerns its Asterisk as a whole."""
    test, _, scenario = verdict_id.partition("::")
    return test, scenario


def is_scenario(verdict_id: str) -> bool:
    """Whether the verdict is about a scenario, and not about a test's Asterisk as a whole."""
    return bool(split_id(verdict_id)[1])


class _Reader:
    """Takes the records in order, and sees to it that the order is a run's."""

    def __init__(self) -> None:
        self.header: RunHeader | None = None
        self.verdicts: list[Verdict] = []
        self.end: RunEnd | None = None

    def take(self, record: dict[str, Any]) -> None:
        """Take the next one; raises ValueError, KeyError, TypeError or AttributeError on a damaged one."""
        kind = record.get("type")
        if (kind == "run") != (self.header is None):
            raise ValueError("a file begins with its run, and holds one only")
        if self.end is not None:
            raise ValueError("a record after the end of the run")
        if kind == "run":
            self.header = RunHeader.from_record(record)
        elif kind == "verdict":
            float(record["seconds"])
            self.verdicts.append(Verdict.from_record(record))
        elif kind == "end":
            self.end = RunEnd.from_record(record)
        else:
            raise ValueError(f"no record is of type {kind!r}")


def _whole_lines(content: bytes) -> list[bytes]:
    r"""Split into lines, without the last one if its writer died in the middle of it.

    No beginning of a JSON object is a JSON object itself, so a last line that parses lacks its newline only.
    Only `\n` ends a line: JSON may hold U+2028 and its like as they are.
    """
    *lines, tail = content.split(b"\n")
    if tail:
        try:
            json.loads(tail)
        except ValueError:
            return lines
        lines.append(tail)
    return lines


def _reason(error: Exception) -> str:
    if isinstance(error, json.JSONDecodeError):
        return f"no JSON ({error})"
    if isinstance(error, KeyError):
        return f"no field {error}"
    return str(error)
