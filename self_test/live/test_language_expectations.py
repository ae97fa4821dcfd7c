"""Matchers, and the steps that look for events, on a live Asterisk: where they hold, and what they say where not.

`UPDATE_GOLDEN=1 pytest self_test/live/test_language_expectations.py` writes the golden file anew; read the difference.
"""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from self_test.live.runner import REPOSITORY, Command

from callgate.scenario.verdict import Verdict

pytestmark = pytest.mark.live

ROOT = REPOSITORY / "self_test" / "live" / "language" / "expectations"
GOLDEN = Path(__file__).parent / "golden" / "expectations.txt"
PASSING = ["AmiMatchers", "AriMatchers", "SeveralOfAmi", "SeveralOfAri", "NeverAndMarks"]
#: What differs from run to run: times, unique ids, and the numbers in channel names.
VARYING = ((re.compile(r"(<1|\b\d+(\.\d+)?) m?s\b"), "N ms"), (re.compile(r"-[0-9a-f]{8};"), "-NNNNNNNN;"),
           (re.compile(r"(callgate\\?-)[0-9a-f]{8}(\\?-)"), r"\1ID\2"), (re.compile(r" +$", re.MULTILINE), ""))
#: Seconds; the steps that find something wrong before their time is up would take ten of them.
AT_ONCE = 5.0


@pytest.mark.parametrize("build", ["debian:sid", "debian:experimental", "debian:bullseye"])
def test_they_hold_on_every_build(command: Command, build: str) -> None:
    result = command.run("tests/passing", root=ROOT, asterisk=build)
    assert (result.code, result.outcomes) == (0, dict.fromkeys(PASSING, "passed")), result.out


def test_what_they_say_when_they_do_not_hold(command: Command) -> None:
    result = command.run("tests/failing", root=ROOT)
    assert set(result.outcomes.values()) == {"failed"}, result.out
    assert [name for name, verdict in result.verdicts.items() if verdict.seconds > AT_ONCE] == []
    text = "\n".join(message(name, verdict) for name, verdict in result.verdicts.items())
    if os.environ.get("UPDATE_GOLDEN"):
        GOLDEN.write_text(text, encoding="utf-8")
    assert text == GOLDEN.read_text(encoding="utf-8")


def message(name: str, verdict: Verdict) -> str:
    """What a person is told of a failure, without what differs from run to run."""
    why = verdict.explanation
    assert why is not None
    lines = [name, f"  {why.step}", f"  {why.headline}"]
    lines += [f"    expected  {field}: {text}" for field, text in why.expected]
    lines += [f"    got       {field}: {text}" for field, text in why.got]
    text = "".join(f"{line}\n" for line in [*lines, *(f"    also      {line}" for line in why.also)])
    for pattern, instead in VARYING:
        text = pattern.sub(instead, text)
    return text
