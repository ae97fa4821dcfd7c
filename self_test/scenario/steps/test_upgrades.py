"""`upgrade`: an odd request, the answer that it must get, and the WebSocket that it may become."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from self_test.scenario.fakes import step
from self_test.scenario.stand import Stand, why

from callgate.ari.errors import AriTimeoutError
from callgate.ari.handshake import Answer, Upgrade
from callgate.scenario.verdict import Outcome

BAD = Answer(400, "Bad Request", (("Sec-WebSocket-Version", "7, 8, 13"),))
GOOD = Answer(101, "Switching Protocols", (("Sec-WebSocket-Protocol", "ari"),))


def upgrade(**fields: Any) -> Any:
    return step("upgrade", fields)


def played(*answers: Any, **fields: Any) -> tuple[Stand, Any]:
    stand = Stand()
    stand.ari.attempted = list(answers)
    return stand, stand.play(upgrade(**fields))


@pytest.mark.parametrize(("fields", "said"), [
    ({"raw": "x", "method": "GET"}, "has 'raw', which stands for the whole request"),
    ({"drop": "true", "status": "400"}, "has 'drop', after which nothing is answered"),
    ({"as": "a", "times": "2"}, "takes 'as' for one WebSocket"),
    ({"as": "a", "query": {"app": "b"}, "times": "2"}, "takes 'as' for one WebSocket"),
    ({"as": "a", "query": {"app": "b"}, "status": "400"}, "takes 'as' for one WebSocket"),
    ({"headers": {"a": "b\r\nc"}}, "should match pattern"),
    ({"path": "/a b"}, "should match pattern"),
    ({"expect": {}}, "at least 1"),
    ({"status": "99"}, "greater than or equal to 100")])
def test_what_is_no_request(fields: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        upgrade(**fields)


def test_what_is_asked_for() -> None:
    stand, playing = played(BAD, status="400", query={"app": ["a", "b"]}, headers={"Upgrade": "absent", "X": "y"},
                            body="z", cut="9", times="2")
    assert playing.result().outcome is Outcome.PASSED
    asked = Upgrade("GET", "/ari/events", {"app": ["a", "b"]}, {"Upgrade": None, "X": "y"}, "z")
    assert stand.ari.attempts == [(asked, False, 9)] * 2


def test_raw_text_is_sent_as_it_is_and_dropped() -> None:
    stand, playing = played(None, raw="GET / é\r\n", drop="true")
    assert playing.result().outcome is Outcome.PASSED
    assert stand.ari.attempts == [("GET / é\r\n".encode(), True, None)]


@pytest.mark.parametrize(("answer", "status", "got"), [
    (BAD, "101", "400 Bad Request"), (GOOD, "400", "101 Switching Protocols"),
    (None, "400", "(the connection was closed)"), (BAD, "absent", "400 Bad Request")])
def test_another_status(answer: Any, status: str, got: str) -> None:
    stand, playing = played(BAD if status == "400" else answer, answer, status=status, query={"app": "a"}, times="9")
    assert playing.result().outcome is Outcome.FAILED
    assert playing.headline() == "Asterisk answered the request for a WebSocket in another way"
    assert (why(playing).expected, why(playing).got) == ((("status", status),), (("status", got),))
    assert len(stand.ari.attempts) == (2 if status == "400" else 1), "no more after the first that is wrong"
    assert all(socket.is_closed for socket in stand.ari.sockets)


def test_no_answer_may_be_what_is_wanted() -> None:
    assert played(None, status="absent")[1].result().outcome is Outcome.PASSED


def test_headers_of_the_answer() -> None:
    wanted = {"sec-websocket-version": "7, 8, 13", "X": "absent"}
    assert played(BAD, status="400", expect=wanted)[1].result().outcome is Outcome.PASSED
    playing = played(BAD, status="400", expect={"Sec-WebSocket-Version": "~^8", "Sec-WebSocket-Protocol": "ari"})[1]
    assert playing.headline() == "Asterisk answered the request for a WebSocket with 400, with other values"
    assert why(playing).got == (("Sec-WebSocket-Version", "7, 8, 13"), ("Sec-WebSocket-Protocol", "(absent)"))


def test_a_websocket_that_is_accepted_is_closed_and_its_applications_are_waited_for() -> None:
    stand = Stand()
    stand.ari.attempted = [GOOD]
    playing = stand.play(upgrade(query={"app": "a,b"}))
    assert playing.result().outcome is Outcome.PASSED
    assert [socket.is_closed for socket in stand.ari.sockets] == [True]


def test_a_websocket_that_becomes_a_client() -> None:
    stand = Stand()
    stand.ari.attempted = [GOOD]
    one = upgrade(query={"app": "a, b"}, **{"as": "client"})
    assert (one.defines(), one.registers, one.awaits) == ({"client"}, True, True)
    playing = stand.play(one, step("expect", {"ari": "StasisStart", "client": "client"}))
    assert not stand.asterisk.socket("client").is_closed
    stand.asterisk.ari_event("StasisStart", socket="client")
    assert playing.result().outcome is Outcome.PASSED
    assert stand.asterisk.socket("client").is_closed


def test_an_asterisk_that_does_not_answer() -> None:
    playing = played(AriTimeoutError("no answer"), status="400")[1]
    assert (playing.result().outcome, playing.headline()) == (
        Outcome.FAILED, "no answer, but it answers other requests")
