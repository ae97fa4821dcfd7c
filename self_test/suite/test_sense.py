"""Scenarios that are right in every step and wrong as a whole, with the language as it is."""

from __future__ import annotations

import pytest
from self_test.suite.conftest import SuiteOnDisk

CALL = "- originate: {endpoint: Local/a@b, app: a, as: call}\n"
GO = "- expect: {ami: Hangup, channel: call}\n"


def complaint(disk: SuiteOnDisk, steps: str) -> str:
    """What is said of a scenario with these steps; '' if nothing."""
    disk.write("tests/t/configs/ast1/websocket_client.conf.in", "; @{port.calls}\n")
    return next(iter(disk.mistakes(steps)), "")


@pytest.mark.parametrize(("steps", "said"), [
    ("- register: a\n" + CALL + "- expect: {ari: StasisStart, channel: call}\n", ""),
    (CALL + "- expect: {ari: StasisStart, channel: call}\n- register: a\n",
     "7:9: error: ARI events come to registered applications only; put a 'register' before this"),
    (CALL + "- never: {ari: StasisStart}\n" + GO,
     "7:9: error: ARI events come to registered applications only; put a 'register' before this"),
    (CALL + "- never: {ami: Hangup}\n" + GO, ""),
    ("- server: calls\n" + CALL + "- expect: {ari: StasisStart, client: calls}\n", ""),
    ("- server: {port: calls, how: refuse}\n" + CALL + "- expect: {ari: StasisStart}\n",
     "8:9: error: ARI events come to registered applications only; put a 'register' before this"),
    (CALL + GO + "- never: {ami: Busy}\n- hangup: call\n",
     ("8:9: error: nothing is waited for after this, so what must never come has no time to; "
      "put it before an 'expect'")),
    (CALL + GO + "- hangup: {channels: call, missing: ok}\n" + GO,
     ("9:9: error: the same stands on line 7, and both would find the same event; "
      "an 'expect' searches from the start of the scenario, or from a 'mark'")),
    (CALL + GO + "- expect: {ami: Hangup, channel: call, Cause: 16}\n", ""),
])
def test_the_sense_of_a_scenario(disk: SuiteOnDisk, steps: str, said: str) -> None:
    assert complaint(disk, steps) == said


@pytest.mark.parametrize(("steps", "said"), [
    ("- server: calls\n", ""), ("- server: other\n- cli: 'x ${port.other}'\n", ""),
    ("- server: cals\n", ("6:9: error: Asterisk can't know of the port 'cals': no configuration template names it; "
                          "did you mean 'calls'?")),
    ("- server: zebra\n- server: calls\n",
     ("6:9: error: Asterisk can't know of the port 'zebra': no configuration template names it; "
      "write '@{port.zebra}' into a template, such as websocket_client.conf.in")),
])
def test_a_port_that_asterisk_is_told(disk: SuiteOnDisk, steps: str, said: str) -> None:
    assert complaint(disk, steps) == said


REGISTERED = "- register: Babs\n- register: {app: [Bugs, Buster], as: two}\n" + CALL


@pytest.mark.parametrize(("steps", "said"), [
    ("- expect: {ari: StasisStart, where: {application: Bugsy}}\n",
     "9:57: error: no client of the scenario registers the application 'Bugsy'; did you mean 'Bugs'?"),
    ("- expect: {ari: StasisStart, fields: {application: x}}\n",
     "9:58: error: no client of the scenario registers the application 'x'; registered: Babs, Bugs, Buster"),
    ("- never: {ari: StasisStart, fields: {application: x}}\n" + GO, "9:57: error: no client of"),
    ("- count: {ari: StasisStart, at-least: 1, fields: {application: x}}\n", "9:70: error: no client of the scenario"),
    ("- expect_all: [{ari: StasisStart}, {ari: StasisEnd, where: {application: x}}]\n", "9:80: error: no client of"),
    ("- expect: {ari: StasisStart, client: two, where: {application: Babs}}\n",
     "9:70: error: two does not register the application 'Babs'; registered: Bugs, Buster"),
    ("- expect: {ari: StasisStart, client: two, where: {application: Buster}}\n", ""),
    # It may come: registered later or by a name that is not known yet, of a server, no plain text, or of AMI.
    ("- expect: {ari: StasisStart, where: {application: Babs}}\n", ""),
    ("- never: {ari: StasisStart, fields: {application: late}}\n" + GO + "- register: late\n", ""),
    ("- register: {app: '${run.id}', as: b}\n- expect: {ari: StasisStart, where: {application: x}}\n", ""),
    ("- expect: {ari: StasisStart, where: {application: '${run.id}'}}\n", ""),
    ("- server: calls\n- expect: {ari: StasisStart, where: {application: x}}\n", ""),
    ("- server: calls\n- expect: {ari: StasisStart, client: calls, where: {application: x}}\n", ""),
    ("- expect: {ari: StasisStart, where: {application: ~^x}}\n", ""),
    ("- expect: {ari: StasisStart, fields: {application: {not: x}}}\n", ""),
    ("- expect: {ari: StasisStart, fields: {application: {any: [absent, x]}}}\n", ""),
    ("- expect: {ami: NewConnectedLine, fields: {application: x}}\n", ""),
])
def test_an_application_that_nobody_registers(disk: SuiteOnDisk, steps: str, said: str) -> None:
    found = complaint(disk, REGISTERED + steps)
    assert found.startswith(said) if said else not found


