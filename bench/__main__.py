"""The whole of `make gate` against the bare boot and stop of the same Asterisk, in turn, and the runner's memory.

And what it takes to validate and list 1,000 files, against loading them with PyYAML alone (bench.listing).
And the AMI drivers side by side, where StarPy is installed (bench.drivers).
The gate runs the founding scenarios alone: each further test boots an Asterisk of its own.
And the whole catalogue once: what of it is Asterisk's, and what ours (bench.catalogue).

The bare Asterisk is started on the configuration that the gate has used, and stopped with SIGTERM as soon as it says
that it is ready. An Asterisk that is stopped within its first second takes until about the end of that second (seen on
16.28, 22.10 and 22.11), so a scenario that fits into it costs nothing.
"""

from __future__ import annotations

import argparse
import json
import os
import select
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from bench import catalogue, drivers, listing
from callgate.asterisk import config, modules
from callgate.asterisk.build import Build
from callgate.asterisk.catalog import resolve
from callgate.asterisk.mortal import dies_with_us
from callgate.asterisk.ports import ReservedPort
from callgate.asterisk.progress import LazyProgress
from callgate.asterisk.settings import BuildSettings

ROOT = Path(__file__).resolve().parent.parent
READY = b"Asterisk Ready."


def bare(build: Build, directory: Path) -> float:
    """Seconds from the start of the program to its end, stopped when it is ready."""
    http, ami = ReservedPort(), ReservedPort()
    names = modules.closure(build.module_dir, {*modules.BASE, "app_stasis"})
    layout = config.Layout(directory, build.module_dir, build.data_dir, http.number, ami.number, "bench", "bench",
                           tuple(names))
    config.write(layout, ROOT / "tests/stasis/stasisstatus/configs/ast1")
    # A pipe instead of a file: its reader wakes when Asterisk writes, and not a moment later.
    log = directory / config.LOG_FILE
    log.unlink()
    os.mkfifo(log)
    reader = os.open(log, os.O_RDONLY | os.O_NONBLOCK)
    begun = time.monotonic()
    process = subprocess.Popen(build.argv("-f", "-n", "-C", str(layout.config_file)), cwd=directory,
                               env={**os.environ, **build.environment}, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL, preexec_fn=dies_with_us())
    try:
        _until_ready(reader, process)
        process.send_signal(signal.SIGTERM)
        while process.poll() is None:
            select.select([reader], [], [], 0.005)
            _drain(reader)
        return time.monotonic() - begun
    finally:
        process.kill()
        process.wait()
        os.close(reader)
        http.release()
        ami.release()


def _drain(reader: int) -> bytes:
    try:
        return os.read(reader, 1 << 16)
    except BlockingIOError:
        return b""


def _until_ready(reader: int, process: subprocess.Popen[bytes]) -> None:
    seen = b""
    deadline = time.monotonic() + 60
    while READY not in seen:
        if time.monotonic() > deadline or process.poll() is not None:
            raise SystemExit("bench: the bare Asterisk did not become ready")
        select.select([reader], [], [], 0.1)
        seen = seen[-len(READY):] + _drain(reader)


def gate(spec: str) -> tuple[float, float]:
    """Seconds of the whole command, and the peak memory of the runner in MiB."""
    begun = time.monotonic()
    arguments = f"ARGS=--asterisk {spec} tests/stasis/stasisstatus"
    done = subprocess.run(["make", "--no-print-directory", "gate", arguments], cwd=ROOT,
                          capture_output=True, text=True, check=False)
    seconds = time.monotonic() - begun
    if done.returncode != 0:
        raise SystemExit(f"bench: the gate is not green:\n{done.stdout}{done.stderr}")
    *_, last = (ROOT / ".callgate/runs/latest/results.jsonl").read_text().splitlines()
    return seconds, json.loads(last)["peak_memory_mib"]


def _row(name: str, values: Sequence[float], unit: str) -> None:
    print(f"{name:<38} {statistics.median(values):8.2f} {unit:<4} ({min(values):.2f} to {max(values):.2f})")


