"""What is said to be waited for, of journals that are made up: Asterisk's only where it can be named."""

from __future__ import annotations

from typing import Any

import pytest
from bench.accounting import (
    AMI_ANSWER,
    ARI_ANSWER,
    ASTERISKS,
    AT_HAND,
    COMES,
    DEACTIVATED,
    EVENT,
    FILLED,
    FORGOTTEN,
    HANGUP,
    IN_VAIN,
    LINE,
    LOGGED,
    NEWS,
    OURS,
    OWN,
    PAUSING,
    PONG,
    REPEATING,
    SAYS,
    SETTLED,
    UNEXPLAINED,
    UPGRADE,
    WATCHING,
    Spent,
    Stretch,
    Wait,
    account,
)
from twisted.internet.task import Clock

from callgate.scenario.journal import Journal, Source


class Played:
    """A journal, and the stretches in which the reactor was idle while it was written."""

    def __init__(self) -> None:
        self.journal = Journal(Clock().seconds)
        self.stretches: list[Stretch] = []

    def step(self, text: str, branch: str = "") -> Played:
        self.journal.append(Source.STEP, text, origin=branch)
        return self

    def request(self, what: str, number: int = 1) -> Played:
        self.journal.append(Source.ARI_REQUEST, what, {"number": number, "query": {}, "body": None})
        return self

    def response(self, status: str = "200 OK", number: int = 1) -> Played:
        self.journal.append(Source.ARI_RESPONSE, status, {"number": number, "body": None})
        return self

    def action(self, name: str, *headers: list[str]) -> Played:
        self.journal.append(Source.AMI_ACTION, name, [["ActionID", "a1"], *headers])
        return self

    def came(self, source: Source, name: str, data: Any = ()) -> Played:
        self.journal.append(source, name, data)
        return self

    def idle(self, seconds: float = 1.0, busy: float = 0.0, since_sent: float | None = None) -> Played:
        sent = None if since_sent is None else Spent(since_sent, since_sent)
        self.stretches.append(Stretch(seconds, self.journal.mark(), Spent(busy, busy), sent))
        return self

    def account(self) -> list[Wait]:
        return account(list(self.journal.since()), self.stretches)

    def hidden(self) -> list[float]:
        return [wait.hidden.wall for wait in self.account()]

    def kinds(self) -> list[str]:
        return [wait.name[0] for wait in self.account()]


DESTROYED = "stasis/app.c: Destroying Stasis app Babs"


def test_each_kind_is_somebodys() -> None:
    assert not set(ASTERISKS) & set(OURS)


@pytest.mark.parametrize(("step", "kind", "about"), [
    ("expect: {ami: VarSet, channel: call}", EVENT, "expect VarSet"),
    ("expect: {ari: StasisStart}", EVENT, "expect StasisStart"),
    ("count: {ami: VarSet, at-least: 2}", EVENT, "count VarSet"),
    ("count: {ami: VarSet, exactly: 2, for: 50ms}", WATCHING, "count"),
    ("never: {ami: VarSet, for: 50ms}", WATCHING, "never"),
    ("log: Stasis app", LINE, "log"), ("register: Babs", UPGRADE, "register"),
    ("disconnect: Babs", DEACTIVATED, "disconnect"), ("server: calls", COMES, "server"),
    ("disconnect: {client: a, how: stall, fill: true}", FILLED, "disconnect"),
    ("answer: call", UNEXPLAINED, "answer"), ("ended: Babs", DEACTIVATED, "ended"),
    ("upgrade: /ari/events", UPGRADE, "upgrade"),
    ("count: {ami: VarSet, exactly: 2}", EVENT, "count VarSet"),
    ("frame: {client: a, opcode: ping, pong: true}", PONG, "frame"), ("frame: {client: a}", UNEXPLAINED, "frame"),
    ("frame: {client: a, opcode: ping, pong: true, pieces: 9}", PAUSING, "frame"),
    ("own_step: {a: b}", OWN, "own_step")])
def test_a_step_that_waits(step: str, kind: str, about: str) -> None:
    [wait] = Played().step(step).idle(2.0).account()
    assert wait == Wait((kind, about), 2.0, Spent())


def test_a_request_without_its_answer_is_what_is_waited_for() -> None:
    played = Played().step("answer: call").request("POST /channels/a-1/answer").idle().response().idle()
    assert [wait.name for wait in played.account()] == [(ARI_ANSWER, "POST /channels/…/answer"),
                                                        (UNEXPLAINED, "answer")]


def test_so_is_an_action_and_what_its_list_still_lacks() -> None:
    played = Played().step("ami: {action: CoreShowChannels}").action("CoreShowChannels").idle()
    assert played.came(Source.AMI_RESPONSE, "Success", [["ActionID", "a1"]]).idle().kinds() == [AMI_ANSWER] * 2


def test_before_the_first_step_nothing_is_known() -> None:
    assert Played().idle().kinds() == [UNEXPLAINED]


