"""What a run says about a scenario, in the form that is written to `results.jsonl` and read by every report.

A verdict is written when it occurs (law 6). Reports are made from these records alone, so a record holds
everything that a report prints, as text.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass, field
from typing import Any

from callgate.errors import ExitCode


class Outcome(enum.StrEnum):
    """How a scenario ended; the difference is whose turn it is to act (law 7)."""

    #: Asterisk behaved as the scenario says.
    PASSED = "passed"
    #: Asterisk disagrees with the scenario.
    FAILED = "failed"
    #: Asterisk disagrees with the scenario, or died, because of a bug that the scenario says is known.
    EXPECTED_FAILURE = "expected-failure"
    #: Asterisk died, would not boot, or stopped answering.
    CRASHED = "crashed"
    #: Not run, for a reason that is written down.
    SKIPPED = "skipped"
    #: The machine or the configuration does not allow a judgement.
    ENVIRONMENT = "environment"
    #: Somebody ended the run while this scenario was playing.
    INTERRUPTED = "interrupted"


@dataclass(frozen=True, slots=True)
class Explanation:
    """Why a verdict is not `passed`: what a person reads instead of a log."""

    #: One line that says it all.
    headline: str
    #: `file:line:column` of the step, or '' where no step is to blame.
    place: str = ""
    #: The step as it stands in the file.
    step: str = ""
    #: Seconds since the scenario began.
    at: float | None = None
    #: Pairs of (field, text); empty where there is nothing to compare.
    expected: tuple[tuple[str, str], ...] = ()
    got: tuple[tuple[str, str], ...] = ()
    #: What may have been meant.
    hint: str = ""
    #: Where a test's own step broke: the lines of its file that led there, the innermost last.
    traceback: tuple[str, ...] = ()
    #: The journal's last lines before the failure, ready to print.
    before: tuple[str, ...] = ()
    #: What Asterisk has logged during the scenario, from NOTICE up: the last of it.
    said: tuple[str, ...] = ()
    #: The end of Asterisk's log, where an Asterisk is to blame.
    log: tuple[str, ...] = ()
    #: What else went wrong afterwards (in `finally`, or at clean-up), one line each.
    also: tuple[str, ...] = ()


#: The fields of a verdict that are text, and left out of its record when they are empty.
_TEXTS = ("summary", "reason", "build", "version", "journal", "asterisk_log", "rerun")


@dataclass(frozen=True, slots=True)
class Verdict:
    """One line of `results.jsonl` with `"type": "verdict"`."""

    #: `tests/stasis/stasisstatus::Babs`; the test's own id for what concerns its Asterisk as a whole.
    id: str
    outcome: Outcome
    #: Wall time of the scenario, without the boot and stop of its Asterisk.
    seconds: float
    summary: str = ""
    #: For `skipped`: why. For `expected-failure`: the known bug.
    reason: str = ""
    #: The build it ran on, such as `debian:sid` and `22.10.1`.
    build: str = ""
    version: str = ""
    explanation: Explanation | None = None
    #: The timeline, relative to the run directory; '' once it has been removed.
    journal: str = ""
    #: Asterisk's own log, relative to the run directory, where an Asterisk is to blame.
    asterisk_log: str = ""
    #: The command that runs this one again.
    rerun: str = ""

    def __post_init__(self) -> None:
        """What is no pass and turns nothing red says why (law 4)."""
        if self.outcome in (Outcome.SKIPPED, Outcome.EXPECTED_FAILURE) and not self.reason:
            raise ValueError(f"{self.id} is {self.outcome} without a reason")

    def record(self) -> dict[str, Any]:
        """The JSON object that is written; fields without content are left out."""
        body: dict[str, Any] = {"type": "verdict", "id": self.id, "outcome": str(self.outcome),
                                "seconds": round(self.seconds, 4)}
        for name in _TEXTS:
            if getattr(self, name):
                body[name] = getattr(self, name)
        if self.explanation is not None:
            why = {name: getattr(self.explanation, name) for name in Explanation.__dataclass_fields__}
            body["explanation"] = {name: value for name, value in why.items() if value not in ("", (), None)}
        return body

    @classmethod
    def from_record(cls, record: dict[str, Any]) -> Verdict:
        """The verdict that `record()` was made of."""
        why = record.get("explanation")
        explanation = None
        if why is not None:
            lines = {name: tuple(why.get(name, ())) for name in ("traceback", "before", "said", "log", "also")}
            explanation = Explanation(
                headline=why["headline"], place=why.get("place", ""), step=why.get("step", ""), at=why.get("at"),
                expected=_pairs(why.get("expected", ())), got=_pairs(why.get("got", ())), hint=why.get("hint", ""),
                **lines)
        texts = {name: record.get(name, "") for name in _TEXTS}
        return cls(id=record["id"], outcome=Outcome(record["outcome"]), seconds=record["seconds"],
                   explanation=explanation, **texts)


def _pairs(raw: Any) -> tuple[tuple[str, str], ...]:
    return tuple((name, text) for name, text in raw)


@dataclass(slots=True)
class Tally:
    """How many of each outcome a run has, and the exit code that follows."""

    counts: dict[Outcome, int] = field(default_factory=lambda: dict.fromkeys(Outcome, 0))

    def add(self, outcome: Outcome) -> None:
        """Count one more."""
        self.counts[outcome] += 1

    def exit_code(self, *, interrupted: bool = False) -> ExitCode:
        """The worst that happened; a run without a single verdict is no success (law 4)."""
        if interrupted or self.counts[Outcome.INTERRUPTED]:
            return ExitCode.INTERRUPTED
        if self.counts[Outcome.FAILED] or self.counts[Outcome.CRASHED]:
            return ExitCode.FAILED
        if self.counts[Outcome.ENVIRONMENT]:
            return ExitCode.ENVIRONMENT
        if not any(self.counts.values()):
            return ExitCode.NOTHING_SELECTED
        return ExitCode.PASSED
