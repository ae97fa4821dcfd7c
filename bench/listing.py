"""`runtests.py list` on 1,000 files against a Python that does nothing but load the same files with PyYAML's C loader.

Each file is a copy of a real one, the gate's own, with three scenarios of some fifteen steps each.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path

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


def make_suite(root: Path) -> None:
    """Write the files."""
    for number in range(FILES):
        directory = root / "tests" / f"group{number // 100}" / f"test{number}"
        directory.mkdir(parents=True)
        (directory / "test-config.yaml").write_bytes(SOURCE.read_bytes())


def listing(root: Path) -> float:
    """Seconds of the whole command."""
    seconds, out = _timed([str(ROOT / "runtests.py"), "list", "--root", str(root)])
    if out.count("\n") != 3 * FILES:
        raise SystemExit(f"bench: {out.count(chr(10))} scenarios were listed instead of {3 * FILES}")
    return seconds


def loading(root: Path) -> float:
    """Seconds of a Python that loads the files and forgets them."""
    return _timed(["-c", _LOAD_ALONE, str(root)])[0]


def _timed(arguments: Sequence[str]) -> tuple[float, str]:
    begun = time.monotonic()
    done = subprocess.run([sys.executable, *arguments], capture_output=True, text=True, check=False)
    seconds = time.monotonic() - begun
    if done.returncode != 0:
        raise SystemExit(f"bench: {' '.join(arguments[:2])} failed:\n{done.stderr}")
    return seconds, done.stdout
