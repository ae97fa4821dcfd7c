"""Tests that look for what a build can't send: refused before anything starts, all of them at once."""

from __future__ import annotations

from pathlib import Path

import pytest
from self_test.asterisk.documented import documented

from callgate.asterisk.build import Build, RemoteBuild
from callgate.run.foresight import insist_on_known_events
from callgate.scenario.steps import STEPS
from callgate.suite.diagnostics import InvalidFilesError
from callgate.suite.load import load_suite

HEAD = "testinfo: {summary: S.}\n"
STEPS_OF = "scenarios:\n  Babs:\n    summary: S.\n    steps:\n    - register: Babs\n"
CALL = "    - originate: {endpoint: Local/a@b, app: Babs, as: call}\n"


@pytest.fixture
def build(tmp_path: Path) -> Build:
    return documented(tmp_path / "build")


def checked(tmp_path: Path, build: Build | RemoteBuild, steps: str, properties: str = "") -> list[str]:
    """What could not be checked; raises InvalidFilesError."""
    path = tmp_path / "suite/tests/t/test-config.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(HEAD + properties + STEPS_OF + CALL + steps)
    suite = load_suite(tmp_path / "suite", (), None, STEPS, current=tmp_path)
    return insist_on_known_events(suite.tests, build)


def refused(tmp_path: Path, build: Build, steps: str) -> list[str]:
    """What is wrong, without the name of the file."""
    with pytest.raises(InvalidFilesError) as caught:
        checked(tmp_path, build, steps)
    return [line.removeprefix("tests/t/test-config.yaml:") for line in str(caught.value).splitlines()]


def test_all_that_is_wrong_is_told_at_once(tmp_path: Path, build: Build) -> None:
    steps = """\
    - never: {ami: Hangupp, Cause: 3}
    - expect: {ami: Hangup, channel: call, Caus: absent}
    - expect: {ari: StasisStart, fields: {chanel.state: Up}}
"""
    there = "debian:sid (Asterisk 22.10.1)"
    assert refused(tmp_path, build, steps) == [
        f"8:20: error: {there} has no AMI event 'Hangupp'; did you mean 'Hangup'?",
        "  8 |     - never: {ami: Hangupp, Cause: 3}", "    |                    ^^^^^^^",
        f"9:44: error: {there}: Hangup has no header 'Caus'; did you mean 'Cause'?",
        "  9 |     - expect: {ami: Hangup, channel: call, Caus: absent}",
        "    |                                            ^^^^",
        f"10:43: error: {there}: StasisStart has no field 'chanel'; did you mean 'channel'?",
        "  10 |     - expect: {ari: StasisStart, fields: {chanel.state: Up}}",
        "     |                                           ^^^^^^^^^^^^",
        "3 errors in 1 file; nothing was started"]


@pytest.mark.parametrize(("step", "expected"), [
    ("never: {ami: StasisStart, for: 1s}",
     " has no AMI event 'StasisStart'; it is one of ARI: write 'ari: StasisStart'"),
    ("never: {ari: Hangup, for: 1s}", " has no ARI event 'Hangup'; it is one of AMI: write 'ami: Hangup'"),
    ("never: {ami: BridgeCreate, channel: call, for: 1s}",
     ": BridgeCreate has no header 'Uniqueid', by which 'channel' picks it; pick it by another field"),
    ("never: {ari: Dial, channel: call, for: 1s}",
     ": Dial has no field 'channel', by which 'channel' picks it; pick it by another field"),
    ("expect: {ari: Dial, fields: {x: 1}}", ": Dial has no field 'x'; known: peer, application, timestamp, type"),
    ("expect: {ari: StasisStart, fields: {args.0.a: b}}",
     ": StasisStart has no field 'args.0.a'; 'args.0' has no fields"),
    ("expect: {ari: StasisStart, fields: {args: {first: a}}}",
     ": StasisStart has no field 'args.first'; did you mean 'args.0'?"),
    ("expect: {ari: StasisStart, fields: {channel: {caller: {nmae: x}}}}",
     ": StasisStart has no field 'channel.caller.nmae'; did you mean 'channel.caller.name'?"),
    ("expect: {ari: StasisStart, fields: {Channel: {state: Up}}}",
     ": StasisStart has no field 'Channel'; did you mean 'channel'?"),
])
def test_what_is_said(tmp_path: Path, build: Build, step: str, expected: str) -> None:
    first, *_ = refused(tmp_path, build, f"    - {step}\n")
    assert first.partition("error: debian:sid (Asterisk 22.10.1)")[2] == expected


