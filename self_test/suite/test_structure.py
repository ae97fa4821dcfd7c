"""What is said of mistakes in timeouts, soft steps, cases, used files, branches and known bugs."""

from __future__ import annotations

import textwrap
import time

import pytest
from self_test.suite.conftest import SuiteOnDisk

from callgate.errors import UsageError
from callgate.scenario.knownbug import KnownBug
from callgate.scenario.model import Test
from callgate.scenario.steps import STEPS
from callgate.suite.diagnostics import InvalidFilesError
from callgate.suite.load import load_suite

HEAD = "testinfo: {summary: S.}\nscenarios:\n  Babs:\n    summary: S.\n"
CALL = "- originate: {endpoint: Local/a@b, app: a, as: call}\n"
USED = """\
inputs: {name: name, wait: duration}
steps:
  - expect: {ami: X, channel: '${input.name}', within: '${input.wait}', as: seen}
"""


def load(disk: SuiteOnDisk, text: str, *selectors: str) -> Test:
    disk.test("t", text)
    (test,) = load_suite(disk.root, selectors, None, STEPS, current=disk.root).tests
    return test


def said(disk: SuiteOnDisk, text: str) -> list[str]:
    """What is said, without the name of the test's file."""
    with pytest.raises(InvalidFilesError) as caught:
        load(disk, text)
    errors = [line for line in str(caught.value).splitlines() if ": error: " in line]
    return [line.removeprefix("tests/t/test-config.yaml:") for line in errors]


def of_steps(steps: str, more: str = "") -> str:
    """A scenario of those steps, which begin on line 6 and in column 5."""
    return f"{HEAD}    steps:\n{textwrap.indent(textwrap.dedent(steps), '    ')}{textwrap.indent(more, '    ')}"


@pytest.mark.parametrize(("steps", "expected"), [
    ("- expect: {ami: X}\n  timeout: 5\n",
     ["7:16: error: 'timeout': '5' needs a unit: '5s' is seconds, '5ms' milliseconds"]),
    ("- expect: {ami: X}\n  soft: maybe\n", ["7:13: error: 'soft' must be 'true' or 'false', not 'maybe'"]),
    ("- timeout: 5s\n  soft: true\n", ["6:7: error: 'timeout' stands beside a step's keyword, and here is none"]),
    ("- expect: {ami: X}\n  within: 5s\n",
     [("7:7: error: a step has one key, its keyword, and this one has 'within' as well; "
       "to belong to 'expect' it must be indented more")]),
    ("- expect: {ami: X, within: 5s}\n  timeout: 1s\n",
     ["6:32: error: 'within: 5s' is longer than the step's 'timeout: 1s'"]),
    ("- parallel: {branches: {a: [{expect: {ami: X}}]}}\n",
     ["6:18: error: 'branches' needs two branches at least; one alone is a list of steps"]),
    ("- parallel: [a]\n", ["6:7: error: 'parallel' takes a mapping: 'parallel: {...}'"]),
    (CALL + "- parallel:\n    branches:\n      a: [{hangup: call}, {expect: {ami: X, as: x}}]\n"
     "      b: [{expect: {ami: Y, Z: '${x.a}'}}]\n- expect: {ami: Y, Z: '${x.a}'}\n",
     ["10:37: error: undefined name 'x'; branch 'a', which defines it, is played at the same time"]),
    ("- parallel:\n    branches:\n      a: [{expect: {ami: X, as: x}}]\n      b: [{expect: {ami: X, as: x}}]\n",
     ["9:37: error: 'x' is already defined on line 8"]),
    ("- parallel:\n    branches:\n      a: [{expct: {ami: X}}]\n      b: [{expect: {ami: X}}]\n",
     ["8:16: error: unknown step 'expct'; did you mean 'expect'?"]),
    ("- expect: {ami: X, Y: '${case.a}'}\n",
     ["6:28: error: 'case' stands for a row of the scenario's 'cases', and here are none"]),
    ("- expect: {ami: X, Y: '${input.a}'}\n",
     ["6:28: error: 'input' is what a file is handed that is used by another one, which this one is not"]),
    ("- expect: {ami: X, as: case}\n", ["6:28: error: 'case' is a reserved name"]),
])
def test_mistakes_in_steps(disk: SuiteOnDisk, steps: str, expected: list[str]) -> None:
    assert said(disk, of_steps(steps)) == expected


