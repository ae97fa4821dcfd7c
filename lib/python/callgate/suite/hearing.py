"""The static check for a `never` or `count` that nothing is heard for, as its client is disconnected or stalled.

What is not sure before a run, since branches are played at the same time, is left to the run (`scenario/hearing.py`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

from callgate.scenario.steps.applications import Disconnect, Resume
from callgate.scenario.steps.base import Step
from callgate.scenario.steps.events import EventStep
from callgate.scenario.steps.frames import Ended
from callgate.suite.diagnostics import seen_from
from callgate.suite.steps import ReadStep

#: Notes a mistake at a step: what is wrong, and what to do.
Point = Callable[[ReadStep, str, str], None]

_AFTER = "put it before that, or let another client hear it"
_BEFORE = "let another client hear it, or put this into 'finally'"


def check_hearing(steps: Sequence[ReadStep], point: Point) -> None:
    """Note what watches for ARI events after the last client that could hear them, and what makes that client deaf."""
    state = _State(point)
    for step in steps:
        state.look_at(step)


class _State:
    """Who hears what, from one step to the next."""

    def __init__(self, point: Point) -> None:
        self._point = point
        self._hearing: set[str] = set()
        #: Clients that were made deaf, each with the step that did it.
        self._deaf: dict[str, ReadStep] = {}
        #: What watches to the end of the steps, each with its client; '' is any.
        self._watching: list[tuple[ReadStep, str]] = []

    def look_at(self, step: ReadStep) -> None:
        if step.branches:
            self._branches(step)
        elif step.planned is not None:
            self._one(step, step.planned.step)

    def _branches(self, step: ReadStep) -> None:
        """Look at each branch by itself; after them, a client is deaf if it is so after all of them."""
        ends = []
        for steps in step.branches.values():
            end = _State(self._point)
            end._hearing, end._deaf, end._watching = {*self._hearing}, {**self._deaf}, [*self._watching]
            for inner in steps:
                end.look_at(inner)
            ends.append(end)
        self._hearing = set().union(*(end._hearing for end in ends))
        self._deaf = {client: by for client, by in ends[0]._deaf.items() if client not in self._hearing}
        self._watching = [*self._watching, *(one for end in ends for one in end._watching[len(self._watching):])]

    def _one(self, step: ReadStep, played: Step) -> None:
        if played.registers:
            self._hearing |= played.defines()
            self._deaf = {client: by for client, by in self._deaf.items() if client not in self._hearing}
        elif isinstance(played, Resume) and played.client in self._deaf:
            self._hearing.add(played.client)
            del self._deaf[played.client]
        elif isinstance(played, Disconnect | Ended) and played.client in self._hearing:
            self._hearing.remove(played.client)
            self._deaf[played.client] = step
            self._insist(step)
        elif isinstance(played, EventStep) and played.must_hear:
            self._watch(step, played)

    def _watch(self, step: ReadStep, played: EventStep) -> None:
        client = played.client or ""
        if not self._is_deaf(client):
            if played.guards:
                self._watching.append((step, client))
            return
        by = self._deaf[client] if client else list(self._deaf.values())[-1]
        self._point(step, f"{_nothing(client)} after {_line(by, step)}, so this could not fail", _AFTER)

    def _insist(self, step: ReadStep) -> None:
        for watching, client in self._watching:
            if self._is_deaf(client):
                keyword = watching.planned.step.keyword if watching.planned is not None else "step"
                which = f"the '{keyword}' on {_line(watching, step)}"
                self._point(step, f"{_nothing(client)} from here on, so {which} could not fail", _BEFORE)

    def _is_deaf(self, client: str) -> bool:
        return client in self._deaf if client else bool(self._deaf) and not self._hearing


def _nothing(client: str) -> str:
    return f"nothing is heard over {client}" if client else "nothing is heard over any client"


def _line(step: ReadStep, here: ReadStep) -> str:
    line = step.keyword.line if step.keyword is not None else step.node.line
    return seen_from(line, step.scope.source.path, here.scope.source.path)
