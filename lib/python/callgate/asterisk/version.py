"""Asks an Asterisk for its version, which also shows that it runs at all."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Mapping, Sequence

from callgate.errors import MachineError

#: Seconds; it takes milliseconds, but the first time the disk may have to be waited for.
_PATIENCE = 60.0


def upstream_version(output: str) -> str | None:
    """Upstream's version from what `asterisk -V` prints; None if that is no such output.

    Debian adds `+dfsg...` or `~dfsg...` and writes a release candidate as `-rc2` or `~rc2`.
    """
    found = re.match(r"Asterisk (\S+)", output)
    if found is None:
        return None
    return re.sub(r"~(?=(alpha|beta|rc)\d)", "-", found[1]).partition("+")[0].partition("~")[0]


def ask_version(argv: Sequence[str], environment: Mapping[str, str]) -> str:
    """Upstream's version of the Asterisk that `argv`, which ends in `-V`, runs.

    Raises MachineError if it does not run, or does not answer like an Asterisk.
    """
    try:
        done = subprocess.run(
            argv, env=dict(environment), stdin=subprocess.DEVNULL, capture_output=True, text=True,
            errors="replace", timeout=_PATIENCE, check=False)
    except OSError as error:
        raise MachineError(f"{argv[-2]} does not run: {error.strerror}") from error
    except subprocess.TimeoutExpired as error:
        raise MachineError(f"{argv[-2]} does not run: no answer to -V in {_PATIENCE:.0f} s") from error
    version = upstream_version(done.stdout)
    if done.returncode != 0 or version is None:
        said = (done.stderr.strip() or done.stdout.strip() or f"exit code {done.returncode}").splitlines()[0]
        raise MachineError(f"{argv[-2]} does not run: {said}")
    return version