def main() -> None:
    """Measure what was asked for."""
    parser = argparse.ArgumentParser(prog="bench", description=__doc__)
    parser.add_argument("--asterisk", default="debian:sid", metavar="BUILD")
    parser.add_argument("-n", type=int, default=7, metavar="PAIRS")
    parser.add_argument("--only", choices=("gate", "list", "catalogue", "drivers"), help="leave the others out")
    options = parser.parse_args()
    if options.only in (None, "list"):
        measure_listing(options.n)
    if options.only in (None, "gate"):
        measure_gate(options)
    if options.only in (None, "catalogue"):
        # It is fetched now, if need be, and not in the run.
        resolve(options.asterisk, BuildSettings(os.environ), LazyProgress(sys.stderr))
        sys.stdout.writelines(f"{line}\n" for line in catalogue.told(*catalogue.played(options.asterisk)))
    if options.only in (None, "drivers"):
        measure_drivers(options)


def measure_listing(count: int) -> None:
    """Print medians of rounds, each of which takes every measure once."""
    with tempfile.TemporaryDirectory(prefix="callgate-bench-") as scratch:
        root = Path(scratch)
        listing.make_suite(root)
        listing.listing(root)  # warm: files in memory, bytecode compiled
        rounds = [(listing.loading(root), listing.reading(root), listing.listing(root)) for _ in range(count)]
    print(f"{listing.FILES:,} files, {count} rounds, medians:")
    _row(f"runtests.py list (promised: below {listing.PROMISED:g} s)", [whole.wall for *_, whole in rounds], "s")
    _row("  of a processor", [whole.processor for *_, whole in rounds], "s")
    _row("  PyYAML's CSafeLoader alone", [loaded.processor for loaded, _, _ in rounds], "s")
    _row("  ratio", [whole.processor / loaded.processor for loaded, _, whole in rounds], "")
    _row("  Callgate's YAML reader alone", [read for _, read, _ in rounds], "s")
    _row("  its share of the whole", [100 * read / whole.processor for _, read, whole in rounds], "%")


def measure_gate(options: argparse.Namespace) -> None:
    """Print medians of pairs."""
    build = resolve(options.asterisk, BuildSettings(os.environ), LazyProgress(sys.stderr))
    if not isinstance(build, Build):
        raise SystemExit("bench: only a build that can be started here can be measured")
    gate(options.asterisk)  # warm: files in memory, bytecode compiled
    pairs = []
    for _ in range(options.n):
        with tempfile.TemporaryDirectory(prefix="callgate-bench-") as scratch:
            pairs.append((bare(build, Path(scratch)), *gate(options.asterisk)))
    print(f"{options.asterisk} (Asterisk {build.version}), {options.n} pairs, medians:")
    _row("bare Asterisk, boot and stop", [one[0] for one in pairs], "s")
    _row("make gate, the whole command", [one[1] for one in pairs], "s")
    _row("ratio, pair by pair (promised: below 2)", [one[1] / one[0] for one in pairs], "")
    _row("peak memory of the runner", [one[2] for one in pairs], "MiB")


def measure_drivers(options: argparse.Namespace) -> None:
    """Print medians of pairs, if there are two drivers to compare."""
    if not drivers.has_starpy():
        print("AMI drivers: StarPy is not installed (requirements-starpy.txt), so there is nothing to compare")
        return
    names = ("builtin", "starpy")
    pairs = [{name: drivers.measured(name, options.asterisk) for name in names} for _ in range(options.n)]
    print(f"AMI drivers on {options.asterisk}, {options.n} pairs, medians:")
    for name in names:
        _row(f"{name}: events a second", [pair[name]["events"] for pair in pairs], "")
    _row("  ratio, pair by pair", [pair["starpy"]["events"] / pair["builtin"]["events"] for pair in pairs], "")
    for name in names:
        _row(f"{name}: Ping and its answer", [pair[name]["action"] for pair in pairs], "µs")
    _row("  ratio, pair by pair", [pair["starpy"]["action"] / pair["builtin"]["action"] for pair in pairs], "")
    for name in names:
        _row(f"{name}: peak memory, connected", [pair[name]["memory"] for pair in pairs], "MiB")
    for name, lines in drivers.lines_of_code().items():
        print(f"{f'{name}: lines of code':<38} {lines:8}")


if __name__ == "__main__":
    main()
