"""ARI requests and the event WebSocket against a real Asterisk."""

from __future__ import annotations

import os
import signal
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from typing import Any

import pytest
from self_test.ari.peers import Notes
from self_test.conftest import the_reactor
from twisted.internet.defer import Deferred

from callgate.ari.address import path
from callgate.ari.errors import AriAccessError, AriConnectionError, AriRegistrationError
from callgate.ari.http import AriClient
from callgate.ari.websocket import EventSocket, SocketEnd

pytestmark = pytest.mark.live

InReactor = Callable[..., Any]

#: Seconds; what a test waits for comes in milliseconds.
LONG = 20.0


@asynccontextmanager
async def ari(asterisk: Any, notes: Notes, *, password: str | None = None) -> AsyncIterator[AriClient]:
    client = AriClient(the_reactor(), "127.0.0.1", asterisk.http_port, asterisk.ari_user,
                       asterisk.ari_secret if password is None else password, notes)
    try:
        yield client
    finally:
        await client.close()


async def register(client: AriClient, *apps: str) -> EventSocket:
    return await client.open_socket(apps, name="client", timeout=LONG)


async def gone(client: AriClient, app: str) -> None:
    """Return when Asterisk has forgotten `app`, which has no subscriptions; the test's deadline is the limit."""
    while (await client.request("GET", path("applications", app), timeout=LONG)).status != 404:
        pass


def test_ping_and_an_unknown_channel(in_reactor: InReactor, live_asterisk: Any) -> None:
    async def scenario() -> None:
        async with ari(live_asterisk, Notes()) as client:
            ping = await client.request("GET", "/asterisk/ping", timeout=LONG)
            assert (ping.ok, ping.body["ping"]) == (True, "pong")
            missing = await client.request("POST", path("channels", "no such/channel", "answer"), timeout=LONG)
            assert (missing.status, missing.error_text()) == (404, "Channel not found")

    in_reactor(scenario())


def test_a_call_from_originate_to_channel_destroyed(in_reactor: InReactor, live_asterisk: Any) -> None:
    notes, first = Notes(), uuid.uuid4().hex
    second = f"{first};2"

    def of(kind: str, channel: str) -> Callable[[dict[str, Any]], bool]:
        return lambda event: event["type"] == kind and event["channel"]["id"] == channel

    async def scenario() -> dict[str, Any]:
        async with ari(live_asterisk, notes) as client:
            socket = await register(client, "Babs")
            originated = await client.request(
                "POST", "/channels", timeout=LONG,
                query={"endpoint": "Local/Babs@Acme", "app": "Babs", "appArgs": "one,two"},
                body={"channelId": first, "otherChannelId": second, "variables": {"FOO": "blå+1 2"}})
            assert originated.ok, originated.error_text()
            assert originated.body["id"] == first
            start = await notes.event(of("StasisStart", first))
            assert start["args"] == ["one", "two"]
            hungup = await client.request("DELETE", path("channels", first), timeout=LONG)
            assert hungup.status == 204
            destroyed = await notes.event(of("ChannelDestroyed", first))
            assert (await socket.close(the_reactor(), LONG)).clean
        return destroyed

    destroyed = in_reactor(scenario())
    assert destroyed["channel"]["channelvars"] == {"STASISSTATUS": "SUCCESS", "FOO": "blå+1 2"}
    kinds = [event["type"] for event in notes.events]
    assert kinds.index("StasisStart") < kinds.index("StasisEnd") < kinds.index("ChannelDestroyed")
    assert live_asterisk.ari_secret not in repr((notes.requests, notes.responses, notes.events, notes.sockets))


@pytest.mark.parametrize("how", ["close", "abort"])
def test_an_application_goes_with_its_socket(in_reactor: InReactor, live_asterisk: Any, how: str) -> None:
    notes = Notes()

    async def scenario() -> SocketEnd:
        async with ari(live_asterisk, notes) as client:
            socket = await register(client, "one", "two")
            for app in ("one", "two"):
                assert (await client.request("GET", path("applications", app), timeout=LONG)).ok
            if how == "close":
                await socket.close(the_reactor(), LONG)
            else:
                socket.abort()
            end = await socket.closed()
            await gone(client, "one")
            await gone(client, "two")
        return end

    end = in_reactor(scenario())
    assert end == (SocketEnd(clean=True, code=1000, what="closed: 1000") if how == "close"
                   else SocketEnd(clean=False, code=1006, what="aborted"))
    assert notes.sockets == [("client", "opened"), ("client", end.what)]


def test_a_paused_socket_still_closes(in_reactor: InReactor, live_asterisk: Any) -> None:
    async def scenario() -> SocketEnd:
        async with ari(live_asterisk, Notes()) as client:
            socket = await register(client, "Babs")
            socket.pause()
            end = await socket.close(the_reactor(), LONG)
            await gone(client, "Babs")
        return end

    assert in_reactor(scenario()).clean


def test_a_wrong_password(in_reactor: InReactor, live_asterisk: Any) -> None:
    notes = Notes()

    async def scenario() -> None:
        async with ari(live_asterisk, notes, password="wrong") as client:
            response = await client.request("GET", "/asterisk/ping", timeout=LONG)
            assert (response.status, response.error_text()) == (401, "Authentication required")
            with pytest.raises(AriAccessError, match=r"^ARI WebSocket 'client': .*401.*Authentication required"):
                await register(client, "Babs")

    in_reactor(scenario())
    assert "wrong" not in repr((notes.requests, notes.responses, notes.sockets))


def test_a_request_that_asterisk_will_not_read(in_reactor: InReactor, live_asterisk: Any) -> None:
    async def scenario() -> None:
        async with ari(live_asterisk, Notes()) as client:
            with pytest.raises(AriRegistrationError, match=r"refused it: 400 Request line too long$"):
                await register(client, "x" * 5000)
            response = await client.request("GET", path("channels", "x" * 5000), timeout=LONG)
            assert (response.status, response.error_text()) == (400, "Request line too long")

    in_reactor(scenario())


def test_sigkill_is_noticed_at_once(in_reactor: InReactor, live_asterisk: Any) -> None:
    notes = Notes()

    async def scenario() -> SocketEnd:
        async with ari(live_asterisk, notes) as client:
            socket = await register(client, "Babs")
            await client.request("GET", "/asterisk/ping", timeout=LONG)
            live_asterisk.freeze()
            pending = Deferred.fromCoroutine(client.request("POST", "/channels", timeout=LONG))
            os.kill(live_asterisk.pid, signal.SIGKILL)
            with pytest.raises(AriConnectionError, match=r"^ARI POST /channels: "):
                await pending
            return await socket.closed()

    end = in_reactor(scenario())
    assert not end.clean
    assert end.what.startswith("lost: ")
    assert notes.sockets[-1] == ("client", end.what)