NO_REFERENCES = ("what a failure says has no references but '${case.COLUMN}', to a column of the scenario's cases; "
                 "'~\\$\\{' finds the signs themselves")


@pytest.mark.parametrize(("more", "expected"), [
    ("finally:\n- expect: {ami: X}\n  soft: true\n",
     ["9:7: error: 'soft' means nothing in 'finally': each of its steps is attempted anyway"]),
    ("timeout: 1s\n", ["6:32: error: 'within: 2s' is longer than the scenario's 'timeout: 1s'"]),
    ("expected-result: {fail: ''}\n", ["7:29: error: 'fail' is empty"]),
    ("expected-result: fail\n", ["7:22: error: 'expected-result' must be a mapping, not 'fail'"]),
    ("expected-result: {fail: F, says: '~(x'}\n",
     ["7:38: error: 'says': '(x' is no regular expression: missing ), unterminated subpattern at position 0"]),
    ("expected-result: {fail: F, says: []}\n", ["7:38: error: 'says' is empty"]),
    ("expected-result: {fail: F, says: [a, '${call.id}']}\n", [f"7:42: error: {NO_REFERENCES}"]),
    ("expected-result: {says: x}\n", ["7:5: error: 'expected-result' needs either 'fail' or 'crash'"]),
    ("expected-result: {fail: F, crash: C}\n", ["7:5: error: 'expected-result' needs either 'fail' or 'crash'"]),
    ("expected-result: {crash: ''}\n", ["7:30: error: 'crash' is empty"]),
    ("expected-result: {crash: C, says: '${call.id}'}\n", [f"7:39: error: {NO_REFERENCES}"]),
    ("expected-result: {fail: '${case.a}'}\n",
     ["7:29: error: 'expected-result' refers to a column that is not there"]),
])
def test_mistakes_in_a_scenario(disk: SuiteOnDisk, more: str, expected: list[str]) -> None:
    assert said(disk, of_steps("- expect: {ami: X, within: 2s}\n", more)) == expected


def test_a_scenario_cannot_be_given_more_time_than_its_test(disk: SuiteOnDisk) -> None:
    text = of_steps("- expect: {ami: X}\n", "timeout: 1m\n")
    text = text.replace("scenarios:", "properties: {timeout: 2s}\nscenarios:")
    assert said(disk, text) == ["8:14: error: 'timeout: 1m' is longer than the test's 'timeout: 2s'"]
    test = load(disk, text.replace("2s", "2m"))
    assert (test.timeout, test.scenarios[0].timeout) == (120.0, 60.0)


OF_SUITE = "is longer than the suite's 'scenario-timeout: 5s'"


@pytest.mark.parametrize(("suite", "test", "steps", "expected"), [
    ("", "", "- expect: {ami: X, within: 31s}\n",
     "6:32: error: 'within: 31s' is longer than the suite's 'scenario-timeout: 30s'"),
    ("5s", "", "- expect: {ami: X}\n  timeout: 6s\n", f"7:16: error: 'timeout: 6s' {OF_SUITE}"),
    ("5s", "", "- never: {ami: X, for: 6s}\n", f"6:28: error: 'for: 6s' {OF_SUITE}"),
    ("5s", "4s", "- expect: {ami: X, within: 6s}\n",
     "7:32: error: 'within: 6s' is longer than the test's 'timeout: 4s'"),
    ("5s", "1m", "- expect: {ami: X, within: 6s}\n", f"7:32: error: 'within: 6s' {OF_SUITE}"),
    ("5s", "", "- parallel:\n    branches:\n      a: [{expect: {ami: X, within: 6s}}]\n      b: [{expect: {ami: X}}]\n",
     f"8:41: error: 'within: 6s' {OF_SUITE}"),
    ("soon", "", "- expect: {ami: X, within: 1h}\n",
     ("test-config.yaml:1:30: error: 'scenario-timeout': 'soon' is no duration; write a number and a unit: 500ms, 2s, "
      "1.5m, 1h")),
])
def test_no_step_has_more_time_than_its_scenario(
    disk: SuiteOnDisk, suite: str, test: str, steps: str, expected: str
) -> None:
    if suite:
        disk.write("test-config.yaml", f"defaults: {{scenario-timeout: {suite}}}\n")
    head = f"S.}}\nproperties: {{timeout: {test}}}\n" if test else "S.}\n"
    assert said(disk, of_steps(steps).replace("S.}\n", head, 1)) == [expected]


