"""A bug that is known: for which a scenario has to fail, or Asterisk to die, and by what that is told from others."""

from __future__ import annotations

from dataclasses import dataclass

from callgate.errors import AsteriskCrashedError, AsteriskDiedError, ScenarioFailedError
from callgate.scenario.failure import MistakenStepError, StepFailedError
from callgate.scenario.searching import search
from callgate.scenario.steps.texts import compiled, quoted


@dataclass(frozen=True, slots=True)
class KnownBug:
    """What `expected-result` says."""

    reason: str
    #: Texts, or regular expressions, that its failure has; without any, each failure of a step is its, or each death.
    says: tuple[str, ...] = ()
    #: Whether Asterisk dies of it.
    crash: bool = False

    def why_not(self, error: Exception, headline: str, step: str) -> str | None:
        """Why a failure is not this bug's, or '' if it says so itself; None if it is this bug's.

        `step` is the one that was playing, which tells one death from another. What the scenario itself does wrong, and
        what forbids a judgement, is nobody's known bug.
        """
        if _is_mistaken(error):
            return ""
        if not isinstance(error, AsteriskDiedError if self.crash else ScenarioFailedError):
            return "Asterisk dies of the known bug" if self.crash else ""
        got = error.got if isinstance(error, StepFailedError) else ()
        text = "\n".join([headline, *(f"{name} {value}" for name, value in got), *([step] if self.crash else [])])
        try:
            missing = [one for one in self.says if search(compiled(one), text) is None]
        except MistakenStepError as slow:
            return str(slow)
        return f"the failure of the known bug says {' and '.join(map(quoted, missing))}" if missing else None


def _is_mistaken(error: Exception) -> bool:
    """Whether it says neither that Asterisk disagrees nor that it has crashed."""
    return not isinstance(error, ScenarioFailedError | AsteriskCrashedError) or isinstance(error, MistakenStepError)
