"""The example of each step, as the reference and editors show it, is played and passes."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator

import pytest
from self_test.live.runner import Command, Result
from self_test.live.suites import Suite

from callgate.scenario.steps import STEPS
from callgate.scenario.verdict import Outcome
from callgate.suite.reference import EXAMPLE_CONFIGS, EXAMPLE_DIALPLAN, EXAMPLE_FILE, EXAMPLE_STEPS

pytestmark = pytest.mark.live

EXAMPLES = {keyword: step.example for keyword, step in STEPS.items() if step.example}

#: Whatever a step needs is loaded: an example is there to be copied, not to list modules.
HEAD = """\
testinfo:
  summary: The examples of the reference.
properties:
  modules: all
scenarios:
"""


def _scenario(keyword: str) -> str:
    steps = textwrap.indent(EXAMPLES[keyword], "      ")
    return f"  {keyword}:\n    summary: The example of '{keyword}'.\n    steps:\n{steps}"


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Result]:
    """All examples, each as a scenario of its own, on one Asterisk."""
    suite = Suite(tmp_path_factory.mktemp("examples") / "suite")
    text = HEAD + "".join(_scenario(keyword) for keyword in EXAMPLES)
    suite.add("tests/examples", text, {"extensions.conf": EXAMPLE_DIALPLAN, **EXAMPLE_CONFIGS})
    (suite.root / "tests" / "examples" / EXAMPLE_FILE).write_text(EXAMPLE_STEPS)
    command = Command(tmp_path_factory.mktemp("command"))
    yield command.run(root=suite.root)
    assert command.end() == [], "processes were left running"


@pytest.mark.parametrize("keyword", EXAMPLES)
def test_an_example_passes(played: Result, keyword: str) -> None:
    verdict = played.verdicts.get(keyword)
    assert verdict is not None, played.out + played.err
    assert verdict.outcome is Outcome.PASSED, played.why(keyword)