@pytest.mark.parametrize(("more", "steps"), [
    ("timeout: 2m\n", "- expect: {ami: X, within: 1m}\n"), ("", "- expect: {ami: X, within: 30s}\n"),
    ("finally:\n- expect: {ami: X, within: 1m}\n", "- expect: {ami: X}\n")])
def test_times_that_the_default_of_the_suite_does_not_bound(disk: SuiteOnDisk, more: str, steps: str) -> None:
    assert load(disk, of_steps(steps, more)).scenarios


# -- cases

TABLE = of_steps("- expect: {ami: X, Y: '${case.a}', within: '${case.b}'}\n", "cases:\n  one: {a: x, b: 1s}\n"
                 "  two: {a: 'u ${run.id}', b: 2s}\n").replace("summary: S.\n", "summary: With ${case.a}.\n")


def test_each_row_has_its_own_known_bug(disk: SuiteOnDisk) -> None:
    more = "expected-result: {fail: 'In ${case.name}, ${EXTEN}.', says: ['no ${case.a}', '~^u{2}']}\n"
    test = load(disk, TABLE.replace("u ${run.id}", "u") + textwrap.indent(more, "    "))
    assert [one.known_bug for one in test.scenarios] == [
        KnownBug("In one, ${EXTEN}.", ("no x", "~^u{2}")), KnownBug("In two, ${EXTEN}.", ("no u", "~^u{2}"))]


def test_a_known_bug_that_asterisk_dies_of(disk: SuiteOnDisk) -> None:
    test = load(disk, of_steps("- expect: {ami: X}\n", "expected-result: {crash: '  one\n    line'}\n"))
    assert [one.known_bug for one in test.scenarios] == [KnownBug("one line", crash=True)]


def test_a_known_bug_with_a_row_that_is_wrong_says_which(disk: SuiteOnDisk) -> None:
    more = "expected-result: {fail: F, says: '~${case.a}'}\n"
    text = TABLE.replace("a: x", "a: (").replace("u ${run.id}", "u") + textwrap.indent(more, "    ")
    assert said(disk, text) == [
        ("10:38: error: 'says': '(' is no regular expression: missing ), unterminated subpattern at position 0 "
         "(case 'one')")]


def test_each_row_is_a_scenario(disk: SuiteOnDisk) -> None:
    test = load(disk, TABLE)
    assert [(one.id, one.summary) for one in test.scenarios] == [
        ("tests/t::Babs[one]", "With x."), ("tests/t::Babs[two]", "With u ${run.id}.")]
    assert [one.steps[0].step.describe() for one in test.scenarios] == [
        "expect: {ami: X, within: 1s, Y: x}", "expect: {ami: X, within: 2s, Y: u ${run.id}}"]


@pytest.mark.parametrize(("selector", "names"), [
    ("tests/t::Babs", ["Babs[one]", "Babs[two]"]), ("tests/t::Babs[two]", ["Babs[two]"])])
def test_rows_are_selected_together_or_alone(disk: SuiteOnDisk, selector: str, names: list[str]) -> None:
    assert [one.name for one in load(disk, TABLE, selector).scenarios] == names


def test_a_row_that_is_not_there(disk: SuiteOnDisk) -> None:
    with pytest.raises(UsageError, match=r"tests/t has no scenario 'Babs\[tow\]'; did you mean 'Babs\[two\]'"):
        load(disk, TABLE, "tests/t::Babs[tow]")


