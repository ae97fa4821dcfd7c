"""Starts helper programs that end when we do, however we do.

The kernel sends them SIGKILL when the thread that started them dies (PR_SET_PDEATHSIG, prctl(2)); on every
other way out, Ctrl-C included, the context manager ends them.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import IO, cast

from callgate.asterisk.mortal import dies_with_us
from callgate.errors import MachineError


class Child:
    """A running program with its output in a pipe."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.stdout = cast("IO[bytes]", process.stdout)  # child() makes it a pipe

    def complaints(self) -> str:
        """All that it wrote to its standard error, if that is a pipe of its own."""
        if self.process.stderr is None:
            return ""
        return self.process.stderr.read().decode(errors="replace").strip()


def find_program(name: str, environment: Mapping[str, str]) -> str:
    """Give the full path of a program. Raises MachineError if it is not on PATH."""
    path = shutil.which(name, path=environment.get("PATH", os.defpath))
    if path is None:
        raise MachineError(f"{name} is not on PATH; a Debian build cannot be fetched without it")
    return path


@contextmanager
def child(argv: Sequence[str], environment: Mapping[str, str], *,
          stderr: int = subprocess.STDOUT) -> Iterator[Child]:
    """Run a program while the block runs; it has ended when the block has.

    Raises MachineError if it is not on PATH.
    """
    process = subprocess.Popen(
        [find_program(argv[0], environment), *argv[1:]], env=dict(environment), stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=stderr, preexec_fn=dies_with_us())
    try:
        yield Child(process)
    finally:
        if process.poll() is None:
            process.kill()
        for pipe in (process.stdout, process.stderr):
            if pipe is not None:
                pipe.close()
        process.wait()
