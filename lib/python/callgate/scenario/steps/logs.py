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
from callgate.scenario.steps.texts import TextOrRegex, compiled, groups, insist_on_text, shown

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
    steps, like `never`. An Asterisk that runs elsewhere has no log here: an environment error.
    """

    keyword: ClassVar[str] = "log"
    family: ClassVar[Family] = Family.GENERAL
    shorthand: ClassVar[str | None] = "has"
    example: ClassVar[str] = """\
- log: {lacks: '~[Uu]nable to', level: ERROR}
- ari: {request: POST /asterisk/variable, query: {variable: GREETING, value: hello}}
- log: {has: "~Setting global variable '(?P<variable>\\\\w+)'", level: VERBOSE, within: 2s, as: line}
"""

    has: TextOrRegex | None = Field(default=None, description="a text that a line has, or `~` and a regular expression")
    lacks: TextOrRegex | None = Field(default=None, description="such a text that no line has from here on")
    level: Level | None = Field(default=None, description="only lines of this level")
    within: Duration | None = Field(default=None, description="how long the line may take")
    name: Name | None = Field(
        default=None, alias="as", description="a name for the line: `${name.text}`, `${name.level}`, and "
                                              "`${name.group}` for `(?P<group>…)`")

    @model_validator(mode="after")
    def _one_way(self) -> Log:
        if (self.has is None) == (self.lacks is None):
            raise ValueError("needs either 'has' or 'lacks'")
        for key, value in (("within", self.within), ("as", self.name)):
            if self.lacks is not None and value is not None:
                raise ValueError(f"'{key}' goes with 'has'")
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
            raise MachineError("the log of an Asterisk that runs elsewhere is not here, so 'log' cannot be judged")
        insist_on_text("has" if self.lacks is None else "lacks", self._text)
        pattern = compiled(self._text)

        def wanted(line: LoggedLine) -> bool:
            return self.level in (None, line.level) and search(pattern, line.text) is not None

        if self.lacks is not None:
            self._watch(context, wanted)
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
        text = self._text
        return f"{self.level or 'line with'} " + (f"/{text[1:]}/" if text.startswith("~") else f"'{text}'")

    @property
    def _text(self) -> str:
        return self.has or self.lacks or ""


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
