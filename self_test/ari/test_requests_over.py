"""ARI requests over a WebSocket: what is sent, what comes back, and every way to fail."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from self_test.ari.peers import Notes, Peers, WsScript, serving
from self_test.conftest import the_reactor
from twisted.internet.defer import CancelledError, Deferred
from wsproto import events as ws

from callgate.ari.errors import AriConnectionError, AriTimeoutError, RemoteProtocolError
from callgate.ari.http import AriClient
from callgate.ari.messages import decode_response, encode_request
from callgate.ari.observer import AriResponse
from callgate.ari.websocket import EventSocket

InReactor = Callable[..., Any]


def response(request_id: str, status: int = 200, reason: str = "OK", **more: Any) -> ws.Event:
    """A RESTResponse as Asterisk sends it, with what it puts into every event."""
    return ws.TextMessage(json.dumps({"type": "RESTResponse", "transaction_id": "", "request_id": request_id,
                                      "status_code": status, "reason_phrase": reason, "uri": "x", "application": "a",
                                      **more}))


def in_turn(*answers: Callable[[str], list[ws.Event]]) -> Callable[[str], list[ws.Event]]:
    """Answer each request by the next of these; each is given the request's id."""
    left = list(answers)
    return lambda text: left.pop(0)(json.loads(text)["request_id"])


async def open_over(port: int, notes: Notes) -> tuple[AriClient, EventSocket]:
    client = AriClient(the_reactor(), "127.0.0.1", port, "callgate", "hush", notes)
    return client, await client.open_socket(["a"], name="client", timeout=10)


def test_a_request_is_sent_as_asterisk_reads_it() -> None:
    sent = json.loads(encode_request(7, "POST", "/channels/a%2Fb/ring?x=1%2C2", {"n": 5}))
    assert sent == {"type": "RESTRequest", "request_id": "7", "method": "POST", "uri": "channels/a%2Fb/ring?x=1%2C2",
                    "content_type": "application/json", "message_body": '{"n": 5}'}
    assert "content_type" not in json.loads(encode_request(8, "GET", "/x", None))


@pytest.mark.parametrize("wrong", [{"status_code": "200"}, {"reason_phrase": None}, {"request_id": 1},
                                   {"message_body": {}}, {"content_type": 1}])
def test_a_response_that_is_none(wrong: dict[str, Any]) -> None:
    with pytest.raises(RemoteProtocolError, match="RESTResponse is not as ARI's model has it"):
        decode_response({"request_id": "1", "status_code": 200, "reason_phrase": "OK", **wrong})


def test_responses_find_their_requests_and_are_no_events(in_reactor: InReactor) -> None:
    notes = Notes()
    held: list[str] = []

    def answer(text: str) -> list[ws.Event]:
        held.append(json.loads(text)["request_id"])
        if len(held) < 2:
            return []
        return [ws.TextMessage('{"type": "A"}'), response(held[1], 204, "No Content"),
                response(held[0], content_type="application/json", message_body='{"name": "a"}')]

    async def scenario() -> list[AriResponse]:
        async with serving(Peers(WsScript(answer=answer))) as port:
            client, socket = await open_over(port, notes)
            both = [Deferred.fromCoroutine(client.request(method, "/x", timeout=10, over=socket))
                    for method in ("GET", "PUT")]
            answers = [await one for one in both]
            await socket.close(the_reactor(), 10)
            return answers

    got, put = in_reactor(scenario())
    assert (got.method, got.status, got.body) == ("GET", 200, {"name": "a"})
    assert (put.method, put.status, put.reason, put.body) == ("PUT", 204, "No Content", None)
    assert notes.events == [{"type": "A"}]
    assert notes.origins == ["client", "client"]
    assert {number for number, _ in notes.responses} == {1, 2}


def test_a_response_that_comes_too_late_is_noted_and_meant_for_nobody(in_reactor: InReactor) -> None:
    notes = Notes()
    answer = in_turn(lambda _: [], lambda _: [response("1"), response("2", 404, "Not Found")])

    async def scenario() -> AriResponse:
        async with serving(Peers(WsScript(answer=answer))) as port:
            client, socket = await open_over(port, notes)
            with pytest.raises(AriTimeoutError, match=r"ARI GET /x over client: no response within 50 ms"):
                await client.request("GET", "/x", timeout=0.05, over=socket)
            second = await client.request("GET", "/y", timeout=10, over=socket)
            await socket.close(the_reactor(), 10)
            return second

    assert in_reactor(scenario()).status == 404
    assert [one if isinstance(one, str) else one.status for _, one in notes.responses] == [
        "ARI GET /x over client: no response within 50 ms", "too late: 200 OK", 404]


@pytest.mark.parametrize(("frames", "why"), [
    ([response("")], "a response to request '', which was not sent"),
    ([ws.TextMessage('{"type": "RESTResponse"}')], "a RESTResponse is not as ARI's model has it"),
    ([ws.CloseConnection(1001)], "closed: 1001, before a response came"),
])
def test_a_websocket_that_ends_fails_what_waits_for_a_response(in_reactor: InReactor, frames: list[ws.Event],
                                                               why: str) -> None:
    notes = Notes()

    async def scenario() -> None:
        async with serving(Peers(WsScript(answer=lambda _: frames))) as port:
            client, socket = await open_over(port, notes)
            with pytest.raises(AriConnectionError, match=why):
                await client.request("GET", "/x", timeout=10, over=socket)
            with pytest.raises(AriConnectionError, match="has ended"):
                await client.request("GET", "/x", timeout=10, over=socket)

    in_reactor(scenario())
    assert [type(one) for _, one in notes.responses] == [str, str]


def test_a_request_can_be_given_up_before_the_websocket_ends(in_reactor: InReactor) -> None:
    notes = Notes()

    async def scenario() -> None:
        async with serving(Peers(WsScript())) as port:
            client, socket = await open_over(port, notes)
            pending = Deferred.fromCoroutine(client.request("GET", "/x", timeout=10, over=socket))
            pending.cancel()
            with pytest.raises(CancelledError):
                await pending
            assert (await socket.close(the_reactor(), 10)).clean

    in_reactor(scenario())
    assert notes.responses == [(1, "ARI GET /x over client: given up")]
