"""Plays steps as a file would plan them: with a line of their own, a timeout, soft, in branches."""

from __future__ import annotations

from dataclasses import replace

from self_test.scenario.fakes import place, planned, scenario, step
from self_test.scenario.stand import RUN, Playing, Stand

from callgate.scenario.engine import Limit, Player
from callgate.scenario.knownbug import KnownBug
from callgate.scenario.model import PlannedStep, Scenario
from callgate.scenario.steps.base import Step
from callgate.scenario.steps.structure import Parallel

WRONG = step("expect", {"ami": "Hangup", "channel": "call", "Cause": "17"})
NOTHING = step("expect", {"ami": "Nothing", "within": "20s"})


def play(stand: Stand, *steps: PlannedStep | Step, last: tuple[Step, ...] = (), known_bug: str | KnownBug | None = None,
         limit: Limit | None = None) -> Playing:
    lines = [one if isinstance(one, PlannedStep) else PlannedStep(one, place(10 + index))
             for index, one in enumerate(steps)]
    base: Scenario = scenario(last=last, timeout=100)
    bug = KnownBug(known_bug) if isinstance(known_bug, str) else known_bug
    made = replace(base, steps=tuple(lines), known_bug=bug)
    return Playing(Player(stand.clock, made, {"ast1": stand.asterisk}, stand.journal, step_timeout=5.0, timeout=30.0,
                          predefined=RUN, limit=limit))


def soft(one: Step, line: int = 50) -> PlannedStep:
    return PlannedStep(one, place(line), soft=True)


def parallel(timeout: float | None = None, **branches: list[Step | PlannedStep]) -> PlannedStep:
    made = {name: tuple(one if isinstance(one, PlannedStep) else planned([one])[0] for one in steps)
            for name, steps in branches.items()}
    return PlannedStep(Parallel.model_validate({"branches": {name: ["x"] for name in branches}}), place(30),
                       timeout=timeout, branches=made)


def also(playing: Playing) -> tuple[str, ...]:
    explanation = playing.result().explanation
    assert explanation is not None
    return explanation.also
