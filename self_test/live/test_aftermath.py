"""What a real scenario leaves behind on a real Asterisk, or lets it log, turns it red, and it alone."""

from __future__ import annotations

import pytest
from self_test.live.played import BUILDS
from self_test.live.runner import Command
from self_test.live.suites import Suite

pytestmark = pytest.mark.live

LEFT = """\
testinfo: {summary: What scenarios leave behind.}
properties:
  dependencies:
    - asterisk: bridge_simple
    - asterisk: format_wav
    - asterisk: res_ari_bridges
    - asterisk: res_ari_device_states
    - asterisk: res_ari_recordings
scenarios:
  channel:
    summary: A call that only the general step knows of.
    steps:
      - ari: {request: POST /channels, query: {endpoint: Local/stay@Acme, extension: stay, context: Acme}}
  bridge:
    summary: A bridge likewise.
    steps:
      - ari: {request: POST /bridges, query: {bridgeId: '${run.id}-left'}}
  device-state:
    summary: A device state.
    steps:
      - ari: {request: PUT /deviceStates/Stasis:left, query: {deviceState: BUSY}}
  recording:
    summary: A recording that no step of ours made.
    steps:
      - register: Babs
      - originate: {endpoint: Local/stay@Acme, app: Babs, as: call}
      - expect: {ari: StasisStart, channel: call}
      - ari: {request: 'POST /channels/${call.id}/record', query: {name: left, format: wav}}
      - expect: {ari: RecordingStarted, where: {recording.name: left}}
  error:
    summary: A call into an inactive application, of which Asterisk says so as an ERROR.
    steps:
      - register: Babs
      - originate: {endpoint: Local/stay@Acme, app: Babs, as: A}
      - expect: {ari: StasisStart, channel: A}
      - disconnect: Babs
      - originate: {endpoint: Local/stay@Acme, app: Babs, as: B}
      - expect: {ami: Hangup, channel: B, variables: {STASISSTATUS: FAILED}}
  none:
    summary: What our steps have made is gone.
    steps:
      - register: Babs
      - originate: {endpoint: Local/stay@Acme, app: Babs, as: call}
      - expect: {ari: StasisStart, channel: call}
      - bridge: {create: mixing, as: room}
      - record: {channel: call, name: none, format: wav}
      - expect: {ari: RecordingStarted, where: {recording.name: none}}
"""
STAY = {"extensions.conf": "[Acme]\nexten => stay,1,Answer()\n same => n,Wait(60)\n"}


@pytest.mark.parametrize("build", BUILDS)
def test_what_is_left_turns_a_scenario_red_and_not_the_next(command: Command, suite: Suite, build: str) -> None:
    suite.settings("defaults: {step-timeout: 500ms}\n")
    suite.add("tests/left", LEFT, STAY)
    result = command.run(root=suite.root, asterisk=build)
    said = {"channel": "left behind by the scenario: channel Local/stay@Acme-", "bridge": "-left",
            "device-state": "device state Stasis:left", "recording": "stored recording left",
            "error": "Stasis app 'Babs' not active"}
    assert result.outcomes == {**dict.fromkeys(said, "failed"), "none": "passed"}, result.out
    for name, text in said.items():
        assert text in result.why(name), result.out
