"""The general steps (`ari`, `ami`, `cli`, `log`, `check`) live: that they hold, and what they say if not."""

from __future__ import annotations

import pytest
from self_test.live.goldens import insist, messages
from self_test.live.played import BUILDS, LANGUAGE
from self_test.live.runner import Command

pytestmark = pytest.mark.live

ROOT = LANGUAGE / "general"
PASSING = ["AriRequests", "AriBodies", "AmiActions", "CliCommands", "LogLines", "Checks"]


@pytest.mark.parametrize("build", BUILDS)
def test_they_hold_on_every_build(command: Command, build: str) -> None:
    result = command.run("tests/passing", root=ROOT, asterisk=build)
    assert (result.code, result.outcomes) == (0, dict.fromkeys(PASSING, "passed")), result.out


def test_what_they_say_when_they_do_not_hold(command: Command) -> None:
    result = command.run("tests/failing", root=ROOT)
    assert set(result.outcomes.values()) == {"failed"}, result.out
    insist("general", messages(result.verdicts))