@pytest.mark.parametrize(("old", "new", "expected"), [
    ("b: 2s", "b: 2", ["9:34: error: 'within': '2' needs a unit: '2s' is seconds, '2ms' milliseconds (case 'two')"]),
    (", b: 2s", "", ["9:7: error: row 'two' lacks 'b'; each row has the same columns"]),
    ("b: 2s", "b: 2s, c: x", ["9:38: error: the first row has no 'c'; each row has the same columns"]),
    ("${case.a}', w", "${case.c}', w", ["6:28: error: there is no column 'c'; known: a, b, name"]),
    ("With ${case.a}", "With ${case.x}",
     ["4:14: error: the summary refers to a column that is not there; known: a, b, name"]),
    ("ami: X", "amy: X", ["6:16: error: unknown key 'amy' in 'expect'; did you mean 'ami'?"]),
    ("two:", "'t wo':", ["9:7: error: 'cases' cannot"]),
    ("a: x, b: 1s}", "name: x, b: 1s}", ["8:13: error: 'name' is taken: '${case.name}' is the name of the row"]),
    ("expect: {ami: X", "expct: {ami: X", ["6:7: error: unknown step 'expct'; did you mean 'expect'?"]),
])
def test_mistakes_in_cases(disk: SuiteOnDisk, old: str, new: str, expected: list[str]) -> None:
    assert old in TABLE
    found = said(disk, TABLE.replace(old, new))
    assert any(line.startswith(expected[0].rpartition(": ")[0]) for line in found), found


def test_a_row_with_more_time_than_its_scenario(disk: SuiteOnDisk) -> None:
    assert said(disk, TABLE.replace("b: 2s", "b: 40s")) == [
        "9:34: error: 'within: 40s' is longer than the suite's 'scenario-timeout: 30s' (case 'two')"]


def test_a_column_that_nothing_uses(disk: SuiteOnDisk) -> None:
    text = TABLE.replace(", within: '${case.b}'", "")
    assert said(disk, text) == ["8:19: error: column 'b' is used nowhere: nothing has '${case.b}'"]


# -- use

def with_used(disk: SuiteOnDisk, used: str = USED) -> None:
    disk.write("shared/seen.yaml", used)


def test_the_steps_of_another_file(disk: SuiteOnDisk) -> None:
    with_used(disk)
    use = "- use: {file: ../../shared/seen.yaml, with: {name: call, wait: 2s}}\n"
    text = of_steps(f"{CALL}{use}- expect: {{ami: Z, Y: '${{seen.a}}'}}\n")
    steps = load(disk, text).scenarios[0].steps
    assert [one.step.describe() for one in steps[1:2]] == ["expect: {ami: X, channel: call, within: 2s, as: seen}"]
    assert steps[1].where == "shared/seen.yaml:3:5, used by tests/t/test-config.yaml:7:7"


