"""`dtmf`, `play`, `record`, `bridge`, `subscribe`, `unsubscribe`: what they take and what they ask for."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from self_test.scenario.fakes import Request, response, step
from self_test.scenario.stand import LOCAL, Stand

from callgate.ari.observer import AriResponse
from callgate.scenario.verdict import Outcome

BRIDGE = step("bridge", {"create": "mixing", "as": "br"})
REGISTER = step("register", {"app": ["a", "b"], "as": "client"})
MADE = response(201, "Created", {"id": "p", "name": "r", "state": "queued"})


def asked(*steps: Any) -> tuple[Stand, Request]:
    """Play on two channels and a bridge; the last request of a step."""
    stand = Stand()
    stand.ari.on("POST", ".*/(play|record)", MADE)
    playing = stand.play(REGISTER, LOCAL, BRIDGE, *steps)
    assert playing.result().outcome is Outcome.PASSED, playing.headline()
    return stand, stand.ari.requests[2]


def test_dtmf() -> None:
    stand, request = asked(step("dtmf", {"channel": "call", "digits": "1#", "before": "10ms", "between": "50ms",
                                         "duration": "60ms", "after": "1s"}))
    assert request.path == f"/channels/{stand.asterisk.ids['call']}/dtmf"
    assert request.query == {"dtmf": "1#", "before": "10", "between": "50", "duration": "60", "after": "1000"}


def test_play_on_a_channel() -> None:
    one = step("play", {"channel": "call", "media": ["sound:a", "sound:b"], "offset": "1500ms", "as": "playback"})
    assert (one.defines(), one.needs()) == ({"playback"}, {"call"})
    stand, request = asked(one)
    assert request.path == f"/channels/{stand.asterisk.ids['call']}/play"
    assert request.body == {"media": ["sound:a", "sound:b"]}
    assert request.query["offsetms"] == "1500"
    assert request.query["playbackId"].endswith("-playback")


def test_record_a_bridge() -> None:
    one = step("record", {"bridge": "br", "name": "r", "format": "wav", "max-duration": "2s", "max-silence": "1s",
                          "if-exists": "append", "beep": True, "terminate-on": "#", "as": "recording"})
    assert (one.defines(), one.needs()) == ({"recording"}, {"br"})
    _, request = asked(one)
    assert request.path.endswith("-br/record")
    assert request.query == {"name": "r", "format": "wav", "maxDurationSeconds": "2", "maxSilenceSeconds": "1",
                             "ifExists": "append", "beep": "true", "terminateOn": "#"}


def test_a_bridge_from_its_creation_to_its_end() -> None:
    stand = Stand()
    stand.play(LOCAL, step("bridge", {"create": ["mixing", "dtmf_events"], "title": "Party", "as": "br"}),
               step("bridge", {"add": ["call", "call;2"], "to": "br"}),
               step("bridge", {"remove": "call", "from": "br"}), step("bridge", {"destroy": "br"}))
    ids = stand.asterisk.ids
    create, add, remove, destroy = stand.ari.requests[1:5]
    bridge = create.query["bridgeId"]
    assert create.query == {"type": ("mixing", "dtmf_events"), "bridgeId": bridge, "name": "Party"}
    assert (add.path, add.query) == (f"/bridges/{bridge}/addChannel", {"channel": (ids["call"], ids["call;2"])})
    assert (remove.path, remove.query) == (f"/bridges/{bridge}/removeChannel", {"channel": (ids["call"],)})
    assert (destroy.method, destroy.path) == ("DELETE", f"/bridges/{bridge}")


def test_a_bridge_that_is_left_behind_is_destroyed() -> None:
    stand = Stand()
    stand.ari.on("DELETE", "/bridges/.*", response(500, "No", text="no"))
    playing = stand.play(BRIDGE)
    assert playing.headline() == "Asterisk did not destroy br: 500 no"
    stand = Stand()
    assert stand.play(BRIDGE).result().outcome is Outcome.PASSED, "404: it is gone already"
    assert stand.ari.asked("DELETE")[-1].endswith("-br")


@pytest.mark.parametrize("destroyed", [True, False])
def test_a_client_is_closed_when_its_applications_are_rid_of_the_bridges_that_were_destroyed(destroyed: bool) -> None:
    stand = Stand()
    subscribed = True
    if destroyed:
        stand.ari.on("DELETE", "/bridges/.*", response(204, "No Content"))

    def look(request: Request) -> AriResponse | None:
        bridges = [one.query["bridgeId"] for one in stand.ari.requests if one.path == "/bridges"]
        is_over = "DELETE" in [one.method for one in stand.ari.requests]
        return response(200, "OK", {"bridge_ids": bridges if subscribed else []}) if is_over else None

    stand.ari.on("GET", "/applications/a", look)
    playing = stand.play(step("register", "a"), BRIDGE)
    if destroyed:
        assert not playing.done
        subscribed = False
        stand.asterisk.ari_event("BridgeDestroyed", socket="a")
    assert playing.result().outcome is Outcome.PASSED
    asked_after = stand.ari.requests[[one.method for one in stand.ari.requests].index("DELETE") + 1:]
    assert [one.path for one in asked_after] == ["/applications/a"] * (2 if destroyed else 0)


def test_but_it_is_not_kept_open_for_long() -> None:
    stand = Stand()
    stand.ari.on("DELETE", "/bridges/.*", response(204, "No Content"))
    stand.ari.on("GET", "/applications/a", lambda _: response(200, "OK", {
        "bridge_ids": [one.query["bridgeId"] for one in stand.ari.requests if one.path == "/bridges"]}))
    playing = stand.play(step("register", "a"), BRIDGE)
    for _ in range(200):
        stand.clock.advance(0.005)
    assert playing.result().outcome is Outcome.PASSED


def test_a_resource_that_no_module_serves() -> None:
    stand = Stand()
    stand.ari.on("POST", "/bridges", lambda request: response(404, "Not Found", {"message": "Resource not found"}))
    playing = stand.play(BRIDGE)
    assert playing.result().outcome is Outcome.ENVIRONMENT
    assert playing.headline().startswith("Asterisk did not create br: this Asterisk does not serve GET of such a path")


@pytest.mark.parametrize("name", ["nothing", "call"])
def test_what_is_no_bridge(name: str) -> None:
    playing = Stand().play(LOCAL, step("bridge", {"destroy": name}))
    assert playing.headline() == f"{name} is no bridge that was created"


def test_subscriptions() -> None:
    stand, request = asked(step("subscribe", {
        "client": "client", "app": "b", "channel": "call", "bridge": "br", "endpoint": ["PJSIP/x", "Local"],
        "device-state": "Stasis:door"}))
    bridge = next(one.query["bridgeId"] for one in stand.ari.requests if one.path == "/bridges")
    assert (request.method, request.path) == ("POST", "/applications/b/subscription")
    assert request.query == {"eventSource": (f"channel:{stand.asterisk.ids['call']}", f"bridge:{bridge}",
                                             "endpoint:PJSIP/x", "endpoint:Local", "deviceState:Stasis:door")}


def test_subscriptions_end() -> None:
    one = step("unsubscribe", {"client": "client", "endpoint": "Local"})
    assert one.needs() == {"client"}
    stand = Stand()
    stand.ari.on("DELETE", "/applications/a/subscription", response(422, "No", {"message": "not subscribed to"}))
    playing = stand.play(REGISTER, one)
    assert playing.headline() == "Asterisk did not unsubscribe a: 422 not subscribed to"


def test_an_application_of_somebody_else() -> None:
    playing = Stand().play(REGISTER, step("subscribe", {"client": "client", "app": "c", "endpoint": "Local"}))
    assert playing.headline() == "client has no application c: it registered a, b"


@pytest.mark.parametrize(("keyword", "fields", "message"), [
    ("dtmf", {"channel": "call", "digits": "1x"}, "should match pattern"),
    ("play", {"media": "a"}, "needs either 'channel' or 'bridge'"),
    ("play", {"media": "a", "channel": "call", "bridge": "br"}, "needs either 'channel' or 'bridge'"),
    ("play", {"media": [], "channel": "call"}, "at least 1 item"),
    ("record", {"channel": "call", "name": "r"}, "format\n.*Field required"),
    ("record", {"channel": "call", "name": "r", "format": "wav", "max-duration": "500ms"}, "must be whole seconds"),
    ("bridge", {}, "needs one of 'create', 'add', 'remove', 'destroy'"),
    ("bridge", {"add": "A", "remove": "B", "to": "br"}, "needs one of"),
    ("bridge", {"create": "mixing"}, "'create' needs 'as'"), ("bridge", {"add": "A"}, "'add' needs 'to'"),
    ("bridge", {"add": "A", "from": "br"}, "'add' needs 'to'"), ("bridge", {"remove": "A"}, "'remove' needs 'from'"),
    ("bridge", {"destroy": "br", "as": "x"}, "'as' goes with 'create'"),
    ("bridge", {"destroy": "br", "title": "x"}, "'title' goes with 'create'"),
    ("bridge", {"create": "conference", "as": "br"}, "Input should be 'mixing'"),
    ("bridge", {"create": "dtmf_events", "as": "br"}, "needs 'mixing', 'holding' or 'video_sfu'"),
    ("bridge", {"create": ["mixing", "holding"], "as": "br"}, "exclude each other"),
    ("subscribe", {"client": "a"}, "needs 'channel', 'bridge', 'endpoint' or 'device-state'"),
])
def test_what_cannot_be_meant(keyword: str, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        step(keyword, fields)
