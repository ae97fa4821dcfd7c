"""The steps of the language: one small module a family."""

from __future__ import annotations

from collections.abc import Mapping

from callgate.scenario.steps.actions import Ami
from callgate.scenario.steps.applications import Disconnect, Register, Resume
from callgate.scenario.steps.base import Step
from callgate.scenario.steps.bridges import Bridge
from callgate.scenario.steps.calls import Answer, Hangup
from callgate.scenario.steps.checks import Check
from callgate.scenario.steps.expectations import Expect, Mark, Never
from callgate.scenario.steps.general import Ari, Cli
from callgate.scenario.steps.logs import Log
from callgate.scenario.steps.media import Dtmf, Play, Record
from callgate.scenario.steps.originating import Create, Dial, Originate
from callgate.scenario.steps.routing import Continue, Move, Redirect
from callgate.scenario.steps.several import Count, ExpectAll
from callgate.scenario.steps.structure import Parallel, Use
from callgate.scenario.steps.subscriptions import Subscribe, Unsubscribe
from callgate.scenario.steps.variables import Variable

#: Every step by the keyword that names it in a file.
STEPS: Mapping[str, type[Step]] = {
    step.keyword: step for step in (
        Register, Disconnect, Resume, Subscribe, Unsubscribe, Originate, Create, Dial, Answer, Hangup, Continue, Move,
        Redirect, Dtmf, Play, Record, Bridge, Variable, Expect, ExpectAll, Count, Never, Mark,
        Ari, Ami, Cli, Log, Check, Parallel, Use)
}
