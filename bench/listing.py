"""`runtests.py list` on 1,000 files against a Python that does nothing but load the same files with PyYAML's C loader.

Each file is a copy of a real one, the gate's own, with three scenarios of some twelve steps each.

How much of it is YAML is said in two ways, both against the whole command with the start of Python and all imports:
the time of that other Python, also whole, which makes dicts and lists of the files; and the time in which Callgate's
own reader makes its tree of them, without the start of the process that is measured in.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parent.parent
SOURCE = ROOT / "tests/stasis/stasisstatus/test-config.yaml"
FILES = 1000
#: Seconds that the whole command may take on two cores.
PROMISED = 3.0

_LOAD_ALONE = """
import pathlib, sys, yaml
for path in sorted(pathlib.Path(sys.argv[1]).rglob("test-config.yaml")):
    yaml.load(path.read_bytes(), Loader=yaml.CSafeLoader)
"""

_READ_ALONE = """
import gc, pathlib, sys, time
from callgate.suite.yamlfile import read_yaml
gc.disable()  # as load_suite does
paths = sorted(pathlib.Path(sys.argv[1]).rglob("test-config.yaml"))
begun = time.process_time()
for path in paths:
    read_yaml(path, path.name)
print(time.process_time() - begun)
"""


def make_suite(root: Path) -> None:
    """Write the files."""
    for number in range(FILES):
        directory = root / "tests" / f"group{number // 100}" / f"test{number}"
        directory.mkdir(parents=True)
        (directory / "test-config.yaml").write_bytes(SOURCE.read_bytes())


class Seconds(NamedTuple):
    """What a process has taken."""

    wall: float
    #: Of a processor: what the ratios are made of, as it does not count what else the machine does.
    processor: float


def listing(root: Path) -> Seconds:
    """Of the whole command."""
    taken, out = _timed([str(ROOT / "runtests.py"), "list", "--root", str(root)])
    if out.count("\n") != 3 * FILES:
        raise SystemExit(f"bench: {out.count(chr(10))} scenarios were listed instead of {3 * FILES}")
    return taken


def loading(root: Path) -> Seconds:
    """Of a Python that loads the files and forgets them."""
    return _timed(["-c", _LOAD_ALONE, str(root)])[0]


def reading(root: Path) -> float:
    """Seconds of a processor for Callgate's reader to make trees of the files and forget them, its process being up."""
    return float(_timed(["-c", _READ_ALONE, str(root)])[1])


def _timed(arguments: Sequence[str]) -> tuple[Seconds, str]:
    begun, before = time.monotonic(), os.times()
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
    wall, after = time.monotonic() - begun, os.times()
    if done.returncode != 0:
        raise SystemExit(f"bench: {' '.join(arguments[:2])} failed:\n{done.stderr}")
    processor = sum(after[2:4]) - sum(before[2:4])  # of children that have ended, in user mode and in the kernel's
    return Seconds(wall, processor), done.stdout