@pytest.mark.parametrize(("source", "kind"), [
    (Source.AMI, NEWS), (Source.ARI, NEWS), (Source.LOG, NEWS), (Source.ARI_REQUEST, REPEATING)])
def test_a_check_waits_for_news_or_for_our_clock(source: Source, kind: str) -> None:
    played = Played().step("check: {step: {ari: {request: GET /x}}}").request("GET /x").response().idle()
    if source is Source.ARI_REQUEST:
        played.request("GET /x", 2)
    else:
        played.came(source, "X", [["Event", "X"]])
    assert played.idle().kinds()[0] == kind


def test_the_end_of_the_steps_is_settled() -> None:
    played = Played().step("never: {ami: X}").action("Setvar", ["Variable", "CALLGATE_SETTLED"], ["Value", "m"]).idle()
    played.came(Source.AMI_RESPONSE, "Success", [["ActionID", "a1"]]).idle().request("POST /events/user/m").idle()
    assert played.step("clean up").idle().kinds() == [SETTLED, SETTLED, SETTLED, ARI_ANSWER]


def test_a_remark_is_no_step() -> None:
    assert Played().step("expect: {ami: X}").step("note").idle().kinds() == [EVENT]


@pytest.mark.parametrize(("source", "kind"), [(Source.AMI, NEWS), (Source.ARI_REQUEST, REPEATING)])
def test_what_is_left_behind_is_looked_for_again_upon_news_or_by_our_clock(source: Source, kind: str) -> None:
    played = Played().step("clean up").request("GET /channels").idle().response().idle()
    played.came(source, "X", {"number": 2}).idle()
    assert played.kinds()[:2] == [ARI_ANSWER, kind]


def test_the_end_of_a_scenario_is_logged() -> None:
    played = Played().step("clean up").request("GET /channels").response()
    played.action("Setvar", ["Variable", "CALLGATE_OVER"], ["Value", "m"]).idle()
    assert played.came(Source.AMI_RESPONSE, "Success", [["ActionID", "a1"]]).idle().kinds() == [LOGGED, LOGGED]


def test_a_clean_up_waits_for_hangups_then_for_the_clients() -> None:
    played = Played().step("clean up").request("DELETE /channels/a").idle().response("204 No Content").idle()
    played.came(Source.AMI, "Hangup", [["Uniqueid", "a"]]).idle()
    assert played.kinds() == [ARI_ANSWER, HANGUP, DEACTIVATED]


def test_a_clean_up_waits_for_the_other_half_of_a_local_channel() -> None:
    played = Played().came(Source.AMI, "Newchannel", [["Uniqueid", "a"]])
    played.came(Source.AMI, "Newchannel", [["Uniqueid", "a.2"]])
    played.step("clean up").request("DELETE /channels/a").response("204 No Content")
    played.came(Source.AMI, "Hangup", [["Uniqueid", "a"]]).idle()
    played.came(Source.AMI, "Hangup", [["Uniqueid", "a.2"]]).idle()
    assert played.kinds() == [HANGUP, DEACTIVATED]


@pytest.mark.parametrize("first", [True, False])
def test_a_channel_that_was_gone_already_is_not_waited_for(first: bool) -> None:
    played = Played().step("clean up").request("DELETE /channels/a")
    if first:
        played.came(Source.AMI, "Hangup", [["Uniqueid", "a"]]).response("204 No Content")
    else:
        played.response("404 Not Found")
    assert played.idle().kinds() == [DEACTIVATED]


@pytest.mark.parametrize("step", ["clean up", "disconnect: Babs"])
@pytest.mark.parametrize(("line", "kind"), [(DESTROYED, FORGOTTEN), (DESTROYED.replace("Babs", "Bugs"), IN_VAIN)])
def test_an_application_that_may_be_destroyed(step: str, line: str, kind: str) -> None:
    played = Played().step(step).request("GET /applications/Babs").response("404 Not Found").idle()
    played.came(Source.LOG, "VERBOSE", line).idle()
    assert played.kinds() == [kind, DEACTIVATED if kind == FORGOTTEN else IN_VAIN]


@pytest.mark.parametrize(("line", "kind"), [(DESTROYED, FORGOTTEN), (DESTROYED.replace("Babs", "Bugs"), IN_VAIN)])
def test_an_application_that_was_deactivated_may_be_destroyed(line: str, kind: str) -> None:
    played = Played().step("clean up").idle()
    played.came(Source.LOG, "VERBOSE", "stasis/app.c: Deactivating Stasis app 'Babs'").idle()
    played.came(Source.LOG, "VERBOSE", line).idle()
    assert played.kinds() == [DEACTIVATED, kind, DEACTIVATED if kind == FORGOTTEN else IN_VAIN]


@pytest.mark.parametrize(("between", "name", "kind"), [
    (Source.AMI, "X", FORGOTTEN), (Source.AMI_ACTION, "X", IN_VAIN), (Source.AMI_ACTION, "Ping", FORGOTTEN)])
