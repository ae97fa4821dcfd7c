"""Who is told how a run goes, while it goes on."""

from __future__ import annotations

from collections.abc import Sequence

from callgate.scenario.verdict import Tally, Verdict


class Listener:
    """Is told each thing once it is known, in the order of these methods, and does nothing about what it leaves out."""

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
