"""What a scenario sees of an Asterisk, whether the runner started it or it runs somewhere else."""

from __future__ import annotations

from typing import Protocol

from callgate.ami.driver import AmiDriver, AmiObserver
from callgate.ari.http import AriClient
from callgate.ari.observer import AriObserver
from callgate.asterisk.log import LogLine
from callgate.errors import AsteriskDiedError


class Observer(AmiObserver, AriObserver, Protocol):
    """Is told everything that is seen of an Asterisk, in the order in which it is seen."""

    def log_line(self, line: LogLine) -> None:
        """Asterisk logged a line."""

    def process(self, what: str) -> None:
        """Something happened to its process."""


class Subject(Protocol):
    """A booted Asterisk with both of its doors open."""

    @property
    def ami(self) -> AmiDriver:
        """The manager interface, logged in."""

    @property
    def ari(self) -> AriClient:
        """The REST interface."""

    @property
    def has_log(self) -> bool:
        """Whether its observer is told what it logs."""

    async def answers(self, timeout: float) -> bool:
        """Whether it answers a Ping within `timeout` seconds."""

    def log_tail(self) -> tuple[str, ...]:
        """The end of its log; empty if that is not here."""

    def state(self) -> str:
        """What is known of its process, in words; '' if nothing is."""

    async def death(self, timeout: float) -> AsteriskDiedError | None:
        """How it died, if it has or does within `timeout` seconds."""
