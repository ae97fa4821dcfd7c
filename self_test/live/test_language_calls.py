"""The steps for the life of a call, live: each passes where it should, and fails with a message for people.

What a failure says is compared with golden files, on one build: what Asterisk itself says differs between versions.
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

ROOT = Path(__file__).parent / "language" / "calls"
SCENARIOS = [name for file in sorted(ROOT.glob("tests/*/test-config.yaml"))
             for name in yaml.safe_load(file.read_text())["scenarios"]]
RED = [name for name in SCENARIOS if name.endswith("-red")]
#: What each build says of a scenario, if not passed or failed.
OTHERWISE = {"debian:sid": {"bridge-unloaded-red": "environment"},
             # 16.28 has no reason_code, and a parameter that it does not have is not sent.
             "debian:bullseye": {"bridge-unloaded-red": "environment", "hangup-cause": "environment"}}


@pytest.fixture(scope="module", params=OTHERWISE)
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Result]]:
    """All scenarios, played once on each build."""
    command = Command(tmp_path_factory.mktemp("command"))
    yield request.param, command.run(root=ROOT, asterisk=request.param)
    assert command.end() == [], "processes were left running"


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
    assert sorted(path.stem for path in (GOLDEN / "calls").glob("*.txt")) == sorted(RED)
