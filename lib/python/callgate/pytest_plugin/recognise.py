"""Tells a test of ours from other files of that name, without reading YAML: everybody's pytest runs ask this."""

from __future__ import annotations

import re
from pathlib import Path

#: As `callgate.suite.find` has it, which is not imported here.
CONFIG_NAME = "test-config.yaml"
#: A key that stands in every test, ours or of the Asterisk Testsuite; quoted or not.
_OURS = re.compile(rb"""^(['"]?)(testinfo|scenarios|test-modules)\1\s*:""", re.MULTILINE)


def is_ours(path: Path) -> bool:
    """Whether it is a file that Callgate has to judge; one that cannot be read is, so that this is told."""
    if path.name != CONFIG_NAME:
        return False
    try:
        return _OURS.search(path.read_bytes()) is not None
    except OSError:
        return True
