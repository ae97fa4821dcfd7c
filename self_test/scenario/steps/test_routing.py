"""`continue`, `move`, `redirect`, and the reasons of `hangup`."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from self_test.scenario.fakes import answered, response, step
from self_test.scenario.stand import LOCAL, Stand

from callgate.scenario.verdict import Outcome

#: What Asterisk serves of its model of DELETE /channels/{channelId}, in short.
MODEL = {"apis": [{"path": "/channels/{channelId}",
                   "operations": [{"httpMethod": "GET", "parameters": []},
                                  {"httpMethod": "DELETE", "parameters": [{"name": "reason_code"}]}]}]}
OLD_MODEL = {"apis": [{"path": "/channels/{channelId}",
                       "operations": [{"httpMethod": "GET", "parameters": [{"name": "reason_code"}]},
                                      {"httpMethod": "DELETE"}]}]}


@pytest.mark.parametrize(("keyword", "fields", "path", "query"), [
    ("continue", {"channel": "call"}, "continue", {}),
    ("continue", {"channel": "call", "context": "c", "extension": "e", "priority": "2"}, "continue",
     {"context": "c", "extension": "e", "priority": "2"}),
    ("continue", {"channel": "call", "label": "l"}, "continue", {"label": "l"}),
    ("move", {"channel": "call", "app": "b", "args": "1,2"}, "move", {"app": "b", "appArgs": "1,2"}),
    ("redirect", {"channel": "call", "endpoint": "PJSIP/b"}, "redirect", {"endpoint": "PJSIP/b"}),
])
def test_what_is_asked_through_ari(keyword: str, fields: dict[str, Any], path: str, query: dict[str, str]) -> None:
    stand = Stand()
    stand.asterisk.together = False
    assert step(keyword, fields).needs() == {"call"}
    assert stand.play(LOCAL, step(keyword, fields), step("hangup", ["call", "call;2"])).result().outcome is \
        Outcome.PASSED
    request = stand.ari.requests[1]
    assert (request.method, request.path) == ("POST", f"/channels/{stand.asterisk.ids['call']}/{path}")
    assert request.query == query


@pytest.mark.parametrize(("keyword", "fields", "said"), [
    ("continue", {"channel": "call"}, "Asterisk did not let call continue: 409 no"),
    ("move", {"channel": "call", "app": "b"}, "Asterisk did not move call to b: 409 no"),
    ("redirect", {"channel": "call", "endpoint": "PJSIP/b"}, "Asterisk did not redirect call: 409 no"),
])
def test_what_is_turned_down_fails(keyword: str, fields: dict[str, Any], said: str) -> None:
    stand = Stand()
    stand.ari.on("POST", "/channels/.+", response(409, "Conflict", {"message": "no"}))
    assert stand.play(LOCAL, step(keyword, fields)).headline() == said


def test_a_redirect_through_ami() -> None:
    stand = Stand()
    fields = {"channel": "call", "through": "ami", "context": "c", "extension": "e"}
    stand.play(LOCAL, step("redirect", fields), step("redirect", {**fields, "priority": "l"}))
    first, second = stand.asterisk.fake_ami.actions
    where = [("Channel", stand.asterisk.ids["call"]), ("Context", "c"), ("Exten", "e")]
    assert first == ("Redirect", (*where, ("Priority", "1")))
    assert second == ("Redirect", (*where, ("Priority", "l")))


def test_a_redirect_through_ami_that_is_refused() -> None:
    stand = Stand()
    stand.asterisk.fake_ami.on("Redirect", answered("Error", ("Message", "Priority is invalid")))
    playing = stand.play(LOCAL, step("redirect", {"channel": "call", "through": "ami", "context": "c",
                                                  "extension": "e"}))
    assert playing.headline() == "Asterisk did not redirect call: Priority is invalid"


@pytest.mark.parametrize(("keyword", "fields", "message"), [
    ("continue", {"priority": "1", "label": "l"}, "'priority' and 'label' say the same"),
    ("redirect", {}, "needs 'endpoint' through ARI"),
    ("redirect", {"endpoint": "x", "context": "c"}, "'context' needs 'through: ami'"),
    ("redirect", {"through": "ami", "endpoint": "x"}, "'endpoint' needs 'through: ari'"),
    ("redirect", {"through": "ami", "context": "c"}, "needs 'extension' through AMI"),
    ("move", {}, "Field required"),
])
def test_what_cannot_be_meant(keyword: str, fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        step(keyword, {"channel": "call", **fields})


def test_a_hangup_gives_a_reason() -> None:
    stand = Stand()
    stand.play(LOCAL, step("hangup", {"channels": "call", "reason": "busy"}))
    assert stand.ari.requests[1].query == {"reason": "busy"}


def test_a_hangup_gives_a_cause_where_the_build_can() -> None:
    stand = Stand()
    stand.ari.on("GET", "/api-docs/channels.json", response(200, "OK", MODEL))
    stand.play(LOCAL, step("hangup", {"channels": "call", "cause": "88"}))
    assert next(one.query for one in stand.ari.requests if one.method == "DELETE") == {"reason_code": "88"}


@pytest.mark.parametrize(("answer", "said"), [
    (response(200, "OK", OLD_MODEL), "this Asterisk has no 'reason_code' for DELETE /channels/{channelId}"),
    (response(404, "Not Found", {"message": "Resource not found"}),
     ("cannot tell whether this Asterisk has 'reason_code' for DELETE /channels/{channelId}: it does not serve the "
      "model of its ARI (404 Resource not found)")),
])
def test_a_cause_that_the_build_does_not_know_is_not_sent(answer: Any, said: str) -> None:
    stand = Stand()
    stand.ari.on("GET", "/api-docs/channels.json", answer)
    playing = stand.play(LOCAL, step("hangup", {"channels": "call", "cause": "88"}))
    assert playing.result().outcome is Outcome.ENVIRONMENT
    assert playing.headline() == said
    assert all("reason_code" not in request.query for request in stand.ari.requests)


@pytest.mark.parametrize(("fields", "message"), [
    ({"reason": "busy", "cause": "17"}, "'reason' and 'cause' say the same"),
    ({"reason": "bored"}, "Input should be 'normal'"), ({"cause": "0"}, "greater than or equal to 1"),
    ({"cause": "128"}, "less than or equal to 127"),
])
def test_reasons_that_there_are_not(fields: dict[str, str], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        step("hangup", {"channels": "call", **fields})