def test_whatever_else_comes_before_it_is_destroyed(between: Source, name: str, kind: str) -> None:
    played = Played().step("clean up").request("GET /applications/Babs").response("404 Not Found").idle()
    played.came(between, name, [["ActionID", "a1"]]).came(Source.LOG, "VERBOSE", DESTROYED)
    assert played.kinds() == [kind]


def test_who_says_something_meanwhile_still_waits_in_vain() -> None:
    played = Played().step("clean up").request("GET /applications/Babs").response("404 Not Found").idle()
    played.action("Ping").came(Source.AMI_RESPONSE, "Success", [["ActionID", "a1"]]).idle()
    assert played.request("GET /x").kinds() == [IN_VAIN, IN_VAIN]


def test_an_application_that_a_step_asks_for_is_no_clean_up() -> None:
    played = Played().step("ari: GET /applications/Babs").request("GET /applications/Babs").response().idle()
    assert played.kinds() == [UNEXPLAINED]


@pytest.mark.parametrize(("what", "kind", "about"), [
    ("ari StasisEnd", EVENT, "told StasisEnd"), ("ami VarSet", EVENT, "told VarSet"), ("log Unable to", LINE, "told"),
    ("connection to port 1", COMES, "told"), ("more over connection to port 1", SAYS, "told"), ("time", OWN, "told")])
def test_a_step_of_a_tests_own_says_what_it_waits_for(what: str, kind: str, about: str) -> None:
    played = Played().step("told: Babs").idle().came(Source.STEP, "waits for", what).idle()
    played.came(Source.AMI, "X").idle().came(Source.STEP, "came", what).idle()
    assert [wait.name for wait in played.account()] == [(OWN, "told"), (kind, about), (kind, about), (OWN, "told")]


@pytest.mark.parametrize("end", ["did not come", ""])
def test_what_it_waits_for_in_vain_is_ours(end: str) -> None:
    played = Played().step("told: Babs").came(Source.STEP, "waits for", "ari X").idle()
    if end:
        played.came(Source.STEP, end, "ari X").came(Source.STEP, "waits for", "ari X").idle()
        played.came(Source.STEP, "came", "ari X")
    assert played.kinds() == [OWN, EVENT][:1 + bool(end)]


def test_nobody_knows_what_is_waited_for_when_there_are_more_of_them() -> None:
    played = Played().step("parallel: {…}").step("told: Babs", "left").step("other: 1", "right")
    played.came(Source.STEP, "waits for", "ari X").idle().came(Source.STEP, "came", "ari X")
    played.step("told: Bugs").came(Source.STEP, "waits for", "ari X").came(Source.STEP, "waits for", "ari Y").idle()
    assert played.came(Source.STEP, "came", "ari X").kinds() == [OWN, OWN]


@pytest.mark.parametrize(("end", "kind"), [("came", EVENT), ("did not come", OWN)])
def test_the_clean_up_says_itself_what_it_waits_for(end: str, kind: str) -> None:
    played = Played().step("clean up").came(Source.STEP, "waits for", "ari StasisEnd").idle()
    assert played.came(Source.STEP, end, "ari StasisEnd").kinds() == [kind]


def test_what_a_branch_watches_for_by_our_clock_makes_all_of_it_ours() -> None:
    played = Played().step("parallel: {…}").step("expect: {ami: X}", "left").idle()
    played.step("never: {ami: Y, for: 1s}", "right").idle()
    assert played.step("expect: {ami: Z}").idle().kinds() == [EVENT, WATCHING, EVENT]


def test_what_is_done_since_something_was_sent_costs_nothing_if_asterisk_is_waited_for_then() -> None:
    played = Played().step("hangup: call").request("DELETE /channels/x").idle(1.0, busy=0.75, since_sent=0.25)
    assert played.hidden() == [0.25], "what came before it was sent is ours"
    played.response("204 No Content").step("expect: {ami: X}").idle(1.0, busy=0.5)
    assert played.hidden() == [0.25, 0.5], "the answer was read, and the next step begun, while Asterisk was at X"
    played.came(Source.AMI, "X").request("GET /x").idle(1.0, busy=0.75, since_sent=0.0)
    assert played.hidden() == [0.25, 0.5, 0.0]


def test_what_was_there_when_it_was_looked_for_has_waited_for_us() -> None:
    played = Played().step("expect: {ami: X}").idle(AT_HAND, busy=0.5).came(Source.AMI, "Y").idle(AT_HAND, busy=0.25)
    assert played.hidden() == [0.0, 0.0]
    assert played.idle(2 * AT_HAND, busy=0.125).hidden() == [0.0, 0.0, 0.875], "but Asterisk was at X all the time"


def test_nothing_is_hidden_by_our_own_clock() -> None:
    played = Played().step("never: {ami: X, for: 1s}").idle(busy=0.5).came(Source.AMI, "Y").idle(AT_HAND, busy=0.25)
    assert played.step("expect: {ami: X}").idle(busy=0.125).hidden() == [0.0, 0.0, 0.125]
