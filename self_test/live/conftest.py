"""What every live test of the command may use; nothing that a test starts may outlive it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from self_test.live.runner import Command
from self_test.live.suites import Suite


@pytest.fixture
def command(tmp_path: Path) -> Iterator[Command]:
    """Start `runtests.py`; when the test is over, no process may be left in its directory."""
    directory = tmp_path / "command"
    directory.mkdir()
    command = Command(directory)
    yield command
    assert command.end() == [], "processes were left running"


@pytest.fixture
def suite(tmp_path: Path) -> Suite:
    """An empty suite."""
    return Suite(tmp_path / "suite")
