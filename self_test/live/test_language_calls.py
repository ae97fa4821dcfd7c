"""The steps for the life of a call, live: each passes where it should, and fails with a message for people.

What a failure says is compared with golden files that were read by persons; `UPDATE_GOLDEN=1` writes them anew.
Scenarios whose name ends in `-red` are the ones that fail.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from self_test.live.runner import Command, Result

from callgate.scenario.verdict import Verdict

pytestmark = pytest.mark.live

ROOT = Path(__file__).parent / "language" / "calls"
GOLDEN = Path(__file__).parent / "golden" / "calls"
SCENARIOS = [name for file in sorted(ROOT.glob("tests/*/test-config.yaml"))
             for name in yaml.safe_load(file.read_text())["scenarios"]]
RED = [name for name in SCENARIOS if name.endswith("-red")]
#: What each build says of a scenario, if not passed or failed.
OTHERWISE = {"debian:sid": {"bridge-unloaded-red": "environment"},
             # 16.28 has no reason_code, and a parameter that it does not have is not sent.
             "debian:bullseye": {"bridge-unloaded-red": "environment", "hangup-cause": "environment"}}

_ID = re.compile(r"callgate-[0-9a-f]{8}-")
_TIME = re.compile(r"(<1|\d+(\.\d+)?) m?s\b")
_CHANNEL = re.compile(r"-[0-9a-f]{8}(?=;[12])")


@pytest.fixture(scope="module", params=OTHERWISE)
def played(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Result]]:
    """All scenarios, played once on each build."""
    command = Command(tmp_path_factory.mktemp("command"))
    yield request.param, command.run(root=ROOT, asterisk=request.param)
    assert command.end() == [], "processes were left running"


def message(verdict: Verdict) -> str:
    """What is said of a failure, without what differs from run to run."""
    why = verdict.explanation
    assert why is not None
    lines = [why.step, why.headline, *(f"  expected  {name}  {text}" for name, text in why.expected),
             *(f"  got       {name}  {text}" for name, text in why.got)]
    text = "\n".join(lines) + "\n"
    return _CHANNEL.sub("-N", _TIME.sub("T", _ID.sub("", text)))


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_verdict(played: tuple[str, Result], name: str) -> None:
    build, result = played
    expected = OTHERWISE[build].get(name, "failed" if name in RED else "passed")
    assert result.outcomes.get(name) == expected, result.out + result.err


@pytest.mark.parametrize("name", RED)
def test_the_message(played: tuple[str, Result], name: str) -> None:
    build, result = played
    if build != "debian:sid":
        pytest.skip("what Asterisk itself says differs between versions")
    path = GOLDEN / f"{name}.txt"
    text = message(result.verdicts[name])
    if "UPDATE_GOLDEN" in os.environ:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    assert text == path.read_text()


def test_each_message_has_its_scenario() -> None:
    assert sorted(path.stem for path in GOLDEN.glob("*.txt")) == sorted(RED)
