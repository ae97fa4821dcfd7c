"""The steps of the language: one small module a family."""

from __future__ import annotations

from collections.abc import Mapping

from callgate.scenario.steps.applications import Disconnect, Register
from callgate.scenario.steps.base import Step
from callgate.scenario.steps.calls import Answer, Hangup, Originate
from callgate.scenario.steps.expectations import Expect, Never

#: Every step by the keyword that names it in a file.
STEPS: Mapping[str, type[Step]] = {
    step.keyword: step for step in (Register, Disconnect, Originate, Answer, Hangup, Expect, Never)
}