ONLY_START = "- register: {app: a, as: picky, filter: {allowed: [StasisStart], disallowed: [StasisEnd]}}\n"
KEPT = "error: StasisEnd can't come: the filter of a keeps it away; see 'register'"


@pytest.mark.parametrize(("steps", "said"), [
    (ONLY_START + CALL + "- expect: {ari: StasisStart, channel: call}\n", ""),
    (ONLY_START + CALL + "- expect: {ari: StasisEnd, channel: call}\n", f"8:9: {KEPT}"),
    (ONLY_START + CALL + "- never: {ari: StasisEnd}\n" + GO, f"8:9: {KEPT}"),
    (ONLY_START + CALL + "- count: {ari: StasisEnd, at-least: 1}\n", f"8:9: {KEPT}"),
    (ONLY_START + CALL + "- expect_all: [{ari: StasisStart, channel: call}, {ari: StasisEnd, channel: call}]\n",
     f"8:9: {KEPT}"),
    (ONLY_START + CALL + "- expect: {ari: ChannelVarset}\n",
     "8:9: error: ChannelVarset can't come: the filter of a keeps it away; see 'register'"),
    # Another client, another registration of the same application, or a filter set by hand: it may come.
    (ONLY_START + "- register: b\n" + CALL + "- expect: {ari: StasisEnd, channel: call}\n", ""),
    (ONLY_START + "- register: b\n" + CALL + "- expect: {ari: StasisEnd, client: b}\n", ""),
    (ONLY_START + "- register: b\n" + CALL + "- expect: {ari: StasisEnd, client: picky}\n", f"9:9: {KEPT}"),
    (ONLY_START + "- register: {app: a, as: all}\n" + CALL + "- expect: {ari: StasisEnd, client: picky}\n", ""),
    (ONLY_START + CALL + "- expect: {ari: StasisEnd}\n- register: {app: a, as: all}\n", ""),
    (ONLY_START + "- register: {app: a, as: all, filter: keep}\n" + CALL + "- never: {ari: StasisEnd}\n" + GO, ""),
    (ONLY_START + "- register: {app: b, as: all, filter: keep}\n" + CALL + "- expect: {ari: StasisEnd}\n", ""),
    (ONLY_START + "- ari: PUT /applications/a/eventFilter\n" + CALL + "- expect: {ari: StasisEnd}\n", ""),
    (ONLY_START + "- ari: {request: PUT /channels, as: x}\n" + CALL + "- expect: {ari: StasisEnd}\n", f"9:9: {KEPT}"),
    (ONLY_START + "- register: {app: '${run.id}', as: b}\n" + CALL + "- expect: {ari: StasisEnd}\n", ""),
    # Responses over a WebSocket pass the filter of its first application.
    (ONLY_START + "- ari: {request: GET /x, over: picky}\n",
     "7:9: error: no response can come: the filter of a keeps RESTResponse away; see 'register'"),
    (ONLY_START + "- check: {step: {ari: {request: GET /x, over: picky}}}\n",
     "7:9: error: no response can come: the filter of a keeps RESTResponse away; see 'register'"),
    (ONLY_START + "- register: {app: [b, a], as: other}\n- ari: {request: GET /x, over: other}\n", ""),
    ("- register: {app: a, filter: {allowed: [RESTResponse]}}\n- ari: {request: GET /x, over: a}\n", ""),
])
def test_an_event_that_a_filter_keeps_away(disk: SuiteOnDisk, steps: str, said: str) -> None:
    assert complaint(disk, steps) == said


A, B = "- register: a\n", "- register: b\n"
STALL, CLOSE, RESUME = "- disconnect: {client: a, how: stall}\n", "- disconnect: a\n", "- resume: a\n"
END = "- expect: {ami: Hangup}\n"
BRANCHES = "- parallel:\n    branches:\n      left:\n"


def branches(left: str, right: str) -> str:
    indented = ["".join(f"        {line}\n" for line in steps.splitlines()) for steps in (left, right)]
    return f"{BRANCHES}{indented[0]}      right:\n{indented[1]}"


