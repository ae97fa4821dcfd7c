"""The whole catalogue on each of the three builds: nothing in it is red, and what is skipped is for another version."""

from __future__ import annotations

import re

import pytest
from self_test.live.played import BUILDS
from self_test.live.runner import Command

from callgate.report.results import HARMLESS, RunResults
from callgate.scenario.verdict import Outcome

pytestmark = [pytest.mark.live, pytest.mark.timeout(1200)]

#: Why a scenario may be skipped: for the build's version or lack of a module, or since Asterisk dies of it.
FOR_OTHERS = re.compile(r"^needs (Asterisk|module) |^docs/findings/")


def test_nothing_is_red(command: Command) -> None:
    runners = {build: command.start("tests/stasis", asterisk=build) for build in BUILDS}  # at the same time
    for build, runner in runners.items():
        result = runner.finish(1200)
        verdicts = RunResults.read(result.directory).verdicts
        red = {verdict.id: verdict.explanation for verdict in verdicts if verdict.outcome not in HARMLESS}
        assert (build, result.code, red) == (build, 0, {}), f"{build}: {', '.join(red)}"
        skipped = {verdict.reason for verdict in verdicts if verdict.outcome is Outcome.SKIPPED}
        assert [reason for reason in skipped if not FOR_OTHERS.search(reason)] == []
