"""ARI requests against servers on 127.0.0.1: what is sent, what comes back, and every way to fail."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from self_test.ari.peers import Notes, Peer, Peers, serving
from self_test.conftest import the_reactor
from twisted.internet.defer import CancelledError, Deferred
from twisted.web.resource import Resource
from twisted.web.server import Request, Site

import callgate
from callgate.ari import connections, exchange
from callgate.ari.address import path
from callgate.ari.errors import AriConnectionError, AriTimeoutError, LocalProtocolError, RemoteProtocolError
from callgate.ari.http import AriClient
from callgate.ari.observer import AriResponse
from callgate.errors import CallgateError, ExitCode

InReactor = Callable[..., Any]

PING = b'{"ping":"pong"}'


def client_to(port: int, notes: Notes | None = None) -> AriClient:
    return AriClient(the_reactor(), "127.0.0.1", port, "callgate", "hush", notes or Notes())


def answer(body: bytes, head: bytes = b"200 OK", length: int | None = None) -> bytes:
    return b"HTTP/1.1 %s\r\nContent-type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
        head, len(body) if length is None else length, body)


def always(data: bytes) -> Peers:
    return Peers(lambda peer, _request: peer.transport.write(data))


class Echo(Resource):
    """Answers with what it was asked."""

    isLeaf = True  # noqa: N815 - Twisted's name

    def render(self, request: Request) -> bytes:
        request.setHeader("content-type", "application/json; charset=utf-8")
        return json.dumps({
            "method": request.method.decode(), "uri": request.uri.decode(),
            "authorization": request.getHeader("authorization"), "type": request.getHeader("content-type"),
            "body": request.content.read().decode() if request.content else "", "peer": request.getClientAddress().port,
        }).encode()


def clean() -> bool:
    """Whether no timer is left in the reactor but the test's own deadline."""
    return len(the_reactor().getDelayedCalls()) == 1


def test_a_request_is_sent_as_it_was_meant(in_reactor: InReactor) -> None:
    notes = Notes()
    body = {"variables": {"A": "ä"}}

    async def scenario() -> tuple[AriResponse, AriResponse]:
        async with serving(Site(Echo())) as port:  # type: ignore[no-untyped-call]  # Twisted's
            client = client_to(port, notes)
            first = await client.request("POST", path("channels", "a/b+%2F"), query={"app": ["x", "y z"]},
                                         body=body, timeout=10)
            second = await client.request("DELETE", path("channels", "c"), timeout=10)
            await client.close()
        return first, second

    first, second = in_reactor(scenario())
    assert first.ok
    assert first.body["method"] == "POST"
    assert first.body["uri"] == "/ari/channels/a%2Fb%2B%252F?app=x,y%20z"
    assert first.body["authorization"] == "Basic Y2FsbGdhdGU6aHVzaA=="
    assert first.body["type"] == "application/json"
    assert json.loads(first.body["body"]) == body
    assert (second.body["method"], second.body["body"], second.body["type"]) == ("DELETE", "", None)
    assert first.body["peer"] == second.body["peer"], "the second request reused the connection"
    assert notes.requests == [(1, "POST", "/channels/a%2Fb%2B%252F", {"app": ["x", "y z"]}, body),
                              (2, "DELETE", "/channels/c", {}, None)]
    assert notes.responses == [(1, first), (2, second)]
    assert "hush" not in str(notes.requests)


@pytest.mark.parametrize(("data", "status", "body", "error_text"), [
    (answer(b'{"message":"Channel not found"}', b"404 Not Found"), 404, {"message": "Channel not found"},
     "Channel not found"),
    (answer(b'{"error":"Allocation failed"}', b"500 Oops"), 500, {"error": "Allocation failed"},
     "Allocation failed"),
    (b"HTTP/1.1 503 No\r\nContent-Length: 4\r\nContent-type: text/html\r\n\r\n<p>\n", 503, None, "<p>"),
    (b"HTTP/1.1 302 Found\r\nLocation: /x\r\nContent-Length: 0\r\n\r\n", 302, None, "302 Found"),
    (b"HTTP/1.1 204 No Content\r\nContent-Length: 0\r\n\r\n", 204, None, "204 No Content"),
])
def test_any_status_is_a_response(in_reactor: InReactor, data: bytes, status: int, body: Any,
                                  error_text: str) -> None:
    async def scenario() -> AriResponse:
        async with serving(always(data)) as port:
            client = client_to(port)
            response = await client.request("GET", "/x", timeout=10)
            await client.close()
        return response

    response = in_reactor(scenario())
    assert (response.status, response.body, response.error_text()) == (status, body, error_text)
    assert response.ok == (status == 204)


