"""The steps for the life of a call, live: each passes where it should, and fails with a message for people.

What a failure says is compared with golden files, on one build: what Asterisk itself says differs between versions.
Scenarios whose name ends in `-red` are the ones that fail.
"""

from __future__ import annotations

import pytest
from self_test.live.goldens import insist, message, written
from self_test.live.played import LANGUAGE, played_on, red, scenarios
from self_test.live.runner import Result

pytestmark = pytest.mark.live

ROOT = LANGUAGE / "calls"
SCENARIOS = scenarios(ROOT)
RED = red(SCENARIOS)
#: What each build says of a scenario, if not passed or failed.
OTHERWISE = {"debian:sid": {"bridge-unloaded-red": "environment"},
             # 16.28 has no reason_code, and a parameter that it does not have is not sent.
             "debian:bullseye": {"bridge-unloaded-red": "environment", "hangup-cause": "environment"}}

played = played_on(ROOT, [*OTHERWISE])


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_verdict(played: tuple[str, Result], name: str) -> None:
    build, result = played
    expected = OTHERWISE[build].get(name, "failed" if name in RED else "passed")
    assert result.outcomes.get(name) == expected, result.out + result.err


@pytest.mark.parametrize("name", RED)
@pytest.mark.parametrize("played", ["debian:sid"], indirect=True)
def test_the_message(played: tuple[str, Result], name: str) -> None:
    _, result = played
    insist(f"calls/{name}", message(result.verdicts[name]))


def test_each_message_has_its_scenario() -> None:
    assert written("calls") == sorted(RED)
