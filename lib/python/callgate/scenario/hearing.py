"""What must never come has to be heard if it does: over a client that reads, and that has not been disconnected."""

from __future__ import annotations

from collections.abc import Callable, Collection

from callgate.scenario.failure import MistakenStepError


class Ears:
    """The steps that watch for what ARI must not send, and the clients over which they have to hear it."""

    def __init__(self) -> None:
        #: A client, or '' for any of them, and how a message calls the step.
        self._needed: list[tuple[str, str]] = []

    def need(self, client: str, step: str, hearing: Collection[str]) -> Callable[[], None]:
        """Have it heard over this client, or over any for '', until the function returned is called.

        `hearing` are the clients that hear now. Raises MistakenStepError if this one does not.
        """
        if not _hears(client, hearing):
            raise MistakenStepError(f"{_nothing_is_heard(client)} any more, so this could not fail")
        one = (client, step)
        self._needed.append(one)

        def enough() -> None:
            if one in self._needed:
                self._needed.remove(one)

        return enough

    def insist(self, hearing: Collection[str]) -> None:
        """Raise MistakenStepError if these are the clients that hear from now on, and that is not enough."""
        for client, step in self._needed:
            if not _hears(client, hearing):
                raise MistakenStepError(f"{_nothing_is_heard(client)} from here on, so the {step} could not fail",
                                        hint="let another client hear it, or do this in 'finally'")

    def forget(self) -> None:
        """Nobody watches any more."""
        self._needed.clear()


def _hears(client: str, hearing: Collection[str]) -> bool:
    return client in hearing if client else bool(hearing)


def _nothing_is_heard(client: str) -> str:
    return f"nothing is heard over {client}" if client else "nothing is heard over any client"
