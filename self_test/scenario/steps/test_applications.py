"""`register`, `disconnect`: WebSockets come with their applications, and go when Asterisk says so."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from self_test.scenario.fakes import response, step
from self_test.scenario.stand import Stand

from callgate.scenario.grace import AT_ONCE
from callgate.scenario.verdict import Outcome


def test_a_client_is_called_as_its_first_application_unless_it_has_a_name() -> None:
    assert step("register", "a").defines() == {"a"}
    assert step("register", ["a", "b"]).defines() == {"a"}
    assert step("register", {"app": ["a", "b"], "as": "client"}).defines() == {"client"}
    assert step("register", "a").needs() == set()


def test_a_client_without_an_application_is_refused() -> None:
    with pytest.raises(ValidationError):
        step("register", [])


def test_subscribe_takes_all_and_nothing_else() -> None:
    with pytest.raises(ValidationError, match="Input should be 'all'"):
        step("register", {"app": "a", "subscribe": "none"})


def known() -> Stand:
    """With an Asterisk that has had every application before."""
    stand = Stand()
    stand.ari.says_new = False
    return stand


def test_a_registration_opens_a_websocket_and_reads_each_application_back() -> None:
    stand = known()
    playing = stand.play(step("register", {"app": ["a b", "c"], "subscribe": "all", "as": "client"}))
    stand.clock.pump([AT_ONCE] * 2)
    assert playing.result().outcome is Outcome.PASSED
    [socket] = stand.ari.sockets
    assert (socket.name, socket.apps, socket.subscribe_all) == ("client", ("a b", "c"), True)
    assert stand.ari.asked("GET") == ["/applications/a%20b", "/applications/c"]


@pytest.mark.parametrize(("fields", "asked"), [
    ({}, []), ({"filter": "keep"}, []), ({"filter": {"disallowed": ["X"]}}, ["/applications/a"])])
def test_a_new_application_is_read_back_only_for_a_filter(fields: dict[str, object], asked: list[str]) -> None:
    stand = Stand()
    stand.play(step("register", {"app": ["a"], **fields}))
    assert stand.ari.asked("GET") == asked


def test_one_that_the_scenario_has_registered_before_is_read_back_at_once() -> None:
    stand = Stand()
    playing = stand.play(step("register", "a"), step("register", {"app": "a", "as": "another"}))
    assert playing.result().outcome is Outcome.PASSED
    assert stand.ari.asked("GET") == ["/applications/a"]


def test_a_registration_that_asterisk_does_not_know_of_fails() -> None:
    stand = known()
    stand.ari.on("GET", "/applications/a", response(404, "Not Found", {"message": "No such application"}))
    playing = stand.play(step("register", "a"))
    stand.clock.advance(AT_ONCE)
    assert playing.result().outcome is Outcome.FAILED
    assert playing.headline() == ("application a is not registered although its WebSocket is open: "
                                  "404 No such application")
    assert stand.asterisk.socket("a").is_closed, "it is open all the same"


FILTER = {"allowed": ["StasisStart", "StasisEnd"], "disallowed": ["StasisEnd"]}
SHOWN = {"events_allowed": [{"type": "StasisStart"}, {"type": "StasisEnd"}],
         "events_disallowed": [{"type": "StasisEnd"}]}


@pytest.mark.parametrize("given", [{}, {"allowed": []}, {"allowed": ["${a.b}"]}, {"refused": ["A"]}, "StasisStart"])
def test_what_is_no_filter(given: Any) -> None:
    with pytest.raises(ValidationError):
        step("register", {"app": "a", "filter": given})


def test_a_filter_is_set_for_each_application_and_both_its_lists_are_sent() -> None:
    stand = Stand()
    shown = {"events_allowed": [{"type": "StasisStart"}], "events_disallowed": []}
    stand.ari.on("PUT", "/applications/./eventFilter", response(200, "OK", shown))
    playing = stand.play(step("register", {"app": ["a", "b"], "filter": {"allowed": ["StasisStart"]}}))
    assert playing.result().outcome is Outcome.PASSED
    assert stand.ari.asked("PUT") == ["/applications/a/eventFilter", "/applications/b/eventFilter"]
    assert stand.ari.requests[1].body == {"allowed": [{"type": "StasisStart"}], "disallowed": []}


def test_a_filter_that_is_there_already_is_not_set_again() -> None:
    stand = Stand()
    stand.ari.on("GET", "/applications/a", response(200, "OK", SHOWN))
    assert stand.play(step("register", {"app": "a", "filter": FILTER})).result().outcome is Outcome.PASSED
    assert stand.ari.asked("PUT") == []


def test_the_filter_of_an_earlier_registration_is_taken_off() -> None:
    stand = known()
    stand.ari.on("GET", "/applications/a", response(200, "OK", SHOWN))
    stand.ari.on("PUT", "/applications/a/eventFilter", response(200, "OK", {}))
    playing = stand.play(step("register", "a"))
    stand.clock.advance(AT_ONCE)
    assert playing.result().outcome is Outcome.PASSED
    assert stand.ari.requests[-1].body == {"allowed": [], "disallowed": []}


def test_the_filter_that_asterisk_has_may_be_kept() -> None:
    stand = known()
    stand.ari.on("GET", "/applications/a", response(200, "OK", SHOWN))
    playing = stand.play(step("register", {"app": "a", "filter": "keep"}))
    stand.clock.advance(AT_ONCE)
    assert playing.result().outcome is Outcome.PASSED
    assert stand.ari.asked("PUT") == []


@pytest.mark.parametrize(("answer", "said"), [
    (response(404, "Not Found", {"message": "Application not found."}, '{"message": "Application not found."}'),
     "Asterisk did not set the event filter of a: 404 Application not found."),
    (response(200, "OK", {"events_allowed": [{"type": "StasisEnd"}]}),
     "Asterisk took the event filter of a, and has another one")])
def test_a_filter_that_is_not_taken_fails(answer: Any, said: str) -> None:
    stand = Stand()
    stand.ari.on("PUT", "/applications/a/eventFilter", answer)
    playing = stand.play(step("register", {"app": "a", "filter": FILTER}))
    assert (playing.result().outcome, playing.headline()) == (Outcome.FAILED, said)


def test_the_application_of_a_client_can_be_referred_to() -> None:
    stand = Stand()
    stand.play(step("register", {"app": "a", "as": "client"}),
               step("originate", {"endpoint": "PJSIP/b", "app": "${client.app}", "as": "call"}))
    assert stand.ari.requests[0].query["app"] == "a"


def test_a_disconnect_needs_its_client() -> None:
    assert step("disconnect", "client").needs() == {"client"}
    assert step("disconnect", "client").defines() == set()


def test_a_disconnect_returns_when_asterisk_has_deactivated_every_application() -> None:
    stand = Stand()
    playing = stand.play(step("register", {"app": ["a", "ab"], "as": "client"}),
                         step("originate", {"endpoint": "PJSIP/b", "app": "a", "as": "call"}),
                         step("expect", {"ami": "Go"}), step("disconnect", "client"), step("expect", {"ami": "End"}))
    stand.asterisk.log("VERBOSE", "Deactivating Stasis app 'ab'")  # of an earlier life: it does not count
    stand.asterisk.socket("client").deactivates = False
    stand.asterisk.ami_event("Go")
    stand.asterisk.ami_event("End")
    assert stand.asterisk.socket("client").is_closed
    stand.asterisk.log("VERBOSE", "Deactivating Stasis app 'a'")
    assert not playing.done
    stand.asterisk.log("VERBOSE", "stasis/app.c: Destroying Stasis app a")
    stand.asterisk.log("VERBOSE", "Deactivating Stasis app 'ab'")
    assert not playing.done, "who registers it now would lose it"
    stand.asterisk.log("VERBOSE", "stasis/app.c: Destroying Stasis app ab")
    assert playing.result().outcome is Outcome.PASSED


@pytest.mark.parametrize(("kept", "seconds"), [({"channel_ids": ["1.2"]}, AT_ONCE), ({"channel_ids": []}, 0.5)])
def test_an_application_that_is_not_forgotten(kept: dict[str, object], seconds: float) -> None:
    """One that a channel is in stays; before 22.4, so does one with subscribeAll, which is not waited for for ever."""
    stand = Stand()
    playing = stand.play(step("register", {"app": "a", "as": "client"}), step("expect", {"ami": "Go"}),
                         step("disconnect", "client"), step("expect", {"ami": "End"}))
    stand.asterisk.socket("client").deactivates = False
    stand.asterisk.fake_ari.on("GET", "/applications/a", response(200, "OK", kept))
    stand.asterisk.ami_event("Go")
    stand.asterisk.ami_event("End")
    stand.asterisk.log("VERBOSE", "Deactivating Stasis app 'a'")
    assert not playing.done
    stand.clock.advance(seconds)
    assert playing.result().outcome is Outcome.PASSED


def test_the_time_of_a_disconnect_is_its_own_and_one_for_all_applications() -> None:
    stand = Stand()
    playing = stand.play(step("register", {"app": ["a", "b"], "as": "client"}), step("expect", {"ami": "Go"}),
                         step("disconnect", {"client": "client", "within": "2s"}))
    stand.asterisk.socket("client").deactivates = False
    stand.asterisk.ami_event("Go")
    stand.clock.advance(1.5)
    stand.asterisk.log("VERBOSE", "Deactivating Stasis app 'a'")
    stand.clock.advance(0.4)
    assert not playing.done
    stand.clock.advance(0.1)
    assert playing.result().outcome is Outcome.FAILED
    assert playing.headline() == "b is still active 2.0 s after its WebSocket was closed"
