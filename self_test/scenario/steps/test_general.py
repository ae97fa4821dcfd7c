"""`ari`, `ami`, `cli`: what they send, what they make of the answer, what they leave behind."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from pydantic import ValidationError
from self_test.scenario.fakes import answered, response, step
from self_test.scenario.stand import ORIGINATE, Stand, why

from callgate.ami.codec import Message
from callgate.ari.errors import AriConnectionError
from callgate.scenario.verdict import Outcome

PRINTED = answered("Success", ("Output", "Channel  State"), ("Output", "2 active channels"),
                   ("Output", "1 active call"))


def listed(*events: Mapping[str, str]) -> Any:
    return answered(events=[Message((("Event", "Item"), *event.items())) for event in events])


# -- ari -----------------------------------------------------------------------------------------------

def test_a_value_stays_one_part_of_the_path() -> None:
    stand = Stand()
    stand.play(ORIGINATE, step("ari", "POST /channels/${call.name}/my ring"))
    assert stand.ari.requests[1].path == "/channels/Local%2Fx%40y-1%3B1/my%20ring"


def test_query_and_body_are_sent_with_values_put_in() -> None:
    stand = Stand()
    stand.play(step("ari", {"request": "PUT /x", "query": {"a": "${run.id}", "b": ["1", "2"]},
                            "body": '{"n": 5, "t": true, "deep": [{"id": "${run.id}"}]}'}))
    asked = stand.ari.requests[0]
    run = "20261123-081500-77"
    assert (asked.method, asked.query) == ("PUT", {"a": run, "b": ["1", "2"]})
    assert asked.body == {"n": 5, "t": True, "deep": [{"id": run}]}


@pytest.mark.parametrize(("body", "what"), [
    ("{", "nor JSON"), ("5", "must be a mapping or a list"), ("null", "must be a mapping"), ("", "nor JSON"),
    ('{"${run.id}": 1}', r"holds '\$\{'"), ('[{"x": [{"a${": 1}]}]', r"holds '\$\{'"), ("[" * 100_000, "nor JSON")])
def test_what_is_no_body(body: str, what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        step("ari", {"request": "POST /x", "body": body})


@pytest.mark.parametrize(("wanted", "status", "outcome"), [
    ({}, 204, Outcome.PASSED), ({}, 404, Outcome.FAILED), ({"status": "404"}, 404, Outcome.PASSED),
    ({"status": "404"}, 200, Outcome.FAILED), ({"status": ["200", "404"]}, 404, Outcome.PASSED),
    ({"status": ["200", "404"]}, 409, Outcome.FAILED)])
def test_the_status(wanted: dict[str, Any], status: int, outcome: Outcome) -> None:
    stand = Stand()
    stand.ari.on("GET", "/x", response(status, "Reason"))
    assert stand.play(step("ari", {"request": "GET /x", **wanted})).result().outcome is outcome


@pytest.mark.parametrize("status", ["99", "600", "ok", []])
def test_what_is_no_status(status: Any) -> None:
    with pytest.raises(ValidationError):
        step("ari", {"request": "GET /x", "status": status})


def test_a_refusal_shows_the_status_and_asterisks_own_words() -> None:
    stand = Stand()
    stand.ari.on("POST", "/x", response(409, "Conflict", {"message": "Channel not in Stasis"}, '{"message": "x"}'))
    told = why(stand.play(step("ari", {"request": "POST /x", "status": ["200", "204"]})))
    assert told.headline == "POST /x: 409 Channel not in Stasis"
    assert told.expected == (("status", "200 or 204"),)
    assert told.got == (("status", "409 Conflict"),)


def test_a_body_is_compared() -> None:
    stand = Stand()
    stand.ari.on("GET", "/x", response(200, "OK", {"state": "Ring", "caller": {"number": 100}}))
    told = why(stand.play(step("ari", {"request": "GET /x", "expect": {"state": "Up", "caller": {"number": "100"}}})))
    assert (told.expected, told.got) == ((("body.state", "Up"),), (("body.state", "Ring"),))


@pytest.mark.parametrize(("expect", "outcome"), [
    ({"len": "2"}, Outcome.PASSED), ({"len": "3"}, Outcome.FAILED), ([{"id": "a"}, {"id": "~b"}], Outcome.PASSED)])
def test_a_body_that_is_a_list(expect: Any, outcome: Outcome) -> None:
    stand = Stand()
    stand.ari.on("GET", "/x", response(200, "OK", [{"id": "a"}, {"id": "b"}]))
    assert stand.play(step("ari", {"request": "GET /x", "expect": expect})).result().outcome is outcome


def test_no_body_is_not_an_empty_one() -> None:
    stand = Stand()
    stand.ari.on("GET", "/x", response(204, "No Content"))
    assert why(stand.play(step("ari", {"request": "GET /x", "expect": {"a": "absent"}}))).got == (("body", "(absent)"),)


@pytest.mark.parametrize(("reference", "value"), [("${all.0.id}", "a"), ("${all.1.tags.0}", "t")])
def test_an_answer_that_was_given_a_name(reference: str, value: str) -> None:
    stand = Stand()
    stand.ari.on("GET", "/x", response(200, "OK", [{"id": "a"}, {"id": "b", "tags": ["t"]}]))
    one = step("ari", {"request": "GET /x", "as": "all"})
    assert one.defines() == {"all"}
    stand.play(one, step("ari", f"GET /y/{reference}"))
    assert stand.ari.requests[-1].path == f"/y/{value}"


REGISTER = step("register", {"app": "a", "as": "client"})
OVER = step("ari", {"request": "GET /x", "over": "client"})
MODEL = response(200, "OK", {"models": {"RESTRequest": {}}})


def test_a_request_over_a_websocket_once_it_is_known_to_be_taken() -> None:
    stand = Stand()
    stand.ari.on("GET", "/api-docs/events.json", MODEL)
    assert OVER.needs() == {"client"}
    assert stand.play(REGISTER, OVER, OVER).result().outcome is Outcome.PASSED
    assert [(one.path, one.over) for one in stand.ari.requests] == [
        ("/api-docs/events.json", ""), ("/x", "client"), ("/x", "client")]


@pytest.mark.parametrize(("model", "said"), [
    (response(200, "OK", {"models": {"Event": {}}}), "this Asterisk takes no ARI requests over a WebSocket. Others do"),
    (response(404, "Not Found"), "cannot tell whether this Asterisk takes requests over a WebSocket: it does not")])
def test_an_asterisk_that_takes_no_requests_over_a_websocket(model: Any, said: str) -> None:
    stand = Stand()
    stand.ari.on("GET", "/api-docs/events.json", model)
    playing = stand.play(REGISTER, OVER)
    assert playing.result().outcome is Outcome.ENVIRONMENT
    assert playing.headline().startswith(said)


@pytest.mark.parametrize(("between", "said"), [
    (step("disconnect", "client"), "client is not registered"),
    (step("disconnect", {"client": "client", "how": "stall"}), "client is stalled, and would not read the response")])
def test_a_client_that_cannot_answer(between: Any, said: str) -> None:
    stand = Stand()
    stand.ari.on("GET", "/api-docs/events.json", MODEL)
    playing = stand.play(REGISTER, between, OVER)
    assert (playing.result().outcome, playing.headline()[:len(said)]) == (Outcome.FAILED, said)


def test_a_websocket_that_is_lost_before_the_response_is_asterisks_fault() -> None:
    stand = Stand()
    stand.ari.on("GET", "/api-docs/events.json", MODEL)
    stand.ari.on("GET", "/x", AriConnectionError("ARI WebSocket 'client': lost"))
    assert stand.play(REGISTER, OVER).result().outcome is Outcome.CRASHED


def test_an_empty_part_is_not_sent() -> None:
    stand = Stand()
    stand.ari.on("GET", "/x", response(200, "OK", {"value": ""}))
    playing = stand.play(step("ari", {"request": "GET /x", "as": "x"}), step("ari", "POST /channels/${x.value}/answer"))
    assert "a part of its path is empty" in playing.headline()
    assert stand.ari.asked("POST") == []


def test_a_list_that_ari_would_split_otherwise_is_not_sent() -> None:
    stand = Stand()
    playing = stand.play(step("ari", {"request": "GET /x", "query": {"a": ["1,2"]}}))
    assert playing.result().outcome is Outcome.FAILED
    assert stand.ari.requests == []


# -- ami -----------------------------------------------------------------------------------------------

def test_headers_are_sent_in_order_and_repeated() -> None:
    stand = Stand()
    stand.play(step("ami", {"action": "Originate", "headers": {"Variable": ["A=1", "B=${run.id}"], "Async": "true"}}))
    assert stand.asterisk.fake_ami.actions == [
        ("Originate", (("Variable", "A=1"), ("Variable", "B=20261123-081500-77"), ("Async", "true")))]


@pytest.mark.parametrize(("fields", "what"), [
    ({"action": "logoff"}, "what Callgate itself is told"), ({"action": " Events "}, "what Callgate itself is told"),
    ({"action": "Filter"}, "what Callgate itself is told"), ({"action": ""}, "at least 1"),
    ({"action": "X", "headers": {"actionid": "1"}}, "which Callgate sets itself"),
    ({"action": "X", "headers": {"A:": "1"}}, "without a colon"), ({"action": "X", "headers": {"": "1"}}, "a colon"),
    ({"action": "X", "headers": {"A": "1\nB: 2"}}, "without line breaks"),
    ({"action": "X", "headers": {"A": ["1", "\r"]}}, "without line breaks"),
    ({"action": "X", "events": {}}, "needs 'count' or 'contains'"), ({"action": "X", "response": "error"}, "Success"),
    ({"action": "X", "events": {"contains": []}}, "at least 1")])
def test_what_is_no_action(fields: dict[str, Any], what: str) -> None:
    with pytest.raises(ValidationError, match=what):
        step("ami", fields)


@pytest.mark.parametrize("value", ["Logoff", "X\r\nAction: Logoff"])
def test_a_value_cannot_make_it_one_that_is_refused(value: str) -> None:
    stand = Stand()
    stand.ari.on("GET", "/x", response(200, "OK", {"value": value}))
    playing = stand.play(step("ari", {"request": "GET /x", "as": "x"}), step("ami", "${x.value}"))
    assert playing.result().outcome is Outcome.FAILED
    assert stand.asterisk.fake_ami.actions == []


@pytest.mark.parametrize(("wanted", "came", "outcome"), [
    ({}, "Success", Outcome.PASSED), ({}, "Error", Outcome.FAILED), ({"response": "Error"}, "Error", Outcome.PASSED),
    ({"response": "Error"}, "Success", Outcome.FAILED), ({"response": "any"}, "Error", Outcome.PASSED)])
def test_the_response(wanted: dict[str, str], came: str, outcome: Outcome) -> None:
    stand = Stand()
    stand.asterisk.fake_ami.on("X", answered(came, ("Message", "So it is.")))
    playing = stand.play(step("ami", {"action": "X", **wanted}))
    assert playing.result().outcome is outcome
    if outcome is Outcome.FAILED:
        assert playing.headline() == f"Asterisk answered X with {came}: So it is."
        assert why(playing).got == (("Response", came), ("Message", "So it is."))


def test_headers_of_the_response() -> None:
    stand = Stand()
    stand.asterisk.fake_ami.on("X", answered("Success", ("Value", "1"), ("Repeated", "a"), ("Repeated", "b")))
    told = why(stand.play(step("ami", {"action": "X", "expect": {
        "value": {"gt": "0"}, "Repeated": ["a", "b"], "None": "absent", "Other": "x"}})))
    assert (told.expected, told.got) == ((("Other", "x"),), (("Other", "(absent)"),))


@pytest.mark.parametrize(("events", "outcome"), [
    ({"count": "2"}, Outcome.PASSED), ({"count": "1"}, Outcome.FAILED), ({"count": {"ge": "1"}}, Outcome.PASSED),
    ({"contains": {"A": "2"}}, Outcome.PASSED), ({"contains": {"A": "3"}}, Outcome.FAILED),
    ({"contains": [{"A": "1"}, {"A": "~2"}]}, Outcome.PASSED), ({"contains": [{"A": "1"}, {"B": "1"}]}, Outcome.FAILED),
    ({"contains": {"A": "${run.id}"}}, Outcome.FAILED), ({"contains": {"C": "${run.id}"}}, Outcome.PASSED)])
def test_the_list_of_events(events: dict[str, Any], outcome: Outcome) -> None:
    stand = Stand()
    stand.asterisk.fake_ami.on("X", listed({"A": "1"}, {"A": "2", "C": "20261123-081500-77"}))
    assert stand.play(step("ami", {"action": "X", "events": events})).result().outcome is outcome


def test_no_list_is_not_an_empty_one() -> None:
    stand = Stand()
    playing = stand.play(step("ami", {"action": "X", "events": {"count": "0"}}))
    assert playing.headline() == "Asterisk answered X with Success, and not with a list of events"


@pytest.mark.parametrize(("reference", "value"), [("${x.Value}", "1"), ("${x.1.A}", "2"), ("${x.repeated}", "a")])
def test_a_response_that_was_given_a_name(reference: str, value: str) -> None:
    stand = Stand()
    events = [Message((("Event", "Item"), ("A", number))) for number in ("1", "2")]
    stand.asterisk.fake_ami.on("X", answered("Success", ("Value", "1"), ("Repeated", "a"), ("Repeated", "b"),
                                             events=events))
    one = step("ami", {"action": "X", "as": "x"})
    assert one.defines() == {"x"}
    stand.play(one, step("ami", {"action": "Y", "headers": {"V": reference}}))
    assert stand.asterisk.fake_ami.actions[-1] == ("Y", (("V", value),))


# -- cli -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("fields", "wrong"), [
    ({}, ()), ({"contains": "active"}, ()), ({"contains": ["2 active", "1 active"]}, ()),
    ({"contains": ["2 active", "3 active"]}, (("contains", "3 active"),)),
    ({"lacks": ["9", "Local"]}, ()), ({"lacks": "Channel"}, (("lacks", "Channel"),)),
    ({"matches": r"^\d+ active call$"}, ()), ({"matches": "^active"}, (("matches", "/^active/"),)),
    ({"contains": "x", "lacks": "State"}, (("contains", "x"), ("lacks", "State")))])
def test_what_a_command_prints(fields: dict[str, Any], wrong: tuple[tuple[str, str], ...]) -> None:
    stand = Stand()
    stand.asterisk.fake_ami.on("Command", PRINTED)
    playing = stand.play(step("cli", {"command": "core show channels", **fields}))
    assert (playing.result().outcome is Outcome.FAILED) == bool(wrong)
    if wrong:
        assert why(playing).expected == wrong
        assert why(playing).got[-1] == ("output", "1 active call")


def test_a_command_that_asterisk_does_not_have() -> None:
    stand = Stand()
    stand.asterisk.fake_ami.on("Command", answered("Error", ("Output", "No such command 'x'"), ("Output", "")))
    assert stand.play(step("cli", "x")).headline() == "Asterisk did not run 'x': No such command 'x'"


def test_an_output_that_was_given_a_name() -> None:
    stand = Stand()
    stand.asterisk.fake_ami.on("Command", PRINTED)
    one = step("cli", {"command": "x", "matches": r"(?P<calls>\d+) active call$|(?P<none>nothing)", "as": "now"})
    assert one.defines() == {"now"}
    stand.play(one, step("ami", {"action": "Y", "headers": {"V": "${now.calls}"}}))
    assert stand.asterisk.fake_ami.actions[-1] == ("Y", (("V", "1"),))


def test_a_long_output_is_cut() -> None:
    stand = Stand()
    stand.asterisk.fake_ami.on("Command", answered("Success", *(("Output", f"{'x' * 300}{n}") for n in range(20))))
    got = why(stand.play(step("cli", {"command": "x", "contains": "y"}))).got
    assert (len(got), got[-1]) == (13, ("output", "… and 8 more lines"))
    assert len(got[0][1]) == 161


def test_a_value_in_a_regular_expression_means_itself() -> None:
    stand = Stand()
    stand.ari.on("GET", "/x", response(200, "OK", {"value": "."}))
    stand.asterisk.fake_ami.on("Command", PRINTED)
    playing = stand.play(step("ari", {"request": "GET /x", "as": "x"}),
                         step("cli", {"command": "x", "matches": "^${x.value}"}))
    assert playing.result().outcome is Outcome.FAILED


@pytest.mark.parametrize("matches", ["(", "", "*"])
def test_what_is_no_regular_expression(matches: str) -> None:
    with pytest.raises(ValidationError):
        step("cli", {"command": "x", "matches": matches})


def test_steps_are_described_as_they_are_written() -> None:
    assert step("ari", "GET /x/${a.b}").describe() == "ari: GET /x/${a.b}"
    assert step("cli", {"command": "x", "matches": "a+"}).describe() == "cli: {command: x, matches: a+}"
    assert step("ami", "Ping").describe() == "ami: Ping"


@pytest.mark.parametrize("key", ["contains", "lacks"])
def test_a_text_that_is_empty_now_is_looked_for_in_nothing(key: str) -> None:
    stand = Stand()
    playing = stand.play(step("expect", {"ami": "X", "as": "x"}),
                         step("cli", {"command": "core show uptime", key: ["a", "${x.Value}"]}))
    stand.asterisk.ami_event("X", ("Value", ""))
    assert playing.headline() == f"'{key}' is empty, and would be found in any text"
    assert stand.asterisk.fake_ami.actions == []
