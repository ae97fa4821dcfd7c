"""Frames and requests as no client should send them, live: what passes where it should, and what is said where not.

Scenarios whose name ends in `-red` are the ones that fail.
"""

from __future__ import annotations

import pytest
from self_test.live.goldens import insist, message, written
from self_test.live.played import BUILDS, LANGUAGE, played_on, red, scenarios
from self_test.live.runner import Result

pytestmark = pytest.mark.live

ROOT = LANGUAGE / "raw"
SCENARIOS = scenarios(ROOT)
RED = red(SCENARIOS)

played = played_on(ROOT, BUILDS)


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_verdict(played: tuple[str, Result], name: str) -> None:
    _, result = played
    assert result.outcomes.get(name) == ("failed" if name in RED else "passed"), result.out + result.err


@pytest.mark.parametrize("name", RED)
@pytest.mark.parametrize("played", BUILDS[:1], indirect=True)
def test_the_message(played: tuple[str, Result], name: str) -> None:
    _, result = played
    insist(f"raw/{name}", message(result.verdicts[name]))


def test_each_message_has_its_scenario() -> None:
    assert written("raw") == sorted(RED)
