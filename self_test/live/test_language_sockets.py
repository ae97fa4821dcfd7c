"""Requests over WebSockets, live: each scenario passes where it should, and fails with a message for people.

Scenarios whose name ends in `-red` are the ones that fail.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from self_test.live.goldens import GOLDEN, insist, message
from self_test.live.runner import Command, Result

pytestmark = pytest.mark.live

ROOT = Path(__file__).parent / "language" / "sockets"
SCENARIOS = {name: file.parent.name for file in sorted(ROOT.glob("tests/*/test-config.yaml"))
             for name in yaml.safe_load(file.read_text())["scenarios"]}
RED = [name for name in SCENARIOS if name.endswith("-red")]
NEW = ("debian:sid", "debian:experimental")
OLD = "debian:bullseye"


@pytest.fixture(scope="module", params=[*NEW, OLD])
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Result]]:
    """All scenarios, played once on each build."""
    command = Command(tmp_path_factory.mktemp("command"))
    yield request.param, command.run(root=ROOT, asterisk=request.param)
    assert command.end() == [], "processes were left running"


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
    assert sorted(path.stem for path in (GOLDEN / "sockets").glob("*.txt")) == sorted([*RED, "unable"])
