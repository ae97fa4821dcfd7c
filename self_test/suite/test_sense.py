"""Scenarios that are right in every step and wrong as a whole, with the language as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from callgate.scenario.steps import STEPS
from callgate.suite.diagnostics import InvalidFilesError
from callgate.suite.load import load_suite

CALL = "- originate: {endpoint: Local/a@b, app: a, as: call}\n"
GO = "- expect: {ami: Hangup, channel: call}\n"


def complaint(root: Path, steps: str) -> str:
    """What is said of a scenario with these steps; '' if nothing."""
    directory = root / "tests" / "t"
    directory.mkdir(parents=True)
    text = "".join(f"      {line}\n" for line in steps.splitlines())
    (directory / "test-config.yaml").write_text(
        f"testinfo: {{summary: x}}\nscenarios:\n  S:\n    summary: x\n    steps:\n{text}")
    try:
        load_suite(root, [], None, STEPS)
    except InvalidFilesError as error:
        return str(error).splitlines()[0].removeprefix("tests/t/test-config.yaml:")
    return ""


@pytest.mark.parametrize(("steps", "said"), [
    ("- register: a\n" + CALL + "- expect: {ari: StasisStart, channel: call}\n", ""),
    (CALL + "- expect: {ari: StasisStart, channel: call}\n- register: a\n",
     "7:9: error: ARI events come to registered applications only; put a 'register' before this"),
    (CALL + "- never: {ari: StasisStart}\n" + GO,
     "7:9: error: ARI events come to registered applications only; put a 'register' before this"),
    (CALL + "- never: {ami: Hangup}\n" + GO, ""),
    (CALL + GO + "- never: {ami: Busy}\n- hangup: call\n",
     ("8:9: error: nothing is waited for after this, so what must never come has no time to; "
      "put it before an 'expect'")),
    (CALL + GO + "- hangup: {channels: call, missing: ok}\n" + GO,
     ("9:9: error: the same stands on line 7, and both would find the same event; "
      "an 'expect' searches from the start of the scenario, or from a 'mark'")),
    (CALL + GO + "- expect: {ami: Hangup, channel: call, Cause: 16}\n", ""),
])
def test_the_sense_of_a_scenario(tmp_path: Path, steps: str, said: str) -> None:
    assert complaint(tmp_path, steps) == said


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
def test_an_event_that_a_filter_keeps_away(tmp_path: Path, steps: str, said: str) -> None:
    assert complaint(tmp_path, steps) == said
