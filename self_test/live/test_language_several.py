"""Configuration templates live: that Asterisk gets what the steps know, and what is said where it differs."""

from __future__ import annotations

import re

import pytest
from self_test.live.goldens import insist, messages
from self_test.live.runner import REPOSITORY, Command

pytestmark = pytest.mark.live

ROOT = REPOSITORY / "self_test" / "live" / "language" / "several"
BUILDS = ["debian:sid", "debian:experimental", "debian:bullseye"]
#: A port of the run.
_PORT = re.compile(r"\b[3-6]\d{4}$", re.MULTILINE)


@pytest.mark.parametrize("build", BUILDS)
def test_templates_and_steps_know_the_same(command: Command, build: str) -> None:
    result = command.run("tests/templates", root=ROOT, asterisk=build)
    assert (result.code, result.outcomes) == (0, {"SameNames": "passed", "Doors": "passed"}), result.out


def test_what_is_said_where_they_differ(command: Command) -> None:
    result = command.run("tests/templates-differ", root=ROOT)
    assert (result.code, result.outcomes) == (1, {"Differs": "failed"}), result.out
    insist("templates", _PORT.sub("PORT", messages(result.verdicts)))
