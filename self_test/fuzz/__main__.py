"""`make fuzz`: gives broken files to what is behind `runtests.py list`, and sees its promises kept.

Never a traceback; every message with its place in the file; never longer than 2 s of processor time a file, never more
than 200 MiB. The files are the same on every machine: those of the seeds SEED, SEED + 1 and so on, 1,000 each.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

#: Files a process.
BATCH = 1000
#: MiB that the process of a batch may have had at most; Python, pydantic and hypothesis are in it.
MEMORY = 200.0
REPOSITORY = Path(__file__).resolve().parents[2]


def play(seed: int, count: int, seconds: float) -> dict[str, Any]:
    """Play one batch in a process of its own; gives its report, `wrong` empty for one that is as promised."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join([str(REPOSITORY / "lib" / "python"), str(REPOSITORY)])}
    argv = [sys.executable, "-m", "self_test.fuzz.batch", "--seed", str(seed), "--count", str(count)]
    try:
        done = subprocess.run(argv, env=environment, cwd=REPOSITORY, capture_output=True, text=True, timeout=seconds,
                              check=False)
    except subprocess.TimeoutExpired:
        return {"files": 0, "valid": 0, "errors": 0, "slowest": 0.0, "peak_memory_mib": 0.0, "wrong": "out of time"}
    if done.returncode != 0:
        wrong = f"the process ended with {done.returncode}\n{done.stderr}"
        return {"files": 0, "valid": 0, "errors": 0, "slowest": 0.0, "peak_memory_mib": 0.0, "wrong": wrong}
    report: dict[str, Any] = json.loads(done.stdout)
    if not report["wrong"] and report["peak_memory_mib"] > MEMORY:
        report["wrong"] = f"took {report['peak_memory_mib']:.0f} MiB; {MEMORY:.0f} are promised"
    return report


def main() -> int:
    """Play all batches, and say what was done."""
    parser = argparse.ArgumentParser(prog="fuzz", description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--count", type=int, default=20_000, help="files (default: 20000)")
    parser.add_argument("--seed", type=int, default=1, help="of the first batch (default: 1)")
    parser.add_argument("--minutes", type=float, default=15.0, help="that all may take (default: 15)")
    parser.add_argument("--jobs", type=int, default=min(2, os.cpu_count() or 1), help="batches at a time")
    options = parser.parse_args()
    begun = time.monotonic()
    give_up = begun + options.minutes * 60
    sizes = [min(BATCH, options.count - start) for start in range(0, options.count, BATCH)]

    def one(index: int) -> dict[str, Any]:
        return play(options.seed + index, sizes[index], max(0.1, give_up - time.monotonic()))

    with ThreadPoolExecutor(options.jobs) as pool:
        reports = list(pool.map(one, range(len(sizes))))
    for index, report in enumerate(reports):
        if report["wrong"]:
            sys.stdout.write(f"seed {options.seed + index}: {report['wrong']}\n\n")
    wrong = sum(1 for report in reports if report["wrong"])
    files, valid, errors = (sum(report[key] for report in reports) for key in ("files", "valid", "errors"))
    slowest, peak = (max(report[key] for report in reports) for key in ("slowest", "peak_memory_mib"))
    sys.stdout.write(f"{files:,} files (seeds {options.seed} to {options.seed + len(sizes) - 1}): {valid:,} valid, "
                     f"{errors:,} errors with their places; slowest {slowest:.2f} s, peak {peak:.0f} MiB; "
                     f"{time.monotonic() - begun:.0f} s in all\n"
                     + (f"{wrong} of {len(sizes)} batches found something wrong\n" if wrong else "nothing wrong\n"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
