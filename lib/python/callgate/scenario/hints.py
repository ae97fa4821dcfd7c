"""What may have been meant by an expectation that does not hold: the mistakes that everybody makes."""

from __future__ import annotations

import difflib
from collections.abc import Iterable, Sequence

from callgate.durations import duration
from callgate.scenario.journal import Entry, Journal, Source, field_names
from callgate.scenario.matchers import ABSENT, Mismatch
from callgate.scenario.patterns import Pattern


def did_you_mean(given: str, known: Iterable[str]) -> str:
    """The known name that is nearest, as a question; '' if none is near."""
    by_case = {name.lower(): name for name in known}
    near = difflib.get_close_matches(given.lower(), by_case, n=1, cutoff=0.7)
    return f"did you mean '{by_case[near[0]]}'?" if near and by_case[near[0]] != given else ""


def hint_for_missing(pattern: Pattern, journal: Journal) -> str:
    """Where an event has not come: whether it was another Asterisk, the other interface, or another name."""
    others = (entry for entry in journal.of("").since() if not journal.shows(entry))
    there = next((entry for entry in others if pattern.selects(entry)), None)
    if there is not None:
        return f"{pattern.name} comes from {there.asterisk}: write 'on: {there.asterisk}' beside the step"
    seen = [entry for entry in journal.since() if entry.source in (Source.AMI, Source.ARI)]
    elsewhere = next((entry for entry in seen if entry.source is not pattern.source and entry.name == pattern.name),
                     None)
    if elsewhere is not None:
        return f"{pattern.name} comes by {elsewhere.source.upper()}: write '{elsewhere.source}: {pattern.name}'"
    return did_you_mean(pattern.name, (entry.name for entry in seen if entry.source is pattern.source))


def hint_for_wrong(pattern: Pattern, entry: Entry, mismatches: Sequence[Mismatch], journal: Journal) -> str:
    """Where an event is not as asserted: whether it has no such field, or a later one was meant."""
    for one in mismatches:
        if one.got is ABSENT and one.path in pattern.fields:
            names = field_names(entry)
            guess = "" if one.path.partition(".")[0] in names else did_you_mean(one.path, names)
            return f"{entry.name} has no {one.path}" + (f"; {guess}" if guess else "")
    others = [other for other in journal.since(entry.number + 1) if pattern.selects(other)]
    fitting = next((other for other in others if not pattern.mismatches(other)), None)
    if fitting is not None:
        return (f"a later {entry.name} (at {duration(fitting.at)}) is as expected; only the first that is selected is "
                "looked at, and 'where' selects by more")
    return ""
