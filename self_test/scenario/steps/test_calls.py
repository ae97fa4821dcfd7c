"""`originate`, `answer`, `hangup`: what they take, what they name, what they ask Asterisk for."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from self_test.scenario.fakes import response, step
from self_test.scenario.stand import LOCAL, ORIGINATE, Stand

from callgate.scenario.verdict import Outcome


@pytest.mark.parametrize(("endpoint", "names"), [
    ("PJSIP/alice", {"call"}), ("Local/x@y", {"call", "call;2"}), ("local/x@y/n", {"call", "call;2"}),
    ("Localhost/x", {"call"})])
def test_an_originate_defines_its_channels(endpoint: str, names: set[str]) -> None:
    one = step("originate", {"endpoint": endpoint, "app": "a", "as": "call"})
    assert one.defines() == names
    assert one.needs() == set()


@pytest.mark.parametrize(("fields", "message"), [
    ({}, "needs either 'app' or 'extension'"),
    ({"app": "a", "extension": "x"}, "takes 'app' or 'extension', not both"),
    ({"app": "a", "context": "y"}, "'context' goes with 'extension'"),
    ({"extension": "x", "args": "1"}, "'args' goes with 'app'"),
])
def test_an_originate_leads_to_one_place(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        step("originate", {"endpoint": "Local/x@y", "as": "call", **fields})


@pytest.mark.parametrize("missing", ["endpoint", "as"])
def test_an_originate_needs_an_endpoint_and_a_name(missing: str) -> None:
    fields = {"endpoint": "Local/x@y", "app": "a", "as": "call"}
    del fields[missing]
    with pytest.raises(ValidationError, match=f"{missing}\n.*Field required"):
        step("originate", fields)


def test_both_halves_of_a_local_channel_get_ids_of_ours() -> None:
    stand = Stand()
    stand.play(step("originate", {"endpoint": "Local/x@y", "app": "a", "args": "1,2", "variables": {"A": "1"},
                                  "as": "call"}))
    request = stand.ari.requests[0]
    ids = stand.asterisk.ids
    assert (request.method, request.path, request.body) == ("POST", "/channels", {"variables": {"A": "1"}})
    assert request.query == {"endpoint": "Local/x@y", "app": "a", "appArgs": "1,2", "channelId": ids["call"],
                             "otherChannelId": ids["call;2"]}
    assert ids["call"] != ids["call;2"]


def test_any_other_channel_gets_one() -> None:
    stand = Stand()
    stand.play(step("originate", {"endpoint": "PJSIP/a", "extension": "x", "context": "y", "as": "call"}))
    request = stand.ari.requests[0]
    assert request.query == {"endpoint": "PJSIP/a", "extension": "x", "context": "y",
                             "channelId": stand.asterisk.ids["call"]}
    assert request.body is None


def test_ids_of_two_scenarios_differ() -> None:
    first, second = Stand(), Stand()
    first.play(ORIGINATE)
    second.play(ORIGINATE)
    assert first.asterisk.ids["call"] != second.asterisk.ids["call"]


def test_no_two_names_share_an_id() -> None:
    stand = Stand()
    stand.play(LOCAL, step("originate", {"endpoint": "PJSIP/b", "app": "a", "as": "call-2"}))
    ids = [request.query[key] for request in stand.ari.requests for key in ("channelId", "otherChannelId")
           if key in request.query]
    assert len(set(ids)) == 3


@pytest.mark.parametrize("name", ["call", "call;2", "A-1"])
def test_an_answer_asks_for_its_channel(name: str) -> None:
    assert step("answer", name).needs() == {name}
    assert step("answer", name).defines() == set()


@pytest.mark.parametrize("name", ["call;1", "call;22", ";2", "", "a b", "${call}"])
def test_what_names_no_channel(name: str) -> None:
    for keyword in ("answer", "hangup"):
        with pytest.raises(ValidationError, match="should match pattern"):
            step(keyword, name)


def test_an_answer_that_is_turned_down_fails() -> None:
    stand = Stand()
    stand.ari.on("POST", "/channels/.*/answer", response(409, "Conflict", {"message": "Channel not in Stasis"}))
    playing = stand.play(LOCAL, step("answer", "call;2"))
    assert stand.ari.asked("POST")[-1] == f"/channels/{stand.asterisk.ids['call;2']}/answer"
    assert playing.result().outcome is Outcome.FAILED
    assert playing.headline() == "Asterisk did not answer call;2: 409 Channel not in Stasis"


def test_a_hangup_takes_one_channel_or_more() -> None:
    assert step("hangup", "call").needs() == {"call"}
    assert step("hangup", ["A", "B;2"]).needs() == {"A", "B;2"}
    stand = Stand()
    stand.asterisk.together = False
    playing = stand.play(LOCAL, step("hangup", ["call", "call;2"]))
    assert playing.result().outcome is Outcome.PASSED
    assert stand.ari.asked("DELETE") == [f"/channels/{stand.asterisk.ids[name]}" for name in ("call", "call;2")]


def test_a_hangup_of_nothing_is_refused() -> None:
    with pytest.raises(ValidationError):
        step("hangup", [])


def test_hanging_up_a_channel_that_is_gone_fails_unless_that_is_ok() -> None:
    def playing(missing: dict[str, str]) -> tuple[Outcome, str]:
        stand = Stand()
        one = stand.play(ORIGINATE, step("hangup", "call"), step("hangup", {"channels": "call", **missing}))
        return one.result().outcome, one.headline()

    assert playing({}) == (Outcome.FAILED, "Asterisk did not hang up call: 404 Channel not found")
    assert playing({"missing": "ok"}) == (Outcome.PASSED, "")


def test_missing_is_ok_or_not_said() -> None:
    with pytest.raises(ValidationError, match="Input should be 'ok'"):
        step("hangup", {"channels": "call", "missing": "fine"})


@pytest.mark.parametrize("status", [409, 500])
def test_missing_excuses_no_other_answer(status: int) -> None:
    stand = Stand()
    stand.ari.on("DELETE", "/channels/.*", response(status, "No", text="no"))
    playing = stand.play(ORIGINATE, step("hangup", {"channels": "call", "missing": "ok"}))
    stand.clock.advance(5)
    assert playing.headline() == f"Asterisk did not hang up call: {status} no"


def test_no_id_begins_with_another() -> None:
    """Asterisk 22 takes such an id for one that is in use, and never tells small letters from capitals."""
    stand = Stand()
    names = ["call10", "call1", "call", "CALL"]
    stand.play(*(step("originate", {"endpoint": "Local/x@y", "app": "a", "as": name}) for name in names)).result()
    ids = [stand.asterisk.ids[name].lower() for name in names]
    assert [(one, other) for one in ids for other in ids if one is not other and other.startswith(one)] == []
