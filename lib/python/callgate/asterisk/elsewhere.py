"""An Asterisk that already runs somewhere: we open its doors, and neither start it nor stop it."""

from __future__ import annotations

from typing import Any

from twisted.internet.defer import CancelledError

from callgate.ami.client import AmiClient
from callgate.ami.driver import AmiDriver
from callgate.ami.drivers import Connect
from callgate.ami.errors import AmiConnectError
from callgate.ari.address import path
from callgate.ari.http import AriClient
from callgate.asterisk.build import RemoteBuild
from callgate.asterisk.subject import Observer
from callgate.errors import AsteriskCrashedError, AsteriskDiedError, CallgateError, MachineError


class Elsewhere:
    """A remote Asterisk, logged in to. Made by `connect`, ended by `leave`."""

    #: What it logs stays there.
    has_log = False

    def __init__(self, build: RemoteBuild, ami: AmiDriver, ari: AriClient) -> None:
        self._build = build
        self.ami = ami
        self.ari = ari

    @classmethod
    async def connect(cls, reactor: Any, build: RemoteBuild, observer: Observer, *, timeout: float,
                      connect: Connect = AmiClient.connect) -> Elsewhere:
        """Log in to AMI and make sure that it is fully booted; `timeout` is in seconds.

        Raises MachineError where nobody answers or the credentials are wrong: whether that Asterisk should be
        running is nothing that we could judge.
        """
        try:
            ami = await connect(reactor, build.host, build.ami_port, observer, timeout=timeout)
        except AmiConnectError as error:
            raise MachineError(f"{build.spec} is not to be reached: {error}") from error
        ari = AriClient(reactor, build.host, build.ari_port, build.ari_user, build.ari_secret, observer)
        try:
            await ami.login(build.ami_user, build.ami_secret, timeout=timeout)
            await ami.fully_booted(timeout=timeout)
            await _insist_on_ari(ari, build, timeout)
        except BaseException:
            await ari.close()
            await ami.close(timeout=1.0)
            raise
        return cls(build, ami, ari)

    async def missing_dialplan(self, wanted: tuple[str, ...], timeout: float) -> list[str]:
        """Which of these `extension@context` it does not have (AMI ShowDialPlan)."""
        missing = []
        for name in wanted:
            extension, _, context = name.partition("@")
            answer = await self.ami.action("ShowDialPlan", [("Context", context), ("Extension", extension)],
                                           timeout=timeout)
            if answer.success:
                continue
            said = answer.message.get("Message", "") or ""
            if not said.startswith("Did not find"):  # main/pbx.c, manager_show_dialplan
                raise MachineError(f"{self._build.spec}: AMI user '{self._build.ami_user}' cannot look for {name} in "
                                   f"the dialplan: {said}; it needs read = all and write = all")
            missing.append(name)
        return missing

    async def leave(self) -> None:
        """Log off."""
        await self.ari.close()
        await self.ami.close(timeout=1.0)

    async def answers(self, timeout: float) -> bool:
        """Whether it answers a Ping of AMI within `timeout` seconds."""
        try:
            return (await self.ami.action("Ping", timeout=timeout)).success
        except (CallgateError, CancelledError):
            return False

    def log_tail(self) -> tuple[str, ...]:
        """Its log is not here."""
        return ()

    def state(self) -> str:
        """Nothing is known of its process."""
        return ""

    async def death(self, timeout: float) -> AsteriskDiedError | None:  # noqa: ARG002 - Subject's signature
        """Nothing is known of its process."""
        return None


async def _insist_on_ari(ari: AriClient, build: RemoteBuild, timeout: float) -> None:
    """Find out now what would else be found out by a scenario, and blamed on Asterisk."""
    where = f"{build.spec}: ARI at {build.host}:{build.ari_port}"
    try:
        answer = await ari.request("GET", path("channels"), timeout=timeout)
        # Without an endpoint this can't originate anything: 400 is the good answer.
        writing = await ari.request("POST", path("channels"), timeout=timeout)
    except AsteriskCrashedError as error:
        raise MachineError(f"{where} is not to be reached: {error}") from error
    if not answer.ok:
        raise MachineError(f"{where} refuses user '{build.ari_user}': {answer.summary()}")
    if writing.status == 403:
        raise MachineError(f"{where}: user '{build.ari_user}' must not be read_only: {writing.summary()}")
