"""`list`: one scenario a line, to read and to feed to other programs."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from callgate.errors import ExitCode

if TYPE_CHECKING:
    from callgate.suite.load import Suite


def run(suite: Suite, write: Callable[[str], object], *, verbose: bool = False) -> ExitCode:
    """Write the id of each scenario on a line; verbose adds its summary and its tags, after a tab each."""
    for test in suite.tests:
        for scenario in test.scenarios:
            columns = [scenario.id]
            if verbose:
                columns += [scenario.summary, ",".join(test.tags)]
            write("\t".join(columns) + "\n")
    return ExitCode.PASSED
