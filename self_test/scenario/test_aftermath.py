"""What is looked at when a scenario is over: what it leaves behind, and the ERRORs that nothing has announced."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any
from urllib.parse import unquote

import pytest
from self_test.scenario.fakes import FakeAri, Request, answered, response, scenario, step
from self_test.scenario.stand import RUN, Awaited, Playing, Stand, why

from callgate.ami.codec import Message
from callgate.ari.observer import AriResponse
from callgate.scenario.belongings import Belongings
from callgate.scenario.engine import Player
from callgate.scenario.knownbug import KnownBug
from callgate.scenario.steps.base import Step
from callgate.scenario.verdict import Outcome

GO = step("expect", {"ami": "Go"})
APP = {"name": "Wile", "channel_ids": [], "bridge_ids": [], "endpoint_ids": [], "device_names": []}


class House(Stand):
    """A stand whose Asterisk holds what the lists say; what is deleted is gone."""

    def __init__(self) -> None:
        super().__init__()
        self.lists: dict[str, list[dict[str, Any]]] = {"/channels": [], "/applications": [], "/bridges": []}
        for path in ("/channels", "/applications", "/bridges", "/recordings/stored", "/deviceStates", "/mailboxes"):
            self.ari.on("GET", path, self._list)
        self.ari.on("DELETE", "/(bridges|deviceStates)/.*", self._delete)
        self.before = Belongings()

    def note(self) -> None:
        """Take note of what is there now."""
        self.recorder.journal = None  # as between two scenarios
        self.before = Awaited(Belongings.of({"ast1": self.asterisk}, timeout=5)).result()
        self.recorder.journal = self.journal

    def begin(self, *steps: Step, known_bug: str | None = None) -> Playing:
        """Play as a worker does; AMI knows what is there now."""
        for action, path in (("CoreShowChannels", "/channels"), ("BridgeList", "/bridges")):
            self.asterisk.fake_ami.on(action, answered(events=[Message(())] * len(self.lists[path])))
        self.asterisk.fake_ami.lines = [("Name", "====", *(item["name"] for item in self.lists["/applications"]))]
        played = replace(scenario(*steps), known_bug=None if known_bug is None else KnownBug(known_bug))
        return Playing(Player(self.clock, played, {"ast1": self.asterisk}, self.journal,
                              step_timeout=5.0, timeout=30.0, predefined=RUN, belongings=self.before))

    def _list(self, asked: Request) -> AriResponse:
        found = self.lists.get(asked.path)
        if found is None:
            return response(404, "Not Found", {"message": "Resource not found"})
        return response(200, "OK", [*found])

    def _delete(self, asked: Request) -> AriResponse:
        where, _, name = asked.path.rpartition("/")
        self.lists[where] = [item for item in self.lists[where] if unquote(name) not in item.values()]
        return response(204, "No Content")


@pytest.fixture
def house() -> House:
    return House()


def ended(house: House, *steps: Step, known_bug: str | None = None) -> Playing:
    """A scenario that has waited in vain for what is left to go."""
    playing = house.begin(*steps, known_bug=known_bug)
    for _ in range(60):
        if not playing.done:
            house.clock.advance(0.1)
    return playing


# -- what is left --------------------------------------------------------------------------------------

#: What has to be asked for, by a request like these, before anybody looks for it.
TOUCHING = {"/recordings/stored": [step("ari", "GET /recordings/stored")],
            "/deviceStates": [step("ari", "PUT /deviceStates/Stasis:x")],
            "/mailboxes": [step("ami", {"action": "MWIUpdate", "headers": {"Mailbox": "1000"}})]}


@pytest.mark.parametrize(("where", "item", "said"), [
    ("/channels", {"id": "1.2", "name": "Local/x@y-1;1"}, "channel Local/x@y-1;1"),
    ("/bridges", {"id": "b", "name": ""}, "bridge b"),
    ("/applications", APP, "application Wile"),
    ("/applications", {**APP, "bridge_ids": ["b"]}, "application Wile, subscription of Wile to bridge b"),
    ("/recordings/stored", {"name": "r", "format": "wav"}, "stored recording r"),
    ("/deviceStates", {"name": "Stasis:x", "state": "BUSY"}, "device state Stasis:x"),
    ("/mailboxes", {"name": "1000", "old_messages": 0}, "mailbox 1000")])
def test_a_thing_that_is_left(house: House, where: str, item: Mapping[str, Any], said: str) -> None:
    house.lists.setdefault(where, [])
    house.note()
    house.lists[where] = [dict(item)]
    playing = ended(house, *TOUCHING.get(where, ()))
    assert playing.result().outcome is Outcome.FAILED
    assert playing.headline() == f"left behind by the scenario: {said}"


def test_who_is_not_told_by_ami_asks_ari(house: House) -> None:
    house.note()
    house.lists["/bridges"] = [{"id": "b", "name": ""}]
    steps = [step("expect", {"ami": "Go"})]
    playing = house.begin(*steps)
    house.asterisk.fake_ami.on("BridgeList", answered("Error"))
    house.asterisk.ami_event("Go")
    for _ in range(60):
        house.clock.advance(0.1)
    assert playing.headline() == "left behind by the scenario: bridge b"


def test_what_was_there_before_is_nobodys_fault(house: House) -> None:
    house.lists["/applications"] = [APP]
    house.note()
    assert house.begin().result().outcome is Outcome.PASSED


def test_an_application_that_asterisk_registers_itself_may_come_later(house: House) -> None:
    configured = {"ast1": ["Wile"]}
    house.recorder.journal = None
    house.before = Awaited(Belongings.of({"ast1": house.asterisk}, timeout=5, configured=configured)).result()
    house.recorder.journal = house.journal
    house.lists["/applications"] = [APP]
    assert house.begin().result().outcome is Outcome.PASSED


def test_what_an_application_is_newly_subscribed_to_is_left(house: House) -> None:
    house.lists["/applications"] = [APP]
    house.note()
    house.lists["/applications"] = [{**APP, "device_names": ["Stasis:x"]}]
    assert ended(house).headline() == "left behind by the scenario: subscription of Wile to device Stasis:x"


def test_an_application_subscribed_to_everything_is_never_forgotten_by_old_versions(house: House) -> None:
    house.note()
    house.lists["/applications"] = [{**APP, "channel_ids": ["__AST_CHANNEL_ALL_TOPIC"]}]
    assert house.begin().result().outcome is Outcome.PASSED


def test_what_goes_in_time_is_not_left(house: House) -> None:
    house.note()
    house.lists["/channels"] = [{"id": "1", "name": "Local/x"}]
    playing = house.begin()
    house.clock.advance(0.1)
    assert not playing.done, "it waits for the call to go"
    house.lists["/channels"] = []
    house.asterisk.ami_event("Hangup")
    assert playing.result().outcome is Outcome.PASSED


def test_what_is_left_is_taken_away_and_told_once(house: House) -> None:
    house.lists["/deviceStates"] = []
    house.note()
    house.lists["/deviceStates"] = [{"name": "Stasis:x"}]
    house.lists["/applications"] = [APP]  # which nothing can take away
    assert ended(house, *TOUCHING["/deviceStates"]).result().outcome is Outcome.FAILED
    assert house.lists["/deviceStates"] == []
    assert house.begin().result().outcome is Outcome.PASSED


def test_asterisk_is_reminded_of_an_application_that_nobody_needs(house: House) -> None:
    house.note()
    house.lists["/applications"] = [APP]

    def forget(asked: Request) -> None:
        if len(house.ari.sockets) == 1:  # ours has come
            house.lists["/applications"] = []

    house.ari.on("GET", "/channels", forget)
    assert house.begin().result().outcome is Outcome.PASSED
    assert [socket.is_closed for socket in house.ari.sockets] == [True]


@pytest.mark.parametrize(("event", "of", "path", "said"), [
    ("PlaybackStarted", {"playback": {"id": "p"}}, "/playbacks/p", "playback p"),
    ("RecordingStarted", {"recording": {"name": "a/b"}}, "/recordings/live/a%2Fb", "recording a/b")])
@pytest.mark.parametrize("left", [True, False])
def test_what_has_begun_must_have_ended(house: House, event: str, of: Mapping[str, Any], path: str, said: str,
                                        left: bool) -> None:
    house.note()
    if not left:
        house.ari.on("GET", path, response(404, "Not Found"))
    house.asterisk.ari_event(event, of)
    playing = ended(house)
    assert playing.headline() == (f"left behind by the scenario: {said}" if left else "")


def test_it_is_told_beside_what_went_wrong_before(house: House) -> None:
    house.note()
    house.lists["/bridges"] = [{"id": "b"}]
    playing = ended(house, step("expect", {"ami": "Go", "within": "100ms"}))
    assert playing.headline() == "no Go by 100 ms"
    assert why(playing).also == ("clean-up: left behind by the scenario: bridge b",)


def test_nobody_asks_an_asterisk_elsewhere(house: House) -> None:
    house.asterisk.has_log = False
    house.note()
    house.lists["/channels"] = [{"id": "1", "name": "of others"}]
    assert house.begin().result().outcome is Outcome.PASSED
    assert house.ari.requests == []


def test_lists_that_are_not_served_are_not_asked_for_again(house: House) -> None:
    house.note()
    house.begin(*TOUCHING["/deviceStates"]).result()
    assert asked_for(house.ari, "/mailboxes") == 1
    assert asked_for(house.ari, "/channels") == 2


def test_where_ami_knows_of_nothing_ari_is_not_asked(house: House) -> None:
    house.note()
    house.begin().result()
    assert asked_for(house.ari, "/channels") == 1


def asked_for(ari: FakeAri, path: str) -> int:
    return sum(request.path == path for request in ari.requests)


# -- ERRORs --------------------------------------------------------------------------------------------

def logged(house: House, *steps: Step, level: str = "ERROR", text: str = "x.c: No such tide") -> Playing:
    """A scenario in which this is logged, between its first steps and its end."""
    house.note()
    playing = house.begin(*steps, GO)
    house.asterisk.log(level, text)
    house.asterisk.ami_event("Go")
    return playing


def test_an_error_that_no_step_announces(house: House) -> None:
    playing = logged(house)
    assert playing.result().outcome is Outcome.FAILED
    assert playing.headline() == "Asterisk logged an ERROR that the scenario does not announce"
    assert why(playing).got == (("log", "ERROR x.c: No such tide"),)


@pytest.mark.parametrize("level", ["WARNING", "NOTICE", "VERBOSE"])
def test_anything_less_is_none(house: House, level: str) -> None:
    assert logged(house, level=level).result().outcome is Outcome.PASSED


@pytest.mark.parametrize(("fields", "outcome"), [
    ({"allows": "such tide"}, Outcome.PASSED), ({"allows": "~such t.de$"}, Outcome.PASSED),
    ({"allows": "such moon"}, Outcome.FAILED)])
def test_one_that_may_come(house: House, fields: Mapping[str, str], outcome: Outcome) -> None:
    assert logged(house, step("log", fields)).result().outcome is outcome


@pytest.mark.parametrize(("level", "outcome"), [
    ({}, Outcome.PASSED), ({"level": "ERROR"}, Outcome.PASSED), ({"level": "WARNING"}, Outcome.FAILED)])
def test_one_that_a_step_has(house: House, level: Mapping[str, str], outcome: Outcome) -> None:
    house.note()
    house.asterisk.log("WARNING", "the tide")
    playing = house.begin(step("log", {"has": "tide", **level}), GO)
    house.asterisk.log("ERROR", "the tide")
    house.asterisk.ami_event("Go")
    assert playing.result().outcome is outcome


def test_nothing_announces_that_asterisk_is_broken(house: House) -> None:
    playing = logged(house, step("log", {"allows": "~."}), text="FRACK!, Failed assertion bad magic number")
    assert playing.result().outcome is Outcome.FAILED


def test_what_is_written_last_is_waited_for(house: House) -> None:
    house.note()
    house.asterisk.fake_ami.tells = False
    playing = house.begin()
    assert not playing.done
    house.asterisk.log("ERROR", "late")
    house.clock.advance(5)
    assert "said nothing of a variable that was set" in playing.headline()


def test_a_scenario_that_failed_before_it_could_announce_anything(house: House) -> None:
    house.note()
    playing = house.begin(step("expect", {"ami": "Go", "within": "100ms"}), step("log", {"allows": "tide"}))
    house.asterisk.log("ERROR", "the tide")
    house.clock.advance(0.1)
    assert (playing.headline(), why(playing).also) == ("no Go by 100 ms", ())


@pytest.mark.parametrize(("steps", "text"), [
    ((step("register", "a"), step("disconnect", {"client": "a", "how": "abort"})),
     "res_http_websocket.c: Error reading from web socket: Connection reset by peer"),
    ((step("register", "a"), step("disconnect", {"client": "a", "how": "stall"})),
     "res_http_websocket.c: Problem occurred during websocket write to 127.0.0.1:1, websocket closed"),
    ((step("server", {"port": "calls", "connection": "per-call", "how": "refuse"}),),
     "res_http_websocket.c: <x> ws://127.0.0.1:4711/calls: Unable to perform websocket handshake")])
def test_what_we_do_to_a_websocket_on_purpose_we_announce(house: House, steps: Sequence[Step], text: str) -> None:
    assert "ERROR" not in logged(house, *steps, text=text).headline()
    assert "ERROR" in logged(House(), text=text).headline(), "and by nothing else"


def test_a_known_bug_does_not_excuse_what_is_left(house: House) -> None:
    house.note()
    late = step("expect", {"ami": "Go", "within": "100ms"})
    assert ended(house, late, known_bug="#1").result().outcome is Outcome.EXPECTED_FAILURE
    house.lists["/bridges"] = [{"id": "b"}]
    assert ended(house, late, known_bug="#1").result().outcome is Outcome.FAILED