async def failing(client: AriClient, notes: Notes, error: type[CallgateError], match: str,
                  timeout: float = 10) -> pytest.ExceptionInfo[CallgateError]:
    with pytest.raises(error, match=match) as caught:
        await client.request("GET", "/x", timeout=timeout)
    assert notes.responses == [(1, str(caught.value))]
    await client.close()
    assert clean()
    return caught


@pytest.mark.parametrize("data", [b"", answer(PING, length=100)])
def test_the_deadline_covers_headers_and_body(in_reactor: InReactor, data: bytes) -> None:
    notes, peers = Notes(), always(data)

    async def scenario() -> None:
        async with serving(peers) as port:
            caught = await failing(client_to(port, notes), notes, AriTimeoutError,
                                   r"^ARI GET /x: no response within 100 ms$", timeout=0.1)
            assert caught.value.exit_code == ExitCode.FAILED
            await peers.all[0].lost

    in_reactor(scenario())


@pytest.mark.parametrize("data", [b"", answer(PING, length=100)])
def test_a_request_past_its_deadline_drops_its_connection(in_reactor: InReactor, data: bytes) -> None:
    peers = always(data)

    async def scenario() -> None:
        async with serving(peers) as port:
            client = client_to(port)
            with pytest.raises(AriTimeoutError):
                await client.request("GET", "/x", timeout=0.1)
            await peers.all[0].lost
            await client.close()

    in_reactor(scenario())


def test_nobody_listens(in_reactor: InReactor) -> None:
    notes = Notes()

    async def scenario() -> None:
        async with serving(always(b"")) as port:
            pass
        await failing(client_to(port, notes), notes, AriConnectionError, r"^ARI GET /x: connection refused$")

    in_reactor(scenario())


@pytest.mark.parametrize("data", [b"", b"HTTP/1.1 200", answer(PING, length=100)])
def test_a_connection_lost_before_the_response_is_whole(in_reactor: InReactor, data: bytes) -> None:
    def script(peer: Peer, _request: bytes) -> None:
        peer.transport.write(data)
        peer.transport.loseConnection()

    notes = Notes()

    async def scenario() -> None:
        async with serving(Peers(script)) as port:
            await failing(client_to(port, notes), notes, AriConnectionError, "ARI GET /x: the connection was lost")

    in_reactor(scenario())


