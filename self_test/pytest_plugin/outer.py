"""Runs pytest as its users do: in a process of its own, with the plugin and without this repository's settings."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import callgate

#: Seconds; far more than any of these runs takes.
ENOUGH = 120.0


@dataclass(frozen=True)
class Run:
    """What pytest said."""

    code: int
    out: str
    junit: Path

    @property
    def outcomes(self) -> dict[str, str]:
        """What became of each item, by name, in Callgate's words as far as pytest's report shows them."""
        return {str(case.get("name")): _outcome(case) for case in ET.parse(self.junit).iter("testcase")}

    @property
    def by_id(self) -> dict[str, str]:
        """The same by the ids that `callgate run` gives."""
        return {f"{_test(case)}::{case.get('name')}": _outcome(case) for case in ET.parse(self.junit).iter("testcase")}


def _test(case: ET.Element) -> str:
    return str(case.get("classname")).removesuffix(".test-config.yaml").replace(".", "/")


def _outcome(case: ET.Element) -> str:
    skipped, failed = case.find("skipped"), case.find("failure")
    if skipped is not None:
        return "expected-failure" if skipped.get("type") == "pytest.xfail" else "skipped"
    if failed is not None:
        return str(failed.get("message")).removeprefix("Failed: ").partition(":")[0]
    return "error" if case.find("error") is not None else "passed"


def run_pytest(directory: Path, *arguments: str, environment: Mapping[str, str] | None = None) -> Run:
    """Run pytest in a directory, which becomes its rootdir."""
    (directory / "pytest.ini").touch()
    junit = directory / "junit.xml"
    junit.unlink(missing_ok=True)
    inherited = {name: value for name, value in os.environ.items() if not name.startswith(("CALLGATE_", "PYTEST_"))}
    paths = {"PYTHONPATH": str(Path(callgate.__file__).parents[1])}
    done = subprocess.run([sys.executable, "-m", "pytest", "-p", "callgate.pytest_plugin",
                           f"--junit-xml={junit}", *arguments], cwd=directory, stdin=subprocess.DEVNULL, text=True,
                          capture_output=True, timeout=ENOUGH, env={**inherited, **paths, **(environment or {})},
                          check=False)
    return Run(done.returncode, done.stdout + done.stderr, junit)
