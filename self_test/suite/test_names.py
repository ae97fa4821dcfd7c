from __future__ import annotations

import pytest
from self_test.suite.conftest import SuiteOnDisk

CALL = "- originate: {endpoint: Local/a@b, as: call}\n"


def test_an_undefined_reference(disk: SuiteOnDisk) -> None:
    assert disk.complaint_of_steps(CALL + "- expect: {ari: X, variables: {id: 'a ${cal.id}'}}") == (
        "tests/t/test-config.yaml:7:45: error: undefined name 'cal'; did you mean 'call'?\n"
        "  7 |       - expect: {ari: X, variables: {id: 'a ${cal.id}'}}\n"
        "    |                                             ^^^^^^^^^\n"
        "1 error in 1 file; nothing was started\n"
    )


@pytest.mark.parametrize(
    ("steps", "expected"),
    [
        ("- hangup: [call, coll]", ["7:24: error: undefined name 'coll'; did you mean 'call'?"]),
        ("- hangup: call;3", ["7:17: error: undefined name 'call;3'; did you mean 'call;2'?"]),
        ("- expect: {ami: X, channel: cal, Y: '${cal}'}",
         ["7:44: error: undefined name 'cal'; did you mean 'call'?"]),
        ("- originate: {endpoint: x, as: call}", ["7:38: error: 'call' is already defined on line 6"]),
        ("- originate: {endpoint: x, as: run}", ["7:38: error: 'run' is a reserved name"]),
        ("- originate: {endpoint: x, as: env}", ["7:38: error: 'env' is a reserved name"]),
        ("- originate: {endpoint: '${late}', as: l}\n- originate: {endpoint: x, as: late}",
         ["7:32: error: undefined name 'late'"]),
        ("- originate: {endpoint: '${self}', as: self}", ["7:32: error: undefined name 'self'"]),
        ("- originate: {endpoint: '${run.idd}', as: x}",
         ["7:32: error: of 'run' there is '${run.id}' and '${run.dir}'"]),
        ("- originate: {endpoint: '${run}', as: x}", ["7:32: error: of 'run' there is '${run.id}' and '${run.dir}'"]),
        ("- originate: {endpoint: '${env.HOME}', as: x}", ["7:32: error: 'env' is reserved, and not supported yet"]),
        ("- originate: {endpoint: '${call', as: x}", ["7:32: error: '${' without its '}'; '$${' is a literal '${'"]),
        ("- originate: {endpoint: '${}', as: x}", ["7:32: error: '${}' names nothing"]),
        ("- originate: {endpoint: a, variables: {'${call.id}': b}, as: x}", ["7:47: error: a key cannot hold '${'"]),
        # the place in texts of every style
        ("- originate:\n    as: x\n    endpoint: x ${call} $${no} ${no}", ["9:38: error: undefined name 'no'"]),
        ("- originate:\n    as: x\n    endpoint: |\n      a\n      b ${no}", ["11:15: error: undefined name 'no'"]),
        ("- originate:\n    as: x\n    endpoint: a\n      b ${no}", ["10:15: error: undefined name 'no'"]),
        ('- originate: {endpoint: "\\x24{no}", as: x}', ["7:31: error: undefined name 'no'"]),
        ('- originate: {endpoint: "\\t\\t${no}", as: x}', ["7:36: error: undefined name 'no'"]),
    ],
)
def test_names_that_are_wrong(disk: SuiteOnDisk, steps: str, expected: list[str]) -> None:
    assert disk.messages_of_steps(CALL + steps) == expected


def test_finally_may_use_what_the_steps_define_and_is_checked_too(disk: SuiteOnDisk) -> None:
    text = disk.complaint(
        "testinfo: {summary: S.}\nscenarios:\n  A:\n    summary: S.\n    steps:\n"
        "    - originate: {endpoint: x, as: call}\n    finally:\n    - hangup: [call, calk]\n"
    )
    assert text.startswith("tests/t/test-config.yaml:8:22: error: undefined name 'calk'; did you mean 'call'?")
    assert text.endswith("1 error in 1 file; nothing was started\n")


def test_names_do_not_leak_into_the_next_scenario(disk: SuiteOnDisk) -> None:
    text = disk.complaint(
        "testinfo: {summary: S.}\nscenarios:\n"
        "  A: {summary: S., steps: [{originate: {endpoint: x, as: call}}]}\n"
        "  B: {summary: S., steps: [{hangup: call}]}\n"
    )
    assert "4:37: error: undefined name 'call'" in text


def test_a_step_with_an_error_may_have_defined_what_it_mentions(disk: SuiteOnDisk) -> None:
    told = disk.messages_of_steps("- originate: {endpoint: x, ass: call}\n- hangup: call;2\n- hangup: other\n")
    assert told == [
        "6:34: error: unknown key 'ass' in 'originate'; did you mean 'as'?",
        "8:17: error: undefined name 'other'",
    ]


def test_a_text_with_very_many_bad_references_ends_soon(disk: SuiteOnDisk) -> None:
    told = disk.messages_of_steps(f"- originate: {{endpoint: '{'${no}' * 100_000}', as: x}}")
    assert len(told) == 101
    assert sum("error: too many errors; only the first 100 that were found are shown" in one for one in told) == 1
