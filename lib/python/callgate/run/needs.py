"""What a test says that it needs, as `callgate.asterisk` takes it."""

from __future__ import annotations

from callgate.asterisk.requirements import Needs
from callgate.scenario.model import Test


def needs_of(test: Test) -> Needs:
    """The needs of a test that was checked."""
    return Needs.of(((need.kind, need.value) for need in test.requirements), test.versions)