@pytest.mark.parametrize(("versions", "count"), [("'<22'", 0), ("'<16', '>=22'", 4)])
def test_a_scenario_of_other_versions_is_not_judged(tmp_path: Path, build: Build, versions: str, count: int) -> None:
    steps = f"    - expect: {{ami: Hangupp}}\n    versions: [{versions}]\n"
    if count:
        assert len(refused(tmp_path, build, steps)) == count
    else:
        assert checked(tmp_path, build, steps) == []


@pytest.mark.parametrize("properties", [
    "properties: {versions: ['<22']}\n", "properties: {dependencies: [{asterisk: app_queue}]}\n"])
def test_a_test_that_the_build_cannot_play_is_not_judged_by_it(tmp_path: Path, build: Build, properties: str) -> None:
    assert checked(tmp_path, build, "    - expect: {ami: Hangupp}\n", properties) == []


@pytest.mark.parametrize(("versions", "properties"), [
    ("", "properties: {versions: ['<22']}\n"), ("    versions: ['<22']\n", "")])
def test_a_version_that_cannot_be_compared_is_a_verdict(tmp_path: Path, build: Build, versions: str,
                                                        properties: str) -> None:
    odd = Build(build.spec, build.root, build.program, (), build.module_dir, build.data_dir, "odd")
    assert checked(tmp_path, odd, "    - expect: {ami: Hangupp}\n" + versions, properties) == []


def test_items_of_lists_are_numbered(tmp_path: Path, build: Build) -> None:
    steps = "    - expect: {ari: StasisStart, where: {args.0: a}, fields: {args: {1: b}}}\n"
    assert checked(tmp_path, build, steps) == []


def test_skipped_scenarios_are_judged_like_any_other(tmp_path: Path, build: Build) -> None:
    assert len(refused(tmp_path, build, "    - expect: {ami: Hangupp}\n    skip: not now\n")) == 4


def test_what_cannot_be_checked_is_told(tmp_path: Path, build: Build) -> None:
    for path in build.data_dir.glob("rest-api/*"):
        path.unlink()
    (told,) = checked(tmp_path, build, "    - expect: {ari: StasisStrat}\n")
    assert told.startswith("debian:sid (Asterisk 22.10.1) has no documentation of its ARI events: what steps look for")


def test_an_asterisk_elsewhere_is_not_judged(tmp_path: Path) -> None:
    remote = RemoteBuild("remote:lab", "127.0.0.1", 5038, "u", "s", 8088, "u", "s")
    assert checked(tmp_path, remote, "    - expect: {ami: Hangupp}\n") == [
        "remote:lab runs elsewhere: whether it has the events that steps look for is not checked"]


def test_who_uses_the_file_is_told(tmp_path: Path, build: Build) -> None:
    shared = tmp_path / "suite/shared/seen.yaml"
    shared.parent.mkdir(parents=True)
    shared.write_text("inputs: {event: text}\nsteps:\n  - expect: {ami: '${input.event}'}\n")
    first, *_ = refused(tmp_path, build, "    - use: {file: ../../shared/seen.yaml, with: {event: Hangupp}}\n")
    assert first == ("shared/seen.yaml:3:19: error: debian:sid (Asterisk 22.10.1) has no AMI event 'Hangupp' (used at "
                     "tests/t/test-config.yaml:8:7); did you mean 'Hangup'?")
