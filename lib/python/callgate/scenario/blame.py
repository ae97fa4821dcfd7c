"""Who is to blame where a step got nothing: the scenario, a death or a silence."""

from __future__ import annotations

from collections.abc import Mapping

from callgate.asterisk.subject import Subject
from callgate.errors import AsteriskCrashedError, AsteriskDiedError, AsteriskSilentError, CallgateError
from callgate.scenario.branches import run_together
from callgate.scenario.failure import StepFailedError

#: Seconds that an Asterisk is given to answer when a step ran out of time.
_PING = 1.0
#: Seconds between the loss of a connection and the end of the process that explains it.
_LAST_WORDS = 1.0


async def blame(error: CallgateError, asterisks: Mapping[str, Subject]) -> CallgateError:
    """The error, or what explains it: one of the Asterisks has died, or does not answer any more."""
    if isinstance(error, AsteriskCrashedError) and not isinstance(error, AsteriskSilentError):
        return await _death(asterisks) or error
    if isinstance(error, AsteriskSilentError) or (isinstance(error, StepFailedError) and error.entry is None):
        for name, asterisk in asterisks.items():
            if not await asterisk.answers(_PING):
                return _silent(name, asterisk, "Asterisk" if len(asterisks) == 1 else name, f" ({error})")
        if isinstance(error, AsteriskSilentError):
            return StepFailedError(f"{error}, but it answers other requests")
    return error


async def also_lost(asterisks: Mapping[str, Subject], lost: str) -> list[AsteriskCrashedError]:
    """What became of the others, once one of several Asterisks has died: of those that do not answer any more."""
    found: list[AsteriskCrashedError] = []
    for name, asterisk in asterisks.items() if len(asterisks) > 1 else ():
        if name != lost and not await asterisk.answers(_PING):
            found.append(await asterisk.death(0.0) or _silent(name, asterisk, name))
            found[-1].asterisk = name
    return found


def _silent(name: str, asterisk: Subject, called: str, why: str = "") -> AsteriskCrashedError:
    state = asterisk.state()
    return AsteriskCrashedError(f"{called} does not answer{f': it is {state}' if state else ''}{why}",
                                asterisk.log_tail(), asterisk=name)


async def _death(asterisks: Mapping[str, Subject]) -> AsteriskDiedError | None:
    """How one of them has died, if any of them has."""
    async def insist_on_life(name: str, asterisk: Subject) -> None:
        death = await asterisk.death(_LAST_WORDS)
        if death is not None:
            death.asterisk = name
            raise death

    try:
        await run_together(insist_on_life(name, asterisk) for name, asterisk in asterisks.items())
    except AsteriskDiedError as death:
        return death
    return None
