"""The AMI client against a real Asterisk, on each driver.

`live_asterisk` starts one with `channelvars=STASISSTATUS,FOO` and pbx_config loaded, and knows its `pid`. The
last test kills it.
"""

from __future__ import annotations

import os
import signal
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from self_test.ami.peer import Journal
from twisted.internet.defer import Deferred

from callgate.ami.codec import Message
from callgate.ami.driver import AmiDriver, DriverName
from callgate.ami.drivers import connector
from callgate.ami.errors import AmiLostError, AmiRefusedError, AmiTimeoutError
from callgate.ami.waiting import Once

pytestmark = [pytest.mark.live, pytest.mark.usefixtures("driver")]  # the driver before the Asterisk

#: Seconds; far more than anything here takes.
ENOUGH = 10.0
#: Originate takes quotes and backslashes off by itself; the event escapes the question mark.
VALUE = "a=b: what?"


class Watcher(Journal):
    """A journal that tells when a channel made by `call` comes and goes, and when the connection is lost."""

    def __init__(self, channel: str = "") -> None:
        super().__init__()
        self.channel = channel
        self.created: Once[None] = Once()
        self.hangup: Once[Message] = Once()
        self.lost: Once[str] = Once()

    def ami_event(self, message: Message) -> None:
        super().ami_event(message)
        if message.event == "Newchannel" and message.get("Uniqueid") == f"{self.channel}-2":
            self.created.succeed(None)
        if message.event == "Hangup" and message.get("Uniqueid") == self.channel:
            self.hangup.succeed(message)

    def ami_lost(self, reason: str) -> None:
        super().ami_lost(reason)
        self.lost.succeed(reason)


async def connect(asterisk: Any, driver: DriverName, observer: Journal) -> AmiDriver:
    from twisted.internet import reactor

    port = asterisk.ami_port
    return await connector(driver)(reactor, "127.0.0.1", port, observer, timeout=ENOUGH)


@asynccontextmanager
async def logged_in(asterisk: Any, driver: DriverName, observer: Journal | None = None) -> AsyncIterator[AmiDriver]:
    client = await connect(asterisk, driver, observer or Journal())
    try:
        await client.login(asterisk.ami_user, asterisk.ami_secret, timeout=ENOUGH)
        yield client
    finally:
        await client.close(timeout=ENOUGH)


async def add_extension(client: AmiDriver) -> None:
    await client.command("dialplan add extension s,1,Wait,60 into callgate-ami replace", timeout=ENOUGH)


async def call(client: AmiDriver, channel_id: str) -> None:
    """Originate a call to nobody whose first half is `channel_id`."""
    await add_extension(client)
    reply = await client.action(
        "Originate",
        [
            ("Channel", "Local/s@callgate-ami"),
            ("ChannelId", channel_id),
            ("OtherChannelId", f"{channel_id}-2"),
            ("Application", "Wait"),
            ("Data", "60"),
            ("Async", "true"),
            ("Variable", f"FOO={VALUE}"),
            ("Variable", "STASISSTATUS=mine"),
        ],
        timeout=ENOUGH,
    )
    assert reply.success, reply


def test_login_boot_and_a_polite_end(live_asterisk: Any, in_reactor: Callable[..., Any], driver: DriverName) -> None:
    journal = Journal()

    async def scene() -> None:
        async with logged_in(live_asterisk, driver, journal) as client:
            await client.fully_booted(timeout=ENOUGH)
            assert (await client.action("Ping", timeout=ENOUGH)).success
        assert client.lost

    in_reactor(scene())
    assert "event FullyBooted" in journal.lines
    assert journal.lines[-1] == "response Goodbye"


def test_wrong_secret(live_asterisk: Any, in_reactor: Callable[..., Any], driver: DriverName) -> None:
    async def scene() -> None:
        client = await connect(live_asterisk, driver, Journal())
        with pytest.raises(AmiRefusedError, match=r"refused the login of .*: Authentication failed"):
            await client.login(live_asterisk.ami_user, "not the secret", timeout=ENOUGH)
        await client.close(timeout=ENOUGH)

    in_reactor(scene())


