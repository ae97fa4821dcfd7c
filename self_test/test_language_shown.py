"""Every step and every matcher is shown live, where it holds and where it fails with a message for people.

The live tests insist on the golden files, and play the examples of the reference. Here the language is held against
what they play, so that what is added to it is shown as well.
"""

from __future__ import annotations

import re

import pytest
from self_test.live.goldens import GOLDEN

from callgate.scenario.expected import OPERATORS
from callgate.scenario.steps import STEPS

#: Scenarios of which self_test/live/test_language_expectations.py insists that all pass.
PASSING = GOLDEN.parent / "language" / "expectations" / "tests" / "passing" / "test-config.yaml"

#: Steps that can't fail by themselves, each with what a message has that is about it.
INSTEAD = {
    "mark": r"^expect: .*since: .*\n.* since [a-z-]+ by ",
    "use": r", used by .*test-config\.yaml:L:C\n",
}
#: Each matcher as a step writes it, and as a message says that it does not hold.
MATCHERS = {
    "~regex": (r": '?~\S", r"^  expected  \S+: matches /.+/$"),
    "absent": (r": absent\b", r"^  expected  \S+: \(absent\)$"),
    "gt": (r"\bgt: ", r"^  expected  \S+: more than "),
    "ge": (r"\bge: ", r"^  expected  \S+: at least "),
    "lt": (r"\blt: ", r"^  expected  \S+: (.* and )?less than "),
    "le": (r"\ble: ", r"^  expected  \S+: (.* and )?at most "),
    "any": (r"\bany: \[", r"^  expected  \S+: any of "),
    "not": (r"\bnot: ", r"^  expected  \S+: not "),
    "len": (r"\blen: ", r"^  expected  \S+: of length "),
    "is": (r"\bis: ", r"^  expected  \S+: (~|\{.+\}$)"),  # what it holds, as it stands
    "a mapping": (r"\bchannel: \{name: ", r"^  expected  channel\.dialplan\.priority: "),
    "a list": (r"\bargs: \[", r"^  expected  args\[\d\]: "),
}


def failures() -> list[str]:
    """The golden messages of what has failed, each from its verdict on."""
    texts = [path.read_text() for path in sorted(GOLDEN.rglob("*.txt"))]
    messages = [re.sub(r"\A# .*\n", "", message) for text in texts for message in text.split("\n\n")]
    return [message for message in messages if message.startswith("failed\n")]


def fails(step: str) -> str:
    """A regular expression for a message about this step, on the line below its place."""
    return INSTEAD.get(step, rf"\Afailed\n\S+:L:C.*\n{step}: ")


@pytest.mark.parametrize("step", STEPS)
def test_each_step_is_shown(step: str) -> None:
    assert STEPS[step].example, "it has no example, which the reference shows and a live test plays"
    assert any(re.search(fails(step), message, re.MULTILINE) for message in failures()), "no golden message is about it"


def test_each_operator_is_to_be_shown() -> None:
    assert set(OPERATORS) <= set(MATCHERS)


@pytest.mark.parametrize(("written", "told"), MATCHERS.values(), ids=MATCHERS)
def test_each_matcher_is_shown(written: str, told: str) -> None:
    assert re.search(written, PASSING.read_text()), "no scenario that passes has it"
    assert any(re.search(told, message, re.MULTILINE) for message in failures()), "no golden message is about it"


def test_what_is_not_shown_is_found() -> None:
    assert not any(re.search(fails("answ"), message, re.MULTILINE) for message in failures())
