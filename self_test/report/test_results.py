"""Reading `results.jsonl`: whole, cut short, damaged."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from self_test.report.samples import BABS, BUGS, BUSTER, CRASHED, END, HEADER, HOSTILE_VERDICT, INTERRUPTED, RESULTS

from callgate.errors import ExitCode, MachineError
from callgate.report.results import DamagedResultsError, RunEnd, RunHeader, RunResults, split_id
from callgate.run.rundir import RunDirectory
from callgate.scenario.verdict import Outcome


def lines(*records: dict[str, Any]) -> bytes:
    return b"".join(json.dumps(record).encode() + b"\n" for record in records)


WHOLE = lines(HEADER.record(), BABS.record(), BUGS.record(), BUSTER.record(), END.record())


def test_what_a_run_writes_is_what_is_read(tmp_path: Path) -> None:
    run = RunDirectory.create(tmp_path, now=datetime(2026, 11, 23, 8, 15, tzinfo=UTC), pid=77)
    for record in (HEADER, BABS, BUGS, BUSTER, END):
        run.append(record.record())
    run.close()
    results = RunResults.read(run.path)
    assert results == RESULTS
    assert results.tally.counts[Outcome.PASSED] == 2
    assert results.tally.exit_code() == ExitCode.FAILED


def test_hostile_text_comes_back_as_it_was(tmp_path: Path) -> None:
    run = RunDirectory.create(tmp_path, now=datetime(2026, 11, 23, 8, 15, tzinfo=UTC), pid=77)
    run.append(HEADER.record())
    run.append(HOSTILE_VERDICT.record())
    run.close()
    assert RunResults.read(run.path).verdicts == (HOSTILE_VERDICT,)


def test_a_missing_end_is_told_and_the_rest_counts() -> None:
    results = RunResults.parse(lines(HEADER.record(), BABS.record()))
    assert results.end is None
    assert results.verdicts == (BABS,)
    assert results.shortfall() == "the run did not end: 1 of 3 scenarios have a verdict"


@given(st.integers(min_value=len(lines(HEADER.record())), max_value=len(WHOLE)))
def test_a_file_cut_anywhere_after_its_header_can_be_read(length: int) -> None:
    cut = RunResults.parse(WHOLE[:length])
    assert cut.verdicts == RESULTS.verdicts[:len(cut.verdicts)]
    assert len(cut.verdicts) >= WHOLE[:length].count(b'"verdict"') - 1
    assert bool(cut.shortfall()) == (cut.end is None)


def test_a_last_line_that_lacks_its_newline_only_counts() -> None:
    assert RunResults.parse(WHOLE[:-1]) == RESULTS


@pytest.mark.parametrize(("damaged", "complaint"), [
    (lines(HEADER.record()) + b'{"type": "verd\n' + lines(END.record()), "results.jsonl:2: damaged: no JSON"),
    (lines(HEADER.record()) + b'{"type": "verd\n', "results.jsonl:2: damaged: no JSON"),
    (lines(HEADER.record()) + b"\n" + lines(END.record()), "results.jsonl:2: damaged: no JSON"),
    (lines(HEADER.record()) + b'{"type": "\xff"}\n', "results.jsonl:2: damaged: "),
    (lines(HEADER.record(), {"type": "verdict", "id": "x", "seconds": 1}), "damaged: no field 'outcome'"),
    (lines(HEADER.record(), {**BABS.record(), "outcome": "great"}), "'great' is not a valid Outcome"),
    (lines(HEADER.record(), {**BABS.record(), "seconds": "soon"}), "damaged: could not convert"),
    (lines(HEADER.record(), {**BABS.record(), "explanation": 7}), "damaged: "),
    (lines(HEADER.record(), {"type": "rumour"}), "no record is of type 'rumour'"),
    (lines(HEADER.record()) + b"[]\n", "damaged: "),
    (lines(HEADER.record(), HEADER.record()), "holds one only"),
    (lines(BABS.record()), "a file begins with its run"),
    (lines(HEADER.record(), END.record(), BABS.record()), "a record after the end of the run"),
    (b"", "holds no run"),
    (b'{"type": "ru', "holds no run"),
])
def test_any_other_damage_is_an_error(damaged: bytes, complaint: str) -> None:
    with pytest.raises(DamagedResultsError) as caught:
        RunResults.parse(damaged)
    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_file_that_cannot_be_read_is_one_line(tmp_path: Path) -> None:
    with pytest.raises(MachineError, match=r"cannot read .*/results\.jsonl: No such file or directory"):
        RunResults.read(tmp_path)


def test_an_interrupted_run_with_passes_alone_falls_short() -> None:
    stopped = RunResults(HEADER, (BABS,), RunEnd(0.3, 0.2, exit=2, counts={"passed": 1}))
    assert stopped.shortfall() == "the run ended with exit code 2: 1 of 3 scenarios have a verdict"


def test_a_scenario_nobody_ran_falls_short_although_the_run_says_all_is_well() -> None:
    forgetful = RunResults(HEADER, (BABS, BUGS), RunEnd(0.3, 0.2, exit=0, counts={"passed": 2}))
    assert "2 of 3" in forgetful.shortfall()


@pytest.mark.parametrize("verdicts", [(BABS, BUGS, BUSTER), (CRASHED,), (BABS, INTERRUPTED)])
def test_a_run_that_is_red_already_needs_no_further_complaint(verdicts: tuple[Any, ...]) -> None:
    assert RunResults(HEADER, verdicts, END).shortfall() == ""


def test_a_complete_pass_has_no_shortfall() -> None:
    passes = tuple(replace(BABS, id=f"tests/t::S{number}") for number in range(3))
    assert RunResults(HEADER, passes, replace(END, exit=0)).shortfall() == ""


def test_ids_name_a_test_and_perhaps_a_scenario() -> None:
    assert split_id("tests/t::Babs") == ("tests/t", "Babs")
    assert split_id("tests/t") == ("tests/t", "")


@given(st.builds(RunHeader, callgate=st.text(), started=st.text(), argv=st.lists(st.text()).map(tuple),
                 build=st.text(), version=st.text(), selected=st.integers(min_value=0)))
def test_headers_survive_their_record(header: RunHeader) -> None:
    assert RunHeader.from_record(json.loads(json.dumps(header.record()))) == header


def test_an_end_leaves_out_what_did_not_occur() -> None:
    assert RunEnd(1.23456, 1.1, 0, {Outcome.PASSED: 3, Outcome.FAILED: 0}, 61.23).record() == {
        "type": "end", "seconds": 1.235, "asterisk_seconds": 1.1, "exit": 0, "peak_memory_mib": 61.2,
        "counts": {"passed": 3}}