def test_actions_before_login_are_refused(
    live_asterisk: Any, in_reactor: Callable[..., Any], driver: DriverName
) -> None:
    async def scene() -> None:
        client = await connect(live_asterisk, driver, Journal())
        reply = await client.action("CoreStatus", timeout=ENOUGH)
        assert not reply.success
        assert reply.message.get("Message") == "Permission denied"
        await client.close(timeout=ENOUGH)

    in_reactor(scene())


def test_command_output(live_asterisk: Any, in_reactor: Callable[..., Any], driver: DriverName) -> None:
    async def scene() -> None:
        async with logged_in(live_asterisk, driver) as client:
            settings = await client.command("core show settings", timeout=ENOUGH)
            assert settings[:3] == ("", "PBX Core settings", "-----------------")
            assert any(line.startswith("  Version:   ") for line in settings)
            assert len(settings) > 20
            await add_extension(client)
            dialplan = await client.command("dialplan show callgate-ami", timeout=ENOUGH)
            assert dialplan[0] == "[ Context 'callgate-ami' created by 'pbx_config' ]"
            assert dialplan[1].startswith("  's' =>            1. Wait(60)   ")
            with pytest.raises(AmiRefusedError, match="No such command 'core fly'"):
                await client.command("core fly", timeout=ENOUGH)

    in_reactor(scene())


@pytest.mark.parametrize(
    ("headers", "complaint"),
    [
        ([("X", "y" * 2000)], "line too long"),
        ([(f"X{number}", "y") for number in range(200)], "Too many lines in message"),
    ],
)
def test_complaints_about_a_message_find_their_action(
    live_asterisk: Any, in_reactor: Callable[..., Any], driver: DriverName,
    headers: list[tuple[str, str]], complaint: str,
) -> None:
    async def scene() -> None:
        async with logged_in(live_asterisk, driver) as client:
            reply = await client.action("Ping", headers, timeout=ENOUGH)
            assert not reply.success
            assert complaint in (reply.message.get("Message") or "")

    in_reactor(scene())


def test_lists_and_channel_variables(live_asterisk: Any, in_reactor: Callable[..., Any], driver: DriverName) -> None:
    channel_id = f"callgate-ami-{os.getpid()}"
    watcher = Watcher(channel_id)

    async def scene() -> None:
        async with logged_in(live_asterisk, driver, watcher) as client:
            await call(client, channel_id)
            await watcher.created.wait()
            listed = await client.action("CoreShowChannels", timeout=ENOUGH)
            names = {event.get("Uniqueid"): event.get("Channel", "") for event in listed.events}
            assert {channel_id, f"{channel_id}-2"} <= names.keys()
            gone = await client.action("Hangup", [("Channel", str(names[channel_id]))], timeout=ENOUGH)
            assert gone.success
            hangup = await watcher.hangup.wait()
            assert hangup.variables() == {"STASISSTATUS": "mine", "FOO": VALUE}
            assert len(hangup.get_all("ChanVariable")) == 2

    in_reactor(scene())


def test_killed_while_an_action_is_pending(
    live_asterisk: Any, in_reactor: Callable[..., Any], driver: DriverName
) -> None:
    watcher = Watcher()

    async def scene() -> None:
        async with logged_in(live_asterisk, driver, watcher) as client:
            live_asterisk.freeze()
            with pytest.raises(AmiTimeoutError, match=r"did not answer 'Ping' within 100 ms"):
                await client.action("Ping", timeout=0.1)
            pending = Deferred.fromCoroutine(client.action("Ping", timeout=ENOUGH))
            os.kill(live_asterisk.pid, signal.SIGKILL)
            with pytest.raises(AmiLostError, match="'Ping' was not answered"):
                await pending
            assert client.lost
        await watcher.lost.wait()

    in_reactor(scene())
