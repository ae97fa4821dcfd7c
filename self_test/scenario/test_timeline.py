"""Journal entries as lines: what a person sees of each."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.scenario.journal import Entry, Source
from callgate.scenario.timeline import format_entry

NAMES = {"id-call": "call", "id-call-2": "call;2"}


def ami(name: str, *pairs: tuple[str, str]) -> list[list[str]]:
    return [["Event", name], *map(list, pairs)]


def line(source: Source, name: str, data: Any = None, *, at: float = 0.012, origin: str = "") -> str:
    return format_entry(Entry(3, at, source, name, data, origin), NAMES)


@pytest.mark.parametrize(("shown", "expected"), [
    (line(Source.STEP, "hangup: call"), "   12 ms  step  hangup: call"),
    (line(Source.STEP, "failed", "no Hangup by 5.0 s", at=5), "   5.0 s  step  failed  no Hangup by 5.0 s"),
    (line(Source.AMI, "Hangup", ami("Hangup", ("Uniqueid", "id-call"), ("Cause", "16"),
                                    ("Cause-txt", "Normal Clearing"), ("ChanVariable", "STASISSTATUS="))),
     "   12 ms  ami   Hangup  call  Cause 16, Cause-txt Normal Clearing, STASISSTATUS="),
    (line(Source.AMI, "VarSet", ami("VarSet", ("Uniqueid", "id-call-2"), ("Variable", "A"), ("Value", r"b\?"))),
     "   12 ms  ami   VarSet  call;2  A=b?"),
    (line(Source.AMI, "Newchannel", ami("Newchannel", ("Uniqueid", "17.1"))), "   12 ms  ami   Newchannel  17.1"),
    (line(Source.AMI, "FullyBooted", ami("FullyBooted")), "   12 ms  ami   FullyBooted"),
    (line(Source.ARI, "StasisStart", {"type": "StasisStart", "application": "a", "channel": {"id": "id-call"}}),
     "   12 ms  ari   StasisStart  call  application a"),
    (line(Source.ARI, "ChannelDestroyed", {"cause": 16, "channel": {"id": "id-call", "channelvars": {"A": "1"}}}),
     "   12 ms  ari   ChannelDestroyed  call  cause 16, A=1"),
    (line(Source.ARI_REQUEST, "DELETE /channels/id-call-2", {"number": 1, "query": {}, "body": None}),
     "   12 ms  ari > DELETE /channels/call;2"),
    (line(Source.ARI_RESPONSE, "404 Not Found", {"number": 1, "body": {"message": "Channel not found"}}),
     "   12 ms  ari < 404 Not Found  number 1, body message Channel not found"),
    (line(Source.ARI_SOCKET, "opened", origin="client"), "   12 ms  ari   client  opened"),
    (line(Source.AMI_ACTION, "Ping", [["ActionID", "x-1"]]), "   12 ms  ami > Ping  ActionID x-1"),
    (line(Source.AMI_LOST, "lost", "closed by the peer"), "   12 ms  ami   lost  closed by the peer"),
    (line(Source.LOG, "WARNING", "res_stasis.c: id-call"), "   12 ms  log   WARNING  res_stasis.c: call"),
    (line(Source.PROCESS, "ended with signal 11 (SIGSEGV)"), "   12 ms  process ended with signal 11 (SIGSEGV)"),
], ids=lambda text: text[10:30])
def test_lines(shown: str, expected: str) -> None:
    assert shown == expected


def test_a_long_line_is_cut() -> None:
    shown = line(Source.LOG, "ERROR", "x" * 500)
    assert len(shown) == 200
    assert shown.endswith("x…")


JSON = st.recursive(st.none() | st.booleans() | st.integers() | st.text(max_size=8),
                    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(max_size=8), below, max_size=3))


@given(st.sampled_from([source for source in Source if source not in (Source.AMI, Source.ARI)]), JSON)
def test_whatever_was_recorded_can_be_shown(source: Source, data: Any) -> None:
    assert line(source, "name", data)


@given(st.sampled_from(["StasisStart", "ChannelVarset", "ChannelDestroyed", "Dial", "Other"]),
       st.dictionaries(st.sampled_from(["channel", "variable", "value", "cause", "application"]), JSON))
def test_whatever_asterisk_sends_can_be_shown(name: str, event: dict[str, Any]) -> None:
    assert name in line(Source.ARI, name, event)


def test_an_entry_is_one_line_whatever_a_variable_holds() -> None:
    shown = line(Source.AMI, "VarSet", ami("VarSet", ("Uniqueid", "id-call"), ("Variable", "A"), ("Value", r"b\nc")))
    assert len(shown.splitlines()) == 1
