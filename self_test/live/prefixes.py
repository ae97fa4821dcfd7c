"""Builds made for one test: prefixes whose `sbin/asterisk` is a script around the real one, or instead of it."""

from __future__ import annotations

import shlex
import sys
from collections.abc import Iterable
from pathlib import Path

from callgate.asterisk.build import Build

#: It passes a SIGTERM on, and once the real one has ended it crashes; it takes the real one along when it is killed.
_CRASHES_AT_THE_END = """\
import ctypes, os, resource, signal, subprocess, sys
real = {real!r} + sys.argv[1:]
if "-V" in sys.argv:
    os.execv(real[0], real)
resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
libc = ctypes.CDLL(None)
child = subprocess.Popen(real, preexec_fn=lambda: libc.prctl(1, 9, 0, 0, 0))
signal.signal(signal.SIGTERM, lambda *_: child.terminate())
child.wait()
os.kill(os.getpid(), signal.SIGSEGV)
"""
#: It waits for ever, and does nothing else.
_NEVER_READY = """\
import os, signal, sys
real = {real!r} + sys.argv[1:]
if "-V" in sys.argv:
    os.execv(real[0], real)
print("thinking", flush=True)
while True:
    signal.pause()
"""


def without_modules(prefix: Path, build: Build, missing: Iterable[str]) -> Path:
    """Make a prefix that has all of the build but some modules."""
    script = f'#!/bin/sh\nexec {shlex.join(build.argv())} "$@"\n'
    return _prefix(prefix, build, script, {f"{name}.so" for name in missing})


def crashes_at_the_end(prefix: Path, build: Build) -> Path:
    """Make a prefix whose Asterisk dies by SIGSEGV when it is asked to stop."""
    return _prefix(prefix, build, _python(_CRASHES_AT_THE_END, build))


def never_ready(prefix: Path, build: Build) -> Path:
    """Make a prefix whose Asterisk does not get ready, and says so in `log/console`."""
    return _prefix(prefix, build, _python(_NEVER_READY, build))


def _python(program: str, build: Build) -> str:
    return f"#!{sys.executable}\n{program.format(real=build.argv())}"


def _prefix(prefix: Path, build: Build, script: str, missing: Iterable[str] = ()) -> Path:
    program = prefix / "sbin" / "asterisk"
    modules = prefix / "lib" / "asterisk" / "modules"
    share = prefix / "share"
    for directory in (program.parent, modules, share):
        directory.mkdir(parents=True)
    program.write_text(script)
    program.chmod(0o755)
    for module in build.module_dir.glob("*.so"):
        if module.name not in missing:
            (modules / module.name).symlink_to(module)
    (share / "asterisk").symlink_to(build.data_dir)
    return prefix