@pytest.mark.parametrize(("steps", "said"), [
    (A + CLOSE + "- never: {ari: X, client: a}\n" + END,
     ("8:9: error: nothing is heard over a after line 7, so this could not fail; put it before that, or let another "
     "client hear it")),
    (A + STALL + "- never: {ari: X}\n" + END,
     ("8:9: error: nothing is heard over any client after line 7, so this could not fail; put it before that, or let "
     "another client hear it")),
    (A + "- frame: {client: a, opcode: 3}\n- ended: a\n- never: {ari: X}\n" + END,
     "9:9: error: nothing is heard over any client after line 8"),
    (A + STALL + "- never: {ari: X, for: 1s}\n", "8:9: error: nothing is heard over any client after line 7"),
    (A + STALL + "- count: {ari: X, exactly: 0, for: 1s}\n", "8:9: error: nothing is heard over any client after"),
    (A + STALL + "- count: {ari: X, client: a, at-most: 2, for: 1s}\n", "8:9: error: nothing is heard over a after"),
    (A + "- never: {ari: X, client: a}\n" + CLOSE + END,
     ("8:9: error: nothing is heard over a from here on, so the 'never' on line 7 could not fail; let another client "
     "hear it, or put this into 'finally'")),
    (A + "- count: {ari: X, exactly: 1, client: a}\n" + CLOSE + END,
     "8:9: error: nothing is heard over a from here on, so the 'count' on line 7 could not fail"),
    (A + "- count: {ari: X, exactly: 1, for: 1s}\n" + CLOSE + END, ""),
    (A + "- count: {ari: X, at-least: 1}\n" + CLOSE + END, ""),
    (A + "- never: {ari: X}\n" + B + CLOSE + "- disconnect: b\n" + END,
     "10:9: error: nothing is heard over any client from here on, so the 'never' on line 7"),
    (branches(A + CLOSE, END) + "- never: {ari: X}\n" + GO, "13:9: error: nothing is heard over any client after line"),
    (A + "- never: {ari: X}\n" + branches(CLOSE, GO) + END, "11:17: error: nothing is heard over any client from"),
    (A + branches("- never: {ari: X}\n" + END, END) + CLOSE + END,
     "14:9: error: nothing is heard over any client from here on, so the 'never' on line 10"),
    # Somebody hears it, nothing has to be heard, or it is sure only when it plays.
    (A + B + CLOSE + "- never: {ari: X}\n" + END, ""),
    (A + STALL + RESUME + "- never: {ari: X, client: a}\n" + END, ""),
    (A + STALL + "- count: {ari: X, at-least: 2}\n", ""), (A + STALL + "- expect: {ari: X}\n", ""),
    (A + "- never: {ami: X}\n" + CLOSE + END, ""), (A + "- never: {ari: X, for: 1s}\n" + CLOSE, ""),
    (A + branches("- never: {ari: X}\n" + END, CLOSE) + END, ""),
    (A + CLOSE + "- register: {app: a, as: b}\n- never: {ari: X}\n" + END, ""),
])
def test_what_has_to_be_heard(disk: SuiteOnDisk, steps: str, said: str) -> None:
    found = complaint(disk, steps)
    assert found.startswith(said)
    assert bool(found) is bool(said)


NOTHING_AFTER = "error: nothing is waited for after this, so what must never come has no time to"


@pytest.mark.parametrize(("steps", "said"), [
    (branches("- never: {ami: X}\n", GO), f"10:17: {NOTHING_AFTER}"),
    (branches(GO, "- never: {ami: X}\n"), f"12:17: {NOTHING_AFTER}"),
    (branches(END + "- never: {ami: X}\n", GO) + "- hangup: call\n", f"11:17: {NOTHING_AFTER}"),
    (branches("- never: {ami: X}\n", END) + GO, ""), (branches("- never: {ami: X}\n" + END, GO), ""),
    ("- never: {ami: X}\n" + branches("- hangup: call\n", END), ""),
    (GO + "- count: {ami: X, at-most: 1}\n", f"8:9: {NOTHING_AFTER}"), (GO + "- count: {ami: X, exactly: 1}\n", ""),
    (branches("- count: {ami: X, exactly: 0}\n", GO), f"10:17: {NOTHING_AFTER}"),
    (branches("- count: {ami: X, exactly: 1}\n", GO), ""),
])
def test_what_watches_to_the_end_needs_something_that_is_waited_for(disk: SuiteOnDisk, steps: str, said: str) -> None:
    found = complaint(disk, CALL + steps)
    assert found.startswith(said)
    assert bool(found) is bool(said)


def test_the_same_twice_in_two_files_is_told_with_the_file(disk: SuiteOnDisk) -> None:
    disk.write(
        "tests/gone.yaml",
        "summary: x\ninputs: {call: name}\nsteps:\n  - expect: {ami: Hangup, channel: '${input.call}'}\n")
    said = complaint(disk, CALL + "- use: {file: ../gone.yaml, with: {call: call}}\n" + GO)
    assert said.startswith("8:9: error: the same stands on line 4 of tests/gone.yaml, and both")
