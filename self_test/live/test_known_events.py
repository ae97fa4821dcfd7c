"""Events and fields against the documentation of real builds: what comes is known, what never comes is told."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from self_test.conftest import fetched
from self_test.live.goldens import insist
from self_test.live.played import BUILDS, LANGUAGE
from self_test.live.runner import Command
from self_test.live.suites import Suite
from self_test.pytest_plugin.outer import run_pytest

from callgate.asterisk.arievents import ITEMS
from callgate.asterisk.knowledge import Knowledge
from callgate.report.results import RESULTS_NAME

pytestmark = pytest.mark.live

EXPECTATIONS = LANGUAGE / "expectations"
MISTAKES = """\
testinfo: {summary: Things that no Asterisk says.}
scenarios:
  Names:
    summary: Events that never come.
    steps:
      - register: Names
      - originate: {endpoint: Local/x@y, app: Names, as: call}
      - never: {ami: Hangupp, channel: call}
      - never: {ami: Dial}
      - count: {ari: stasisStart, exactly: 0, for: 1s}
      - expect: {ari: Hangup}
  Fields:
    summary: Fields that never come.
    steps:
      - register: Fields
      - originate: {endpoint: Local/x@y, app: Fields, as: call}
      - never: {ami: VarSet, channel: call, Varaible: STASISSTATUS, Value: FAILED}
      - never: {ami: BridgeCreate, channel: call}
      - never: {ari: Dial, channel: call}
      - expect: {ami: Newchannel, Cause: 16}
      - expect: {ami: DialBegin, where: {DestChanel: x, DestTenantid: x}}
      - expect_all:
        - {ari: StasisStart, fields: {chanel.state: Up}}
        - {ari: StasisEnd, fields: {channel: {caller: {nmae: x}, state: Up}}}
        - {ari: StasisStart, where: {args.0.id: x}}
    finally:
      - expect: {ami: Hangup, Caus: absent, fields: {Cause-text: Normal}}
"""


def events(runs: Path) -> Iterator[Mapping[str, Any]]:
    """All events in the journals below a directory, as these have them."""
    for path in (path for path in runs.rglob("*.jsonl") if path.name != RESULTS_NAME):
        for line in path.read_text().splitlines():
            entry = json.loads(line)
            if entry["source"] in ("ami", "ari"):
                yield entry


def paths(value: object, above: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """All ways into an event of ARI."""
    if isinstance(value, dict):
        for key, below in value.items():
            yield (*above, key)
            yield from paths(below, (*above, key))
    if isinstance(value, list):
        for item in value:
            yield from paths(item, (*above, ITEMS))


def refused(knowledge: Knowledge, entry: Mapping[str, Any]) -> list[object]:
    """What is said to be unknown of an event that has come."""
    name, data = entry["name"], entry["data"]
    if entry["source"] == "ami":
        found = [knowledge.event_of_ami(name), *(knowledge.header(name, header) for header, _ in data)]
    else:
        found = [knowledge.event_of_ari(name), *(knowledge.field(name, path) for path in paths(data))]
    return [(name, one.name) for one in found if one is not None]


@pytest.mark.parametrize("build", BUILDS)
def test_all_that_comes_is_known(command: Command, build: str) -> None:
    result = command.run("--keep", "tests/passing", root=EXPECTATIONS, asterisk=build)
    assert result.code == 0, result.out + result.err
    knowledge, seen = Knowledge(fetched(build)), list(events(result.directory))
    assert {entry["name"] for entry in seen} >= {"Newchannel", "DialBegin", "LocalBridge", "StasisStart"}
    assert [one for entry in seen for one in refused(knowledge, entry)] == []


@pytest.mark.parametrize("build", BUILDS)
def test_events_that_are_not_documented_may_come(build: str) -> None:
    knowledge = Knowledge(fetched(build))
    assert (knowledge.of_ami, knowledge.of_ari) == (True, True)
    assert [name for name in ("TestEvent", "PeerEntry", "DTMFBegin", "ListDialplan", "FullyBooted", "CCAvailable")
            if knowledge.event_of_ami(name) is not None] == []
    # By main/stasis_bridges.c, cel/cel_manager.c, apps/app_queue.c and res_pjsip; the documentation lacks them.
    assert [name for name, header in (("AttendedTransfer", "IsExternal"), ("CEL", "Channel"), ("QueueParams", "Weight"),
                                      ("EndpointDetail", "DirectMediaMethod"), ("RTCPSent", "Report0SourceSSRC"))
            if knowledge.header(name, header) is not None] == []


#: What the code adds to the headers of channels and bridges, in main/manager_channels.c, main/manager_bridges.c,
#: main/core_local.c and main/stasis_channels.c; also where the event was not played, as with a TechCause or a Forward.
BY_THE_CODE = {
    "Hangup": ["Cause", "Cause-txt"], "HangupRequest": ["Cause"], "SoftHangupRequest": ["Cause"],
    "Newexten": ["Extension", "Application", "AppData"], "NewCallerid": ["CID-CallingPres"],
    "DialBegin": ["DialString"], "DialState": ["Forward", "DialStatus"], "DialEnd": ["Forward", "DialStatus"],
    "LocalBridge": ["Context", "Exten", "LocalOptimization"], "BridgeEnter": ["SwapUniqueid"],
    "VarSet": ["Variable", "Value"]}
#: The same of 22 alone; the documentation has the first.
BY_THE_CODE_OF_22 = {"Hangup": ["TechCause"], "HangupRequest": ["TechCause"], "SoftHangupRequest": ["TechCause"],
                     "Newchannel": ["Tenantid"], "DialBegin": ["DestTenantid"]}


@pytest.mark.parametrize("build", BUILDS)
def test_headers_that_the_code_has_are_never_refused(build: str) -> None:
    knowledge = Knowledge(fetched(build))
    tables = [BY_THE_CODE] if build == "debian:bullseye" else [BY_THE_CODE, BY_THE_CODE_OF_22]
    assert [(event, header) for table in tables for event, headers in table.items() for header in headers
            if knowledge.header(event, header) is not None] == []


def test_what_never_comes_is_told_before_anything_starts(command: Command, suite: Suite) -> None:
    suite.add("tests/mistakes", MISTAKES)
    result = command.run(root=suite.root)
    assert (result.code, result.out) == (4, "")
    assert not result.runs.exists()
    insist("known-events", result.err)


def test_pytest_tells_the_same(suite: Suite) -> None:
    suite.add("tests/mistakes", MISTAKES)
    run = run_pytest(suite.root, "--asterisk", "debian:sid")
    assert run.code == 4, run.out
    assert "debian:sid (Asterisk 22.10.1) has no AMI event 'Hangupp'; did you mean 'Hangup'?" in run.out
    assert not (suite.root / ".callgate").exists()


@pytest.mark.parametrize(("properties", "code"), [("", 4), ("properties: {versions: ['>=22']}\n", 0)])
def test_a_field_of_newer_versions_needs_them(command: Command, suite: Suite, properties: str, code: int) -> None:
    steps = "    steps:\n      - register: A\n      - never: {ami: Hangup, TechCause: 404, for: 1ms}\n"
    suite.add("tests/newer", f"testinfo: {{summary: S.}}\n{properties}scenarios:\n  A:\n    summary: S.\n{steps}")
    result = command.run(root=suite.root, asterisk="debian:bullseye")
    assert result.code == code, result.out + result.err
    assert ("debian:bullseye (Asterisk 16.28.0): Hangup has no header 'TechCause'" in result.err) == (code == 4)
