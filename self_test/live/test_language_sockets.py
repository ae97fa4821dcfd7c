"""Requests over WebSockets, live: each scenario passes where it should, and fails with a message for people.

Scenarios whose name ends in `-red` are the ones that fail.
"""

from __future__ import annotations

import pytest
from self_test.live.goldens import insist, message, written
from self_test.live.played import LANGUAGE, played_on, red, scenarios
from self_test.live.runner import Result

pytestmark = pytest.mark.live

ROOT = LANGUAGE / "sockets"
SCENARIOS = scenarios(ROOT)
RED = red(SCENARIOS)
NEW = ("debian:sid", "debian:experimental")
OLD = "debian:bullseye"

played = played_on(ROOT, [*NEW, OLD])


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_verdict(played: tuple[str, Result], name: str) -> None:
    build, result = played
    expected = "failed" if name in RED else "passed"
    if build == OLD:
        expected = "environment" if name == "unable" else "skipped"
    assert result.outcomes.get(name) == expected, result.out + result.err


@pytest.mark.parametrize("name", RED)
@pytest.mark.parametrize("played", NEW[:1], indirect=True)
def test_the_message(played: tuple[str, Result], name: str) -> None:
    _, result = played
    insist(f"sockets/{name}", message(result.verdicts[name]))


@pytest.mark.parametrize("played", [OLD], indirect=True)
def test_the_message_of_a_build_that_cannot(played: tuple[str, Result]) -> None:
    _, result = played
    insist("sockets/unable", message(result.verdicts["unable"]))


def test_each_message_has_its_scenario() -> None:
    assert written("sockets") == sorted([*RED, "unable"])