@pytest.mark.parametrize(("handed", "used", "expected"), [
    ("name: call", USED, ["7:43: error: 'shared/seen.yaml' needs the input 'wait'; 'with: {wait: …}', a duration"]),
    ("name: call, wait: 2s, x: y", USED, ["7:72: error: 'shared/seen.yaml' has no input 'x'"]),
    ("name: call, wait: 2", USED, ["7:68: error: 'wait': '2' needs a unit: '2s' is seconds, '2ms' milliseconds"]),
    ("name: call, wait: many", USED.replace("duration", "number"), ["7:68: error: 'wait': 'many' is no whole number"]),
    ("name: a b, wait: 2s", USED, ["7:56: error: 'name': 'a b' "]),
    ("name: cal, wait: 2s", USED,
     ["shared/seen.yaml:3:31: error: undefined name 'cal' (used at tests/t/test-config.yaml:7:7); did you mean"]),
    ("name: call, wait: 2s", USED.replace("expect", "expct"),
     ["shared/seen.yaml:1:10: error: x"]),
    ("name: call, wait: 2s", USED.replace("wait}", "wiat}"),
     ["shared/seen.yaml:3:57: error: there is no input 'wiat'"]),
    ("name: call, wait: 2s", USED.replace("duration", "time"), ["shared/seen.yaml:1:28: error: 'wait' must be 'text'"]),
    ("name: call, wait: 2s", "steps: [\n", ["shared/seen.yaml:2:1: error: not YAML"]),
    ("name: call, wait: 2s", USED + "  - use: {file: seen.yaml, with: {name: a, wait: 1s}}\n",
     ["shared/seen.yaml:4:17: error: a file cannot use itself: tests/t/test-config.yaml uses shared/seen.yaml uses"]),
    ("name: call, wait: 2s", USED + "  - expect: {ami: '${case.a}'}\n",
     ["shared/seen.yaml:4:20: error: 'case' stands for a row of the scenario's 'cases', and here are none"]),
])
def test_mistakes_in_used_files(disk: SuiteOnDisk, handed: str, used: str, expected: list[str]) -> None:
    with_used(disk, used)
    found = said(disk, of_steps(CALL + f"- use: {{file: ../../shared/seen.yaml, with: {{{handed}}}}}\n"))
    if "expct" in used:
        assert any("unknown step 'expct'" in line and "(used at tests/t/" in line for line in found), found
    else:
        assert any(line.startswith(expected[0]) for line in found), found


def test_a_used_file_with_more_time_than_the_scenario(disk: SuiteOnDisk) -> None:
    with_used(disk, USED + "  - expect: {ami: Y, within: 1m}\n")
    assert said(disk, of_steps(CALL + "- use: {file: ../../shared/seen.yaml, with: {name: call, wait: 1h}}\n")) == [
        f"shared/seen.yaml:{place}: error: 'within: {time}' is longer than the suite's 'scenario-timeout: 30s' "
        "(used at tests/t/test-config.yaml:7:7)" for place, time in (("3:56", "1h"), ("4:30", "1m"))]


@pytest.mark.parametrize(("file", "expected"), [
    ("../../shared/sen.yaml", "'shared/sen.yaml' cannot be read: No such file or directory"),
    ("../../../x.yaml", "'../../../x.yaml' is outside of the suite"),
    ("/etc/passwd", "'/etc/passwd' must be relative to this file"),
    ("test-config.yaml", "a file cannot use itself"),
    ("'${run.dir}/x'", "'file' is read before a run"),
])
def test_files_that_cannot_be_used(disk: SuiteOnDisk, file: str, expected: str) -> None:
    [told] = said(disk, of_steps(f"- use: {file}\n"))
    assert expected in told


def test_nothing_stands_beside_use(disk: SuiteOnDisk) -> None:
    with_used(disk)
    assert said(disk, of_steps("- use: ../../shared/seen.yaml\n  soft: true\n")) == [
        "7:7: error: 'soft' cannot stand beside 'use': it goes with the steps in that file"]


@pytest.mark.parametrize("kind", ["rows", "files", "texts"])
def test_what_multiplies_ends_soon(disk: SuiteOnDisk, kind: str) -> None:
    steps = "- expect: {ami: X, Y: '${case.a}'}\n"
    if kind == "rows":
        text = of_steps(steps * 2000, "cases:\n" + "".join(f"  r{n}: {{a: x}}\n" for n in range(3000)))
    elif kind == "texts":
        many = "${case.a}" * 50_000
        text = of_steps(f"- expect: {{ami: X, Y: '{many}'}}\n", f"cases:\n  r: {{a: '{'x' * 300_000}'}}\n")
    else:
        for n in range(30):
            disk.write(f"shared/{n}.yaml", f"steps:\n- use: {n + 1}.yaml\n- use: {n + 1}.yaml\n")
        disk.write("shared/30.yaml", "steps: [expect: {ami: X}]\n")
        text = of_steps("- use: ../../shared/0.yaml\n")
    begun = time.process_time()
    assert any("more of this test than fits" in line for line in said(disk, text))
    assert time.process_time() - begun < 10, "a machine's haste does not matter here: without a bound it is hours"
