"""From a test-config.yaml to items: one for each scenario, row of `cases` and build."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from callgate.errors import CallgateError
from callgate.scenario.model import Scenario, Test
from callgate.scenario.steps import STEPS
from callgate.suite.load import load_test

if TYPE_CHECKING:
    from callgate.pytest_plugin.playing import Playing

#: What can stand in an expression of -m and is registered as what it is.
_MARK = re.compile(r"[^\W_][\w.+-]*")


def root_of(config: pytest.Config) -> Path:
    """The root of the suite."""
    given: Path | None = config.getoption("callgate_root")
    return config.rootpath if given is None else Path(config.invocation_params.dir, given).resolve()


def scenarios_of(items: Iterable[pytest.Item]) -> list[ScenarioItem]:
    """Those of the items that are ours."""
    return [item for item in items if isinstance(item, ScenarioItem)]


def _marks(tags: Iterable[str], config: pytest.Config) -> list[str]:
    """The tags that can be marks: a word, and none to which pytest or a plugin gives a meaning, such as `skip`."""
    from callgate.pytest_plugin import RESERVED

    return [tag for tag in tags if _MARK.fullmatch(tag) and tag not in config.stash[RESERVED]]


class ScenarioFile(pytest.File):
    """A test-config.yaml."""

    def collect(self) -> Iterable[ScenarioItem]:
        """Read the file; all that is wrong with it is one error of collection."""
        try:
            test = load_test(root_of(self.config), self.path.parent, STEPS)
        except CallgateError as error:
            raise self.CollectError(str(error)) from error
        marks = _marks(test.tags, self.config)
        for mark in marks:
            self.config.addinivalue_line("markers", f"{mark}: a tag of Callgate's tests")
        builds: Sequence[str | None] = self.config.getoption("callgate_asterisk") or [None]
        for build in builds:  # all of one build together: an Asterisk is stopped when the next item needs another
            for scenario in test.scenarios:
                name = scenario.name if len(builds) == 1 else f"{scenario.name}[{build}]"
                yield ScenarioItem.from_parent(self, name=name, test=test, scenario=scenario, build=build,
                                               marks=marks)


class ScenarioItem(pytest.Item):
    """One scenario on one build."""

    def __init__(self, *, test: Test, scenario: Scenario, build: str | None, marks: Sequence[str],
                 **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.test = test
        self.scenario = scenario
        #: As it was asked for; None for the default.
        self.build = build
        self.extra_keyword_matches.update(test.tags)
        for mark in marks:
            self.add_marker(mark)

    def runtest(self) -> None:
        """Play it. Whatever is not passed is told as pytest has a word for it."""
        from callgate.pytest_plugin import playing_of

        playing: Playing = playing_of(self.config)
        playing.play(self)

    def reportinfo(self) -> tuple[Path, int, str]:
        """Where it stands in its file; lines are counted from 0 here."""
        return self.path, self.scenario.place.line - 1, self.scenario.id
