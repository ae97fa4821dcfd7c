"""What the bench says of a run: shares that add up, and why a scenario takes long."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from bench.accounting import BOOT, EVENT, STOP, UNEXPLAINED, WATCHING
from bench.catalogue import by_kind, reason_of, theirs, told

SUITE = """\
testinfo:
  summary: S.
  description: |
    Nothing of this is about time. Asterisk looks every 500 ms.
scenarios:
  plain:
    summary: Plain.
    steps:
      - register: Babs
  # What comes here waits for two seconds.
  commented:
    summary: Commented.
    steps:
      - register: Babs      # no reason
  inside:
    summary: It takes 3 s; so it does.
    steps:
      # Asterisk closes it 3 s after the call.
      - register: Babs

  summed:
    summary: The timeout of 1.5s is over.
    steps: [{register: Babs}]
"""


def report() -> dict[str, Any]:
    scenarios = [
        {"id": "tests/t::plain", "outcome": "passed", "seconds": 2.5, "path": "t.yaml", "line": 6,
         "waits": [[EVENT, "expect X", 2.0], [WATCHING, "never", 0.25]]},
        {"id": "tests/t::quick", "outcome": "skipped", "seconds": 0.0, "path": "t.yaml", "line": 6, "waits": []}]
    return {"build": "debian:sid (Asterisk 22.10.1)", "boots": 1, "scenarios": scenarios, "processor": 1.0,
            "phases": {"Python": 0.5}, "waits": {BOOT: 3.0, STOP: 1.0, UNEXPLAINED: 0.0},
            "busy": {BOOT: {"wall": 0.25, "processor": 0.2}, "scenarios": {"wall": 1.0, "processor": 0.5}},
            "hidden": {"scenarios": {"wall": 0.5, "processor": 0.25}}}


def test_what_is_not_asterisks_is_ours(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(SUITE)
    assert by_kind(report())[EVENT] == 2.0
    assert theirs(report()) == 3.0 + 1.0 + 2.0 + 0.5
    lines = [" ".join(line.split()) for line in told(10.0, report(), tmp_path)]
    assert lines[:3] == ["debian:sid (Asterisk 22.10.1): 2 scenarios of 1 tests in one run: 1 passed, 1 skipped",
                         "wall time 10.00 s 100.0 %", "Asterisk's 6.50 s 65.0 %"]
    assert "ours (promised: below 10 %) 3.50 s 35.0 %" in lines
    assert "busy while scenarios play 0.50 s 5.0 %" in lines
    assert f"{WATCHING} 0.25 s 2.5 %" in lines
    # Of 3.5 s: 0.5 Python, 0.25 boots, 0.5 scenarios, 0.25 the watch.
    assert "the process ends, and all that has no name 2.00 s 20.0 %" in lines
    # Computed 1.0 - 0.25, and the watch: of 6.5 + 1.0.
    assert "ours, if the runner had never to wait for a processor 1.00 s 13.3 %" in lines


def test_what_went_wrong_is_named(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(SUITE)
    bad = report()
    bad["scenarios"][0]["outcome"] = "failed"
    assert [line for line in told(10.0, bad, tmp_path) if line.startswith("failed")] == ["failed: tests/t::plain"]


def test_a_scenario_of_more_than_a_second_says_why(tmp_path: Path) -> None:
    (tmp_path / "t.yaml").write_text(SUITE)
    lines = [" ".join(line.split()) for line in told(10.0, report(), tmp_path)]
    assert lines[-4:] == ["scenarios of more than 1 s: 1", "tests/t::plain 2.50 s", "Asterisk looks every 500 ms.",
                          f"most of it: {EVENT}: expect X 2.00 s"]
    (tmp_path / "t.yaml").write_text(SUITE.replace(" Asterisk looks every 500 ms.", ""))
    assert "NO REASON in its comments, its summary or the description of its test" in told(
        10.0, report(), tmp_path)[-2]


@pytest.mark.parametrize(("name", "reason"), [
    ("plain", "Asterisk looks every 500 ms."), ("commented", "What comes here waits for two seconds."),
    ("inside", "Asterisk closes it 3 s after the call."), ("summed", "The timeout of 1.5s is over.")])
def test_reasons(tmp_path: Path, name: str, reason: str) -> None:
    path = tmp_path / "t.yaml"
    path.write_text(SUITE)
    assert reason_of(path, SUITE.splitlines().index(f"  {name}:") + 1) == reason
