"""`server`: what is waited for, what is refused, and how it ends."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from self_test.scenario.fakes import step
from self_test.scenario.fakeserver import RECONNECTING, FakeServer, given_up
from self_test.scenario.stand import ORIGINATE, Playing, Stand

from callgate.ari.reception import Manner, Reception
from callgate.scenario.verdict import Outcome

GO = step("expect", {"ami": "Go"})
SERVER = step("server", {"port": "calls", "as": "srv"})
PER_CALL = step("server", {"port": "calls", "as": "srv", "connection": "per-call"})
DISCONNECT = step("disconnect", "srv")


def failed(playing: Playing) -> str:
    assert playing.result().outcome is Outcome.FAILED
    return playing.headline()


def serving(*steps: Any) -> tuple[Stand, Playing, FakeServer]:
    stand = Stand()
    playing = stand.play(*steps)
    return stand, playing, stand.ari.servers[0]


def test_a_client_is_called_as_its_port_unless_it_has_a_name() -> None:
    assert step("server", "calls").defines() == {"calls"}
    assert (SERVER.defines(), SERVER.listens()) == ({"srv"}, {"calls"})


@pytest.mark.parametrize(("fields", "said"), [
    ({"status": "503"}, "'status', which goes with 'how: refuse'"), ({"how": "refuse", "status": "200"}, "status"),
    ({"username": "bugs"}, "together"), ({"password": "bunny"}, "together"), ({"how": "listen"}, "how"),
    ({"how": "refuse", "username": "bugs", "password": "bunny"}, "goes with 'how: accept'"),
    ({"connection": "per-call", "within": "1s"}, "'within' does not go with"), ({"port": "4711"}, "port")])
def test_what_is_no_server(fields: dict[str, str], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        step("server", {"port": "calls", **fields})


@pytest.mark.parametrize(("fields", "reception"), [
    ({}, Reception()), ({"how": "refuse"}, Reception(Manner.REFUSE)), ({"how": "drop"}, Reception(Manner.DROP)),
    ({"how": "refuse", "status": "503"}, Reception(Manner.REFUSE, 503)),
    ({"username": "bugs", "password": "${run.id}"}, Reception(credentials=("bugs", "20261123-081500-77")))])
def test_how_it_receives(fields: dict[str, str], reception: Reception) -> None:
    _, _, server = serving(step("server", {"port": "calls", **fields}))
    server.turn_away("enough")
    assert (server.port, server.reception) == (4711, reception)


def test_a_persistent_one_is_waited_for_until_asterisk_says_that_it_is_open() -> None:
    stand, playing, server = serving(SERVER, step("ari", "GET /x"))
    socket = server.open(says_so=False)
    stand.asterisk.log("NOTICE", "y: Outbound websocket connected to ws://127.0.0.1:4712/x")
    assert stand.ari.requests == []
    stand.asterisk.log("NOTICE", "x: Outbound websocket connected to ws://127.0.0.1:4711/x")
    assert stand.ari.asked("GET") == ["/x"]
    assert playing.result().outcome is Outcome.PASSED
    assert socket.is_closed


def test_a_persistent_one_that_does_not_come() -> None:
    stand, playing, server = serving(SERVER)
    stand.clock.advance(5)
    stand.clock.advance(0)
    assert failed(playing) == "Asterisk has not connected to srv within 5.0 s"
    explanation = playing.result().explanation
    assert explanation is not None
    assert explanation.also == (), "said once"
    assert not server.listens


def test_a_persistent_one_that_asterisk_does_not_take_as_open() -> None:
    stand, playing, server = serving(SERVER)
    server.open(says_so=False)
    stand.clock.advance(5)
    stand.clock.advance(0)
    assert failed(playing) == "Asterisk has not said that the WebSocket of srv is open"


def test_one_that_can_t_be_accepted() -> None:
    _, playing, server = serving(SERVER)
    server.turn_away("it sends no credentials")
    assert failed(playing) == ("what Asterisk wanted to open to srv could not be accepted: it sends no credentials")


def test_one_that_is_turned_away_as_it_should_be() -> None:
    stand, playing, server = serving(step("server", {"port": "calls", "how": "refuse"}), GO)
    server.turn_away()
    assert server.listens
    stand.asterisk.ami_event("Go")
    assert playing.result().outcome is Outcome.PASSED
    assert not server.listens


def test_one_for_a_call_is_not_waited_for_and_may_be_closed_by_asterisk() -> None:
    stand, playing, server = serving(PER_CALL, GO, step("ari", {"request": "GET /x", "over": "srv"}))
    server.open()
    stand.recorder.ari_socket("srv", "closed: 1000")
    stand.asterisk.ami_event("Go")
    assert failed(playing) == "Asterisk has no WebSocket open to srv"


def test_one_for_a_call_that_is_lost_is_asterisks_fault() -> None:
    stand, playing, server = serving(PER_CALL, GO)
    server.open()
    stand.recorder.ari_socket("srv", "lost: the connection was reset")
    assert playing.result().outcome is Outcome.CRASHED
    assert not server.listens


def test_a_persistent_one_is_not_asterisks_to_close() -> None:
    stand, playing, server = serving(SERVER, GO)
    server.open()
    stand.recorder.ari_socket("srv", "closed: 1000")
    assert playing.result().outcome is Outcome.CRASHED


def test_nobody_has_come_by_the_end() -> None:
    _, playing, server = serving(PER_CALL)
    assert failed(playing) == "Asterisk has not connected to srv"
    assert not server.listens


def test_nobody_has_come_by_its_end() -> None:
    _, playing, server = serving(PER_CALL, DISCONNECT)
    assert failed(playing) == "Asterisk has not connected to srv"
    assert not server.listens


def test_a_persistent_one_has_ended_when_asterisk_has_noticed() -> None:
    stand, playing, server = serving(SERVER, GO, DISCONNECT, step("ari", "GET /x"))
    socket = server.open()
    socket.obituary = ()
    stand.asterisk.ami_event("Go")
    assert socket.is_closed
    assert stand.ari.requests == []
    stand.asterisk.log("WARNING", RECONNECTING)
    assert stand.ari.asked("GET") == ["/x"]
    assert playing.result().outcome is Outcome.PASSED


@pytest.mark.parametrize("told", ["StasisEnd", "ApplicationUnregistered", ""])
def test_a_persistent_one_is_told_of_the_end_of_its_calls_before_it_is_closed(told: str) -> None:
    """If it is: a filter may keep it away, or the application be gone."""
    stand, playing, server = serving(SERVER, ORIGINATE, GO)
    socket = server.open()
    for application in ("own", "other's"):
        stand.asterisk.ari_event("StasisStart", {"application": application}, channel="call",
                                 socket="srv" if application == "own" else "client")
    stand.asterisk.ami_event("Go")
    assert not stand.asterisk.up, "it has been hung up"
    stand.asterisk.ari_event(told or "StasisEnd", {"application": "other's"}, channel="call", socket="client")
    closed = [socket.is_closed]
    if told:
        stand.asterisk.ari_event(told, {"application": "own"}, channel="call", socket="srv")
    else:
        stand.clock.advance(0.5)
    assert [*closed, socket.is_closed] == [False, True]
    stand.asterisk.log("WARNING", RECONNECTING)
    assert playing.result().outcome is Outcome.PASSED


def test_a_persistent_one_whose_end_asterisk_does_not_notice() -> None:
    abort = step("disconnect", {"client": "srv", "how": "abort", "within": "2s"})
    stand, playing, server = serving(SERVER, GO, abort)
    socket = server.open()
    socket.obituary = ()
    stand.asterisk.ami_event("Go")
    assert socket.aborted
    stand.clock.advance(2)
    stand.clock.advance(0)
    assert failed(playing) == "Asterisk has not noticed within 2.0 s that the WebSocket of srv is gone"


def test_the_end_of_a_stalled_one_may_have_been_noticed_before() -> None:
    stand, playing, server = serving(SERVER, step("disconnect", {"client": "srv", "how": "stall"}), GO, DISCONNECT)
    socket = server.open()
    socket.obituary = ()
    stand.asterisk.log("WARNING", RECONNECTING)
    stand.asterisk.ami_event("Go")
    assert playing.result().outcome is Outcome.PASSED


def test_one_for_a_call_has_ended_when_asterisk_has_given_up_all_its_connections() -> None:
    stand, playing, server = serving(PER_CALL, GO)
    socket = server.open()
    socket.obituary, server.unanswered = (), 1
    stand.asterisk.ami_event("Go")
    assert socket.aborted
    stand.asterisk.log("WARNING", given_up(4712))
    stand.asterisk.log("WARNING", given_up(4711))
    assert not playing.done
    stand.asterisk.log("WARNING", given_up(4711))
    assert playing.result().outcome is Outcome.PASSED


def test_one_for_a_call_that_asterisk_was_about_to_close_is_not_waited_for_for_ever() -> None:
    stand, playing, server = serving(PER_CALL, GO)
    server.open().obituary = ()
    stand.asterisk.ami_event("Go")
    stand.clock.advance(5)
    stand.clock.advance(0)
    assert playing.result().outcome is Outcome.PASSED


def test_an_asterisk_whose_log_is_elsewhere_is_not_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    stand, playing, server = serving(SERVER, DISCONNECT)
    monkeypatch.setattr(stand.asterisk, "has_log", False)
    server.open(says_so=False).obituary = ()
    assert playing.result().outcome is Outcome.PASSED


def test_a_port_is_for_one_server_at_a_time() -> None:
    again = step("server", {"port": "calls", "as": "two", "connection": "per-call"})
    stand, playing, _ = serving(PER_CALL, step("server", {"port": "other", "connection": "per-call"}), again)
    assert failed(playing).startswith("srv still listens on this port")
    stand, playing, server = serving(PER_CALL, GO, again, step("expect", {"ami": "End"}))
    server.open()
    stand.asterisk.ami_event("Go")
    stand.ari.servers[1].open()
    stand.asterisk.ami_event("End")
    assert playing.result().outcome is Outcome.PASSED
    assert [one.name for one in stand.ari.servers] == ["srv", "two"]


NEVER = step("never", {"ari": "Bad", "client": "srv"})


def test_what_must_not_come_over_a_websocket_that_is_still_to_be_opened() -> None:
    stand, playing, server = serving(PER_CALL, NEVER, GO)
    server.open()
    stand.asterisk.ari_event("Bad", socket="srv")
    assert failed(playing).startswith("Bad to srv came at")


def test_what_must_not_come_over_a_websocket_that_is_never_opened() -> None:
    stand, playing, _ = serving(step("server", {"port": "calls", "how": "drop", "connection": "per-call", "as": "srv"}),
                                NEVER, GO)
    assert failed(playing).startswith("nothing is heard over srv")
    assert stand.ari.servers[0].listens is False


def test_a_server_is_stopped_when_asterisk_dies() -> None:
    stand, playing, server = serving(PER_CALL, GO)
    stand.recorder.ami_lost("closed")
    assert playing.result().outcome is Outcome.CRASHED
    assert not server.listens


@pytest.mark.parametrize(("fields", "said"), [
    ({}, "the applications of srv are named in Asterisk's configuration: 'app' has to say which is meant"),
    ({"app": "a"}, "")])
def test_a_subscription_names_the_application(fields: dict[str, str], said: str) -> None:
    stand, playing, server = serving(PER_CALL, ORIGINATE, GO,
                                     step("subscribe", {"client": "srv", "channel": "call", **fields}))
    server.open()
    stand.asterisk.ami_event("Go")
    assert playing.headline() == said
