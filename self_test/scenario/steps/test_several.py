"""`expect_all`, `count`: what they pick, when they end, and what they say."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError
from self_test.scenario.fakes import step
from self_test.scenario.stand import LOCAL, ORIGINATE, Playing, Stand

from callgate.scenario.steps.several import Count, ExpectAll
from callgate.scenario.verdict import Outcome

A, B = {"ami": "A", "Value": "1"}, {"ami": "B", "Value": "1"}


def explained(playing: Playing) -> tuple[str, Any, Any]:
    why = playing.result().explanation
    assert why is not None
    return why.headline, why.expected, why.got


# -- expect_all ------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("fields", "message"), [
    ({"events": []}, "at least 1 item"),
    ({"events": [{}]}, "needs either 'ami' or 'ari'"),
    ({"events": [{"ami": "A", "within": "1s"}]}, None),
    ({"events": [{"ami": "A"}, {"ari": "B"}], "ordered": True}, "no order between two connections"),
    ({"events": [{"ari": "A", "client": "a"}, {"ari": "B", "client": "b"}], "ordered": True}, "two WebSockets"),
    ({"events": [{"ami": "A", "as": "x"}, {"ami": "B", "as": "x"}]}, "gives two events the name 'x'"),
])
def test_what_an_expect_all_cannot_be(fields: dict[str, Any], message: str | None) -> None:
    if message is None:  # left to the check of the file, as for any step that takes headers
        assert not ExpectAll.model_validate(fields).events[0].extra_key_allowed("within", fields["events"][0])
        return
    with pytest.raises(ValidationError, match=message):
        ExpectAll.model_validate(fields)


def test_what_an_expect_all_needs_and_defines() -> None:
    one = step("expect_all", {"events": [{"ari": "A", "channel": "call", "client": "c"}, {"ami": "B", "as": "event"}],
                              "since": "here"})
    assert one.needs() == {"call", "c", "mark:here"}
    assert one.defines() == {"event"}


@pytest.mark.parametrize("order", ["AB", "BA"])
def test_events_may_come_in_any_order_before_and_during_the_step(order: str) -> None:
    stand = Stand()
    stand.asterisk.ami_event(order[0], ("Value", "1"))
    playing = stand.play(step("expect_all", [A, B]))
    assert not playing.done
    stand.asterisk.ami_event(order[1], ("Value", "1"))
    assert playing.result().outcome is Outcome.PASSED


def test_what_is_missing_is_told() -> None:
    stand = Stand()
    playing = stand.play(step("expect_all", {"events": [A, B], "within": "2s"}))
    stand.asterisk.ami_event("B", ("Value", "1"))
    stand.clock.advance(1.9)
    assert not playing.done
    stand.clock.advance(0.1)
    assert explained(playing) == (
        "1 of 2 events did not come by 2.0 s",
        (("event 1", "A with Value 1"), ("event 2", "B with Value 1")),
        (("event 1", "(missing)"), ("event 2", "came at 0 ms")))


def test_one_that_is_picked_and_wrong_ends_it_at_once() -> None:
    stand = Stand()
    playing = stand.play(step("expect_all", [A, B]))
    stand.asterisk.ami_event("B", ("Value", "2"))
    assert explained(playing) == (
        "B came at 0 ms, with another value",
        (("Value", "1"), ("event 1", "A with Value 1"), ("event 2", "B with Value 1")),
        (("Value", "2"), ("event 1", "(missing)"), ("event 2", "(missing)")))


def test_one_too_many_of_a_kind() -> None:
    stand = Stand()
    playing = stand.play(step("expect_all", [{"ami": "A", "Value": "1"}, {"ami": "A", "Value": "2"}]))
    for _ in range(2):
        stand.asterisk.ami_event("A", ("Value", "1"))
    headline, expected, got = explained(playing)
    assert headline == "A came at 0 ms, with another value"
    assert (expected[0], got[0]) == (("Value", "2"), ("Value", "1"))
    assert got[1:] == (("event 1", "came at 0 ms"), ("event 2", "(missing)"))


def test_the_same_pattern_twice_needs_two_events() -> None:
    stand = Stand()
    playing = stand.play(step("expect_all", [A, A]))
    stand.asterisk.ami_event("A", ("Value", "1"))
    assert not playing.done
    stand.asterisk.ami_event("A", ("Value", "1"))
    assert playing.result().outcome is Outcome.PASSED


def test_the_order_counts_when_it_is_asked_for() -> None:
    stand = Stand()
    playing = stand.play(step("expect_all", {"events": [A, B], "ordered": True}))
    stand.asterisk.ami_event("B", ("Value", "1"))
    assert explained(playing) == (
        "B with Value 1 came at 0 ms, before A with Value 1",
        (("event 1", "A with Value 1"), ("event 2", "B with Value 1")), (("event 1", "B with Value 1"),))
    stand = Stand()
    playing = stand.play(step("expect_all", {"events": [A, B], "ordered": True}))
    stand.asterisk.ami_event("A", ("Value", "1"))
    stand.asterisk.ami_event("B", ("Value", "1"))
    assert playing.result().outcome is Outcome.PASSED


def test_no_order_over_websockets_that_are_not_told_apart() -> None:
    stand = Stand()
    wanted = {"events": [{"ari": "X"}, {"ari": "Y"}], "ordered": True}
    playing = stand.play(step("register", "a"), step("register", "b"), step("expect_all", wanted))
    assert playing.headline() == ("there is no order between events that come to several applications (a, b): "
                                  "'client', or 'where: {application: …}', says which is meant")
    stand = Stand()
    of_b = {"events": [{"ari": "X", "client": "b"}, {"ari": "Y", "client": "b"}], "ordered": True}
    playing = stand.play(step("register", "a"), step("register", "b"), step("expect_all", of_b))
    for name, socket in (("Y", "a"), ("X", "b")):
        stand.asterisk.ari_event(name, socket=socket)
    assert not playing.done
    stand.asterisk.ari_event("Y", socket="b")
    assert playing.result().outcome is Outcome.PASSED


def test_a_channel_that_is_hung_up_is_not_waited_for_long() -> None:
    stand = Stand()
    playing = stand.play(LOCAL, step("expect_all", [{"ami": "Hangup", "channel": "call;2"},
                                                    {"ami": "Newstate", "channel": "call"}]))
    stand.asterisk.hang_up("call")
    stand.clock.advance(0.5)
    stand.asterisk.hang_up("call;2")
    stand.clock.advance(0.4)
    assert not playing.done
    stand.clock.advance(0.2)
    assert playing.headline() == "1 of 2 events did not come by 1.1 s"


def test_names_below_the_step_are_put_in_and_events_are_named() -> None:
    stand = Stand()
    playing = stand.play(ORIGINATE, step("expect_all", [{"ami": "A", "Value": "${call.id}", "as": "one"}, B]),
                         step("expect", {"ami": "C", "Value": "${one.Extra}"}))
    stand.asterisk.ami_event("A", ("Value", stand.asterisk.ids["call"]), ("Extra", "${x}"))
    stand.asterisk.ami_event("B", ("Value", "1"))
    stand.asterisk.ami_event("C", ("Value", "${x}"))
    assert playing.result().outcome is Outcome.PASSED


# -- count -----------------------------------------------------------------------------------------------

@pytest.mark.parametrize(("fields", "message"), [
    ({}, "needs either 'exactly', or"), ({"exactly": 1, "at-least": 1, "for": "1s"}, "needs either 'exactly', or"),
    ({"at-least": 1, "for": "1s"}, "has 'for', which goes with"), ({"at-least": 0}, "greater than or equal to 1"),
    ({"exactly": -1, "for": "1s"}, "greater than or equal to 0"), ({"exactly": "x", "for": "1s"}, "valid integer"),
    ({"at-least": 3, "at-most": 2, "for": "1s"}, "at least 3 and at most 2, which can't be"),
    ({"exactly": 1, "for": "1s", "within": "1s"}, "has both 'for' and 'within'"),
    ({"at-most": 1, "within": "1s"}, "has 'within', and nothing that could take so long"),
    ({"exactly": 0, "within": "1s"}, "has 'within', and nothing that could take so long"),
])
def test_what_a_count_cannot_be(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Count.model_validate({"ami": "A", **fields})


def counting(fields: dict[str, Any], *, before: int, during: int, seconds: float) -> Playing:
    """A count of A events, of which some come before it, and some half-way."""
    stand = Stand()
    for _ in range(before):
        stand.asterisk.ami_event("A", ("Value", "1"))
    stand.asterisk.ami_event("A", ("Value", "2"))
    playing = stand.play(step("count", {**A, **fields}))
    stand.clock.advance(seconds / 2)
    for _ in range(during):
        stand.asterisk.ami_event("A", ("Value", "1"))
    stand.clock.advance(seconds / 2)
    return playing


@pytest.mark.parametrize(("fields", "good"), [
    ({"exactly": 2, "for": "1s"}, {2}), ({"at-most": 1, "for": "1s"}, {0, 1}),
    ({"at-least": 2, "within": "1s"}, {2, 3}),
    ({"at-least": 1, "at-most": 2, "for": "1s"}, {1, 2}), ({"exactly": 0, "for": "1s"}, {0})])
@pytest.mark.parametrize(("before", "during"), [(0, 0), (1, 0), (0, 1), (1, 1), (1, 2), (3, 0)])
def test_counts(fields: dict[str, Any], good: set[int], before: int, during: int) -> None:
    playing = counting(fields, before=before, during=during, seconds=1.0)
    assert (playing.result().outcome is Outcome.PASSED) is (before + during in good)


def test_at_least_ends_as_soon_as_there_are_enough() -> None:
    stand = Stand()
    playing = stand.play(step("count", {**A, "at-least": 1}))
    stand.asterisk.ami_event("A", ("Value", "1"))
    assert playing.result().outcome is Outcome.PASSED


def test_exactly_watches_to_the_end() -> None:
    stand = Stand()
    stand.asterisk.ami_event("A", ("Value", "1"))
    playing = stand.play(step("count", {**A, "exactly": 1, "for": "1s"}))
    stand.clock.advance(0.9)
    assert not playing.done
    stand.asterisk.ami_event("A", ("Value", "1"))
    headline, expected, got = explained(playing)
    assert headline == "2 A with Value 1 by 900 ms, not exactly 1"
    assert expected == (("count", "exactly 1"),)
    assert [name for name, _ in got] == ["count", "event 1", "event 2"]


@pytest.mark.parametrize(("fields", "awaits", "guards"), [
    ({"exactly": 2}, True, True), ({"exactly": 0}, False, True), ({"at-most": 2}, False, True),
    ({"at-least": 1, "at-most": 2}, True, True), ({"at-least": 1}, True, False),
    ({"exactly": 2, "for": "1s"}, True, False), ({"at-most": 2, "for": "1s"}, True, False)])
def test_what_a_count_waits_and_watches_for(fields: dict[str, Any], awaits: bool, guards: bool) -> None:
    one = Count.model_validate({"ami": "A", **fields})
    assert (one.awaits, one.guards) == (awaits, guards)


@pytest.mark.parametrize(("fields", "enough", "most"), [
    ({"exactly": 2}, 2, 2), ({"at-most": 2}, 0, 2), ({"at-least": 1, "at-most": 2}, 1, 2), ({"exactly": 0}, 0, 0)])
@pytest.mark.parametrize("before", [0, 1, 2, 3])
def test_without_a_time_it_waits_for_enough_and_watches_to_the_end_of_the_steps(
        fields: dict[str, Any], enough: int, most: int, before: int) -> None:
    for total in range(before, 5):
        stand = Stand()
        for _ in range(before):
            stand.asterisk.ami_event("A", ("Value", "1"))
        playing = stand.play(step("count", {**A, **fields}), step("expect", {"ami": "Next"}),
                             step("expect", {"ami": "End"}))
        stand.asterisk.ami_event("Next")
        for _ in range(total - before):
            stand.asterisk.ami_event("A", ("Value", "2"))
            stand.asterisk.ami_event("A", ("Value", "1"))
        assert playing.done is (total > most)
        stand.asterisk.ami_event("End")
        if enough <= total <= most:
            assert playing.result().outcome is Outcome.PASSED
        elif total > most:
            assert playing.headline() == f"{most + 1} A with Value 1 by 0 ms, not {_words(fields)}"
        else:
            assert not playing.done
            stand.clock.advance(60)
            assert playing.headline().startswith(f"{total} A with Value 1 by ")


def _words(fields: dict[str, Any]) -> str:
    return " and ".join(f"{name.replace('-', ' ')} {number}" for name, number in fields.items())


def test_one_too_many_ends_the_step_that_waits_and_is_the_fault_of_the_count() -> None:
    stand = Stand()
    stand.asterisk.ami_event("A", ("Value", "1"))
    playing = stand.play(step("count", {**A, "exactly": 1}), step("expect", {"ami": "Long"}))
    assert not playing.done
    stand.asterisk.ami_event("A", ("Value", "1"))
    explanation = playing.result().explanation
    assert explanation is not None
    assert explanation.step.startswith("count: ")
    assert [name for name, _ in explanation.got] == ["count", "event 1", "event 2"]


def test_what_is_under_way_at_the_end_is_counted_too() -> None:
    stand = Stand()
    stand.asterisk.ami_event("A", ("Value", "1"))
    stand.asterisk.fake_ami.tells = False
    playing = stand.play(step("count", {**A, "exactly": 1}))
    assert not playing.done
    stand.asterisk.ami_event("A", ("Value", "1"))
    assert playing.headline() == "2 A with Value 1 by 0 ms, not exactly 1"


def test_the_time_of_a_count_is_for_those_that_are_missing() -> None:
    stand = Stand()
    playing = stand.play(step("count", {**A, "exactly": 1, "within": "2s"}))
    stand.clock.advance(1.9)
    assert not playing.done
    stand.clock.advance(0.2)
    assert playing.headline() == "0 A with Value 1 by 2.1 s, not exactly 1"


def test_a_count_to_the_end_needs_somebody_who_hears_to_the_end() -> None:
    stand = Stand()
    playing = stand.play(step("register", "Babs"), step("count", {"ari": "X", "exactly": 1}),
                         step("disconnect", "Babs"))
    stand.asterisk.ari_event("X", socket="Babs")
    assert "nothing is heard over any client from here on, so the 'count' at " in playing.headline()


def test_too_few_are_told_at_the_end() -> None:
    headline, expected, got = explained(counting({"at-least": 5, "at-most": 9, "for": "1s"}, before=1, during=0,
                                                 seconds=1))
    assert (headline, expected, got[0]) == ("1 A with Value 1 by 1.0 s, not at least 5 and at most 9",
                                            (("count", "at least 5 and at most 9"),), ("count", "1"))


def test_a_long_list_is_cut() -> None:
    _, _, got = explained(counting({"at-most": 7, "for": "1s"}, before=8, during=0, seconds=1))
    assert [name for name, _ in got] == ["count", "…", *(f"event {number}" for number in range(4, 9))]


@pytest.mark.parametrize(("where", "good"), [
    ([{}, {}], False), ([{"application": "b"}, {}], False), ([{"application": "b"}, {"application": "c"}], False),
    ([{"application": "b"}, {"application": "b"}], True), ([{"application": "~b"}, {"application": "~b"}], False)])
def test_no_order_between_applications_that_share_a_websocket(where: list[dict[str, str]], good: bool) -> None:
    stand = Stand()
    events = [{"ari": kind, "client": "c", **({"where": one} if one else {})}
              for kind, one in zip("XY", where, strict=True)]
    playing = stand.play(step("register", {"app": ["b", "c"], "as": "c"}),
                         step("expect_all", {"events": events, "ordered": True}))
    for kind in "XY":
        stand.asterisk.ari_event(kind, {"application": "b"}, socket="c")
    assert playing.result().outcome is (Outcome.PASSED if good else Outcome.FAILED)
    assert ("there is no order" in playing.headline()) is not good


def test_an_ari_event_counts_once_however_many_applications_it_comes_to() -> None:
    stand = Stand()
    playing = stand.play(step("register", {"app": ["a", "b"], "as": "one"}), step("register", "c"),
                         step("count", {"ari": "X", "exactly": 2, "for": "1s"}))
    for application, socket in (("a", "one"), ("b", "one"), ("c", "c")):
        for stamp in ("1", "2"):
            stand.asterisk.ari_event("X", {"timestamp": stamp, "application": application}, socket=socket)
    stand.clock.advance(1)
    assert playing.result().outcome is Outcome.PASSED


def test_ari_events_are_counted_over_one_websocket() -> None:
    stand = Stand()
    playing = stand.play(step("register", "a"), step("register", "b"),
                         step("count", {"ari": "X", "client": "b", "at-least": 1}))
    stand.asterisk.ari_event("X", socket="a")
    assert not playing.done
    stand.asterisk.ari_event("X", socket="b")
    assert playing.result().outcome is Outcome.PASSED


def test_variables_select_too() -> None:
    stand = Stand()
    playing = stand.play(LOCAL, step("count", {"ami": "Hangup", "variables": {"STASISSTATUS": "FAILED"},
                                               "at-least": 1}))
    stand.asterisk.hang_up("call")
    assert not playing.done
    stand.asterisk.hang_up("call;2", STASISSTATUS="FAILED")
    assert playing.result().outcome is Outcome.PASSED