@pytest.mark.parametrize(("data", "text"), [
    (b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n\r\n" + PING, PING.decode()),
    (b"HTTP/1.1 200 OK\r\n\r\n", ""),
])
def test_a_response_without_length_ends_with_its_connection(in_reactor: InReactor, data: bytes, text: str) -> None:
    def script(peer: Peer, _request: bytes) -> None:
        peer.transport.write(data)
        peer.transport.loseConnection()

    async def scenario() -> AriResponse:
        async with serving(Peers(script)) as port:
            client = client_to(port)
            response = await client.request("GET", "/x", timeout=10)
            await client.close()
        return response

    assert in_reactor(scenario()).text == text


@pytest.mark.parametrize("data", [
    answer(PING) + b"HTTP/1.1 200 OK\r\n", answer(PING) + b"what?",
    answer(PING).replace(b"OK", b"OK\r\nConnection: close"),
])
def test_a_connection_that_is_not_good_any_more_is_not_used_again(in_reactor: InReactor, data: bytes) -> None:
    peers = always(data)

    async def scenario() -> None:
        async with serving(peers) as port:
            client = client_to(port)
            for _ in range(2):
                response = await client.request("GET", "/x", timeout=10)
                assert response.body == json.loads(PING)
            await client.close()

    in_reactor(scenario())
    assert len(peers.all) == 2


def test_what_nobody_asked_for_ends_an_idle_connection(in_reactor: InReactor) -> None:
    peers = always(answer(PING))

    async def scenario() -> None:
        async with serving(peers) as port:
            client = client_to(port)
            await client.request("GET", "/x", timeout=10)
            peers.all[0].transport.write(answer(PING))
            await peers.all[0].lost
            assert (await client.request("GET", "/x", timeout=10)).body == json.loads(PING)
            await client.close()

    in_reactor(scenario())
    assert len(peers.all) == 2


def test_a_connection_that_was_idle_for_long_is_not_used_again(in_reactor: InReactor,
                                                               monkeypatch: pytest.MonkeyPatch) -> None:
    peers = always(answer(PING))

    async def scenario() -> None:
        async with serving(peers) as port:
            client = client_to(port)
            await client.request("GET", "/x", timeout=10)
            monkeypatch.setattr(connections, "IDLE", 0.0)
            await client.request("GET", "/x", timeout=10)
            await peers.all[0].lost
            await client.close()

    in_reactor(scenario())
    assert len(peers.all) == 2


def test_interim_responses_are_passed_over(in_reactor: InReactor) -> None:
    async def scenario() -> AriResponse:
        async with serving(always(b"HTTP/1.1 102 Wait\r\n\r\n" + answer(PING))) as port:
            client = client_to(port)
            response = await client.request("GET", "/x", timeout=10)
            await client.close()
        return response

    response = in_reactor(scenario())
    assert (response.status, response.reason, response.body) == (200, "OK", json.loads(PING))


def test_a_path_that_is_not_encoded_is_not_sent(in_reactor: InReactor) -> None:
    async def scenario() -> None:
        client = client_to(1)
        with pytest.raises(LocalProtocolError, match="not percent-encoded"):
            await client.request("GET", "/x y\r\nHost: z", timeout=10)
        await client.close()

    in_reactor(scenario())


@pytest.mark.parametrize(("data", "why"), [
    (b"Asterisk Call Manager/9.0.0\r\n\r\n", "not HTTP"),
    (answer(b"{"), "not JSON"),
    (answer(b"[" * 100_000), "not JSON"),
])
def test_a_response_that_is_none(in_reactor: InReactor, data: bytes, why: str) -> None:
    notes = Notes()

    async def scenario() -> None:
        async with serving(always(data)) as port:
            await failing(client_to(port, notes), notes, RemoteProtocolError, f"^ARI GET /x: the response is {why}")

    in_reactor(scenario())


def test_a_response_without_end_is_cut_off(in_reactor: InReactor) -> None:
    notes = Notes()
    peers = always(answer(b"x" * (exchange.MAX_BODY + 1), length=1 << 30))

    async def scenario() -> None:
        async with serving(peers) as port:
            await failing(client_to(port, notes), notes, RemoteProtocolError,
                          rf"ARI GET /x: the response is longer than {exchange.MAX_BODY} bytes")
            await peers.all[0].lost

    in_reactor(scenario())


def test_close_drops_what_is_idle_and_fails_what_is_pending(in_reactor: InReactor) -> None:
    asked: Deferred[None] = Deferred()

    def script(peer: Peer, request: bytes) -> None:
        if b"/idle" in request:
            peer.transport.write(answer(PING))
        else:
            asked.callback(None)

    peers = Peers(script)

    async def scenario() -> None:
        async with serving(peers) as port:
            client = client_to(port)
            await client.request("GET", "/idle", timeout=10)
            pending = Deferred.fromCoroutine(client.request("POST", "/pending", timeout=10))
            await asked
            await client.close()
            with pytest.raises(AriConnectionError, match="ARI POST /pending: given up"):
                await pending
            assert clean()
            for peer in peers.all:
                await peer.lost
            with pytest.raises(LocalProtocolError):
                await client.request("GET", "/idle", timeout=10)

    in_reactor(scenario())


def test_a_request_can_be_cancelled(in_reactor: InReactor) -> None:
    asked: Deferred[None] = Deferred()
    peers, notes = Peers(lambda _peer, _request: asked.callback(None)), Notes()

    async def scenario() -> None:
        async with serving(peers) as port:
            client = client_to(port, notes)
            pending = Deferred.fromCoroutine(client.request("GET", "/x", timeout=10))
            await asked
            pending.cancel()
            with pytest.raises(CancelledError):
                await pending
            await peers.all[0].lost
            await client.close()

    in_reactor(scenario())
    assert notes.responses == [(1, "ARI GET /x: given up")]


def test_what_checks_scenarios_imports_no_http_client() -> None:
    code = ("import sys, callgate.ari.http, callgate.ari.websocket\n"
            "sys.exit(', '.join(name for name in ('httptools', 'twisted.internet.reactor')"
            " if name in sys.modules))")
    library = Path(callgate.__file__).parents[1]
    run = subprocess.run([sys.executable, "-c", code], env={"PYTHONPATH": str(library)}, capture_output=True,
                         text=True, check=False)
    assert run.stderr.strip() == ""
