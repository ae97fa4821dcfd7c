"""Which of several patterns each event is meant by, when every pattern needs an event of its own.

Law 2 for more than one: the selectors pick events, in the order in which they came, as long as each can have a
pattern of its own; then the bodies have to agree with the events picked. So an event that is picked and wrong is never
passed over for a later one that is right.
"""

from __future__ import annotations

from collections.abc import Sequence

from callgate.scenario.journal import Entry
from callgate.scenario.matchers import Mismatch
from callgate.scenario.patterns import Pattern
from callgate.scenario.twins import are_twins

#: More differences than one event can have.
_MANY = 1000


class Assignment:
    """Events and patterns, in pairs."""

    def __init__(self, patterns: Sequence[Pattern], *, ordered: bool = False) -> None:
        """`ordered`: the events have to come in the order of the patterns."""
        self.patterns = tuple(patterns)
        #: What has been picked so far, in the order of the journal.
        self.picked: list[Entry] = []
        self._ordered = ordered
        self._selectors: list[list[int]] = []
        self._pairs: dict[int, int] = {}
        #: The last that there was.
        self._solution: dict[int, Entry] = {}
        # A pattern with a channel goes first, so that the others are left for what has none.
        self._ranked = sorted(range(len(self.patterns)), key=lambda one: self.patterns[one].channel is None)

    @property
    def complete(self) -> bool:
        """Whether each pattern has an event."""
        return len(self.picked) == len(self.patterns)

    def missing(self) -> list[Pattern]:
        """The patterns that have no event yet."""
        return [pattern for index, pattern in enumerate(self.patterns) if index not in self._pairs]

    def take(self, entry: Entry) -> bool:
        """Pick an event, if there is a pattern for it; False if not."""
        options = [index for index in self._ranked if self.patterns[index].selects(entry)]
        selectors = [list(one) for one in self._selectors]
        for place, other in enumerate(self.picked):
            if are_twins(entry, other):
                # The same event once more, which only patterns can have that tell the two messages apart.
                options = [index for index in options if not self.patterns[index].selects(other)]
                selectors[place] = [index for index in selectors[place] if not self.patterns[index].selects(entry)]
        pairs = _paired([*selectors, options]) if options else None
        if pairs is None:
            return False
        self._selectors = [*selectors, options]
        self._pairs = pairs
        self.picked.append(entry)
        return True

    def solution(self) -> dict[int, Entry] | None:
        """For each pattern, by its place, the event that is as it should be; None if the events picked can't be.

        Raises MachineError where a variable is asserted that the event does not report.
        """
        allowed = [[index for index in options
                    if (not self._ordered or index == place) and not self.patterns[index].mismatches(entry)]
                   for place, (entry, options) in enumerate(zip(self.picked, self._selectors, strict=True))]
        pairs = _paired(allowed)
        if pairs is None:
            return None
        self._solution = {pattern: self.picked[event] for pattern, event in pairs.items()}
        return self._solution

    def closest(self) -> tuple[Pattern, list[Mismatch]]:
        """For the event that was picked last and spoilt it: the pattern that was probably meant, and the differences.

        No differences where the event is right, but comes before another one, or is one too many.
        """
        entry, options, place = self.picked[-1], self._selectors[-1], len(self.picked) - 1
        if self._ordered:
            meant = self.patterns[place if place in options else options[0]]
            return meant, meant.mismatches(entry) if place in options else []
        free = [index for index in sorted(options) if index not in self._solution] or sorted(options)
        found = [(self.patterns[index], self.patterns[index].mismatches(entry)) for index in free]
        return min(found, key=lambda one: len(one[1]) or _MANY)


def _paired(options: Sequence[Sequence[int]]) -> dict[int, int] | None:
    """A pattern for each event, as {pattern: event}; None if there are not enough (augmenting paths)."""
    pairs: dict[int, int] = {}

    def place(event: int, seen: set[int]) -> bool:
        for pattern in sorted(options[event], key=pairs.__contains__):  # those that are free come first
            if pattern not in seen:
                seen.add(pattern)
                if pattern not in pairs or place(pairs[pattern], seen):
                    pairs[pattern] = event
                    return True
        return False

    return pairs if all(place(event, set()) for event in range(len(options))) else None
