"""Matchers, and the steps that look for events, on a live Asterisk: where they hold, and what they say where not."""

from __future__ import annotations

import pytest
from self_test.live.goldens import insist, messages
from self_test.live.played import BUILDS, LANGUAGE
from self_test.live.runner import Command

pytestmark = pytest.mark.live

ROOT = LANGUAGE / "expectations"
PASSING = ["AmiMatchers", "AriMatchers", "SeveralOfAmi", "SeveralOfAri",
           "OnceForEachApplication", "NeverOverApplications", "NeverAndMarks"]

#: Seconds; the steps that find something wrong before their time is up would take ten of them.
AT_ONCE = 5.0


@pytest.mark.parametrize("build", BUILDS)
def test_they_hold_on_every_build(command: Command, build: str) -> None:
    result = command.run("tests/passing", root=ROOT, asterisk=build)
    assert (result.code, result.outcomes) == (0, dict.fromkeys(PASSING, "passed")), result.out


def test_what_they_say_when_they_do_not_hold(command: Command) -> None:
    result = command.run("tests/failing", root=ROOT)
    assert set(result.outcomes.values()) == {"failed"}, result.out
    assert [name for name, verdict in result.verdicts.items() if verdict.seconds > AT_ONCE] == []
    insist("expectations", messages(result.verdicts))
