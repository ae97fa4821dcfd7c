"""The AMI drivers side by side: events a second, the time of an action, memory, lines of code."""

from __future__ import annotations

import importlib.util
import inspect
import json
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

#: Of the module `callgate.ami.…` or of StarPy: what is there for one driver alone.
_PARTS = {
    "builtin": ["callgate.ami.codec:Decoder", "callgate.ami.codec:encode_headers",
                "callgate.ami.connection:AmiConnection"],
    "starpy": ["callgate.ami.starpy_connection:StarPyConnection"],
    "StarPy itself": ["starpy.manager:AMIProtocol"],
}


def has_starpy() -> bool:
    """Whether there are two to compare."""
    return importlib.util.find_spec("starpy") is not None


def measured(driver: str, spec: str) -> dict[str, float]:
    """What `bench.one_driver` finds."""
    with tempfile.TemporaryDirectory(prefix="callgate-bench-") as scratch:
        done = subprocess.run([sys.executable, "-m", "bench.one_driver", driver, spec, str(Path(scratch) / "ast1")],
                              capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise SystemExit(f"bench: the driver {driver} cannot be measured:\n{done.stderr}")
    result: dict[str, float] = json.loads(done.stdout)
    return result


def lines_of_code() -> dict[str, int]:
    """Lines, comments and docstrings too, of the classes that one driver alone needs."""
    return {name: sum(len(inspect.getsourcelines(_imported(part))[0]) for part in parts)
            for name, parts in _PARTS.items()}


def _imported(part: str) -> Any:
    module, _, name = part.partition(":")
    return getattr(importlib.import_module(module), name)
