"""A step about what Asterisk logs: `log`."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, ClassVar, Literal

from pydantic import Field, model_validator

from callgate.durations import duration
from callgate.errors import MachineError
from callgate.scenario.failure import MistakenStepError, StepFailedError
from callgate.scenario.journal import Entry, Source
from callgate.scenario.loglines import LoggedLine
from callgate.scenario.searching import search
from callgate.scenario.steps.base import Duration, Family, Name, Step
from callgate.scenario.steps.texts import TextOrRegex, compiled, groups, insist_on_text, quoted, shown

if TYPE_CHECKING:
    from callgate.scenario.context import Context

#: What Callgate has Asterisk write into its log (logger.conf in asterisk/config.py). Of any other level there
#: would never be a line, and `lacks` would always hold.
Level = Literal["ERROR", "WARNING", "NOTICE", "VERBOSE", "DTMF"]
#: Lines that a failure shows.
_LAST = 3


class Log(Step):
    """A line that Asterisk has logged since the scenario began, or logs within a time; or one that it must not log.

    `has` finds its text anywhere in a line, `~` begins a regular expression. `lacks` holds from here to the end of the
    steps, like `never`. A line of the level ERROR fails the scenario at its end, unless a step `has` or `allows` it. An
    Asterisk that runs elsewhere has no log here: an environment error, but for `allows`, which nothing comes of there.
    """

    keyword: ClassVar[str] = "log"
    family: ClassVar[Family] = Family.GENERAL
    shorthand: ClassVar[str | None] = "has"
    example: ClassVar[str] = """\
- log: {lacks: '~[Uu]nable to', level: ERROR}
- ari: {request: POST /asterisk/variable, query: {variable: GREETING, value: hello}}
- log: {allows: No such device}
- log: {has: "~Setting global variable '(?P<variable>\\\\w+)'", level: VERBOSE, within: 2s, as: line}
"""

    has: TextOrRegex | None = Field(default=None, description="a text that a line has, or `~` and a regular expression")
    lacks: TextOrRegex | None = Field(default=None, description="such a text that no line has from here on")
    allows: TextOrRegex | None = Field(
        default=None, description="such a text of lines of the level ERROR that may come, or may not")
    level: Level | None = Field(default=None, description="only lines of this level")
    within: Duration | None = Field(default=None, description="how long the line may take")
    name: Name | None = Field(
        default=None, alias="as", description="a name for the line: `${name.text}`, `${name.level}`, and "
                                              "`${name.group}` for `(?P<group>…)`")

    @model_validator(mode="after")
    def _one_way(self) -> Log:
        if sum(one is not None for one in (self.has, self.lacks, self.allows)) != 1:
            raise ValueError("needs one of 'has', 'lacks' and 'allows'")
        for key, value in (("within", self.within), ("as", self.name)):
            if self.has is None and value is not None:
                raise ValueError(f"'{key}' goes with 'has'")
        if self.allows is not None and self.level not in (None, "ERROR"):
            raise ValueError("'allows' is about lines of the level ERROR")
        return self

    @property
    def awaits(self) -> bool:
        """Whether it waits for a line."""
        return self.has is not None

    @property
    def guards(self) -> bool:
        """Whether it watches for a line that must not come."""
        return self.lacks is not None

    def defines(self) -> set[str]:
        """The line, if it is given a name."""
        return {self.name} if self.name else set()

    async def run(self, context: Context) -> None:
        """Look at what has been logged and wait for more, or keep watching."""
        if not context.asterisk.has_log:
            if self.allows is not None:
                return  # nobody looks for it
            raise MachineError("the log of an Asterisk that runs elsewhere is not here, so 'log' cannot be judged")
        insist_on_text(self._kind, self._text)
        pattern = compiled(self._text)

        def wanted(line: LoggedLine) -> bool:
            return self.level in (None, line.level) and search(pattern, line.text) is not None

        if self.lacks is not None:
            self._watch(context, wanted)
            return
        context.journal.log.announce(wanted)
        if self.allows is not None:
            return
        line = next(filter(wanted, context.journal.log), None) or await self._wait(context, wanted)
        if line is None:
            raise self._missing(context)
        found = search(pattern, line.text)
        if self.name:
            context.capture(self.name, {**(groups(found) if found else {}), "text": line.text, "level": line.level})

    async def _wait(self, context: Context, wanted: Callable[[LoggedLine], bool]) -> LoggedLine | None:
        enough = context.journal.log.want(_perhaps(wanted))
        try:
            entry = await context.wait_for(lambda entry: _is(entry, wanted), since=context.journal.mark(),
                                           timeout=self.within or context.step_timeout)
        finally:
            enough()
        return None if entry is None else _line(entry)

    def _watch(self, context: Context, wanted: Callable[[LoggedLine], bool]) -> None:
        def check(entry: Entry) -> None:
            if _is(entry, wanted):
                raise StepFailedError(f"Asterisk logged at {duration(entry.at)} what it must not",
                                      expected=(("log", f"no {self._words()}"),), got=(("log", str(_line(entry))),),
                                      entry=entry)

        context.journal.log.want(_perhaps(wanted))
        context.guard(check, since=context.journal.mark())

    def _missing(self, context: Context) -> StepFailedError:
        similar = [str(line) for line in context.journal.log if self.level in (None, line.level)]
        return StepFailedError(f"Asterisk has logged no {self._words()} by {duration(context.journal.elapsed())}",
                               expected=(("log", self._words()),), got=shown(similar[-_LAST:], "last logged"))

    def _words(self) -> str:
        """The line that is meant: `ERROR 'no such'`, `line /x+/`."""
        return f"{self.level or 'line with'} {quoted(self._text)}"

    @property
    def _text(self) -> str:
        return self.has or self.lacks or self.allows or ""

    @property
    def _kind(self) -> str:
        return next(kind for kind in ("has", "lacks", "allows") if getattr(self, kind) is not None)


def _perhaps(wanted: Callable[[LoggedLine], bool]) -> Callable[[LoggedLine], bool]:
    """Whether a line is wanted, or cannot be judged: whoever looks at it in the journal says why."""
    def perhaps(line: LoggedLine) -> bool:
        try:
            return wanted(line)
        except MistakenStepError:
            return True

    return perhaps


def _is(entry: Entry, wanted: Callable[[LoggedLine], bool]) -> bool:
    return entry.source is Source.LOG and wanted(_line(entry))


def _line(entry: Entry) -> LoggedLine:
    return LoggedLine(entry.name, str(entry.data))
