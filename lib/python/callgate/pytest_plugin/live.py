"""What the fixture `asterisk` gives to a test in Python: a private Asterisk for what YAML cannot say.

The test's coroutine is played as the one step of a scenario, by the same engine as all others: with a journal, a
deadline, a clean-up behind it, and the blame where it belongs.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

import pytest
from pydantic import Field

from callgate.ami.driver import AmiDriver
from callgate.ari.http import AriClient
from callgate.errors import CallgateError
from callgate.pytest_plugin.playing import Playing, tell
from callgate.scenario.failure import StepFailedError
from callgate.scenario.foreign import run_foreign
from callgate.scenario.journal import Journal
from callgate.scenario.model import Place, PlannedStep, Requirement, Scenario, Test
from callgate.scenario.stepcontext import StepContext
from callgate.scenario.steps import STEPS
from callgate.scenario.steps.base import Step

if TYPE_CHECKING:
    from callgate.scenario.context import Context

#: What a test hands to `play`.
Play = Callable[[StepContext], Coroutine[Any, Any, object]]

#: What pytest raises for a test that says itself how it ended; none of them is an Exception.
_OUTCOMES = (pytest.fail.Exception, pytest.skip.Exception, pytest.xfail.Exception)
_UNFIT = re.compile(r"[^A-Za-z0-9_.\[\]-]")


class LiveAsterisk:
    """A private Asterisk, for one test in Python at a time."""

    def __init__(self, node: pytest.Item, playing: Playing, build: str | None) -> None:
        self._node = node
        self._playing = playing
        self._build = build
        self._plays = 0
        self._context: Context | None = None

    @property
    def played(self) -> bool:
        """Whether `play` has been called."""
        return self._plays > 0

    def play(self, function: Play, *, timeout: float | None = None) -> None:
        """Boot the Asterisk, await `function(context)` with it, clean up behind it, and stop it.

        The Asterisk has the configuration in `configs/ast1` beside the test's file, and loads what the mark `asterisk`
        asks for. `timeout` is in seconds; without it the function may take as long as any scenario of the suite.
        Whatever the function raises comes out. Otherwise the test fails for what Callgate finds wrong.
        """
        raised: list[BaseException] = []
        test = self._test(_PythonStep(function=function, play=self._enter, note=raised.append), timeout)
        verdict, directory = self._playing.play_alone(test, self._build)
        self._context = None
        if raised:
            raise raised[0]
        tell(verdict, directory)

    async def step(self, step: Mapping[str, Any]) -> None:
        """Play a step of the language, written as in YAML: `await asterisk.step({"register": "Babs"})`.

        Raises what fails it, and ValueError for one that is written wrongly.
        """
        [(keyword, given)] = step.items()
        if keyword not in STEPS:
            raise ValueError(f"unknown step '{keyword}'")
        kind = STEPS[keyword]
        fields = given if isinstance(given, Mapping) else {str(kind.short_key()): given}
        made = kind.model_validate(dict(fields), by_alias=True, by_name=False)
        context = self._entered()
        values = {name: context.resolve(value) for name, value in made}
        await made.model_copy(update=values).run(context)

    @property
    def ami(self) -> AmiDriver:
        """The manager interface, logged in."""
        return self._entered().asterisk.ami

    @property
    def ari(self) -> AriClient:
        """The REST interface, and the WebSockets of it."""
        return self._entered().asterisk.ari

    @property
    def journal(self) -> Journal:
        """All that has been seen and done since `play` began."""
        return self._entered().journal

    def _enter(self, context: Context) -> None:
        self._context = context

    def _entered(self) -> Context:
        if self._context is None:
            raise RuntimeError("the Asterisk of a test runs while its play() does: use it in the function played")
        return self._context

    def _test(self, step: Step, timeout: float | None) -> Test:
        """The test, with one scenario, that the engine takes the function for."""
        path = Path(self._node.path)
        root = self._playing.root
        self._plays += 1
        name = _UNFIT.sub("_", ".".join(self._node.nodeid.split("::")[1:]))[:90]
        shown = path.relative_to(root).as_posix() if path.is_relative_to(root) else path.name
        place = Place(shown, (self._node.reportinfo()[1] or 0) + 1, 1, "")
        test_id, scenario_id = self._playing.name_python(self._node, str(Path(shown).with_suffix("")), name)
        mark = self._node.get_closest_marker("asterisk")
        wanted = mark.kwargs if mark is not None else {}
        scenario = Scenario(id=scenario_id, name=name, summary="", steps=(PlannedStep(step, place),),
                            last_steps=(), timeout=timeout, skip=None, place=place)
        return Test(
            id=test_id, directory=path.parent, summary="", description="", tags=(), issues=(), dialplan=(),
            requirements=tuple(Requirement("asterisk", module, place) for module in wanted.get("modules", ())),
            modules="all" if wanted.get("all_modules") else "needed", scenarios=(scenario,), place=place)


class _EveryName(frozenset[str]):
    """A Python test may give any name to what it makes."""

    def __contains__(self, name: object) -> bool:
        return True


class _PythonStep(Step):
    """Plays a function of a test."""

    keyword: ClassVar[str] = "python"

    function: Any = Field(exclude=True)
    play: Any = Field(exclude=True)
    #: Takes what the function raises and is none of our own errors, for the test to raise it again.
    note: Any = Field(exclude=True)

    async def run(self, context: Context) -> None:
        """Call it; raises StepFailedError for whatever it raises itself."""
        self.play(context)
        face = StepContext(context, _EveryName())
        try:
            await run_foreign(self.function(face), context.reactor)
        except CallgateError:
            raise
        except (AssertionError, *_OUTCOMES) as error:
            self.note(error)
            raise StepFailedError(f"{type(error).__name__}: {error}") from error
        if wrong := face.shortcomings():
            raise StepFailedError(f"the function {' and '.join(wrong)}")

    def describe(self) -> str:
        """By the function's name."""
        return f"python: {getattr(self.function, '__name__', 'a function')}"
