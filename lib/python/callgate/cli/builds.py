"""`runtests.py builds`: which builds of Asterisk are known, their version, and where they are."""

from __future__ import annotations

from collections.abc import Callable

from callgate.asterisk.catalog import known
from callgate.asterisk.settings import BuildSettings
from callgate.errors import ExitCode

_TITLES = ("", "BUILD", "VERSION", "WHERE")


def run(settings: BuildSettings, write: Callable[[str], object]) -> ExitCode:
    """Write a table with one line a build; `*` marks the one that is taken when none is asked for."""
    rows = [_TITLES]
    rows += [("*" if build.default else "", build.spec, build.version or "-", build.where)
             for build in known(settings)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(_TITLES))]
    for row in rows:
        write("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() + "\n")
    return ExitCode.PASSED
