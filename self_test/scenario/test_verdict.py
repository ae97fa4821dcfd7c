"""Verdicts and their records; what a run's outcomes make of its exit code."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from callgate.errors import ExitCode
from callgate.scenario.verdict import Explanation, Outcome, Tally, Verdict

PAIRS = st.lists(st.tuples(st.text(), st.text()), max_size=3).map(tuple)
LINES = st.lists(st.text(), max_size=3).map(tuple)
SECONDS = st.integers(min_value=0, max_value=10**8).map(lambda ticks: ticks / 10_000)
EXPLANATIONS = st.builds(Explanation, headline=st.text(min_size=1), place=st.text(), step=st.text(),
                         at=st.none() | SECONDS, expected=PAIRS, got=PAIRS, before=LINES, log=LINES, also=LINES)
VERDICTS = st.builds(Verdict, id=st.text(min_size=1), outcome=st.sampled_from(Outcome), seconds=SECONDS,
                     summary=st.text(), reason=st.text(min_size=1), build=st.text(), version=st.text(),
                     explanation=st.none() | EXPLANATIONS, journal=st.text(), rerun=st.text())


@given(VERDICTS)
def test_a_verdict_survives_its_record(verdict: Verdict) -> None:
    written = json.dumps(verdict.record())
    assert Verdict.from_record(json.loads(written)) == verdict


def test_a_record_leaves_out_what_is_empty() -> None:
    verdict = Verdict(id="tests/t::S", outcome=Outcome.PASSED, seconds=0.012345)
    assert verdict.record() == {"type": "verdict", "id": "tests/t::S", "outcome": "passed", "seconds": 0.0123}


def test_the_first_moment_is_a_moment() -> None:
    verdict = Verdict(id="t", outcome=Outcome.FAILED, seconds=1, explanation=Explanation("wrong", at=0.0))
    assert verdict.record()["explanation"] == {"headline": "wrong", "at": 0.0}


@pytest.mark.parametrize("missing", ["id", "outcome", "seconds"])
def test_a_record_without_what_makes_a_verdict_is_refused(missing: str) -> None:
    record = Verdict(id="t", outcome=Outcome.PASSED, seconds=1).record()
    del record[missing]
    with pytest.raises(KeyError):
        Verdict.from_record(record)


def tally_of(outcomes: Iterable[Outcome]) -> Tally:
    tally = Tally()
    for outcome in outcomes:
        tally.add(outcome)
    return tally


def expected_code(outcomes: set[Outcome]) -> ExitCode:
    """Say the rule in a form of its own: the first line that fits."""
    ranking = (
        ({Outcome.INTERRUPTED}, ExitCode.INTERRUPTED),
        ({Outcome.FAILED, Outcome.CRASHED}, ExitCode.FAILED),
        ({Outcome.ENVIRONMENT}, ExitCode.ENVIRONMENT),
        ({Outcome.PASSED, Outcome.SKIPPED, Outcome.EXPECTED_FAILURE}, ExitCode.PASSED),
    )
    return next((code for some, code in ranking if outcomes & some), ExitCode.NOTHING_SELECTED)


COMBINATIONS = [set(chosen) for size in range(len(Outcome) + 1)
                for chosen in itertools.combinations(Outcome, size)]


@pytest.mark.parametrize("outcomes", COMBINATIONS, ids=lambda some: "+".join(sorted(some)) or "nothing")
def test_the_exit_code_of_every_combination(outcomes: set[Outcome]) -> None:
    assert tally_of(outcomes).exit_code() == expected_code(outcomes)
    assert tally_of(outcomes).exit_code(interrupted=True) == ExitCode.INTERRUPTED


@pytest.mark.parametrize(("outcomes", "code"), [
    ([], 5),
    ([Outcome.SKIPPED], 0),
    ([Outcome.PASSED, Outcome.SKIPPED], 0),
    ([Outcome.PASSED, Outcome.ENVIRONMENT], 3),
    ([Outcome.FAILED, Outcome.ENVIRONMENT], 1),
    ([Outcome.CRASHED, Outcome.ENVIRONMENT], 1),
    ([Outcome.FAILED, Outcome.INTERRUPTED], 2),
])
def test_the_exit_codes_as_numbers(outcomes: list[Outcome], code: int) -> None:
    assert tally_of(outcomes).exit_code() == code


def test_a_tally_counts_each_outcome() -> None:
    tally = tally_of([Outcome.PASSED, Outcome.PASSED, Outcome.SKIPPED])
    assert {outcome: number for outcome, number in tally.counts.items() if number} == {
        Outcome.PASSED: 2, Outcome.SKIPPED: 1}


def test_a_skip_without_a_reason_is_refused() -> None:
    with pytest.raises(ValueError, match="without a reason"):
        Verdict(id="tests/t::S", outcome=Outcome.SKIPPED, seconds=0.0)
