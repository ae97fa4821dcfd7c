"""`originate` beyond ARI's plain one, `create`, `dial`: what they take and what they ask Asterisk for."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from self_test.scenario.fakes import answered, response, step
from self_test.scenario.stand import LOCAL, ORIGINATE, Playing, Stand

from callgate.scenario.steps.base import Step
from callgate.scenario.verdict import Outcome


def originate(**fields: Any) -> Step:
    return step("originate", {"endpoint": "Local/x@y", "as": "call", **fields})


@pytest.mark.parametrize(("fields", "message"), [
    ({"application": "Wait"}, "'application' needs 'through: ami'"),
    ({"app": "a", "priority": "1"}, "'priority' goes with 'extension'"),
    ({"app": "a", "label": "l"}, "'label' goes with 'extension'"),
    ({"app": "a", "data": "l"}, "'data' goes with 'application'"),
    ({"extension": "x", "priority": "1", "label": "l"}, "'priority' and 'label' say the same"),
    ({"extension": "x", "priority": "0"}, "greater than or equal to 1"),
    ({"app": "a", "formats": "ulaw", "originator": "A"}, "'formats' and 'originator' exclude each other"),
    ({"app": "a", "formats": "ulaw,alaw"}, "should match pattern"),
    ({"app": "a", "timeout": "1500ms"}, "must be whole seconds"),
    ({"app": "a", "timeout": "10"}, "needs a unit"),
    ({"app": "a", "through": "ami", "originator": "A"}, "'originator' needs 'through: ari'"),
    ({"app": "a", "application": "Wait", "through": "ami"}, "'app'.*'extension'.*'application'"),
    ({"app": "a", "through": "sip"}, "Input should be 'ari' or 'ami'"),
])
def test_what_an_originate_cannot_mean(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        originate(**fields)


def test_everything_that_ari_takes() -> None:
    stand = Stand()
    stand.play(originate(extension="x", context="y", label="l", formats=["ulaw", "alaw"], timeout="2m",
                         **{"caller-id": "Bugs <1>"}),
               step("originate", {"endpoint": "PJSIP/a", "extension": "x", "priority": "2", "originator": "call",
                                  "as": "B"}))
    first, second = (request.query for request in stand.ari.requests[:2])
    ids = stand.asterisk.ids
    assert first == {"endpoint": "Local/x@y", "extension": "x", "context": "y", "label": "l",
                     "formats": ("ulaw", "alaw"), "timeout": "120", "callerId": "Bugs <1>",
                     "channelId": ids["call"], "otherChannelId": ids["call;2"]}
    assert second == {"endpoint": "PJSIP/a", "extension": "x", "priority": "2", "originator": ids["call"],
                      "channelId": ids["B"]}


def test_the_originator_must_be_there() -> None:
    assert originate(app="a", originator="A;2").needs() == {"A;2"}
    assert originate(app="a").needs() == set()


AMI = {"through": "ami", "as": "call", "endpoint": "Local/x@y"}


def play(*steps: Step) -> tuple[Stand, Playing]:
    """Play, with the channels of the first action known to the Asterisk as those of its answer."""
    stand = Stand()
    stand.asterisk.fake_ami.on("Originate", answered("Success", ("ActionID", "1")))
    playing = stand.play(*steps)
    sent = dict(stand.asterisk.fake_ami.actions[0][1])
    stand.asterisk.ids |= {"call": sent["ChannelId"], "call;2": sent.get("OtherChannelId", "")}
    return stand, playing


def headers(stand: Stand) -> list[tuple[str, str]]:
    return [(name, value.replace(stand.asterisk.ids["call"], "ID"))
            for name, value in stand.asterisk.fake_ami.actions[0][1]]


@pytest.mark.parametrize(("fields", "where"), [
    ({"app": "a", "args": "1,2"}, [("Application", "Stasis"), ("Data", "a,1,2")]),
    ({"app": "a"}, [("Application", "Stasis"), ("Data", "a")]),
    ({"application": "Wait", "data": "60"}, [("Application", "Wait"), ("Data", "60")]),
    ({"application": "Wait"}, [("Application", "Wait")]),
    ({"extension": "x"}, [("Exten", "x"), ("Context", "default"), ("Priority", "1")]),
    ({"extension": "x", "context": "y", "priority": "3"}, [("Exten", "x"), ("Context", "y"), ("Priority", "3")]),
    ({"extension": "x", "context": "y", "label": "l"}, [("Exten", "x"), ("Context", "y"), ("Priority", "l")]),
])
def test_where_a_call_through_ami_goes(fields: dict[str, Any], where: list[tuple[str, str]]) -> None:
    stand, _ = play(step("originate", {**AMI, **fields}))
    stand.clock.advance(5)
    assert stand.asterisk.fake_ami.actions[0][0] == "Originate"
    assert headers(stand) == [("Channel", "Local/x@y"), *where, ("ChannelId", "ID"), ("OtherChannelId", "ID.2"),
                              ("Async", "true")]


def test_what_else_goes_through_ami() -> None:
    stand, _ = play(step("originate", {
        **AMI, "endpoint": "PJSIP/a", "app": "a", "timeout": "2s", "formats": ["ulaw", "g722"], "caller-id": "1234",
        "variables": {"A": '1,2 "(x)" \\', "B": ""}}))
    stand.clock.advance(5)
    assert headers(stand)[3:] == [
        ("ChannelId", "ID"), ("CallerID", "1234"), ("Timeout", "2000"), ("Codecs", "ulaw,g722"), ("Async", "true"),
        ("Variable", 'A=1\\,2 \\"\\(x\\)\\" \\\\'), ("Variable", "B=")]


def test_a_call_through_ami_is_there_when_the_step_ends() -> None:
    stand, playing = play(step("originate", {**AMI, "app": "a"}), step("answer", "call"))
    assert not playing.done
    stand.asterisk.ami_event("Newchannel", ("Channel", "Local/x@y-1;2"), channel="call;2")
    assert stand.ari.requests == []
    stand.asterisk.ami_event("Newchannel", ("Channel", "Local/x@y-1;1"), channel="call")
    assert stand.ari.asked("POST") == [f"/channels/{stand.asterisk.ids['call']}/answer"]


def test_a_call_through_ami_that_never_is() -> None:
    stand, playing = play(step("originate", {**AMI, "app": "a"}))
    stand.asterisk.ami_event("OriginateResponse", ("ActionID", "someone else's"), ("Response", "Failure"))
    assert not playing.done
    stand.asterisk.ami_event("OriginateResponse", ("ActionID", "1"), ("Response", "Failure"), ("Reason", "0"))
    stand.clock.advance(1)
    assert playing.headline() == "Asterisk did not originate Local/x@y: no channel was made"
    explanation = playing.result().explanation
    assert explanation is not None
    assert explanation.got == (("OriginateResponse", "Failure"), ("Reason", "0"))


@pytest.mark.parametrize("response", ["Success", "Failure"])
def test_the_response_may_overtake_the_channel(response: str) -> None:
    stand, playing = play(step("originate", {**AMI, "app": "a"}))
    stand.asterisk.ami_event("OriginateResponse", ("ActionID", "1"), ("Response", response))
    stand.asterisk.ami_event("Newchannel", ("Channel", "Local/x@y-1;1"), channel="call")
    assert playing.result().outcome is Outcome.PASSED


def test_a_call_through_ami_that_asterisk_forgets() -> None:
    stand, playing = play(step("originate", {**AMI, "app": "a"}))
    stand.clock.advance(5)
    assert playing.headline() == "Asterisk did not originate Local/x@y: no channel was made"


def test_a_call_through_ami_that_is_refused() -> None:
    stand = Stand()
    stand.asterisk.fake_ami.on("Originate", answered("Error", ("Message", "Invalid priority")))
    playing = stand.play(step("originate", {**AMI, "extension": "x", "label": "l"}))
    assert playing.headline() == "Asterisk did not originate Local/x@y: Invalid priority"
    assert playing.result().outcome is Outcome.FAILED


def test_a_create_asks_for_channels_of_ours() -> None:
    stand = Stand()
    one = step("create", {"endpoint": "Local/x@y", "app": "a", "args": "1", "formats": "ulaw",
                          "variables": {"A": "1"}, "as": "call"})
    assert one.defines() == {"call", "call;2"}
    stand.play(ORIGINATE.model_copy(update={"name": "A"}), one)
    request, ids = stand.ari.requests[1], stand.asterisk.ids
    assert (request.method, request.path, request.body) == ("POST", "/channels/create", {"variables": {"A": "1"}})
    assert request.query == {"endpoint": "Local/x@y", "app": "a", "appArgs": "1", "formats": ("ulaw",),
                             "channelId": ids["call"], "otherChannelId": ids["call;2"]}


def test_a_create_takes_formats_once() -> None:
    with pytest.raises(ValidationError, match="exclude each other"):
        step("create", {"endpoint": "Local/x@y", "app": "a", "formats": "ulaw", "originator": "A", "as": "call"})


def test_a_dial_names_its_caller() -> None:
    one = step("dial", {"channel": "call", "caller": "call;2", "timeout": "10s"})
    assert one.needs() == {"call", "call;2"}
    stand = Stand()
    stand.play(LOCAL, one)
    request, ids = stand.ari.requests[1], stand.asterisk.ids
    assert request.path == f"/channels/{ids['call']}/dial"
    assert request.query == {"caller": ids["call;2"], "timeout": "10"}


def test_a_dial_that_is_refused() -> None:
    stand = Stand()
    stand.ari.on("POST", ".*/dial", response(409, "Conflict", {"message": "Channel is not in the 'Down' state"}))
    playing = stand.play(LOCAL, step("dial", "call"))
    assert playing.headline() == "Asterisk did not dial call: 409 Channel is not in the 'Down' state"
