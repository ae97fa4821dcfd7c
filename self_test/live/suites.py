"""Suites to run the command on, made for one test of the command."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from self_test.live.runner import REPOSITORY

#: The test that the gate is about, below the root of its suite.
STASISSTATUS = "tests/stasis/stasisstatus"

#: Something happens before and after a scenario that nothing but its Asterisk's or its runner's end can hurry.
WAITING = """\
testinfo:
  summary: Time to do something to it.
scenarios:
  First:
    summary: Passes.
    steps:
      - register: First
  Waiting:
    summary: Waits for an event that never comes.
    steps:
      - register: Waiting
      - expect: {ami: UserEvent, within: %s}
  Last:
    summary: Passes.
    steps:
      - register: Last
"""


class Suite:
    """The directory of a suite, filled by the methods below."""

    def __init__(self, root: Path) -> None:
        root.mkdir()
        self.root = root

    def settings(self, text: str) -> None:
        """Write the settings of the whole suite."""
        (self.root / "test-config.yaml").write_text(text)

    def add(self, test: str, text: str | bytes, configs: Mapping[str, str] | None = None) -> Path:
        """Add a test with its configuration files of Asterisk, by name; gives its test-config.yaml."""
        path = self.root / test / "test-config.yaml"
        path.parent.mkdir(parents=True)
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        self._configure(path.parent, configs or {})
        return path

    def add_waiting(self, within: str = "25s", configs: Mapping[str, str] | None = None) -> str:
        """Add a test that passes, waits so long for nothing, and would pass again; gives its id."""
        self.add("tests/waiting", WAITING % within, configs)
        return "tests/waiting"

    def add_stasisstatus(self, configs: Mapping[str, str] | None = None) -> Path:
        """Add a copy of the repository's own test, some of its configuration replaced; gives its directory."""
        directory = self.root / STASISSTATUS
        shutil.copytree(REPOSITORY / STASISSTATUS, directory)
        self._configure(directory, configs or {})
        return directory

    @staticmethod
    def _configure(directory: Path, configs: Mapping[str, str]) -> None:
        for name, text in configs.items():
            path = directory / "configs" / "ast1" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
