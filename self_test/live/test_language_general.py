"""The general steps (`ari`, `ami`, `cli`, `log`, `check`) on a live Asterisk: that they hold, and what they say if not.

`UPDATE_GOLDEN=1 pytest self_test/live/test_language_general.py` writes the golden file anew; read the difference first.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from self_test.live.runner import REPOSITORY, Command

from callgate.scenario.verdict import Verdict

pytestmark = pytest.mark.live

ROOT = REPOSITORY / "self_test" / "live" / "language" / "general"
GOLDEN = Path(__file__).parent / "golden" / "general.txt"
PASSING = ["AriRequests", "AriBodies", "AmiActions", "CliCommands", "LogLines", "Checks"]
#: What differs from run to run: times, unique ids, how often there was time to read.
VARYING = ((re.compile(r"(<1|\b\d+(\.\d+)?) m?s\b"), "N ms"), (re.compile(r"callgate-[0-9a-f]{8}-"), "callgate-ID-"),
           (re.compile(r"\b(one read|\d+ reads)\b"), "N reads"),
           (re.compile(r"\d+ calls? processed"), "N calls processed"))


@pytest.mark.parametrize("build", ["debian:sid", "debian:experimental", "debian:bullseye"])
def test_they_hold_on_every_build(command: Command, build: str) -> None:
    result = command.run("tests/passing", root=ROOT, asterisk=build)
    assert (result.code, result.outcomes) == (0, dict.fromkeys(PASSING, "passed")), result.out


def test_what_they_say_when_they_do_not_hold(command: Command) -> None:
    result = command.run("tests/failing", root=ROOT)
    assert set(result.outcomes.values()) == {"failed"}, result.out
    text = "\n".join(message(name, verdict) for name, verdict in result.verdicts.items())
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def message(name: str, verdict: Verdict) -> str:
    """What a person is told of a failure, without what differs from run to run."""
    why = verdict.explanation
    assert why is not None
    pairs = [(label, *pair) for label, pairs in (("expected", why.expected), ("got", why.got)) for pair in pairs]
    lines = [name, f"  {why.step}", why.headline]
    lines += [f"    {label:<8}  {field}  {value}" for label, field, value in pairs]
    text = "\n".join(line.rstrip() for line in [*lines, *(f"  also {line}" for line in why.also)]) + "\n"
    for pattern, instead in VARYING:
        text = pattern.sub(instead, text)
    return text
