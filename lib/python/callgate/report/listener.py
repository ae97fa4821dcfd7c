"""Who is told how a run goes, while it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from callgate.scenario.verdict import Tally, Verdict


class Listener(Protocol):
    """Is told each thing once it is known, in the order of these methods."""

    def started(self, *, build: str, version: str, selected: int, run_directory: str) -> None:
        """A run begins."""

    def booting(self, test_id: str, scenarios: Sequence[str] = ()) -> None:
        """A test begins with the boot of its Asterisk; these are the scenarios that wait for it."""

    def playing(self, scenario_id: str) -> None:
        """A scenario begins."""

    def verdict(self, verdict: Verdict) -> None:
        """A scenario, or a test's Asterisk as a whole, is judged."""

    def finished(self, tally: Tally, seconds: float, *, asterisk_seconds: float | None = None,
                 interrupted: bool = False) -> None:
        """The run has ended in order; times are in seconds."""

    def clear(self) -> None:
        """The run has ended, whatever ended it."""


class Nobody:
    """A listener that does nothing: for a front end that tells verdicts in its own way."""

    def started(self, *, build: str, version: str, selected: int, run_directory: str) -> None:
        """Do nothing."""

    def booting(self, test_id: str, scenarios: Sequence[str] = ()) -> None:
        """Do nothing."""

    def playing(self, scenario_id: str) -> None:
        """Do nothing."""

    def verdict(self, verdict: Verdict) -> None:
        """Do nothing."""

    def finished(self, tally: Tally, seconds: float, *, asterisk_seconds: float | None = None,
                 interrupted: bool = False) -> None:
        """Do nothing."""

    def clear(self) -> None:
        """Do nothing."""
