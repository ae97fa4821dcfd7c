"""A step found something else than it asks for: what the reader of the verdict needs to know about it."""

from __future__ import annotations

from callgate.errors import ScenarioFailedError
from callgate.scenario.journal import Entry


class StepFailedError(ScenarioFailedError):
    """Asterisk disagrees with a step."""

    def __init__(self, headline: str, *, expected: tuple[tuple[str, str], ...] = (),
                 got: tuple[tuple[str, str], ...] = (), entry: Entry | None = None) -> None:
        """`expected` and `got` are pairs of (field, value); `entry` is the event that is wrong, if there is one."""
        super().__init__(headline)
        self.headline = headline
        self.expected = expected
        self.got = got
        self.entry = entry
