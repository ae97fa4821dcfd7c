"""Measures one AMI driver, in a process of its own: `python -m bench.one_driver DRIVER BUILD DIRECTORY`.

Prints one JSON object: `events` a second of processor time, `action` microseconds (median), `memory` MiB at most.
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import time
from pathlib import Path
from typing import Any

from twisted.internet import task
from twisted.internet.defer import Deferred

from callgate.ami.client import AmiClient
from callgate.ami.codec import Message
from callgate.ami.driver import DriverName
from callgate.ami.drivers import connector, wire_of
from callgate.asterisk.build import Build
from callgate.asterisk.catalog import resolve
from callgate.asterisk.instance import Instance, Wanted
from callgate.asterisk.progress import LazyProgress
from callgate.asterisk.settings import BuildSettings
from callgate.memory import peak_mib
from callgate.scenario.recorder import Recorder

EVENTS = 20_000
PINGS = 1_000
#: As much as Twisted reads at once.
_CHUNK = 64 * 1024
#: A Hangup as 22.10 sends it, with two of `channelvars`.
_EVENT = """\
Event: Hangup
Privilege: call,all
Channel: Local/1000@Acme-00000000;1
ChannelState: 6
ChannelStateDesc: Up
CallerIDNum: 1000
CallerIDName: <unknown>
ConnectedLineNum: <unknown>
ConnectedLineName: <unknown>
Language: en
AccountCode:
Context: Acme
Exten: 1000
Priority: 1
Uniqueid: callgate-0123abcd-Babs-call
Linkedid: callgate-0123abcd-Babs-call
ChanVariable: STASISSTATUS=SUCCESS
ChanVariable: FOO=
Cause: 16
Cause-txt: Normal Clearing

""".replace("\n", "\r\n").encode()


class _Counting(Recorder):
    """Counts the events, so that none can be lost to the measure."""

    def __init__(self) -> None:
        super().__init__()
        self.events = 0

    def ami_event(self, message: Message) -> None:
        super().ami_event(message)
        self.events += 1


class _Open:
    """A transport that stays open."""

    disconnecting = False


def events_a_second(driver: DriverName) -> float:
    """How many are read, from bytes to the observer, without a network."""
    observer = _Counting()
    clock: Any = task.Clock()
    connection: Any = AmiClient(clock, observer, "bench", wire_of(driver)).connection
    connection.transport = _Open()
    connection.dataReceived(b"Asterisk Call Manager/11.0.0\r\n")
    data = _EVENT * EVENTS
    begun = time.process_time()
    for at in range(0, len(data), _CHUNK):
        connection.dataReceived(data[at:at + _CHUNK])
    seconds = time.process_time() - begun
    if observer.events != EVENTS:
        raise SystemExit(f"bench: {observer.events} events came instead of {EVENTS}")
    return EVENTS / seconds


async def measure(reactor: Any, driver: DriverName, spec: str, directory: Path) -> None:
    """Boot an Asterisk, talk to it, print."""
    build = resolve(spec, BuildSettings(os.environ), LazyProgress(sys.stderr))
    if not isinstance(build, Build):
        raise SystemExit("bench: only a build that can be started here can be measured")
    asterisk = await Instance.boot(reactor, build, Wanted(directory), Recorder(), timeout=60.0,
                                   connect=connector(driver))
    try:
        pings = [await _ping(asterisk) for _ in range(PINGS)]
        memory = peak_mib()
        await asterisk.stop(30.0)
    finally:
        asterisk.kill()
    print(json.dumps({"events": events_a_second(driver), "action": 1e6 * statistics.median(pings), "memory": memory}))


async def _ping(asterisk: Instance) -> float:
    begun = time.perf_counter()
    await asterisk.ami.action("Ping", timeout=10.0)
    return time.perf_counter() - begun


if __name__ == "__main__":
    given: Any = sys.argv[1]
    task.react(lambda reactor: Deferred.fromCoroutine(measure(reactor, given, sys.argv[2], Path(sys.argv[3]))))
