"""What decides how a run goes, whatever front end it was started from."""

from __future__ import annotations

import os
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from callgate.ami.driver import DriverName


@dataclass(frozen=True, slots=True)
class RunOptions:
    """All times are in seconds."""

    #: The root of the suite: ids are relative to it.
    root: Path
    #: Where run directories are made.
    runs: Path
    #: What the user typed after the name of the program, for the record.
    argv: Sequence[str] = ()
    #: The command that runs a scenario, or a test, again, from its id.
    again: Callable[[str], str] = lambda scenario_id: f"./runtests.py {shlex.quote(scenario_id)}"
    #: Leave the directories of passing tests.
    keep: bool = False
    #: Whatever would be skipped has failed.
    no_skips: bool = False
    #: What reads and writes AMI.
    ami_driver: DriverName = "builtin"
    #: For a step that names no time of its own.
    step_timeout: float = 5.0
    #: For a scenario that names no time of its own.
    scenario_timeout: float = 30.0
    boot_timeout: float = 60.0
    stop_timeout: float = 30.0

    def shown(self, path: Path) -> str:
        """A path as the user would type it from here, if that is shorter."""
        return min(str(path), os.path.relpath(path), key=len)
