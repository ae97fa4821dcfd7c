"""A step that repeats a read until it holds: `check`."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, ClassVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from callgate.durations import duration
from callgate.scenario.failure import MistakenStepError, StepFailedError
from callgate.scenario.journal import Entry, Source, headers
from callgate.scenario.reads import READING_ACTIONS, SHOW_LATER, is_reading_action, is_reading_command
from callgate.scenario.steps.actions import Ami
from callgate.scenario.steps.base import Duration, Family, Step
from callgate.scenario.steps.general import Ari, Cli

if TYPE_CHECKING:
    from callgate.scenario.context import Context

#: Seconds after which a read is repeated although nothing has happened: not all that Asterisk does is an event.
_PAUSE = 0.1
#: Seconds between two reads, however much happens: a read that is repeated without pause would be a load.
_SHORTEST = 0.01
#: What can have changed the answer; our own requests and their responses do not.
_NEWS = frozenset({Source.AMI, Source.ARI, Source.ARI_SOCKET, Source.LOG, Source.PROCESS})


def _long_form(kind: type[Step]) -> BeforeValidator:
    """Take the shorthand of a step that stands inside another."""
    return BeforeValidator(lambda given: {kind.shorthand: given} if isinstance(given, str) else given,
                           json_schema_input_type=kind | str)


class Read(BaseModel):
    """One step that only reads."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    ari: Annotated[Ari, _long_form(Ari)] | None = Field(default=None, description="a GET request …")
    ami: Annotated[Ami, _long_form(Ami)] | None = Field(default=None, description="… or an action that reads …")
    cli: Annotated[Cli, _long_form(Cli)] | None = Field(default=None, description="… or a `show` command")

    @field_validator("ari", "ami", "cli")
    @classmethod
    def _only_reads(cls, step: Ari | Ami | Cli | None) -> Ari | Ami | Cli | None:
        if step is not None:
            _insist_on_reading(step)
        return step

    @field_validator("cli")
    @classmethod
    def _looks(cls, step: Cli | None) -> Cli | None:
        if step is not None and step.contains is None and step.lacks is None and step.matches is None:
            raise ValueError("needs 'contains', 'lacks' or 'matches': there is nothing that could come to hold")
        return step

    @model_validator(mode="after")
    def _one_step(self) -> Read:
        if sum(one is not None for one in (self.ari, self.ami, self.cli)) != 1:
            raise ValueError("needs one of 'ari', 'ami', 'cli'")
        return self

    @property
    def step(self) -> Step:
        """The step itself."""
        found = self.ari or self.ami or self.cli
        assert found is not None  # noqa: S101 - _one_step has seen to it
        return found


def _insist_on_reading(step: Step) -> None:
    """Raise ValueError for a step that may change something, as it stands in the file or with values put in."""
    if isinstance(step, Ari) and step.request.method != "GET":
        raise ValueError(f"may be repeated only with GET, and this is a {step.request.method}")
    if isinstance(step, Ami) and not is_reading_action(step.action, variable := _variable(step)):
        raise ValueError(f"may be repeated only with an action that is known to read, and '{step.action}' "
                         + ("of a function is not" if variable else "is not"))
    if isinstance(step, Cli) and not is_reading_command(step.command):
        raise ValueError(f"may be repeated only with a 'show' command, and '{step.command}' is none")


def _variable(step: Ami) -> str:
    return next((str(value) for name, value in step.headers.items() if name.lower() == "variable"), "")


def _listed(words: Iterable[str]) -> str:
    return ", ".join(f"`{word}`" for word in words)


class Check(Step):
    """A read that is repeated until it holds or its time is up; the last failure is what is shown.

    It is repeated as soon as something happens, and at the latest every 100 ms. Only what cannot change anything may be
    repeated: GET requests of `ari`, the actions of `ami` that are known to read, the `show` commands of `cli`.
    """

    keyword: ClassVar[str] = "check"
    family: ClassVar[Family] = Family.GENERAL
    example: ClassVar[str] = """\
- check: {step: {cli: {command: core show channels, contains: 0 active channels}}, within: 5s}
- check: {step: {ari: {request: GET /channels, expect: {len: 0}}}}
"""
    details: ClassVar[str] = (
        "The commands are those whose second word is `show`, and "
        f"{_listed(f'{words} show' for words in SHOW_LATER)}. The actions are {_listed(sorted(READING_ACTIONS))}; "
        "`Getvar` of a plain variable only, since reading a function may do anything.")

    reading: Read = Field(alias="step", description="an `ari`, `ami` or `cli` step that only reads")
    within: Duration | None = Field(default=None, description="how long it may take until the read holds")

    def defines(self) -> set[str]:
        """What the step defines that is repeated."""
        return self.reading.step.defines()

    def needs(self) -> set[str]:
        """What that step needs."""
        return self.reading.step.needs()

    @property
    def awaits(self) -> bool:
        """Whether it waits for something to happen."""
        return True

    async def run(self, context: Context) -> None:
        """Read; while it does not hold and there is time, wait for something to happen and read again."""
        step = self.reading.step
        step = step.model_copy(update={name: context.resolve(value) for name, value in step})
        try:
            _insist_on_reading(step)  # once more, with values put in
        except ValueError as error:
            raise MistakenStepError(f"'{step.keyword}' {error}") from error
        begun = context.reactor.seconds()
        within = self.within or context.step_timeout
        times = 0
        while True:
            times += 1
            try:
                await step.run(context)
            except MistakenStepError:
                raise
            except StepFailedError as error:
                left = begun + within - context.reactor.seconds()
                if left <= 0:
                    raise _still(error, times, within) from error
            else:
                return
            since = context.journal.mark()
            await context.wait_for(lambda _: False, timeout=min(_SHORTEST, left), since=since)
            await context.wait_for(_is_news, timeout=max(0.0, min(_PAUSE, left) - _SHORTEST), since=since)


def _is_news(entry: Entry) -> bool:
    """Whether it may have changed the answer; events with an ActionID are answers, perhaps to another `check`."""
    return entry.source in _NEWS and not (entry.source is Source.AMI and headers(entry, "ActionID"))


def _still(error: StepFailedError, times: int, within: float) -> StepFailedError:
    how_often = f"{times} reads" if times > 1 else "one read"
    return StepFailedError(f"{error.headline} (still so after {duration(within)}, {how_often})",
                           expected=error.expected, got=error.got)
