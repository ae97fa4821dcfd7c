"""How much memory this process has had at most."""

from __future__ import annotations

from pathlib import Path


def peak_mib() -> float:
    """The largest resident size so far, in MiB (proc_pid_status(5), VmHWM).

    Not getrusage(2): there, what the parent had at the fork counts as ours.
    """
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    return 0.0  # a kernel without it
