"""One private, running Asterisk (law 5): its own directories, ports and secrets, and no longer life than ours.

It is ready when it says so, and its end, wanted or not, is an event.
"""

from __future__ import annotations

import gc
import os
import secrets
import signal
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from twisted.internet.defer import CancelledError, Deferred
from twisted.internet.task import deferLater

from callgate.ami.client import AmiClient
from callgate.ami.driver import AmiDriver
from callgate.ami.drivers import Connect
from callgate.ari.http import AriClient
from callgate.asterisk import config, modules
from callgate.asterisk.build import Build
from callgate.asterisk.log import LogFollower, LogLine
from callgate.asterisk.ports import ReservedPort
from callgate.asterisk.process import Exit, Process
from callgate.asterisk.requirements import first_not_running
from callgate.asterisk.subject import Observer
from callgate.errors import AsteriskCrashedError, AsteriskDiedError, CallgateError, MachineError

Crash = TypeVar("Crash", bound=AsteriskCrashedError)

#: What the log says last at boot (main/asterisk.c).
READY = "Asterisk Ready."
#: Letters of proc_pid_stat(5) that explain a silence.
_STATES = {"T": "stopped by a signal", "t": "stopped by a debugger", "Z": "dead", "D": "waiting for a disk", "": "gone"}


class Doors:
    """The two ports by which an Asterisk is reached, reserved for it."""

    def __init__(self) -> None:
        self.http = ReservedPort()
        self.ami = ReservedPort()

    def close(self) -> None:
        """Give them back."""
        self.http.release()
        self.ami.release()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a test asks of its Asterisk."""

    #: Where its directories go; made if it is not there.
    directory: Path
    #: What the test calls it, where it has several.
    name: str = ""
    #: The test's own configuration files, laid over ours.
    overlay: Path | None = None
    #: Modules that the test depends on. They are checked to run, all of them.
    modules: tuple[str, ...] = ()
    #: Load everything that the build has instead of what is needed.
    all_modules: bool = False
    #: What the templates among its configuration files may name.
    names: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    #: Its doors, where others have to know them before it boots; closed at its end.
    doors: Doors | None = None


class Instance:
    """A booted Asterisk. Made by `boot`, ended by `stop` or `kill`."""

    has_log = True
    ami: AmiDriver
    ari: AriClient
    layout: config.Layout

    def __init__(self, reactor: Any, build: Build, wanted: Wanted, observer: Observer, connect: Connect) -> None:
        self._reactor = reactor
        self._connect = connect
        self._observer = observer
        self._on_line: Callable[[LogLine], None] | None = None
        self.build = build
        self.wanted = wanted
        self._doors = wanted.doors or Doors()
        self._process: Process | None = None
        self._log: LogFollower | None = None

    @classmethod
    async def boot(cls, reactor: Any, build: Build, wanted: Wanted, observer: Observer, *, timeout: float,
                   connect: Connect = AmiClient.connect) -> Instance:
        """Start an Asterisk and return when it is fully booted and both of its doors are open.

        Raises MachineError when this machine or this build can't do it, AsteriskCrashedError when Asterisk dies on
        the way or is not ready after `timeout` seconds. Either way nothing is left running.
        """
        missing = [name for name in modules.INDISPENSABLE if name not in build.modules]
        if missing:
            raise MachineError(f"{build.spec} has no {', '.join(f'{name}.so' for name in missing)}: "
                               "Callgate cannot talk to it")
        instance = cls(reactor, build, wanted, observer, connect)
        try:
            await deferLater(reactor, 0)  # what this turn has closed must not meet what is opened now: `Growth.doRead`
            await instance._start(timeout)
        except AsteriskCrashedError as error:
            instance.kill()
            error.log = error.log or instance.log_tail()
            error.asterisk = wanted.name
            raise
        except BaseException:
            instance.kill()
            raise
        return instance

    async def _start(self, timeout: float) -> None:
        give_up = self._reactor.seconds() + timeout
        self.layout = _layout(self.build, self.wanted, self._doors)
        config.write(self.layout, self.wanted.overlay, self.wanted.names)
        config.insist_on_space(self.layout)
        self._log = LogFollower(self._reactor, self.layout.directory / config.LOG_FILE, self._line)
        self._process = Process.start(
            self._reactor, self.build.argv("-f", "-n", "-C", str(self.layout.config_file)),
            directory=self.layout.directory, environment={**os.environ, **self.build.environment},
            output=self.layout.directory / "log" / "console")
        self._observer.process(f"started as process {self._process.pid}")
        self._process.on_exit(self._ended)
        await self._ready(self._process, timeout)
        left = max(1.0, give_up - self._reactor.seconds())
        self.ami = await self._connect(self._reactor, "127.0.0.1", self.layout.ami_port, self._observer, timeout=left)
        await self.ami.login(config.USER, self.layout.ami_secret, timeout=left)
        await self.ami.fully_booted(timeout=left)
        self.ari = AriClient(self._reactor, "127.0.0.1", self.layout.http_port, config.USER, self.layout.ari_secret,
                             self._observer)
        await self._check_modules(left)

    async def _ready(self, process: Process, timeout: float) -> None:
        ready: Deferred[None] = Deferred()

        def look(line: LogLine) -> None:
            if line.text.endswith(READY) and not ready.called:
                ready.callback(None)

        def fail(error: AsteriskCrashedError) -> None:
            if not ready.called:
                ready.errback(error)

        def late() -> None:
            fail(self._crashed(f"was not ready {timeout:g} s after its start"))

        self._on_line = look
        process.on_exit(lambda result: fail(self._obituary(result)))
        deadline = self._reactor.callLater(timeout, late)
        try:
            await ready
        finally:
            self._on_line = None
            if deadline.active():
                deadline.cancel()

    async def _check_modules(self, timeout: float) -> None:
        """See that what the test depends on is running, not just asked for."""
        name = await first_not_running(self.ami, self.wanted.modules, timeout=timeout)
        if name is not None:
            levels = ("ERROR", "WARN", "NOTICE")
            said = [line for line in self.log_tail(200) if name in line and any(level in line for level in levels)]
            raise MachineError(f"module {name} does not run on {self.build.spec}" + (f": {said[-1]}" if said else ""))

    def _line(self, line: LogLine) -> None:
        self._observer.log_line(line)
        if self._on_line is not None:
            self._on_line(line)

    @property
    def pid(self) -> int:
        """The id of its process; 0 before it is started."""
        return self._process.pid if self._process is not None else 0

    # -- its end -------------------------------------------------------------------------------------

    def _ended(self, result: Exit) -> None:
        if self._log is not None:
            self._log.drain(last=True)
        self._observer.process(f"ended with {result}")

    def _error(self, kind: type[Crash], what: str) -> Crash:
        name = self.wanted.name
        return kind(f"{name or 'Asterisk'} {what}", self.log_tail(), asterisk=name)

    def _crashed(self, what: str) -> AsteriskCrashedError:
        return self._error(AsteriskCrashedError, what)

    def _obituary(self, result: Exit) -> AsteriskDiedError:
        return self._error(AsteriskDiedError, f"died: {result}")

    async def death(self, timeout: float) -> AsteriskDiedError | None:
        """How it died, if it has or does within `timeout` seconds."""
        if self._process is None:
            return None
        result = await self._process.wait(timeout)
        return None if result is None else self._obituary(result)

    def log_tail(self, count: int = 15) -> tuple[str, ...]:
        """The last lines of its log; where there are none, of what it printed."""
        lines = self._log.tail(count) if self._log is not None else ()
        if not lines:
            console = self.layout.directory / "log" / "console"
            lines = tuple(console.read_text(errors="replace").splitlines()[-count:]) if console.exists() else ()
        return lines

    async def disconnect(self) -> None:
        """Close both of its doors, politely and whatever state it is in."""
        await self.ari.close()
        await self.ami.close(timeout=1.0)

    async def stop(self, timeout: float) -> None:
        """End it as an administrator would (SIGTERM), and insist that it ends well.

        Raises AsteriskCrashedError when it crashes on the way down or has not ended after `timeout` seconds.
        """
        process = self._process
        if process is None:
            return
        try:
            await self.disconnect()
            if process.exit is not None:  # after the last verdict, when nobody was looking
                raise self._obituary(process.exit)
            process.send_signal(signal.SIGTERM)
            # Nobody waits for the hundreds of lines to come. To end the watch takes the kernel some 6 ms, and so do the
            # cycles: there is nothing else to do now.
            if self._log is not None:
                self._log.rest()
            self._reactor.callLater(0, gc.collect)
            result = await process.wait(timeout)
            if result is None:
                state = self.state()
                raise self._crashed(f"did not stop within {timeout:g} s" + (f" ({state})" if state else ""))
            if not result.clean:
                raise self._crashed(f"crashed on the way down: {result}")
        finally:
            self.kill()

    def kill(self) -> None:
        """End it now, without asking; and give back what it had."""
        if self._process is not None:
            self._process.send_signal(signal.SIGKILL)
            self._process.reap()
        if self._log is not None:
            self._log.close()
        self._doors.close()

    # -- is it well? ---------------------------------------------------------------------------------

    async def answers(self, timeout: float) -> bool:
        """Whether it answers a Ping of AMI within `timeout` seconds."""
        try:
            return (await self.ami.action("Ping", timeout=timeout)).success
        except (CallgateError, CancelledError):
            return False

    def state(self) -> str:
        """What is odd about its process, in words; '' if nothing is."""
        if self._process is None:
            return "not started"
        return _STATES.get(self._process.state(), "")


def _layout(build: Build, wanted: Wanted, doors: Doors) -> config.Layout:
    names: Sequence[str] | None = None
    if not wanted.all_modules:
        try:
            names = modules.closure(build.module_dir, {*modules.BASE, *wanted.modules}, build.modules)
        except OSError as error:
            raise MachineError(f"cannot read the modules of {build.spec}: {error}") from error
    return config.Layout(
        directory=wanted.directory, module_dir=build.module_dir, data_dir=build.data_dir,
        http_port=doors.http.number, ami_port=doors.ami.number, ami_secret=secrets.token_hex(16),
        ari_secret=secrets.token_hex(16), modules=None if names is None else tuple(names))
