"""The suites of `language/` on real builds: which there are, what is in a suite, and how it is played but once."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import pytest
import yaml
from self_test.live.runner import Command, Result

from callgate.suite.find import CONFIG_NAME

LANGUAGE = Path(__file__).parent / "language"
#: One of each version that Callgate is tried with.
BUILDS = ("debian:sid", "debian:experimental", "debian:bullseye")


def scenarios(root: Path) -> list[str]:
    """The names of the scenarios in a suite."""
    return [name for file in sorted(root.glob(f"tests/*/{CONFIG_NAME}"))
            for name in yaml.safe_load(file.read_text())["scenarios"]]


def red(names: Sequence[str]) -> list[str]:
    """Those of these scenarios that are to fail: their names end in `-red`."""
    return [name for name in names if name.endswith("-red")]


def played_on(root: Path, builds: Sequence[str]) -> Callable[..., Iterator[tuple[str, Result]]]:
    """A fixture of a module: a build, and the result of a whole suite that is played once on it for all its tests."""

    @pytest.fixture(scope="module", params=builds)
    def played(request: pytest.FixtureRequest,
               tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Result]]:
        command = Command(tmp_path_factory.mktemp("command"))
        yield request.param, command.run(root=root, asterisk=request.param)
        assert command.end() == [], "processes were left running"

    return played
