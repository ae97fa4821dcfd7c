"""What every test may use: the real reactor, a build, a private Asterisk."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable, Coroutine, Iterator
from pathlib import Path
from typing import Any, TypeVar

import pytest
from hypothesis import settings
from twisted.internet.defer import Deferred
from twisted.python.failure import Failure

from callgate.ami.drivers import connector
from callgate.asterisk import config
from callgate.asterisk.build import Build
from callgate.asterisk.catalog import resolve
from callgate.asterisk.instance import Instance, Wanted
from callgate.asterisk.progress import LazyProgress
from callgate.asterisk.settings import BuildSettings
from callgate.scenario.recorder import Recorder
from callgate.suite.find import CONFIG_NAME

# The same examples every time: a run that is red is red again. `--hypothesis-seed=random` looks for new ones.
settings.register_profile("callgate", derandomize=True, deadline=None)
settings.load_profile("callgate")

#: What live tests talk to Asterisk with unless they name a driver.
AMI_DRIVER: Any = os.environ.get("CALLGATE_TEST_AMI_DRIVER", "builtin")

T = TypeVar("T")
InReactor = Callable[..., Any]


def the_reactor() -> Any:
    """Twisted's one reactor, which is made when it is first imported."""
    from twisted.internet import reactor

    return reactor


def _run_on_reactor(coroutine: Coroutine[Any, Any, T], timeout: float = 60.0) -> T:
    reactor = the_reactor()
    outcome: list[T | Failure] = []

    def finished(result: T | Failure) -> None:
        outcome.append(result)
        reactor.crash()

    deferred = Deferred.fromCoroutine(coroutine)
    deferred.addTimeout(timeout, reactor)
    deferred.addBoth(finished)
    if not outcome:
        reactor.run(installSignalHandlers=False)
    result = outcome[0]
    if isinstance(result, Failure):
        result.raiseException()
    return result


@pytest.fixture
def in_reactor() -> InReactor:
    """Run a coroutine on the real reactor until it ends, and give its result."""
    return _run_on_reactor


def fetched(spec: str) -> Build:
    """A build, fetched into the user's cache if it is not there."""
    build = resolve(spec, BuildSettings(os.environ), LazyProgress(sys.stderr))
    assert isinstance(build, Build)
    return build


@pytest.fixture(scope="session")
def live_build() -> Build:
    """The build that live tests use unless they name another."""
    return fetched("debian:sid")


class LiveAsterisk:
    """A booted Asterisk as a client sees it: ports, users, secrets; and its process."""

    host = "127.0.0.1"
    ami_user = ari_user = config.USER

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        self.ami_port = instance.layout.ami_port
        self.http_port = instance.layout.http_port
        self.ami_secret = instance.layout.ami_secret
        self.ari_secret = instance.layout.ari_secret
        self.pid = instance.pid

    def freeze(self) -> None:
        """Stop its process with SIGSTOP; all of its threads stand still when this returns (waitid(2), WSTOPPED)."""
        os.kill(self.pid, signal.SIGSTOP)
        os.waitid(os.P_PID, self.pid, os.WSTOPPED)


@pytest.fixture
def live_asterisk(live_build: Build, tmp_path: Path) -> Iterator[LiveAsterisk]:
    """A private Asterisk for one test, with `channelvars=STASISSTATUS,FOO` and a dialplan to call into."""
    overlay = tmp_path / "overlay"
    overlay.mkdir()
    (overlay / "manager.conf").write_text("[general]\nchannelvars = STASISSTATUS,FOO\n")
    (overlay / "ari.conf").write_text("[general]\nchannelvars = STASISSTATUS,FOO\n")
    (overlay / "extensions.conf").write_text(
        "[Acme]\nexten => _X.,1,Answer()\n same => n,Wait(60)\nexten => _[A-Za-z].,1,Answer()\n same => n,Wait(60)\n")
    wanted = Wanted(directory=tmp_path / "ast1", overlay=overlay, modules=("app_stasis",))
    instance = _run_on_reactor(Instance.boot(the_reactor(), live_build, wanted, Recorder(), timeout=60.0,
                                             connect=connector(AMI_DRIVER)))
    yield LiveAsterisk(instance)
    _run_on_reactor(instance.disconnect())
    instance.kill()


def pytest_ignore_collect(collection_path: Path) -> bool | None:
    """Leave the suites that tests hand to a runner of their own."""
    return True if collection_path.name == CONFIG_NAME else None
