"""Runs apt-get on a private root, and says in one line what went wrong."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

from callgate.asterisk.children import child
from callgate.asterisk.progress import Advance
from callgate.errors import MachineError

#: What apt's messages mean, the most telling first: a full disk also makes signatures look broken.
_MEANINGS = (
    (re.compile(r"No space left|don't have enough free space|Disk quota exceeded|File too large"),
     "no space left to fetch it"),
    (re.compile(r"NO_PUBKEY|BADSIG|EXPKEYSIG|REVKEYSIG|ERRSIG|is not signed|signatures? (?:were|was) invalid|"
                r"signatures couldn't be verified|Clearsigned file|not been? authenticated|GPG error|"
                r"Sub-process \S*sqv|Hash Sum mismatch|unexpected size"),
     "the mirror's files are not as Debian signed them"),
    (re.compile(r"is not valid yet"), "the mirror's files are from the future; is the clock right?"),
    (re.compile(r"Temporary failure resolving|Could not (?:resolve|connect)|Unable to connect|"
                r"Cannot initiate|"
                r"Connection (?:refused|failed|reset)|timed out|Network is unreachable|No route to host"),
     "the mirror cannot be reached"),
    (re.compile(r"Unable to locate package|no installation candidate"),
     "the mirror has no Asterisk for this architecture"),
    (re.compile(r"does not have a Release file|\b404\b|File not found"), "the mirror does not have it"),
    (re.compile(r"unmet dependencies|held broken packages"), "its packages do not fit together just now"),
)
#: What apt puts before errors and warnings.
_COMPLAINT = re.compile(r"[EW]: *(.*)")
#: Warnings of `apt-get update` after which the index is not what the mirror has now.
_FAILED = re.compile(r"Failed to fetch|GPG error|Some index files failed")


class Apt:
    """apt-get with a configuration of its own."""

    def __init__(self, config: Path, environment: Mapping[str, str]) -> None:
        # In C, because the messages are read; LC_ALL comes before LANGUAGE only if it is C.
        self._environment = {**environment, "APT_CONFIG": str(config), "LC_ALL": "C",
                             "DEBIAN_FRONTEND": "noninteractive"}

    def run(self, spec: str, arguments: list[str], advance: Advance) -> None:
        """Run it to its end, for the build `spec`.

        Raises MachineError with what went wrong and the line of apt's that tells most.
        """
        lines: list[str] = []
        # Nothing but errors and, with Status-Fd, progress lines is written at -qq.
        with child(["apt-get", "-qq", "-o", "APT::Status-Fd=1", *arguments], self._environment) as apt:
            for raw in apt.stdout:
                line = raw.decode(errors="replace").strip()
                percent = re.match(r"dlstatus:\d+:([\d.]+):", line)
                if percent is None:
                    lines.append(line)
                else:
                    advance(min(float(percent[1]) / 100, 1.0))
            code = apt.process.wait()
        if code != 0 or any(_FAILED.search(line) for line in lines):
            raise MachineError(f"{spec}: {explain(lines, code)}")


def explain(lines: list[str], code: int) -> str:
    """Say what apt's output means for the user, with the decisive line."""
    complaints = [found[1] for line in lines if (found := _COMPLAINT.match(line))]
    said = complaints + [line for line in lines if line and not _COMPLAINT.match(line)]
    for pattern, meaning in _MEANINGS:
        for line in said:
            if pattern.search(line):
                return f"{meaning} (apt: {line})"
    return f"apt-get failed (apt: {said[0]})" if said else f"apt-get ended with exit code {code}"
