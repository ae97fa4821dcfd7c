"""The static check for what the filters of `register` keep away: events of ARI, and responses over a WebSocket."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from callgate.ari.messages import RESPONSE
from callgate.scenario.model import PlannedStep
from callgate.scenario.steps.applications import Register
from callgate.scenario.steps.base import Step
from callgate.scenario.steps.checks import Check
from callgate.scenario.steps.filters import EventFilter
from callgate.scenario.steps.general import Ari
from callgate.suite.diagnostics import listed
from callgate.suite.steps import ReadStep

#: Notes a mistake at a step: what is wrong, and what to do.
Point = Callable[[ReadStep, str, str], None]


def check_filters(steps: Sequence[tuple[ReadStep, PlannedStep]], point: Point) -> None:
    """Note events that never come: an `expect` of one could never pass, a `never` or `count` of one never fail.

    The whole scenario counts, whatever its order: a filter belongs to an application, and each `register` sets
    it. What one without any, or with `keep`, leaves to come is not known.
    """
    played = [planned.step for _, planned in steps]
    registers = [step for step in played if isinstance(step, Register)]
    if not any(isinstance(step.filter, EventFilter) for step in registers) or _may_be_changed(played):
        return
    for read, planned in steps:
        for kind, client in planned.step.ari_events:
            apps = _apps(registers, client)
            if apps and not _sent(registers, apps, kind):
                point(read, f"{kind} can't come: the filter of {listed(apps)} keeps it away", "see 'register'")
        over = [step.apps[0] for step in registers if step.client == _over(planned.step)]
        if over and not _sent(registers, over, RESPONSE):
            point(read, f"no response can come: the filter of {over[0]} keeps {RESPONSE} away", "see 'register'")


def _over(step: Step) -> str | None:
    """The client over whose WebSocket a request goes."""
    one = step.reading.step if isinstance(step, Check) else step
    return one.over if isinstance(one, Ari) else None


def _may_be_changed(steps: Sequence[Step]) -> bool:
    """Whether anything else may bring events or set a filter, or an application is known only when it plays."""
    return any(_sets_a_filter(step) if isinstance(step, Ari) else
               any("${" in app for app in step.apps) if isinstance(step, Register) else step.registers
               for step in steps)


def _sets_a_filter(step: Ari) -> bool:
    last = step.request.segments[-1]
    return step.request.method == "PUT" and (last == "eventFilter" or "${" in last)


def _apps(registers: Sequence[Register], client: str) -> list[str]:
    """The applications whose events come over a client, or over any."""
    return list(dict.fromkeys(app for step in registers if client in ("", step.client) for app in step.apps))


def _sent(registers: Sequence[Register], apps: Sequence[str], kind: str) -> bool:
    return any(step.may_be_sent(kind) and not set(step.apps).isdisjoint(apps) for step in registers)
