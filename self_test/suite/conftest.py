"""A suite in a temporary directory, and ways to load it."""

from __future__ import annotations

import os
import textwrap
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from self_test.suite.language import GOOD, HEAD, STEPS

from callgate.scenario.steps import STEPS as REAL_STEPS
from callgate.suite.diagnostics import InvalidFilesError
from callgate.suite.load import Suite, load_suite

#: A uid that no file of a test belongs to.
NOBODY = 65534


class SuiteOnDisk:
    """Files of a suite, and loading them."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, path: str, text: str | bytes = GOOD) -> Path:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text.encode() if isinstance(text, str) else text)
        return target

    def test(self, name: str, text: str | bytes = GOOD) -> Path:
        """Make a test called `tests/NAME`."""
        return self.write(f"tests/{name}/test-config.yaml", text)

    def load(self, *selectors: str, keyword: str | None = None, current: Path | None = None) -> Suite:
        return load_suite(self.root, selectors, keyword, STEPS, current=current or self.root)

    def ids(self, *selectors: str, keyword: str | None = None, current: Path | None = None) -> list[str]:
        suite = self.load(*selectors, keyword=keyword, current=current)
        return [scenario.id for test in suite.tests for scenario in test.scenarios]

    def complaint(self, text: str | bytes) -> str:
        """Everything that is said of a test with that text, which is to be invalid."""
        self.test("t", text)
        with pytest.raises(InvalidFilesError) as caught:
            self.load()
        return f"{caught.value}\n"

    def complaint_of_steps(self, steps: str) -> str:
        """Everything that is said of a scenario with those steps; they begin on line 6."""
        return self.complaint(_scenario_of(steps))

    def messages_of_steps(self, steps: str) -> list[str]:
        """Line, column, and message of each error in those steps."""
        return _without_file(self.complaint_of_steps(steps))

    def mistakes(self, steps: str) -> list[str]:
        """Likewise with Callgate's own steps; nothing for steps that are valid."""
        self.test("t", _scenario_of(steps))
        try:
            load_suite(self.root, (), None, REAL_STEPS, current=self.root)
        except InvalidFilesError as error:
            return _without_file(str(error))
        return []


def _scenario_of(steps: str) -> str:
    """A test of one scenario with those steps, which begin on line 6."""
    return HEAD + textwrap.indent(textwrap.dedent(steps), " " * 6)


def _without_file(complaint: str) -> list[str]:
    """The errors in the test of a suite on disk, without the path of its file."""
    prefix = "tests/t/test-config.yaml:"
    return [line.removeprefix(prefix) for line in complaint.splitlines() if line.startswith(prefix)]


@pytest.fixture
def disk(tmp_path: Path) -> SuiteOnDisk:
    return SuiteOnDisk(tmp_path)


@pytest.fixture
def unprivileged(tmp_path: Path) -> Iterator[Callable[[], None]]:
    """Call it to be somebody whom permissions apply to, until the test ends."""
    if os.geteuid() != 0:
        yield lambda: None
        return
    for directory in (tmp_path, *tmp_path.parents):
        if directory.stat().st_uid == 0 and not directory.stat().st_mode & 0o001:
            directory.chmod(directory.stat().st_mode | 0o011)
    yield lambda: os.seteuid(NOBODY)
    os.seteuid(0)
