"""One batch of broken files in a process of its own, whose memory is measured: `python -m self_test.fuzz.batch`.

Prints one line of JSON: how many files, how many of them valid, errors, the slowest, the peak of memory; and `wrong`,
the first answer that is not as promised, with the file that it was for.
"""

from __future__ import annotations

import argparse
import json
import random
import resource
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from self_test.fuzz.judge import Judge
from self_test.fuzz.wounds import MAKERS, corpus

from callgate.memory import peak_mib

#: Bytes of address space; far above what is promised of the memory, and below what would harm the machine.
CEILING = 2 << 30
#: One file of so many is made up by hypothesis instead of being a wounded one.
_MADE_UP = 4
#: One file of so many is the suite's own test-config.yaml.
_SETTINGS = 20
SETTINGS = """\
defaults: {step-timeout: 2s, scenario-timeout: 1m}
builds:
  lab:
    host: pbx.example.org
    ami: {port: 5038, user: callgate, secret-env: LAB_AMI_SECRET}
    ari: {port: 8088, user: callgate, secret-env: LAB_ARI_SECRET}
"""


def main() -> None:
    """Make the files of the seed and look at each."""
    parser = argparse.ArgumentParser(prog="fuzz")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--count", type=int, default=1000)
    parser.add_argument("--file", type=Path, help="look at this file alone")
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (CEILING, CEILING))
    with tempfile.TemporaryDirectory(prefix="callgate-fuzz-") as scratch:
        judge = Judge(Path(scratch))
        if options.file is None:
            done, wrong = _play(judge, options.seed, options.count)
        else:
            done, wrong = 1, judge.look_at(options.file.read_bytes())
    peak = peak_mib()
    report: dict[str, Any] = {"files": done, "valid": judge.valid, "errors": judge.errors,
                              "slowest": round(judge.slowest, 3), "peak_memory_mib": round(peak, 1), "wrong": wrong}
    sys.stdout.write(json.dumps(report) + "\n")


def _play(judge: Judge, seed: int, count: int) -> tuple[int, str]:
    """Look at the files until one is answered wrongly; gives how many there were, and what was wrong."""
    made_up = count // _MADE_UP
    files = corpus()
    for number in range(count - made_up):
        rng = random.Random(f"{seed}:{number}")
        settings = number % _SETTINGS == 0
        data = rng.choice(MAKERS)(rng, [SETTINGS] if settings else files)
        wrong = judge.look_at(data, settings=settings)
        if wrong:
            return number + 1, f"{wrong}\n--- the file\n{data[:4000].decode(errors='backslashreplace')}"
    look_at: Callable[[bytes], str] = judge.look_at
    from self_test.fuzz.structures import try_out

    return count, try_out(look_at, made_up, seed) if made_up else ""


if __name__ == "__main__":
    main()
