"""`list`: one scenario a line, to read and to feed to other programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from callgate.errors import ExitCode

if TYPE_CHECKING:
    from callgate.scenario.model import Scenario, Test
    from callgate.suite.load import Suite


def run(suite: Suite, write: Callable[[str], object], *, verbose: bool = False) -> ExitCode:
    """Write the id of each scenario on a line; verbose adds its summary, tags and, if any, versions, after tabs."""
    for test in suite.tests:
        for scenario in test.scenarios:
            columns = [scenario.id]
            if verbose:
                versions = _versions(test, scenario)
                columns += [scenario.summary, ",".join(test.tags), *([versions] if versions else [])]
            write("\t".join(columns) + "\n")
    return ExitCode.PASSED


def _versions(test: Test, scenario: Scenario) -> str:
    """The versions of Asterisk on which a scenario is played: one of its own ranges, and one of its test."""
    return "; ".join(" or ".join(ranges) for ranges in (test.versions, scenario.versions) if ranges)
